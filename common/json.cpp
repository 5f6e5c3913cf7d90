#include "common/json.h"

#include <fmt/core.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/text.h"

namespace kaizen {
namespace {

constexpr std::size_t kKeepBufferBytes = std::size_t{64}
                                         << 10;  // a larger one is given back: there is one per open file
constexpr std::size_t kLargeText = std::size_t{1} << 20;  // is looked through before it is copied

constexpr std::string_view kSpace = " \t\n\r\f\v";

std::string too_many(std::size_t values) { return fmt::format("more than {} values", values); }

// What RapidJSON checked to be a number, rounded right. Nothing when it is too large for a double.
std::optional<double> to_double(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc()) return number;
    number = std::strtod(std::string(text).c_str(), nullptr);  // out of range: 0 or infinite
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// Passes SAX events on to the document, and stops where a limit is passed: later code may walk the tree
// recursively. Numbers come as text: RapidJSON 1.1.0 crashes on long fractions where it is to be exact, and
// is one unit in the last place off where it is not.
template <class Document>
class Bounded {
  public:
    Bounded(Document& document, JsonNumbers numbers, std::size_t& values, std::size_t max_values)
        : document_(document), numbers_(numbers), values_(values), max_values_(max_values) {}

    bool Null() { return count() && document_.Null(); }
    bool Bool(bool b) { return count() && document_.Bool(b); }
    bool RawNumber(const char* s, rapidjson::SizeType n, bool) { return count() && number({s, n}); }
    bool String(const char* s, rapidjson::SizeType n, bool copy) {
        return count() && document_.String(s, n, copy);
    }
    bool Key(const char* s, rapidjson::SizeType n, bool copy) { return count() && document_.Key(s, n, copy); }
    bool StartObject() { return count() && deeper() && document_.StartObject(); }
    bool EndObject(rapidjson::SizeType n) { return --depth_, document_.EndObject(n); }
    bool StartArray() { return count() && deeper() && document_.StartArray(); }
    bool EndArray(rapidjson::SizeType n) { return --depth_, document_.EndArray(n); }

    // Never called: numbers come as text.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

    [[nodiscard]] const std::string& stopped_by() const { return stopped_by_; }

  private:
    bool stop(std::string why) { return stopped_by_ = std::move(why), false; }
    bool count() { return ++values_ <= max_values_ || stop(too_many(max_values_)); }
    bool deeper() { return ++depth_ <= kJsonMaxDepth || stop("nested too deeply"); }

    template <class Integer>
    static bool reads_whole(std::string_view text, Integer& number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc() && end == text.data() + text.size();
    }

    bool number(std::string_view text) {
        if (numbers_ == JsonNumbers::text)
            return document_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()), true);
        std::int64_t whole = 0;
        if (reads_whole(text, whole)) return document_.Int64(whole);
        std::uint64_t large = 0;
        if (reads_whole(text, large)) return document_.Uint64(large);
        const auto real = to_double(text);
        return real ? document_.Double(*real) : stop("a number is too large");
    }

    Document& document_;
    JsonNumbers numbers_;
    std::size_t& values_;
    std::size_t max_values_;
    int depth_ = 0;
    std::string stopped_by_;
};

// Behind the string that begins before `at`, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    while (true) {
        const std::size_t quote = text.find('"', at);
        if (quote == std::string_view::npos) return text.size();
        std::size_t backslashes = 0;
        while (quote - backslashes > at && text[quote - backslashes - 1] == '\\') ++backslashes;
        if (backslashes % 2 == 0) return quote + 1;
        at = quote + 1;
    }
}

// Whether there may be more than `most` values, told by what stands between them, without any memory.
bool may_hold_more_than(std::size_t most, std::string_view text) {
    std::size_t signs = 0;
    for (std::size_t at = text.find_first_of("\",:[{"); at < text.size();
         at = text.find_first_of("\",:[{", at)) {
        if (text[at] == '"')
            at = end_of_string(text, at + 1);
        else if (++at, ++signs > most)
            return true;
    }
    return false;
}

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

