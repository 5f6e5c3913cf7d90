#pragma once

// The configuration: one TOML file, overridden by KAIZEN_<SECTION>_<KEY> in the environment (spec "config").
// Immutable once read. The keys, their types and their limits stand in config_keys.cpp; a default is the
// initialiser here. Any thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/paths.h"

namespace kaizen {

struct WatchRoot {
    std::string agent;
    std::string path;
};

struct ExportTarget {
    std::string name;  // the type where the file gives none
    std::string type;  // otlp, posthog, datadog, file; each has the keys below that name it
    std::string endpoint = "http://127.0.0.1:4318";                    // otlp
    std::map<std::string, std::string> headers;                        // otlp
    std::vector<std::string> signals = {"traces", "logs", "metrics"};  // otlp: each has a receiver of its own
    std::string temporality = "cumulative";                            // otlp: of metrics: cumulative, delta
    std::string semconv = "1.41.1";                                    // otlp: 1.41.1, genai-0.1
    std::string host = "https://us.i.posthog.com";                     // posthog
    std::string site = "datadoghq.com";                                // datadog
    std::string api_key;                                               // posthog, datadog
    std::string path;                                                  // file
    std::int64_t max_bytes = 104857600;                                // file
};

// Of an exporter's signal, in status and elsewhere.
[[nodiscard]] inline std::string signal_name(const std::string& exporter, const std::string& signal) {
    return exporter + "/" + signal;
}

struct RedactRule {
    std::string name;
    std::string pattern;
};

// Paths are absolute, "~" is resolved.
struct Config {
    struct Watch {
        std::vector<std::string> agents = {"claude", "codex", "cursor"};
        std::int64_t poll_interval_ms = 1000;
        std::int64_t max_line_bytes = 67108864;
        std::vector<WatchRoot> roots;
    } watch;
    struct Store {
        std::int64_t retention_days = 0;     // 0: for ever
        std::int64_t dead_letter_days = 90;  // likewise
        std::string text = "preview";        // none, preview, full
    } store;
    struct Workspace {
        std::map<std::string, std::string> aliases;  // for WorkspaceAliases: old directory, new directory
    } workspace;
    struct Sync {
        std::string endpoint;  // empty: sync is off
        std::string team_id;
        std::string team_token;
        std::string team_token_file;
        std::string team_salt_hex;
        std::string workspace_identity = "git-remote";  // git-remote, path
        std::string content = "metadata";               // metadata, text
        std::int64_t text_max_bytes = 8192;
        double sample_rate = 1.0;
        std::int64_t events_per_batch_max = 500;
        std::int64_t max_body_bytes = 1000000;
        std::int64_t flush_interval_ms = 10000;
        std::int64_t max_in_flight = 2;
        std::int64_t request_timeout_ms = 60000;
        std::int64_t connect_timeout_ms = 10000;
        std::string ca_file;
        std::vector<std::string> include;  // workspace globs; empty: all
        std::vector<std::string> exclude = {"~/private/**"};
    } sync;
    struct Exporters {
        bool fail_open = true;
        std::int64_t backlog_max = 1000;
        std::vector<ExportTarget> to;
    } exporters;
    struct Redact {
        std::vector<std::string> allow;
        std::vector<RedactRule> rules;
    } redact;
    struct Prices {
        std::string file;
    } prices;
    struct Control {
        std::string socket;  // empty: as Paths says
    } control;
    struct Log {
        std::string level = "info";
    } log;
};

// One value of the merged configuration, as people see it.
struct Setting {
    std::string key;     // "sync.team_token", "watch.root[1].path"
    std::string value;   // as TOML; "***" for a secret
    std::string origin;  // "default", "<file>:<line>", "environment"
    std::uint64_t
        fingerprint;  // of the value itself, so that a changed secret is seen without keeping it here
    bool secret;
};

struct LoadedConfig {
    Config config;
    std::vector<std::string> warnings;  // unknown keys, a secret that others can read
    std::vector<Setting> settings;      // in the order of the table of keys
};

// A file that is not there means the defaults. The error lists everything that is wrong, one
// "file:line:column: ..." per line.
[[nodiscard]] Result<LoadedConfig> load_config(const std::string& file, const Env& env);

// The agents that watch.agents may name.
[[nodiscard]] std::vector<std::string_view> known_agents();

// What --check-config prints beside the warnings: every setting with where it came from.
[[nodiscard]] std::string check_report(const LoadedConfig& loaded, const std::string& file);

// Keys whose value differs, was added or was removed.
[[nodiscard]] std::vector<std::string> changed_keys(const LoadedConfig& before, const LoadedConfig& after);

}  // namespace kaizen
