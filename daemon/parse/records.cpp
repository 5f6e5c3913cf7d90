#include "daemon/parse/records.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "common/text.h"

namespace kaizen::parse {
namespace {

constexpr std::size_t kMaxRecords = 1000;  // on one line; agents that lose a newline make two
constexpr std::size_t kLongLine = std::size_t{1} << 20;
constexpr std::size_t kMaxKind = 64;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxDirectory = 4096;
constexpr UnixMs kYear2015 = 1'420'070'400'000;
constexpr UnixMs kYear2100 = 4'102'444'800'000;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 40;

// Which record names a line of several: the one that matters more.
int weight(LineOutcome outcome) {
    switch (outcome) {
        case LineOutcome::skipped:
            return 0;
        case LineOutcome::unknown_kind:
            return 1;
        case LineOutcome::malformed:
            return 2;
        case LineOutcome::events:
            return 3;
    }
    return 0;
}

Verdict malformed(std::string reason) { return {{}, LineOutcome::malformed, std::move(reason)}; }

void note(Verdict verdict, ParsedLine& out) {
    out.outcome = verdict.outcome;
    out.kind = std::move(verdict.kind);
    if (verdict.outcome == LineOutcome::malformed) out.reason = std::move(verdict.reason);
}

Verdict take_value(const JsonValue& value, ParsedLine& out, const TakeRecord& take) {
    if (!value.IsObject()) return malformed("not an object");
    const std::size_t before = out.events.size();
    Verdict verdict = take(value);
    if (out.events.size() > before) verdict.outcome = LineOutcome::events;
    return verdict;
}

// Takes what `text` holds, as far as it is records. True: it breaks off.
bool take_all(std::string_view text, JsonDocument& document, ParsedLine& out, const TakeRecord& take,
              bool first) {
    const auto loaded = document.load(text);
    out.repaired = out.repaired || document.repaired();
    if (!loaded) return note(malformed(loaded.error().message), out), false;
    while (true) {
        const auto read = document.next();
        if (read && !*read) return false;
        // Looked at before anything is taken: a line counts whole or not at all.
        const bool too_many = first && read && document.more_follow_than(kMaxRecords - 1);
        if (too_many) return note(malformed(fmt::format("more than {} records", kMaxRecords)), out), false;
        Verdict verdict = read ? take_value(document.root(), out, take) : malformed(read.error().message);
        if (!read) out.reason = verdict.reason;  // also beside records that are whole
        if (first || weight(verdict.outcome) > weight(out.outcome)) note(std::move(verdict), out);
        first = false;
        if (!read) return true;
    }
}

bool is_whole(std::string_view text, JsonDocument& document) {
    if (!document.load(text)) return false;
    bool any = false;
    for (auto read = document.next(); read; read = document.next(), any = true) {
        if (!*read) return any;
        if (!document.root().IsObject()) return false;
    }
    return false;
}

// Where a record begins, after which all is whole: behind one that was cut off when its writer was killed, or
// behind zeros that a disk without power left (claude-code#81843). It is nearly always where the first one
// broke off; else a record begins like the line, or the line does not begin with any.
std::optional<std::size_t> find_whole(std::string_view line, std::size_t broke_off, JsonDocument& document) {
    constexpr std::string_view kBegin = "{\"";
    const int most_tries = line.size() > kLongLine ? 1 : 4;  // each way; a try costs what follows
    const auto ends_whole = [&](std::size_t at) { return at != 0 && is_whole(line.substr(at), document); };
    // Where only the end is missing, what is whole is a part of the record.
    std::size_t at = broke_off < line.size() ? line.rfind(kBegin, broke_off) : std::string_view::npos;
    for (int tries = 0; at != std::string_view::npos && tries < most_tries; ++tries) {
        if (ends_whole(at)) return at;
        at = at == 0 ? std::string_view::npos : line.rfind(kBegin, at - 1);
    }
    const bool begins = line.starts_with(kBegin);
    const std::string_view like = begins ? line.substr(0, line.find(':')) : kBegin;
    at = line.find(like, begins ? 1 : 0);
    for (int tries = 0; at != std::string_view::npos && tries < most_tries; ++tries) {
        if (ends_whole(at)) return at;
        at = line.find(like, at + 1);
    }
    return std::nullopt;
}

}  // namespace

std::string_view record_text(std::string_view line) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    return trim(line);
}

void parse_records(std::string_view line, JsonDocument& document, ParsedLine& out, const TakeRecord& take) {
    if (line.empty()) return;
    if (!take_all(line, document, out, take, true)) return;
    const auto whole = find_whole(line, document.failed_at(), document);
    if (!whole) return;
    const bool nothing_else = out.outcome == LineOutcome::malformed;
    static_cast<void>(take_all(line.substr(*whole), document, out, take, nothing_else));
}

void skip_line(std::string_view kind, ParsedLine& out) { out.kind = kind_name(kind); }

std::string kind_name(std::string_view type, std::string_view subtype) {
    std::string name(truncate_utf8(type.empty() ? "(no type)" : type, kMaxKind));
    if (!subtype.empty()) name.append("/").append(truncate_utf8(subtype, kMaxKind));
    if (name.size() > kMaxKind) name.resize(kMaxKind);
    for (char& c : name) {
        if (c < ' ' || c > '~') c = '?';
    }
    return name;
}

std::optional<UnixMs> believable_time(std::optional<UnixMs> time) {
    return time && *time >= kYear2015 && *time < kYear2100 ? time : std::nullopt;
}

std::optional<UnixMs> time_in(const JsonValue& object, std::string_view key) {
    const auto text = find_string(object, key);
    return text ? believable_time(parse_iso8601(*text)) : std::nullopt;
}

std::optional<std::int64_t> believable_count(std::optional<std::int64_t> count) {
    return count && *count >= 0 && *count <= kMaxCount ? count : std::nullopt;
}

std::optional<std::int64_t> count_in(const JsonValue& object, std::string_view key) {
    return believable_count(find_int(object, key));
}

std::optional<std::int64_t> cost_e6_in(const JsonValue& object, std::string_view key) {
    const auto dollars = find_number(object, key);
    if (!dollars || !(*dollars >= 0) || *dollars > 1e6) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(*dollars * 1e6 + 0.5));
}

std::string_view text_in(const JsonValue& object, std::string_view key) {
    return find_string(object, key).value_or(std::string_view());
}

std::string_view name_in(const JsonValue& object, std::string_view key) {
    return truncate_utf8(text_in(object, key), kMaxName);
}

std::string_view directory_in(const JsonValue& object, std::string_view key) {
    return truncate_utf8(text_in(object, key), kMaxDirectory);
}

bool is_true(const JsonValue& object, std::string_view key) { return find_bool(object, key).value_or(false); }

std::optional<std::int64_t> leading_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    return number;
}

}  // namespace kaizen::parse
