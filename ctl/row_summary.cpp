#include "ctl/row_summary.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctl/human.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

std::string words(std::string_view name) {
    std::string text = plain(name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

class Parts {
  public:
    void add(const std::string& part) {
        if (!part.empty()) text_ += (text_.empty() ? "" : " · ") + part;
    }
    void add_string(const JsonValue& row, std::string_view key) {
        if (const auto text = find_string(row, key)) add(words(*text));
    }
    void add_tokens(const JsonValue& row) {
        add(token_text("in", find_int(row, "tokens_in")));
        add(token_text("out", find_int(row, "tokens_out")));
        if (const auto cost = find_int(row, "cost_usd_e6")) add(dollars_text(cost));
    }
    // "4 paths"; nothing when there are none.
    void add_count(const JsonValue& row, std::string_view key, std::string_view one) {
        const JsonValue* list = find_array(row, key);
        if (list != nullptr && !list->Empty()) add(plural(list->Size(), one));
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string number_text(std::string_view name, std::int64_t number) {
    constexpr std::string_view kBytes = "_bytes";
    constexpr std::string_view kMs = "_ms";
    if (name.ends_with(kBytes))
        return words(name.substr(0, name.size() - kBytes.size())) + " " + bytes_text(number);
    if (name.ends_with(kMs))
        return words(name.substr(0, name.size() - kMs.size())) + " " + duration_text(number);
    return fmt::format("{} {}", words(name), number);
}

// What a payload says: its strings, and its numbers and flags by name.
void add_payload(Parts& parts, const JsonValue& payload) {
    for (const auto& member : payload.GetObject()) {
        const std::string_view name = as_view(member.name);
        const JsonValue& value = member.value;
        if (value.IsString())
            parts.add(plain(as_view(value)));
        else if (value.IsInt64())
            parts.add(number_text(name, value.GetInt64()));
        else if (value.IsTrue())
            parts.add(words(name.starts_with("is_") ? name.substr(3) : name));
        else if (value.IsArray() && !value.Empty())
            parts.add(fmt::format("{} {}", value.Size(), words(name)));
        else if (value.IsObject())
            add_payload(parts, value);  // as deep as parsing allows
    }
}

std::string event_text(const JsonValue& row) {
    Parts parts;
    parts.add_string(row, "kind");
    if (const auto tool = find_string(row, "tool")) parts.add(plain(*tool));
    if (const JsonValue* payload = find_object(row, "payload")) add_payload(parts, *payload);
    parts.add_tokens(row);
    return parts.text();
}

std::string span_text(const JsonValue& row) {
    Parts parts;
    if (const auto tool = find_string(row, "tool")) parts.add(plain(*tool));
    parts.add_string(row, "status");
    parts.add_string(row, "error_type");
    if (const auto time = find_int(row, "lead_time_ms")) parts.add(duration_text(time));
    parts.add_count(row, "path_hashes", "path");
    parts.add_tokens(row);
    return parts.text();
}

std::string snapshot_text(const JsonValue& row) {
    Parts parts;
    const auto index = find_int(row, "chunk_index");
    const auto total = find_int(row, "chunk_total");
    if (index && total) parts.add(fmt::format("part {} of {}", *index + 1, *total));
    parts.add_count(row, "file_facts", "file");
    parts.add_count(row, "edges", "edge");
    return parts.text();
}

std::string facts_text(const JsonValue& row) {
    Parts parts;
    parts.add_count(row, "skill_slugs", "skill");
    parts.add_count(row, "rule_slugs", "rule");
    return parts.text();
}

struct KindRow {
    std::string_view kind;
    std::string_view word;
    std::string (*text)(const JsonValue& row);
};

constexpr KindRow kKinds[] = {{"events", "event", event_text},
                              {"tool_spans", "span", span_text},
                              {"repo_snapshots", "snapshot", snapshot_text},
                              {"workspace_facts", "facts", facts_text}};

const KindRow* row_of(std::string_view kind) {
    const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                     [&](const KindRow& row) { return row.kind == kind; });
    return found == std::end(kKinds) ? nullptr : found;
}

}  // namespace

std::string kind_word(std::string_view kind) {
    const KindRow* known = row_of(kind);
    return known == nullptr ? words(kind) : std::string(known->word);
}

std::string row_summary(std::string_view kind, const JsonValue& row) {
    const KindRow* known = row_of(kind);
    std::string text = known != nullptr && row.IsObject() ? known->text(row) : std::string();
    if (!text.empty()) return text;
    JsonText json;
    row.Accept(json);
    return plain(json.str());
}

std::string row_summary(std::string_view kind, std::string_view json) {
    JsonDocument document;
    return document.parse(json) ? row_summary(kind, document.root()) : plain(json);
}

}  // namespace kaizen::ctl
