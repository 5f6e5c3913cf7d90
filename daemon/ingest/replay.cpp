#include "daemon/ingest/replay.h"

#include <utility>

namespace kaizen::ingest {
namespace {

constexpr std::int64_t kPage = 200;

}  // namespace

Replay::Replay(store::Store& store, Responses& responses, const session::PriceTable& prices,
               std::int64_t session)
    : store_(store), responses_(responses), prices_(prices), session_(session), scope_(session) {
    const session::SessionState state = store.sessions.load(session);
    is_closed_ = !state.open_turn;
    state_.agent = state.agent;
    state_.parent = state.parent;
    state_.entry_point = state.entry_point;
    if (!last_told(state)) state_.last_activity = state.last_activity;
    if (!state.forked_from.empty())
        scope_ = store.sessions.find_key(state.agent, state.forked_from).value_or(session);
}

bool Replay::read_page() {
    if (at_ < page_.size()) return true;
    page_ = store_.events.list({session_, {}, after_, kPage});
    at_ = 0;
    if (!page_.empty()) after_ = page_.back().id;
    return !page_.empty();
}

std::optional<Replay::Step> Replay::next() {
    if (!read_page()) return std::nullopt;
    Step step;
    step.row = std::move(page_[at_++]);
    const parse::Event& event = step.row.event;
    if (session::carries_usage(event))
        step.used = responses_.growth_again(seen_, prices_, session_, scope_, step.row.agent, event,
                                            state_.untold_pico);
    step.ended_turn = session::apply(state_, event);
    step.turn = state_.prompts;
    step.responses = open_responses_.add(event, step.row.seq, step.turn, step.used,
                                         step.ended_turn.has_value(), state_.open_turn.has_value());
    step.last_activity = last_told(state_);
    add_spans(step);
    return step;
}

std::optional<Replay::Step> Replay::closing() {
    if (!is_closed_ && !session::is_over(state_, now())) return std::nullopt;
    const auto turn = session::end_turn(state_);
    if (!turn) return std::nullopt;
    Step step;
    step.row.event = session::closing_event(state_);
    step.row.seq = session::closing_seq(turn->turn);
    step.turn = turn->turn;
    step.ended_turn = turn;
    step.responses.ended = open_responses_.end_all();
    for (const std::string& call : std::exchange(open_, {})) {
        auto span = store_.spans.find(session_, call);
        if (!span) continue;
        span->span.status = session::SpanStatus::orphaned;
        step.ended.push_back(std::move(*span));
    }
    step.last_activity = last_told(state_);
    return step;
}

// As SessionWriter pairs them. What is open at the end of the session so far did not end.
void Replay::add_spans(Step& step) {
    const parse::Event& event = step.row.event;
    if (session::ends_open_calls(event)) {
        for (const std::string& call : std::exchange(open_, {})) {
            auto span = store_.spans.find(session_, call);
            if (span && span->span.status == session::SpanStatus::orphaned)
                step.ended.push_back(std::move(*span));
        }
    }
    if (event.call_id.empty()) return;
    step.span = store_.spans.find(session_, event.call_id);
    if (!step.span) return;
    const bool answers = event.kind == parse::EventKind::tool_result;
    const bool unanswered = step.span->span.status == session::SpanStatus::done &&
                            !step.span->span.ended_at && !step.span->span.exit_code;
    if (event.replayed || event.copied) copied_.insert(event.call_id);
    if (copied_.contains(event.call_id)) return;
    if (event.kind == parse::EventKind::tool_call && !unanswered) open_.insert(event.call_id);
    if (!answers && !unanswered) return;
    open_.erase(event.call_id);
    step.ended.push_back(*step.span);
}

}  // namespace kaizen::ingest
