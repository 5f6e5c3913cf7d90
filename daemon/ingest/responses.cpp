#include "daemon/ingest/responses.h"

#include <cstdlib>

#include "common/hash.h"
#include "daemon/parse/formats.h"

namespace kaizen::ingest {
namespace {

constexpr UnixMs kCopiesAgreeMs = 600'000;  // lines of one response, which copies keep the times of

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

// Lines with the same response id are of one response, unless they say otherwise.
Responses::Kept& Responses::of(std::int64_t scope, const std::string& agent, const parse::Event& event) {
    const std::uint64_t key = key_of(agent, event);
    Kept& kept = keep(key);
    if (!is_another(kept.row, scope, agent, event)) return kept;
    const std::uint64_t request = hash_of_request(event.request_id);
    return keep(hash64(request != 0 ? request : static_cast<std::uint64_t>(scope), key));
}

// Where both name a request, and not the same one. Where neither does, gateways give one id to many
// responses: it holds within its session, and in the copies of its lines.
bool Responses::is_another(const store::ResponseRow& known, std::int64_t scope, const std::string& agent,
                           const parse::Event& event) {
    const std::uint64_t request = hash_of_request(event.request_id);
    if (request != 0 || known.request != 0)
        return request != 0 && known.request != 0 && request != known.request;
    const std::int64_t owner = known.response.session;
    if (owner == 0 || owner == scope || event.response_id.empty()) return false;
    const parse::Format* format = parse::find_format(agent);
    if (format == nullptr || !format->has_record_ids || store_.events.seq_of(owner, event.uid)) return false;
    // A copy may be read before its original.
    const auto& known_at = known.response.at;
    return known_at && event.at && std::abs(*known_at - *event.at) > kCopiesAgreeMs;
}

session::Growth Responses::growth_again(std::unordered_map<std::uint64_t, session::Response>& seen,
                                        const session::PriceTable& prices, std::int64_t session,
                                        std::int64_t scope, const std::string& agent,
                                        const parse::Event& event, std::int64_t& untold_pico) {
    const store::ResponseRow& booked = of(scope, agent, event).row;
    if (booked.response.session != session) return {};
    session::Response& response = seen[booked.key];
    const session::Response before = response;
    session::merge(response, event, event.at);
    response.billing.tier = booked.response.billing.tier;  // stored events do not have them
    response.billing.region = booked.response.billing.region;
    session::price(response, prices, booked.response.price_table);
    return session::growth(before, response, untold_pico);
}

}  // namespace kaizen::ingest
