#include "tests/parse/event_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "common/json.h"
#include "common/text.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

std::string_view outcome_text(parse::LineOutcome outcome) {
    switch (outcome) {
        case parse::LineOutcome::events:
            return "events";
        case parse::LineOutcome::skipped:
            return "skipped";
        case parse::LineOutcome::unknown_kind:
            return "unknown";
        case parse::LineOutcome::malformed:
            return "malformed";
    }
    return "?";
}

std::string quoted(std::string_view text) {
    JsonText json;
    json.string(text);
    return json.str();
}

void add_text(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format(" {}={}", name, quoted(value));
}

void add_number(std::string& out, std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) out += fmt::format(" {}={}", name, *value);
}

std::string facts_text(const parse::SessionFacts& facts) {
    std::string out;
    add_text(out, "cwd", facts.cwd);
    add_text(out, "branch", facts.git_branch);
    add_text(out, "version", facts.agent_version);
    add_text(out, "model", facts.model);
    add_text(out, "parent", facts.parent_id);
    add_text(out, "forked_from", facts.forked_from);
    add_text(out, "title", facts.title);
    if (!facts.title.empty()) out += fmt::format(" rank={}", static_cast<int>(facts.title_rank));
    if (facts.title_of_uid != 0) out += fmt::format(" title_of={:016x}", facts.title_of_uid);
    return out;
}

}  // namespace

std::string to_string(const parse::Event& event) {
    std::string out = fmt::format("{:016x} {}", event.uid, parse::name_of(event.kind));
    if (event.role != parse::Role::none) out += event.role == parse::Role::user ? " user" : " assistant";
    if (event.thinking) out += " thinking";
    if (event.sidechain) out += " sidechain";
    if (event.replayed) out += " replayed";
    if (event.is_error) out += " is_error";
    if (event.at) out += " at=" + format_iso8601(*event.at);
    add_text(out, "name", event.name);
    add_text(out, "call", event.call_id);
    add_number(out, "exit", event.exit_code);
    add_number(out, "ms", event.duration_ms);
    add_text(out, "model", event.model);
    add_text(out, "response", event.response_id);
    if (event.tokens) {
        out += " tokens";
        add_number(out, "in", event.tokens->input);
        add_number(out, "read", event.tokens->cache_read);
        add_number(out, "write", event.tokens->cache_write);
        add_number(out, "write_1h", event.tokens->cache_write_1h);
        add_number(out, "out", event.tokens->output);
        add_number(out, "reasoning", event.tokens->reasoning);
    }
    add_number(out, "cost_e6", event.cost_usd_e6);
    for (const std::string& path : event.paths) add_text(out, "path", path);
    if (event.text_bytes > 0) out += fmt::format(" bytes={}", event.text_bytes);
    add_text(out, "text", event.text);
    return out;
}

std::string to_string(const parse::ParsedLine& line) {
    std::string out = fmt::format("{} {}", outcome_text(line.outcome), line.kind);
    if (!line.reason.empty()) out += ": " + line.reason;
    if (line.repaired) out += " (repaired)";
    out += "\n";
    if (const std::string facts = facts_text(line.facts); !facts.empty()) out += "    facts" + facts + "\n";
    for (const parse::Event& event : line.events) out += "    " + to_string(event) + "\n";
    return out;
}

std::vector<std::string> lines_of(const std::string& path) {
    const std::string content = read_file(path);
    std::vector<std::string> lines;
    for (const std::string_view line : split(content, '\n')) lines.emplace_back(line);
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

std::string Fixture::name() const { return std::filesystem::path(path).stem().string(); }

std::unique_ptr<parse::SessionParser> Fixture::parser(std::string_view saved) const {
    return format->make_parser(parse::FileOwner{name(), {}}, saved, parse::Options());
}

std::vector<Fixture> fixtures() {
    std::vector<Fixture> all;
    for (const parse::Format& format : parse::formats()) {
        const std::string directory = fixtures_dir() + "/" + std::string(format.agent);
        for (const auto& entry : std::filesystem::directory_iterator(directory)) {
            if (entry.path().extension() == ".jsonl") all.push_back({&format, entry.path().string()});
        }
    }
    std::sort(all.begin(), all.end(), [](const Fixture& a, const Fixture& b) { return a.path < b.path; });
    return all;
}

std::unique_ptr<parse::SessionParser> parser_for(std::string_view agent, parse::Options options) {
    return parse::find_format(agent)->make_parser(parse::FileOwner{"session", {}}, {}, options);
}

}  // namespace kaizen::test
