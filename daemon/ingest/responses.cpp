#include "daemon/ingest/responses.h"

#include "common/hash.h"

namespace kaizen::ingest {
namespace {

// The response that a line is of; a line without an id is one of its own.
std::uint64_t key_of(const std::string& agent, const parse::Event& event) {
    const std::uint64_t seed = hash64(agent);
    return event.response_id.empty() ? hash64(event.uid, seed) : hash64(event.response_id, seed);
}

}  // namespace

std::uint64_t hash_of_request(const std::string& id) { return id.empty() ? 0 : hash64(id); }

Responses::Kept& Responses::keep(std::uint64_t key) {
    const auto found = kept_.find(key);
    if (found != kept_.end()) return found->second;
    Kept kept;
    if (auto row = store_.usage.find(key)) {
        kept.row = std::move(*row);
        kept.stored = kept.row.response;
    }
    kept.row.key = key;
    return kept_.emplace(key, std::move(kept)).first->second;
}

// Lines with the same response id are of one response, unless both name a request and not the same one.
Responses::Kept& Responses::of(const std::string& agent, const parse::Event& event) {
    const std::uint64_t key = key_of(agent, event);
    const std::uint64_t request = hash_of_request(event.request_id);
    Kept& kept = keep(key);
    const bool another = request != 0 && kept.row.request != 0 && kept.row.request != request;
    return another ? keep(hash64(request, key)) : kept;
}

session::Growth Responses::growth_again(std::unordered_map<std::uint64_t, session::Response>& seen,
                                        const session::PriceTable& prices, std::int64_t session,
                                        const std::string& agent, const parse::Event& event) {
    const store::ResponseRow& booked = of(agent, event).row;
    if (booked.response.session != session) return {};
    session::Response& response = seen[booked.key];
    const session::Response before = response;
    session::merge(response, event, event.at);
    session::price(response, prices, booked.response.price_table);
    return session::growth(before, response);
}

}  // namespace kaizen::ingest
