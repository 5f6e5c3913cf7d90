#include "common/config_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"

namespace kaizen {
namespace {

constexpr double kDayMs = 86400000;
constexpr double kGiB = 1073741824;
constexpr double kMostAliases = 200;
constexpr std::string_view kAgents = "claude codex cursor";

// Slots: a member of a table's struct, or of a section of the Config.
template <class Owner, auto kMember>
auto& of(Owner& owner) {
    return owner.*kMember;
}
template <auto kSection, auto kMember>
auto& in(Config& config) {
    return config.*kSection.*kMember;
}

// A value in a message.
std::string shown(const Rule& rule, const std::string& value) {
    return rule.secret ? "the value" : fmt::format("\"{}\"", truncate_utf8(value, 80));
}

bool is_word_of(std::string_view words, std::string_view word) {
    const auto known = split(words, ' ');
    return std::find(known.begin(), known.end(), word) != known.end();
}

std::string not_a_choice(const Rule& rule, const std::string& value) {
    const auto known = split(rule.choices, ' ');
    const std::string_view near = nearest(value, known);
    const std::string hint = near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
    return fmt::format("{} is not one of {}{}", shown(rule, value), fmt::join(known, ", "), hint);
}

bool is_url(std::string_view text) {
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return false;
    const std::string_view host = text.substr(scheme, text.find('/', scheme) - scheme);
    return !host.empty() && host.find('@') == std::string_view::npos;
}

bool is_hex64(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::vector<std::string_view> known_agents() { return split(kAgents, ' '); }

// clang-format off: one row, one line

const std::vector<Key<Config>>& config_keys() {
    using C = Config;
    static const std::vector<Key<Config>> keys = {
        {"watch",
         "agents",
         "Agents whose session files are watched.",
         in<&C::watch, &C::Watch::agents>,
         {.choices = kAgents}},
        {"watch",
         "poll_interval_ms",
         "How often files are looked at where the system does not tell of changes.",
         in<&C::watch, &C::Watch::poll_interval_ms>,
         {.least = 100, .most = 3600000}},
        {"watch",
         "max_line_bytes",
         "A longer line is counted as bad and skipped.",
         in<&C::watch, &C::Watch::max_line_bytes>,
         {.least = 4096, .most = kGiB}},
        {"store",
         "retention_days",
         "Sessions that were last active so many days ago are forgotten, unless they are pinned; what they "
         "cost "
         "stays in the sums, and what waits to be sent is sent. 0 keeps all.",
         in<&C::store, &C::Store::retention_days>,
         {.least = 0, .most = 36500}},
        {"store",
         "dead_letter_days",
         "Rows that a server refused are dropped after so many days; 0 keeps them.",
         in<&C::store, &C::Store::dead_letter_days>,
         {.least = 0, .most = 36500}},
        {"store",
         "text",
         "How much of each text is kept: none, a preview of 2 KiB, or all.",
         in<&C::store, &C::Store::text>,
         {.choices = "none preview full"}},
        {"workspace",
         "aliases",
         "Directories that were renamed or moved, each old one with its new one (\"~/old\" = \"~/new\"). "
         "What was seen in or below the old one counts as in or below the new one; what is stored stays as "
         "it is.",
         in<&C::workspace, &C::Workspace::aliases>,
         {.most = kMostAliases}},
        {"sync",
         "endpoint",
         "Server of the team that redacted rows are sent to. Empty: nothing is sent.",
         in<&C::sync, &C::Sync::endpoint>,
         {.form = Form::url}},
        {"sync", "team_id", "Name of the team, as its server knows it.", in<&C::sync, &C::Sync::team_id>},
        {"sync", "team_token", "Token for the server.", in<&C::sync, &C::Sync::team_token>, {.secret = true}},
        {"sync",
         "team_token_file",
         "File with the token, instead of team_token.",
         in<&C::sync, &C::Sync::team_token_file>,
         {.form = Form::path}},
        {"sync",
         "team_salt_hex",
         "Salt of all hashes, the same in the whole team: openssl rand -hex 32.",
         in<&C::sync, &C::Sync::team_salt_hex>,
         {.form = Form::hex64, .secret = true}},
        {"sync",
         "workspace_identity",
         "What a workspace's hash is made of: the URL of its git remote, or its path.",
         in<&C::sync, &C::Sync::workspace_identity>,
         {.choices = "git-remote path"}},
        {"sync",
         "content",
         "What is sent: lengths, names and redacted commands (metadata), or redacted texts as well (text).",
         in<&C::sync, &C::Sync::content>,
         {.choices = "metadata text"}},
        {"sync",
         "text_max_bytes",
         "Longest text that is sent.",
         in<&C::sync, &C::Sync::text_max_bytes>,
         {.least = 0, .most = 1000000}},
        {"sync",
         "sample_rate",
         "The share of sessions that is sent, each whole or not at all.",
         in<&C::sync, &C::Sync::sample_rate>,
         {.least = 0, .most = 1}},
        {"sync",
         "events_per_batch_max",
         "Most rows of one request.",
         in<&C::sync, &C::Sync::events_per_batch_max>,
         {.least = 1, .most = 10000}},
        {"sync",
         "max_body_bytes",
         "Most bytes of one request, before compression.",
         in<&C::sync, &C::Sync::max_body_bytes>,
         {.least = 1000, .most = 100000000}},
        {"sync",
         "flush_interval_ms",
         "Longest time that a row waits for others to go with.",
         in<&C::sync, &C::Sync::flush_interval_ms>,
         {.least = 100, .most = kDayMs}},
        {"sync",
         "max_in_flight",
         "Most requests at a time.",
         in<&C::sync, &C::Sync::max_in_flight>,
         {.least = 1, .most = 16}},
        {"sync",
         "request_timeout_ms",
         "Longest time that a request may take.",
         in<&C::sync, &C::Sync::request_timeout_ms>,
         {.least = 100, .most = 3600000}},
        {"sync",
         "connect_timeout_ms",
         "Longest time that a connection may take.",
         in<&C::sync, &C::Sync::connect_timeout_ms>,
         {.least = 100, .most = 3600000}},
        {"sync",
         "ca_file",
         "Certificates to trust, instead of the system's.",
         in<&C::sync, &C::Sync::ca_file>,
         {.form = Form::path}},
        {"sync",
         "include",
         "Workspaces that are sent. Empty: all.",
         in<&C::sync, &C::Sync::include>,
         {.form = Form::glob}},
        {"sync",
         "exclude",
         "Workspaces that are never sent, whatever include says.",
         in<&C::sync, &C::Sync::exclude>,
         {.form = Form::glob}},
        {"export", "fail_open",
         "A row counts as delivered when the server has it, whatever becomes of it at an exporter; else, and "
         "without a server, when all have it.",
         in<&C::exporters, &C::Exporters::fail_open>},
        {"export",
         "exporter_backlog_max",
         "Most batches that are kept for an exporter that fails; then its oldest are dropped.",
         in<&C::exporters, &C::Exporters::backlog_max>,
         {.least = 1, .most = 1000000}},
        {"redact", "allow", "Values that are never redacted.", in<&C::redact, &C::Redact::allow>},
        {"prices",
         "file",
         "A price table of your own, over the built-in one.",
         in<&C::prices, &C::Prices::file>,
         {.form = Form::path}},
        {"control",
         "socket",
         "Socket that kaizenctl asks on. Empty: the usual place.",
         in<&C::control, &C::Control::socket>,
         {.form = Form::path}},
        {"log",
         "level",
         "Least severity that is logged.",
         in<&C::log, &C::Log::level>,
         {.choices = "debug info warn error"}},
    };
    return keys;
}

const std::vector<Key<WatchRoot>>& watch_root_keys() {
    using T = WatchRoot;
    static const std::vector<Key<WatchRoot>> keys = {
        {"watch.root",
         "agent",
         "Whose session files these are.",
         of<T, &T::agent>,
         {.choices = kAgents, .required = true}},
        {"watch.root",
         "path",
         "One more directory with session files, beside the agent's own.",
         of<T, &T::path>,
         {.form = Form::path, .required = true}},
    };
    return keys;
}

const std::vector<Key<ExportTarget>>& export_target_keys() {
    using T = ExportTarget;
    static const std::vector<Key<ExportTarget>> keys = {
        {"export.to", "name", "Its name in status. Empty: its type.", of<T, &T::name>},
        {"export.to",
         "type",
         "What it speaks.",
         of<T, &T::type>,
         {.choices = "otlp posthog datadog file", .required = true}},
        {"export.to",
         "endpoint",
         "Address of the OTLP receiver.",
         of<T, &T::endpoint>,
         {.form = Form::url, .required = true, .only_for = "otlp"}},
        {"export.to",
         "headers",
         "Headers of each request.",
         of<T, &T::headers>,
         {.secret = true, .only_for = "otlp"}},
        {"export.to",
         "signals",
         "What is sent there, each to a receiver of its own.",
         of<T, &T::signals>,
         {.choices = "traces logs metrics", .required = true, .only_for = "otlp"}},
        {"export.to",
         "temporality",
         "Whether metrics say all since a start, or what is new.",
         of<T, &T::temporality>,
         {.choices = "cumulative delta", .required = true, .only_for = "otlp"}},
        {"export.to",
         "semconv",
         "Whose names are used: OpenTelemetry's semantic conventions, or the GenAI conventions' own release.",
         of<T, &T::semconv>,
         {.choices = "1.41.1 genai-0.1", .only_for = "otlp"}},
        {"export.to",
         "host",
         "Address of PostHog.",
         of<T, &T::host>,
         {.form = Form::url, .required = true, .only_for = "posthog"}},
        {"export.to", "site", "Site of Datadog.", of<T, &T::site>, {.required = true, .only_for = "datadog"}},
        {"export.to",
         "api_key",
         "Key of the project.",
         of<T, &T::api_key>,
         {.required = true, .secret = true, .only_for = "posthog datadog"}},
        {"export.to",
         "path",
         "File that rows are appended to.",
         of<T, &T::path>,
         {.form = Form::path, .required = true, .only_for = "file"}},
        {"export.to",
         "max_bytes",
         "The file is rotated when it is that large.",
         of<T, &T::max_bytes>,
         {.least = 4096, .most = 1024 * kGiB, .only_for = "file"}},
    };
    return keys;
}

const std::vector<Key<RedactRule>>& redact_rule_keys() {
    using T = RedactRule;
    static const std::vector<Key<RedactRule>> keys = {
        {"redact.rule",
         "name",
         "What such a value becomes: <REDACTED:name#1>.",
         of<T, &T::name>,
         {.required = true}},
        {"redact.rule",
         "pattern",
         "Regular expression (RE2) of what is redacted.",
         of<T, &T::pattern>,
         {.required = true}},
    };
    return keys;
}

// clang-format on

bool applies(const Rule& rule, const ExportTarget& target) {
    return rule.only_for.empty() || is_word_of(rule.only_for, target.type);
}

std::string complaint(const Rule&, bool) { return {}; }

std::string complaint(const Rule& rule, std::int64_t value) {
    const auto number = static_cast<double>(value);
    if (number >= rule.least && number <= rule.most) return {};
    return fmt::format("{} is not between {:.0f} and {:.0f}", value, rule.least, rule.most);
}

std::string complaint(const Rule& rule, double value) {
    if (value >= rule.least && value <= rule.most) return {};  // false for NaN
    return fmt::format("{} is not between {} and {}", value, rule.least, rule.most);
}

std::string complaint(const Rule& rule, const std::string& value) {
    if (value.empty() && (rule.choices.empty() || rule.required))
        return {};  // "none"; what is required has its own check
    if (!is_utf8(value) || has_control_character(value))
        return "the value holds a control character or invalid UTF-8";
    if (!rule.choices.empty() && !is_word_of(rule.choices, value)) return not_a_choice(rule, value);
    switch (rule.form) {
        case Form::any:
        case Form::glob:
            return {};
        case Form::path:
            return value.front() == '/'
                       ? ""
                       : fmt::format("{} is neither absolute nor below ~/", shown(rule, value));
        case Form::url:
            return is_url(value)
                       ? ""
                       : "the value is not a URL (https://host or http://host, without user and password)";
        case Form::hex64:
            return is_hex64(value)
                       ? ""
                       : "the value is not 64 hexadecimal digits (make one with: openssl rand -hex 32)";
    }
    return {};
}

std::string complaint(const Rule& rule, const StringList& value) {
    for (const std::string& element : value) {
        if (element.empty()) return "the list holds an empty text";
        if (std::string text = complaint(rule, element); !text.empty()) return text;
    }
    return {};
}

std::string complaint(const Rule& rule, const StringMap& value) {
    if (static_cast<double>(value.size()) > rule.most)
        return fmt::format("the table has {} entries, more than {:.0f}", value.size(), rule.most);
    for (const auto& [name, text] : value) {
        if (name.empty()) return "the table holds an empty name";
        if (!complaint(Rule{}, name).empty() || !complaint(rule, text).empty())
            return "the value holds a control character or invalid UTF-8";
    }
    return {};
}

}  // namespace kaizen
