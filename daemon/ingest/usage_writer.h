#pragma once

// Usage becomes rows: each model response once, and the sums over responses kept in step with them, in the
// transaction of the events. Changes are kept in memory while a slice runs and written once per slice. Worker
// thread.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

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

class UsageWriter {
  public:
    // Books events that were stored before there was a ledger, too: seconds, once, after an update.
    UsageWriter(store::Store& store, session::PriceTable prices);

    // The session that the event's model response is booked to; 0: it was not seen yet.
    [[nodiscard]] std::int64_t owner_of(const std::string& agent, const parse::Event& event);

    // Takes in what an event says of its model response, and gives that to `session`; by what the response
    // grew. Inside a transaction.
    session::Growth book(std::int64_t session, const std::string& agent, const parse::Event& event,
                         std::optional<UnixMs> at);

    // What book() answered, when the events of a session are gone through again in their order, with the
    // responses seen on the way: nothing when the response is booked to another session.
    [[nodiscard]] session::Growth growth_again(std::unordered_map<std::uint64_t, session::Response>& seen,
                                               std::int64_t session, const std::string& agent,
                                               const parse::Event& event);

    void use_prices(session::PriceTable prices);  // for responses from now on

    // Prices the next few hundred responses by the present table, in a transaction of its own.
    void reprice(Repricing& progress);

    void flush();   // writes what changed since the last flush
    void forget();  // after a rollback: what is in memory is no longer true

  private:
    struct Kept {
        store::ResponseRow row;
        std::optional<session::Response> stored;  // as the database has it
        bool changed = false;
    };

    [[nodiscard]] Kept& keep(std::uint64_t key);
    [[nodiscard]] Kept& keep(const std::string& agent, const parse::Event& event);
    void book_stored_events();
    void count(const session::Response& response, bool in);
    void write_sums();

    store::Store& store_;
    session::PriceTable prices_;
    std::int64_t price_table_ = 0;
    std::unordered_map<std::uint64_t, Kept> kept_;
    std::map<store::UsageKey, session::UsageSum> sums_;
    std::map<std::int64_t, std::int64_t> priced_;  // responses by price table: what to add
};

}  // namespace kaizen::ingest
