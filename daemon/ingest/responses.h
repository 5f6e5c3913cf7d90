#pragma once

// Model responses by what lines say of them: as the database has them, with the changes that were not written
// yet. Of the thread that has the store.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/session/pricing.h"
#include "daemon/session/usage_ledger.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

[[nodiscard]] std::uint64_t hash_of_request(const std::string& id);  // 0: there is none

class Responses {
  public:
    explicit Responses(store::Store& store) : store_(store) {}

    struct Kept {
        store::ResponseRow row;
        std::optional<session::Response> stored;  // as the database has it
        bool changed = false;
    };
    // That an event carries usage of; a new one belongs to session 0. Valid until forget(). `scope`: the
    // session of the event, of a fork the one that it was forked from.
    [[nodiscard]] Kept& of(std::int64_t scope, const std::string& agent, const parse::Event& event);
    [[nodiscard]] std::unordered_map<std::uint64_t, Kept>& kept() { return kept_; }
    void forget() { kept_.clear(); }

    // What an event made its response grow by, when the events of a session are gone through again in their
    // order, with the responses seen on the way: nothing when the response is booked to another session.
    [[nodiscard]] session::Growth growth_again(std::unordered_map<std::uint64_t, session::Response>& seen,
                                               const session::PriceTable& prices, std::int64_t session,
                                               std::int64_t scope, const std::string& agent,
                                               const parse::Event& event, std::int64_t& untold_pico);

  private:
    [[nodiscard]] Kept& keep(std::uint64_t key);
    [[nodiscard]] bool is_another(const store::ResponseRow& known, std::int64_t scope,
                                  const std::string& agent, const parse::Event& event);

    store::Store& store_;
    std::unordered_map<std::uint64_t, Kept> kept_;
};

}  // namespace kaizen::ingest