std::size_t leading_space(std::string_view text) {
    return std::min(text.find_first_not_of(kSpace), text.size());
}

std::size_t trailing_space(std::string_view text) {
    return text.size() - (text.find_last_not_of(kSpace) + 1);
}

Error broken(std::string_view why, std::size_t at) {
    return {ErrorCode::bad_input, fmt::format("{} (byte {})", why, at)};
}

// Counts all bytes, and keeps the first.
class FrontOfText {
  public:
    using Ch = char;
    explicit FrontOfText(std::size_t most) : most_(most) {}
    void Put(char c) {
        if (bytes_ <= most_) front_.push_back(c);  // one more than asked for: it says where a character ends
        ++bytes_;
    }
    void Flush() {}
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::string whole_characters() {
        front_.resize(truncate_utf8(front_, most_).size());
        return std::move(front_);
    }

  private:
    std::size_t most_;
    std::string front_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<> JsonDocument::parse(std::string_view text) {
    if (auto loaded = load(text); !loaded) return loaded;
    const auto read = next();
    if (!read) return tl::unexpected(read.error());
    if (!*read) return tl::unexpected(broken("the text is empty", 0));
    if (!at_end()) return tl::unexpected(broken("more after the value", at_));
    return {};
}

Result<> JsonDocument::load(std::string_view text) {
    repaired_ = false;
    values_ = 0;
    at_ = 0;
    failed_at_ = 0;
    buffer_.clear();
    if (text.size() > kLargeText && may_hold_more_than(max_values_, text))
        return fail(ErrorCode::bad_input, too_many(max_values_));
    if (buffer_.capacity() > kKeepBufferBytes && text.size() < kKeepBufferBytes) buffer_ = std::string();
    repaired_ = !is_utf8(text);
    if (repaired_)
        buffer_ = replace_invalid_utf8(text);
    else
        buffer_.assign(text);
    if (text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos)
        repaired_ = repair_lone_surrogates(buffer_) || repaired_;
    buffer_.resize(buffer_.size() - trailing_space(buffer_));
    at_ = leading_space(buffer_);
    return {};
}

Result<bool> JsonDocument::next() {
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                                rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (at_end()) return false;
    using Document = decltype(document_);
    document_ = Document();
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator> reader;
    rapidjson::InsituStringStream stream(buffer_.data() + at_);
    std::string stopped_by;
    auto generate = [&](Document& document) {
        Bounded<Document> bounded(document, numbers_, values_, max_values_);
        const bool whole = static_cast<bool>(reader.Parse<kFlags>(stream, bounded));
        stopped_by = bounded.stopped_by();
        return whole;
    };
    document_.Populate(generate);
    if (reader.HasParseError()) {
        failed_at_ = at_ + reader.GetErrorOffset();
        at_ = buffer_.size();
        if (stopped_by.empty()) stopped_by = rapidjson::GetParseError_En(reader.GetParseErrorCode());
        return tl::unexpected(broken(stopped_by, failed_at_));
    }
    at_ += stream.Tell();
    at_ += leading_space(std::string_view(buffer_).substr(at_));
    return true;
}

bool JsonDocument::more_follow_than(std::size_t most) const {
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseStopWhenDoneFlag;
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator> reader;
    rapidjson::BaseReaderHandler<> nobody;
    rapidjson::StringStream stream(buffer_.data() + at_);
    std::size_t values = 0;
    while (at_ + stream.Tell() < buffer_.size() && values <= most) {
        if (!reader.Parse<kFlags>(stream, nobody)) break;
        ++values;
    }
    return values > most;
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
    FrontOfText text(max_bytes);
    rapidjson::Writer<FrontOfText, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator> writer(text);
    value.Accept(writer);
    full_bytes = static_cast<std::int64_t>(text.bytes());
    return text.whole_characters();
}

}  // namespace kaizen
