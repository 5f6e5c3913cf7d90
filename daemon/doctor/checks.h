#pragma once

// The checks, one function each; doctor.cpp has the table. They look at files and at the kernel, and never
// repeat a secret. Nothing: the check does not apply here. Doctor's thread.

#include <functional>
#include <optional>
#include <string>

#include "daemon/doctor/facts.h"

namespace kaizen::doctor {

struct Finding {
    std::string severity;  // ok, info, warning, error
    std::string title;     // names no place: it may be shown to others
    std::string detail;
    std::string fix;
};

using Found = std::optional<Finding>;

[[nodiscard]] Finding finding(std::string severity, std::string title, std::string detail = {},
                              std::string fix = {});
[[nodiscard]] std::string size_text(std::uint64_t bytes);                       // 7.5 MB
[[nodiscard]] std::string count_of(std::int64_t number, std::string_view one);  // "1 file", "3 files"

[[nodiscard]] Found check_config(const Facts& facts);

[[nodiscard]] Found check_watches(const Facts& facts);
[[nodiscard]] Found check_sources(const Facts& facts);
[[nodiscard]] Found check_files(const Facts& facts);
[[nodiscard]] Found check_retention(const Facts& facts);
[[nodiscard]] Found check_agents(const Facts& facts);

[[nodiscard]] Found check_disk(const Facts& facts);
[[nodiscard]] Found check_sandbox(const Facts& facts);

// Reads the whole database if it is small, or Facts::full; ends early when `cancelled`.
[[nodiscard]] Finding check_store(const Facts& facts, const std::function<bool()>& cancelled);

[[nodiscard]] Found check_sync_off(const Facts& facts);
[[nodiscard]] Found check_endpoint(const Facts& facts);
[[nodiscard]] Found check_salt(const Facts& facts);
[[nodiscard]] Found check_token(const Facts& facts);
[[nodiscard]] Found check_rules(const Facts& facts);
[[nodiscard]] Found check_server(const Facts& facts);
[[nodiscard]] Found check_server_clock(const Facts& facts);

// One kind of things that are not read; nothing where another check says so with what to do.
[[nodiscard]] Found check_left_out(const proto::LeftOut& left_out);

// How sending to it goes; nothing is sent for that.
[[nodiscard]] Finding check_exporter(const proto::ExporterStatus& exporter);

}  // namespace kaizen::doctor
