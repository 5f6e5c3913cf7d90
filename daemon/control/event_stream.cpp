#include "daemon/control/event_stream.h"

#include <algorithm>

namespace kaizen::control {
namespace {

constexpr std::int64_t kPage = 100;

}  // namespace

EventStream::EventStream(runtime::QueryPool<insight::Reader>& queries, EventFeed& feed,
                         insight::EventQuestion question, std::int64_t session)
    : queries_(queries), feed_(feed), waiter_(feed), question_(std::move(question)), session_(session) {}

boost::asio::awaitable<std::string> EventStream::next() {
    while (!waiter_.cancelled()) {
        // Rows of other sessions are passed over, so that the next question starts behind them.
        const std::int64_t known = feed_.last_event_id();
        std::optional<Page> page = co_await ask();
        if (!page) break;
        // The last ones are for the beginning; from there on it is what comes after them.
        question_.last = false;
        question_.limit = kPage;
        question_.after = page->next == 0 ? std::max(known, question_.after) : page->next;
        if (!page->lines.empty()) co_return std::move(page->lines);
        co_await waiter_.wait(question_.after);
    }
    co_return std::string();
}

// Nothing: we were cancelled meanwhile.
boost::asio::awaitable<std::optional<EventStream::Page>> EventStream::ask() {
    auto job = [question = question_, session = session_](insight::Reader& reader) {
        const proto::EventPage found = reader.history().events(question, session);
        Page page;
        for (const proto::Event& event : found.events) page.lines += proto::to_json(event) + "\n";
        if (!found.events.empty()) page.next = found.next;
        return page;
    };
    try {
        runtime::Question question{"follow /v1/events", asker_, runtime::Pace::quick};
        Page page = co_await queries_.run(std::move(question), std::move(job));
        co_return page;
    } catch (const runtime::Unanswered&) {
        if (!waiter_.cancelled()) throw;
    }
    co_return std::nullopt;
}

void EventStream::cancel() {
    asker_->leave();
    waiter_.cancel();
}

}  // namespace kaizen::control
