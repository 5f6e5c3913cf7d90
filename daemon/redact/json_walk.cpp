// Redactor::json: a tree is walked once, and once more when it has shown a new secret that still stands in
// it, before the first telling place.

#include <algorithm>

#include "common/text.h"
#include "daemon/redact/names.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/redactor.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr int kDeepestNesting = 8;                        // of JSON in strings in JSON
constexpr std::uint64_t kLongNumber = 1'000'000'000'000;  // may be a card

class JsonWalk {
  public:
    JsonWalk(const Redactor& redactor, SessionSecrets& secrets, int nesting)
        : redactor_(redactor), secrets_(secrets), nesting_(nesting) {}

    void value(const JsonValue& value);

    [[nodiscard]] std::string str() const { return out_.str(); }
    [[nodiscard]] std::string_view view() const { return out_.view(); }
    [[nodiscard]] bool changed() const { return changed_; }

  private:
    void object(const JsonValue& object);
    void member(std::string_view key, const JsonValue& value, Sensitivity kind);
    void array(const JsonValue& array);
    void string(std::string_view text);
    bool nested(std::string_view text);
    void secret(std::string_view name, const JsonValue& value);

    const Redactor& redactor_;
    SessionSecrets& secrets_;
    int nesting_;
    JsonText out_;
    bool changed_ = false;
};

void JsonWalk::value(const JsonValue& value) {
    if (value.IsObject())
        object(value);
    else if (value.IsArray())
        array(value);
    else if (value.IsString())
        string(as_view(value));
    else if (value.IsUint64() && value.GetUint64() >= kLongNumber &&
             redactor_.changed(std::to_string(value.GetUint64()), secrets_))
        string(std::to_string(value.GetUint64()));
    else
        value.Accept(out_);
}

// {"name": "DB_PASSWORD", "value": "…"}: the sensitivity that the first gives to the second; of several names
// the most telling one does.
Sensitivity by_sibling(const JsonValue& object) {
    Sensitivity most = Sensitivity::none;
    for (const std::string_view key : {"name", "Name", "key", "Key"}) {
        if (const auto name = find_string(object, key)) most = std::max(most, sensitivity(*name));
    }
    return most;
}

// A text that came to be a key is no name.
Sensitivity by_key(std::string_view key) {
    constexpr std::size_t kLongestKey = 96;  // with blanks and signs in it
    const bool is_name = key.size() <= kLongestKey ? std::none_of(key.begin(), key.end(),
                                                                  [](char c) { return is_any_of(c, "<>\n"); })
                                                   : all_in(Alphabet::dotted, key);
    return is_name ? sensitivity(key) : Sensitivity::none;
}

void JsonWalk::object(const JsonValue& object) {
    out_.StartObject();
    for (const auto& entry : object.GetObject()) {
        const std::string_view key = as_view(entry.name);
        const auto safe_key = redactor_.changed(key, secrets_);
        changed_ = changed_ || safe_key.has_value();
        out_.key(safe_key ? *safe_key : key);
        Sensitivity kind = by_key(key);
        if (kind == Sensitivity::none && equal_folded(key, "value")) kind = by_sibling(object);
        member(key, entry.value, kind);
    }
    out_.EndObject();
}

void JsonWalk::member(std::string_view key, const JsonValue& entry, Sensitivity kind) {
    if (names_environment(key) && (entry.IsArray() || entry.IsObject())) return secret("env", entry);
    if (kind == Sensitivity::password) return secret("password", entry);
    if (kind == Sensitivity::key) return secret("token", entry);
    if (kind == Sensitivity::beside && entry.IsString() && looks_secret(as_view(entry)))
        return secret("token", entry);
    value(entry);
}

void JsonWalk::array(const JsonValue& array) {
    out_.StartArray();
    std::string_view previous;
    for (const JsonValue& entry : array.GetArray()) {
        // ["--password", "…"]
        const bool after_option = previous.starts_with("-") && all_in(Alphabet::name, previous);
        member({}, entry, after_option && entry.IsString() ? sensitivity(previous) : Sensitivity::none);
        previous = entry.IsString() ? as_view(entry) : std::string_view();
    }
    out_.EndArray();
}

// What a sensitive name stands for: null, booleans and nothing hold no secret; templates stand for one
// elsewhere.
void JsonWalk::secret(std::string_view name, const JsonValue& entry) {
    const bool is_empty = (entry.IsObject() && entry.ObjectEmpty()) || (entry.IsArray() && entry.Empty());
    if (entry.IsNull() || entry.IsBool() || is_empty) return value(entry);
    if (!entry.IsString()) {
        changed_ = true;
        return out_.string(mark(entry.IsNumber() || name == "env" ? name : "key"));
    }
    const std::string_view text = as_view(entry);
    if (text.empty() || is_template(text) || is_file_path(text) || redactor_.is_allowed(text) ||
        redactor_.is_mark(text))
        return string(text);
    changed_ = true;
    secrets_.remember(name, text);
    out_.string(mark(secrets_.label(name, text)));
}

void JsonWalk::string(std::string_view text) {
    if (nesting_ < kDeepestNesting && nested(text)) return;
    const auto safe = redactor_.changed(text, secrets_);
    changed_ = changed_ || safe.has_value();
    out_.string(safe ? *safe : text);
}

// A string that is an object or a list itself. Unchanged it stays as it was written.
bool JsonWalk::nested(std::string_view text) {
    const std::string_view inner = trim(text);
    if (inner.size() < 2) return false;
    const bool brackets =
        (inner.front() == '{' && inner.back() == '}') || (inner.front() == '[' && inner.back() == ']');
    JsonDocument document;
    if (!brackets || !document.parse(inner)) return false;
    JsonWalk walk(redactor_, secrets_, nesting_ + 1);
    walk.value(document.root());
    changed_ = changed_ || walk.changed();
    out_.string(walk.changed() ? walk.view() : text);
    return true;
}

// Whether a remembered value may stand in what was written. In JSON within a string it may be written with
// escapes, which is not looked into.
bool may_show_known(const JsonValue& value, const SessionSecrets& secrets) {
    if (value.IsString()) {
        const std::string_view text = as_view(value);
        const std::string_view inner = trim(text);
        return inner.starts_with('{') || inner.starts_with('[') || secrets.finds_any(text);
    }
    if (value.IsArray())
        return std::any_of(value.Begin(), value.End(),
                           [&](const JsonValue& entry) { return may_show_known(entry, secrets); });
    return value.IsObject() &&
           std::any_of(value.MemberBegin(), value.MemberEnd(), [&](const JsonValue::Member& member) {
               return secrets.finds_any(as_view(member.name)) || may_show_known(member.value, secrets);
           });
}

}  // namespace

std::string Redactor::json(const JsonValue& value, SessionSecrets& secrets) const {
    while (true) {
        const std::size_t before = secrets.remembered();
        JsonWalk walk(*this, secrets, 0);
        walk.value(value);
        if (secrets.remembered() == before) return walk.str();
        JsonDocument written;
        if (written.parse(walk.view()) && !may_show_known(written.root(), secrets)) return walk.str();
    }
}

Result<std::string> Redactor::json(std::string_view text, SessionSecrets& secrets) const {
    JsonDocument document;
    if (const auto parsed = document.parse(text); !parsed) return tl::unexpected(parsed.error());
    return json(document.root(), secrets);
}

}  // namespace kaizen::redact
