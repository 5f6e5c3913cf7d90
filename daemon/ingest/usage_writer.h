#pragma once

// Usage becomes rows: each model response once, and the sums over responses kept in step with them, in the
// transaction of the events. Changes are kept in memory while a slice runs and written once per slice. Worker
// thread.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "daemon/ingest/responses.h"
#include "daemon/session/pricing.h"
#include "daemon/session/usage_ledger.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

// How far pricing everything anew has come.
struct Repricing {
    std::int64_t next_key = std::numeric_limits<std::int64_t>::min();
    bool done = false;
    std::int64_t responses = 0;  // looked at: those whose cost the agent did not say
    std::int64_t changed = 0;
    std::int64_t unpriced = 0;  // afterwards
    session::UsageSum before;
    session::UsageSum after;
    std::string date;  // of the prices
};

// How far taking responses out has come.
struct Unbooking {
    std::int64_t next_key = std::numeric_limits<std::int64_t>::min();
    bool done = false;
    std::int64_t responses = 0;  // taken out
};

class UsageWriter {
  public:
    // Books events that were stored before there was a ledger, too: seconds, once, after an update.
    UsageWriter(store::Store& store, session::PriceTable prices);

    // The session that the model response of an event is booked to; 0: it was not seen yet. `scope`: see
    // Responses::of.
    [[nodiscard]] std::int64_t owner_of(std::int64_t scope, const std::string& agent,
                                        const parse::Event& event);

    // Takes in what an event says of its model response, and gives that to `session`; by what the response
    // grew. `untold_pico`: of the session that tells of that. Inside a transaction.
    session::Growth book(std::int64_t session, std::int64_t scope, const std::string& agent,
                         const parse::Event& event, std::optional<UnixMs> at, std::int64_t& untold_pico);

    // Takes out what is booked to a session by its stored events, so that it can be booked anew. Inside a
    // transaction.
    void unbook_events(std::int64_t session, std::int64_t scope);

    // As the rows have them, with what was booked since the last flush.
    [[nodiscard]] Responses& responses() { return responses_; }
    [[nodiscard]] const session::PriceTable& prices() const { return prices_; }

    void use_prices(session::PriceTable prices);  // for responses from now on

    // Prices the next few hundred responses by the present table, in a transaction of its own.
    void reprice(Repricing& progress);

    // Takes those of some sessions out of the sums for good, looking at the next few hundred, likewise.
    void unbook(Unbooking& progress, const std::set<std::int64_t>& sessions);

    void flush();   // writes what changed since the last flush
    void forget();  // after a rollback: what is in memory is no longer true

  private:
    void book_stored_events();
    void count(const session::Response& response, bool in);
    void write_sums();

    store::Store& store_;
    Responses responses_;
    session::PriceTable prices_;
    std::int64_t price_table_ = 0;
    std::map<store::UsageKey, session::UsageSum> sums_;
    std::map<std::int64_t, std::int64_t> priced_;  // responses by price table: what to add
};

}  // namespace kaizen::ingest
