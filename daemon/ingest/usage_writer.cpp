#include "daemon/ingest/usage_writer.h"

#include <vector>

#include "common/log.h"

namespace kaizen::ingest {
namespace {

constexpr std::int64_t kPage = 1000;  // events
constexpr std::int64_t kRepricedAtOnce = 500;

}  // namespace

UsageWriter::UsageWriter(store::Store& store, session::PriceTable prices)
    : store_(store), responses_(store), prices_(std::move(prices)) {
    store::Transaction transaction(store_.database);
    price_table_ = store_.usage.use_prices(prices_);
    if (store_.usage.unbooked()) book_stored_events();
    transaction.commit();
}

void UsageWriter::use_prices(session::PriceTable prices) {
    store::Transaction transaction(store_.database);
    const std::int64_t number = store_.usage.use_prices(prices);
    transaction.commit();
    prices_ = std::move(prices);
    price_table_ = number;
}

void UsageWriter::book_stored_events() {
    const std::int64_t last = *store_.usage.unbooked();
    log::info("booking the usage of events that are stored already", "events={}", last);
    store::EventFilter filter;
    filter.limit = kPage;
    std::int64_t untold = 0;  // nobody is told
    while (filter.after < last) {
        const auto rows = store_.events.list(filter);
        if (rows.empty()) break;
        for (const store::EventRow& row : rows) {
            if (!session::carries_usage(row.event)) continue;
            const std::int64_t owner = owner_of(row.session, row.agent, row.event);
            book(owner != 0 ? owner : row.session, row.session, row.agent, row.event, row.event.at, untold);
        }
        filter.after = rows.back().id;
        flush();
    }
    store_.usage.all_are_booked();
}

std::int64_t UsageWriter::owner_of(std::int64_t scope, const std::string& agent, const parse::Event& event) {
    return responses_.of(scope, agent, event).row.response.session;
}

session::Growth UsageWriter::book(std::int64_t session, std::int64_t scope, const std::string& agent,
                                  const parse::Event& event, std::optional<UnixMs> at,
                                  std::int64_t& untold_pico) {
    Responses::Kept& kept = responses_.of(scope, agent, event);
    session::Response& response = kept.row.response;
    session::Growth growth;
    session::Response before = response;
    if (session::merge(response, event, at) || response.session != session) {
        response.session = session;
        session::price(response, prices_, price_table_);
        growth = session::growth(before, response, untold_pico);
        kept.changed = true;
    }
    if (kept.row.request == 0 && !event.request_id.empty()) {
        kept.row.request = hash_of_request(event.request_id);
        kept.changed = true;
    }
    return growth;
}

// All are found before the first is taken out: where an id is of two responses, the one tells of the other.
void UsageWriter::unbook_events(std::int64_t session, std::int64_t scope) {
    std::vector<Responses::Kept*> booked;
    store::EventFilter filter;
    filter.session = session;
    filter.limit = kPage;
    for (auto rows = store_.events.list(filter); !rows.empty(); rows = store_.events.list(filter)) {
        for (const store::EventRow& row : rows) {
            if (!session::carries_usage(row.event)) continue;
            Responses::Kept& kept = responses_.of(scope, row.agent, row.event);
            if (kept.row.response.session == session) booked.push_back(&kept);
        }
        filter.after = rows.back().id;
    }
    for (Responses::Kept* kept : booked) {
        kept->row.request = 0;
        kept->row.response = session::Response();
        kept->changed = true;
    }
}

void UsageWriter::flush() {
    for (auto& [key, kept] : responses_.kept()) {
        if (!kept.changed) continue;
        const session::Response& response = kept.row.response;
        const bool booked = response.session != 0;
        if (kept.stored != response) {
            if (kept.stored) count(*kept.stored, false);
            if (booked) count(response, true);
        }
        booked ? store_.usage.save(kept.row) : store_.usage.erase(kept.row.key);
    }
    responses_.forget();
    write_sums();
}

void UsageWriter::count(const session::Response& response, bool in) {
    const store::UsageKey key{session::quarter_of(response.at), response.session,
                              store_.usage.model_id(response.model)};
    const auto [sum, is_new] = sums_.try_emplace(key);
    if (is_new) sum->second = store_.usage.sum(key);
    in ? sum->second.add(response) : sum->second.remove(response);
    if (response.price_table != 0) priced_[response.price_table] += in ? 1 : -1;
}

void UsageWriter::write_sums() {
    for (const auto& [key, sum] : sums_) store_.usage.save(key, sum);
    for (const auto& [table, responses] : priced_) {
        if (responses != 0) store_.usage.count_priced(table, responses);
    }
    sums_.clear();
    priced_.clear();
}

void UsageWriter::forget() {
    responses_.forget();
    sums_.clear();
    priced_.clear();
    store_.usage.forget();
}

void UsageWriter::reprice(Repricing& progress) {
    forget();  // an earlier step may have failed in the middle
    Repricing after = progress;
    store::Transaction transaction(store_.database);
    const auto rows = store_.usage.from(progress.next_key, kRepricedAtOnce);
    for (const store::ResponseRow& row : rows) {
        if (row.response.agent_cost_e6) continue;
        store::ResponseRow priced = row;
        session::price(priced.response, prices_, price_table_);
        ++after.responses;
        after.before.add(row.response);
        after.after.add(priced.response);
        if (!priced.response.cost_pico) ++after.unpriced;
        if (priced.response == row.response) continue;
        if (priced.response.cost_pico != row.response.cost_pico) ++after.changed;
        count(row.response, false);
        count(priced.response, true);
        store_.usage.save(priced);
    }
    write_sums();
    transaction.commit();
    after.date = prices_.date();
    after.done = rows.size() < static_cast<std::size_t>(kRepricedAtOnce);
    if (!rows.empty()) after.next_key = static_cast<std::int64_t>(rows.back().key) + 1;
    progress = after;
}

void UsageWriter::unbook(Unbooking& progress, const std::set<std::int64_t>& sessions) {
    forget();  // an earlier step may have failed in the middle
    Unbooking after = progress;
    store::Transaction transaction(store_.database);
    const auto rows = store_.usage.from(progress.next_key, kRepricedAtOnce);
    for (const store::ResponseRow& row : rows) {
        if (!sessions.contains(row.response.session)) continue;
        count(row.response, false);
        store_.usage.erase(row.key);
        ++after.responses;
    }
    write_sums();
    transaction.commit();
    after.done = rows.size() < static_cast<std::size_t>(kRepricedAtOnce);
    if (!rows.empty()) after.next_key = static_cast<std::int64_t>(rows.back().key) + 1;
    progress = after;
}

}  // namespace kaizen::ingest
