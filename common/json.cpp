#include "common/json.h"

#include <fmt/core.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cmath>

#include "common/text.h"

namespace kaizen {
namespace {

constexpr std::size_t kKeepBufferBytes = 64
                                         << 10;  // a larger buffer is given back: there is one per open file

// Passes SAX events on to the document and stops at kJsonMaxDepth: later code may walk the tree recursively.
template <class Document>
class DepthLimit {
  public:
    explicit DepthLimit(Document& document) : document_(document) {}
    bool Null() { return document_.Null(); }
    bool Bool(bool b) { return document_.Bool(b); }
    bool Int(int i) { return document_.Int(i); }
    bool Uint(unsigned u) { return document_.Uint(u); }
    bool Int64(std::int64_t i) { return document_.Int64(i); }
    bool Uint64(std::uint64_t u) { return document_.Uint64(u); }
    bool Double(double d) { return document_.Double(d); }
    bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) {
        return document_.RawNumber(s, n, copy);
    }
    bool String(const char* s, rapidjson::SizeType n, bool copy) { return document_.String(s, n, copy); }
    bool Key(const char* s, rapidjson::SizeType n, bool copy) { return document_.Key(s, n, copy); }
    bool StartObject() { return ++depth_ <= kJsonMaxDepth && document_.StartObject(); }
    bool EndObject(rapidjson::SizeType n) { return --depth_, document_.EndObject(n); }
    bool StartArray() { return ++depth_ <= kJsonMaxDepth && document_.StartArray(); }
    bool EndArray(rapidjson::SizeType n) { return --depth_, document_.EndArray(n); }

  private:
    Document& document_;
    int depth_ = 0;
};

bool is_hex4(std::string_view text) {
    if (text.size() < 4) return false;
    return text.substr(0, 4).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Replaces \uD800-\uDFFF escapes that have no partner by \uFFFD (same length). RapidJSON refuses the whole
// text for a high one, and makes invalid UTF-8 of a low one.
bool repair_lone_surrogates(std::string& text) {
    const auto surrogate = [&](std::size_t at, std::string_view second_digits) {
        return text.compare(at, 2, "\\u") == 0 && is_hex4(std::string_view(text).substr(at + 2)) &&
               (text[at + 2] == 'd' || text[at + 2] == 'D') &&
               second_digits.find(text[at + 3]) != std::string_view::npos;
    };
    bool changed = false;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '\\') continue;
        const bool high = surrogate(i, "89abAB");
        if (high && i + 6 < text.size() && surrogate(i + 6, "cdefCDEF")) {
            i += 11;
        } else if (high || surrogate(i, "cdefCDEF")) {
            text.replace(i, 6, "\\uFFFD");
            changed = true;
            i += 5;
        } else {
            ++i;  // skips the escaped character, so that "\\\\ud83d" is not taken for an escape
        }
    }
    return changed;
}

std::string_view describe(rapidjson::ParseErrorCode code) {
    if (code == rapidjson::kParseErrorTermination) return "nested too deeply";
    return rapidjson::GetParseError_En(code);
}

}  // namespace

Result<> JsonDocument::parse(std::string_view text, std::string_view* rest) {
    repaired_ = false;
    std::string clean;
    if (!is_utf8(text)) {
        clean = replace_invalid_utf8(text);
        text = clean;
        repaired_ = true;
    }
    if (text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos) {
        std::string mended(text);
        if (repair_lone_surrogates(mended)) {
            clean = std::move(mended);
            text = clean;
            repaired_ = true;
        }
    }
    return parse_buffer(text, rest);
}

Result<> JsonDocument::parse_buffer(std::string_view text, std::string_view* rest) {
    // Full precision: without it a double may come out one unit in its last place off.
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                                rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseFullPrecisionFlag;
    if (buffer_.capacity() > kKeepBufferBytes && text.size() < kKeepBufferBytes) buffer_ = std::string();
    buffer_.assign(text);
    document_ = rapidjson::Document();
    rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(buffer_.data());
    auto generate = [&](rapidjson::Document& document) {
        DepthLimit<rapidjson::Document> limited(document);
        return static_cast<bool>(reader.Parse<kFlags>(stream, limited));
    };
    document_.Populate(generate);
    if (reader.HasParseError()) {
        return fail(ErrorCode::bad_input, fmt::format("{} (byte {})", describe(reader.GetParseErrorCode()),
                                                      reader.GetErrorOffset()));
    }
    const std::string_view after = trim(std::string_view(buffer_).substr(stream.Tell()));
    if (rest != nullptr)
        *rest = after;
    else if (!after.empty())
        return fail(ErrorCode::bad_input, fmt::format("more after the value (byte {})", stream.Tell()));
    return {};
}

const JsonValue* find(const JsonValue& object, std::string_view key) {
    if (!object.IsObject()) return nullptr;
    for (const auto& member : object.GetObject()) {
        if (as_view(member.name) == key) return &member.value;
    }
    return nullptr;
}

const JsonValue* find_object(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    return value != nullptr && value->IsObject() ? value : nullptr;
}

const JsonValue* find_array(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    return value != nullptr && value->IsArray() ? value : nullptr;
}

std::optional<std::string_view> find_string(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    if (value == nullptr || !value->IsString()) return std::nullopt;
    return as_view(*value);
}

std::optional<std::int64_t> find_int(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    if (value == nullptr) return std::nullopt;
    if (value->IsInt64()) return value->GetInt64();
    if (!value->IsDouble()) return std::nullopt;
    const double number = value->GetDouble();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (number != std::floor(number) || number > kExact || number < -kExact) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<double> find_number(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    if (value == nullptr || !value->IsNumber()) return std::nullopt;
    return value->GetDouble();
}

std::optional<bool> find_bool(const JsonValue& object, std::string_view key) {
    const JsonValue* value = find(object, key);
    if (value == nullptr || !value->IsBool()) return std::nullopt;
    return value->GetBool();
}

std::string to_text(const JsonValue& value, std::size_t max_bytes, std::int64_t& full_bytes) {
    JsonText text;
    value.Accept(text);
    const std::string whole = text.str();
    full_bytes = static_cast<std::int64_t>(whole.size());
    return std::string(truncate_utf8(whole, max_bytes));
}

}  // namespace kaizen
