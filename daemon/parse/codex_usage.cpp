#include "daemon/parse/codex_usage.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/hash.h"
#include "daemon/parse/codex_content.h"
#include "daemon/parse/records.h"

namespace kaizen::parse::codex {
namespace {

constexpr std::array kCounters = {&TokenCounts::input, &TokenCounts::cache_read, &TokenCounts::cache_write,
                                  &TokenCounts::output, &TokenCounts::reasoning};

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

// Counter by counter; one that `from` does not know stays unknown.
TokenCounts minus(const TokenCounts& from, const TokenCounts& part) {
    TokenCounts rest;
    for (const auto counter : kCounters) {
        if (from.*counter)
            rest.*counter = std::max<std::int64_t>(0, *(from.*counter) - (part.*counter).value_or(0));
    }
    return rest;
}

TokenCounts plus(TokenCounts sum, const TokenCounts& part) {
    for (const auto counter : kCounters) {
        if (part.*counter) sum.*counter = (sum.*counter).value_or(0) + *(part.*counter);
    }
    return sum;
}

bool is_zero(const TokenCounts& tokens) {
    return tokens.input.value_or(0) == 0 && tokens.output.value_or(0) == 0 &&
           tokens.cache_read.value_or(0) == 0 && tokens.cache_write.value_or(0) == 0;
}

std::int64_t tokens_of(const JsonValue& total) {
    const auto all = count_in(total, "total_tokens");
    return all ? *all
               : count_in(total, "input_tokens").value_or(0) + count_in(total, "output_tokens").value_or(0);
}

std::uint64_t hash_of(const JsonValue& usage) {
    std::uint64_t hash = kHashSeed;
    for (const std::string_view key : {"input_tokens", "cached_input_tokens", "cache_write_input_tokens",
                                       "output_tokens", "reasoning_output_tokens", "total_tokens"}) {
        hash = hash64(static_cast<std::uint64_t>(count_in(usage, key).value_or(0)), hash);
    }
    return hash;
}

void add_usage(const UsageContext& context, const TokenCounts& tokens, std::string_view response_id) {
    Event& event = context.writer.add(EventKind::cost);
    event.name = "usage";
    event.tokens = tokens;
    event.response_id = response_id;
    event.model = context.model;
    event.billing.tier = context.tier;
}

void save_counts(JsonText& state, std::string_view key, const TokenCounts& counts) {
    state.key(key);
    state.StartArray();
    for (const auto counter : kCounters) state.Int64((counts.*counter).value_or(-1));
    state.EndArray();
}

TokenCounts saved_counts(const JsonValue& state, std::string_view key) {
    TokenCounts counts;
    const JsonValue* saved = find_array(state, key);
    if (saved == nullptr || saved->Size() != kCounters.size()) return counts;
    rapidjson::SizeType i = 0;
    for (const auto counter : kCounters) {
        const JsonValue& value = (*saved)[i++];
        if (value.IsInt64() && value.GetInt64() >= 0) counts.*counter = value.GetInt64();
    }
    return counts;
}

}  // namespace

bool RunningTotal::advance(const Reading& reading, bool replaying) {
    const bool went_down = reading.tokens < tokens_;
    if (reading.at && newest_at_ && *reading.at < *newest_at_) {
        // Written before what was read already. A clock that was set back writes totals that rise all the
        // same.
        const bool of_an_ended_count = began_at_ && *reading.at < *began_at_;
        if (of_an_ended_count || reading.tokens <= tokens_) return false;
    }
    if (!replaying && (!counts_ || went_down)) {
        if (counts_) ended_ = plus(ended_, minus(total_, inherited_));
        if (counts_ || went_down) began_at_ = reading.at;
        inherited_ = minus(reading.total, reading.last);
    }
    counts_ = !replaying;
    total_ = reading.total;
    tokens_ = reading.tokens;
    if (reading.at) newest_at_ = std::max(newest_at_.value_or(*reading.at), *reading.at);
    return true;
}

TokenCounts RunningTotal::own() const { return counts_ ? plus(ended_, minus(total_, inherited_)) : ended_; }

void RunningTotal::save(JsonText& state) const {
    save_counts(state, "total", total_);
    save_counts(state, "inherited", inherited_);
    save_counts(state, "ended", ended_);
    state.key("total_tokens"), state.Int64(tokens_);
    if (newest_at_) state.key("total_at"), state.Int64(*newest_at_);
    if (began_at_) state.key("total_began_at"), state.Int64(*began_at_);
    state.key("total_counts"), state.Bool(counts_);
}

void RunningTotal::load(const JsonValue& state) {
    total_ = saved_counts(state, "total");
    inherited_ = saved_counts(state, "inherited");
    ended_ = saved_counts(state, "ended");
    tokens_ = find_int(state, "total_tokens").value_or(0);
    newest_at_ = find_int(state, "total_at");
    began_at_ = find_int(state, "total_began_at");
    counts_ = is_true(state, "total_counts");
}

void UsageBook::take_record(const JsonValue& payload, const UsageContext& context) {
    const JsonValue* usage = find_object(payload, "usage");
    const std::string_view id = name_in(payload, "response_id");
    if (usage == nullptr || id.empty()) return;
    has_records_ = true;
    UsageContext served = context;
    if (find(payload, "service_tier") != nullptr) served.tier = tier_in(payload);
    add_usage(served, tokens_in(*usage), id);
    const JsonValue* total = find_object(payload, "thread_token_usage");
    if (total == nullptr) return;
    const RunningTotal::Reading reading{tokens_in(*total), tokens_of(*total), tokens_in(*usage), context.at};
    if (running_.advance(reading, context.replaying)) context.facts.reported = {running_.own(), {}};
}

void UsageBook::take_count(const JsonValue& payload, const UsageContext& context) {
    const JsonValue* info = find_object(payload, "info");
    if (info == nullptr || has_records_) return;
    const JsonValue* total = find_object(*info, "total_token_usage");
    const JsonValue* last = find_object(*info, "last_token_usage");
    if (total == nullptr && last == nullptr) return;
    const std::uint64_t total_hash = hash_of(total != nullptr ? *total : *last);
    if (total != nullptr && total_hash == last_total_) return;
    TokenCounts tokens;
    if (total != nullptr) {
        const bool went_on = tokens_of(*total) >= running_.tokens();
        const TokenCounts rise = went_on ? minus(tokens_in(*total), running_.total()) : tokens_in(*total);
        tokens = last != nullptr ? tokens_in(*last) : rise;
        const RunningTotal::Reading reading{tokens_in(*total), tokens_of(*total), tokens, context.at};
        if (!running_.advance(reading, context.replaying)) return;
        context.facts.reported = {running_.own(), {}};
    } else {
        tokens = tokens_in(*last);
    }
    last_total_ = total_hash;
    if (is_zero(tokens)) return;
    // A name made of the content: the same line again is the same response.
    add_usage(context, tokens, fmt::format("tc:{:016x}", hash64(context.timestamp, total_hash)));
}

void UsageBook::save(JsonText& state) const {
    state.key("has_records"), state.Bool(has_records_);
    state.key("last_total"), state.Int64(static_cast<std::int64_t>(last_total_));
    running_.save(state);
}

void UsageBook::load(const JsonValue& state) {
    has_records_ = is_true(state, "has_records");
    last_total_ = static_cast<std::uint64_t>(find_int(state, "last_total").value_or(0));
    running_.load(state);
}

}  // namespace kaizen::parse::codex
