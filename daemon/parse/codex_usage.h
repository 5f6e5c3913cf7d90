#pragma once

// Which records of a Codex rollout are the usage of a new model response, and how far the running total that
// Codex keeps beside them is this session's own. Worker thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/json.h"
#include "daemon/parse/event_writer.h"

namespace kaizen::parse::codex {

// The total_token_usage of one file. It goes on from the parent's in a fork, over what a resume of old
// versions replays, and starts again from zero where 0.50 resumes.
class RunningTotal {
  public:
    struct Reading {
        TokenCounts total;
        std::int64_t tokens = 0;  // total_tokens
        TokenCounts last;         // of the response that it rose by
        std::optional<UnixMs> at;
    };

    // False for a copy of an older reading, as lines that stand twice in a file are. It changes nothing.
    [[nodiscard]] bool advance(const Reading& reading, bool replaying);

    [[nodiscard]] const TokenCounts& total() const { return total_; }
    [[nodiscard]] std::int64_t tokens() const { return tokens_; }
    [[nodiscard]] TokenCounts own() const;  // without what was inherited or replayed

    void save(JsonText& state) const;
    void load(const JsonValue& state);

  private:
    TokenCounts total_;
    TokenCounts inherited_;  // what this count began with
    TokenCounts ended_;      // own part of counts before this one
    std::int64_t tokens_ = 0;
    std::optional<UnixMs> newest_at_;
    std::optional<UnixMs> began_at_;
    bool counts_ = false;  // this session's own responses, not replayed ones
};

// What the parser knows when a record of usage comes.
struct UsageContext {
    std::string_view timestamp;  // as written
    std::optional<UnixMs> at;
    std::string_view model;
    std::string_view tier;  // as the thread's settings have it
    bool replaying = false;
    EventWriter& writer;
    SessionFacts& facts;
};

// The newest versions write one token_usage_record per response, followed by a token_count that repeats it;
// older ones token_count alone, two or three times per response.
class UsageBook {
  public:
    // Each adds a `cost` event named "usage" when the record is a new response, and sets facts.reported.
    void take_record(const JsonValue& payload, const UsageContext& context);
    void take_count(const JsonValue& payload, const UsageContext& context);

    [[nodiscard]] bool has_records() const { return has_records_; }  // then token_count counts no more

    void save(JsonText& state) const;
    void load(const JsonValue& state);

  private:
    bool has_records_ = false;
    std::uint64_t last_total_ = 0;  // hash of the last total_token_usage
    RunningTotal running_;
};

}  // namespace kaizen::parse::codex
