#pragma once

// A moment, a look, usage and rows of the outbox that several tests show.

#include <optional>
#include <string>

#include "ctl/render.h"

namespace kaizen::ctl {

inline constexpr UnixMs kNow = 1'763'985'600'000;  // Mon 2025-11-24T12:00:00Z
inline constexpr UnixMs kDay = 86'400'000;
inline constexpr UnixMs kMidnight = kNow - kDay / 2;
inline constexpr auto kNone = std::nullopt;

[[nodiscard]] Look look_of(int width, bool colour = false);  // in UTC, at kNow

[[nodiscard]] proto::UsageSum sum(std::int64_t responses, proto::Tokens tokens,
                                  std::optional<std::int64_t> cost, std::int64_t unpriced = 0);
[[nodiscard]] proto::UsageRow row(const std::string& key, const proto::UsageSum& usage);

[[nodiscard]] proto::Usage usage_by(const std::string& by);  // of the last 30 days, without rows
[[nodiscard]] proto::Usage by_day();                         // of two days

[[nodiscard]] proto::Status syncing();  // to kaizen.example, all of 100 rows but 4, 2 dead and 1 dropped
[[nodiscard]] proto::OutboxRow outbox_row(std::int64_t id, const std::string& kind, const std::string& json);
[[nodiscard]] proto::OutboxRow dead_row(std::int64_t id, const std::string& json);

[[nodiscard]] std::string rendered(int width, const proto::Usage& usage);

}  // namespace kaizen::ctl
