#include "daemon/parse/codex_usage.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/hash.h"
#include "daemon/parse/records.h"

namespace kaizen::parse::codex {
namespace {

// Codex counts cached and cache-written tokens into input_tokens, we do not.
TokenCounts tokens_in(const JsonValue& usage) {
    TokenCounts tokens;
    tokens.cache_read = count_in(usage, "cached_input_tokens");
    tokens.cache_write = count_in(usage, "cache_write_input_tokens");
    if (const auto all = count_in(usage, "input_tokens")) {
        tokens.input =
            std::max<std::int64_t>(0, *all - tokens.cache_read.value_or(0) - tokens.cache_write.value_or(0));
    }
    tokens.output = count_in(usage, "output_tokens");
    tokens.reasoning = count_in(usage, "reasoning_output_tokens");
    return tokens;
}

bool is_zero(const TokenCounts& tokens) {
    return tokens.input.value_or(0) == 0 && tokens.output.value_or(0) == 0 &&
           tokens.cache_read.value_or(0) == 0 && tokens.cache_write.value_or(0) == 0;
}

std::uint64_t hash_of(const JsonValue& usage) {
    std::uint64_t hash = kHashSeed;
    for (const std::string_view key : {"input_tokens", "cached_input_tokens", "cache_write_input_tokens",
                                       "output_tokens", "reasoning_output_tokens", "total_tokens"}) {
        hash = hash64(static_cast<std::uint64_t>(count_in(usage, key).value_or(0)), hash);
    }
    return hash;
}

void add_usage(EventWriter& writer, const TokenCounts& tokens, std::string_view response_id,
               std::string_view model) {
    Event& event = writer.add(EventKind::cost);
    event.name = "usage";
    event.tokens = tokens;
    event.response_id = response_id;
    event.model = model;
}

}  // namespace

void UsageBook::take_record(const JsonValue& payload, std::string_view model, EventWriter& writer) {
    const JsonValue* usage = find_object(payload, "usage");
    const std::string_view id = name_in(payload, "response_id");
    if (usage == nullptr || id.empty()) return;
    has_records = true;
    add_usage(writer, tokens_in(*usage), id, model);
}

void UsageBook::take_count(const JsonValue& payload, std::string_view timestamp, std::string_view model,
                           EventWriter& writer) {
    const JsonValue* info = find_object(payload, "info");
    if (info == nullptr || has_records) return;
    const JsonValue* total = find_object(*info, "total_token_usage");
    const JsonValue* last = find_object(*info, "last_token_usage");
    if (last == nullptr) return;
    const std::uint64_t total_hash = hash_of(total != nullptr ? *total : *last);
    if (total != nullptr && total_hash == last_total) return;
    last_total = total_hash;
    const TokenCounts tokens = tokens_in(*last);
    if (is_zero(tokens)) return;
    // A name made of the content: the same line again is the same response.
    add_usage(writer, tokens, fmt::format("tc:{:016x}", hash64(timestamp, total_hash)), model);
}

}  // namespace kaizen::parse::codex
