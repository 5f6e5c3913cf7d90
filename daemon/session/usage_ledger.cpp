#include "daemon/session/usage_ledger.h"

#include <algorithm>
#include <array>

namespace kaizen::session {
namespace {

using Known = std::optional<std::int64_t>;

constexpr std::int64_t kMostAgentCost = 1'000'000'000;  // 1,000 USD for one response: not believed

void count_in(UsageSum::Counter& counter, const Known& value, std::int64_t times) {
    if (!value) return;
    counter.sum += times * *value;
    counter.said_by += times;
}

// Reasoning is inside output.
std::int64_t all_tokens(const parse::TokenCounts& tokens) {
    return tokens.input.value_or(0) + tokens.cache_read.value_or(0) + tokens.cache_write.value_or(0) +
           tokens.output.value_or(0);
}

// One list for adding, packing and unpacking.
constexpr std::array kCounters = {&UsageSum::input,         &UsageSum::cache_read, &UsageSum::cache_write,
                                  &UsageSum::output,        &UsageSum::reasoning,  &UsageSum::cost_by_agent,
                                  &UsageSum::cost_by_table, &UsageSum::unpriced};

// Seven bits a byte, the lowest first; the highest bit says that more follows.
void put(std::string& out, std::int64_t number) {
    auto rest = static_cast<std::uint64_t>(number);
    for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<char>(rest | 0x80));
    out.push_back(static_cast<char>(rest));
}

// Reads one number and moves on; null when the bytes end in its middle.
const char* take(const char* at, const char* end, std::int64_t& number) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && at != end; shift += 7) {
        const auto byte = static_cast<unsigned char>(*at++);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) {
            number = static_cast<std::int64_t>(value);
            return at;
        }
    }
    return nullptr;
}

bool raise(std::string& last, const std::string& said) {
    if (said <= last) return false;
    last = said;
    return true;
}

Known more(const Known& before, const Known& after) {
    if (!after || before == after) return std::nullopt;
    return *after - before.value_or(0);
}

}  // namespace

bool raise(Known& largest, const Known& said) {
    if (!said || (largest && *largest >= *said)) return false;
    largest = said;
    return true;
}

bool raise(parse::TokenCounts& largest, const parse::TokenCounts& said) {
    bool news = raise(largest.input, said.input);
    news |= raise(largest.cache_read, said.cache_read);
    news |= raise(largest.cache_write, said.cache_write);
    news |= raise(largest.cache_write_1h, said.cache_write_1h);
    news |= raise(largest.output, said.output);
    news |= raise(largest.reasoning, said.reasoning);
    return news;
}

Growth growth(const Response& before, const Response& after, std::int64_t& untold_pico) {
    Growth growth;
    growth.tokens.input = more(before.tokens.input, after.tokens.input);
    growth.tokens.cache_read = more(before.tokens.cache_read, after.tokens.cache_read);
    growth.tokens.cache_write = more(before.tokens.cache_write, after.tokens.cache_write);
    growth.tokens.output = more(before.tokens.output, after.tokens.output);
    growth.tokens.reasoning = more(before.tokens.reasoning, after.tokens.reasoning);
    if (const Known cost_pico = more(before.cost_pico, after.cost_pico)) {
        growth.cost_usd_e6 = to_micro(*cost_pico + untold_pico);
        untold_pico += *cost_pico - *growth.cost_usd_e6 * kPicoPerMicro;
    }
    return growth;
}

bool carries_usage(const parse::Event& event) {
    if (event.replayed) return false;
    return event.tokens || ((event.cost_usd_e6 || event.billing.web_searches) && !event.response_id.empty());
}

bool merge(Response& response, const parse::Event& line, std::optional<UnixMs> at) {
    bool news = raise(response.tokens, line.tokens.value_or(parse::TokenCounts()));
    news |= raise(response.billing.web_searches, line.billing.web_searches);
    news |= raise(response.billing.tier, line.billing.tier);
    news |= raise(response.billing.region, line.billing.region);
    if (line.cost_usd_e6.value_or(0) <= kMostAgentCost)
        news |= raise(response.agent_cost_e6, line.cost_usd_e6);
    if (!line.model.empty() && (response.model.empty() || line.model < response.model)) {
        response.model = line.model;
        news = true;
    }
    if (at && (!response.at || *at < *response.at)) {
        response.at = at;
        news = true;
    }
    return news;
}

void price(Response& response, const PriceTable& table, std::int64_t table_number) {
    response.price_table = 0;
    response.cost_pico.reset();
    if (response.agent_cost_e6) {
        response.cost_pico = *response.agent_cost_e6 * kPicoPerMicro;
    } else {
        response.cost_pico = table.cost_pico(response.model, response.tokens, response.billing);
        if (response.cost_pico) response.price_table = table_number;
    }
}

void UsageSum::count(const Response& response, std::int64_t times) {
    if (response.tokens != parse::TokenCounts() || response.agent_cost_e6) responses += times;
    count_in(input, response.tokens.input, times);
    count_in(cache_read, response.tokens.cache_read, times);
    count_in(cache_write, response.tokens.cache_write, times);
    count_in(output, response.tokens.output, times);
    count_in(reasoning, response.tokens.reasoning, times);
    if (response.cost_pico)
        count_in(response.agent_cost_e6 ? cost_by_agent : cost_by_table, response.cost_pico, times);
    else
        count_in(unpriced, all_tokens(response.tokens), times);
}

void UsageSum::add(const UsageSum& other) {
    responses += other.responses;
    for (const auto counter : kCounters) {
        (this->*counter).sum += (other.*counter).sum;
        (this->*counter).said_by += (other.*counter).said_by;
    }
}

std::optional<std::int64_t> UsageSum::cost_pico() const {
    if (cost_by_agent.said_by + cost_by_table.said_by == 0) return std::nullopt;
    return cost_by_agent.sum + cost_by_table.sum;
}

std::string UsageSum::pack() const {
    std::string bytes;
    put(bytes, responses);
    for (const auto counter : kCounters) {
        put(bytes, (this->*counter).said_by);
        if ((this->*counter).said_by != 0) put(bytes, (this->*counter).sum);
    }
    return bytes;
}

std::optional<UsageSum> UsageSum::unpack(std::string_view bytes) {
    UsageSum out;
    const char* const end = bytes.data() + bytes.size();
    const char* at = take(bytes.data(), end, out.responses);
    for (const auto counter : kCounters) {
        Counter& one = out.*counter;
        if (at != nullptr) at = take(at, end, one.said_by);
        if (at != nullptr && one.said_by != 0) at = take(at, end, one.sum);
    }
    if (at != end) return std::nullopt;
    return out;
}

std::int64_t quarter_of(std::optional<UnixMs> at) { return at ? *at / kQuarterMs : 0; }

}  // namespace kaizen::session
