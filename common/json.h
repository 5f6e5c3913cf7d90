#pragma once

// JSON as this project reads and writes it. Reading: RapidJSON's own getters assert on a wrong type, ours
// return nothing. Session files, peers and servers are untrusted: parsing is iterative (a line of two million
// '[' would overflow the stack otherwise) and bounded in depth. Any thread; a JsonDocument is not shared.

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen {

using JsonValue = rapidjson::Value;

inline constexpr int kJsonMaxDepth = 256;

// One parsed text. Reuse it: the buffers stay.
class JsonDocument {
  public:
    // Parses the first JSON value of `text`; `rest` (optional) gets what follows it, white space dropped;
    // without it anything that follows is an error. Invalid UTF-8 and lone surrogates are replaced by U+FFFD
    // and say so in `repaired()`.
    [[nodiscard]] Result<> parse(std::string_view text, std::string_view* rest = nullptr);

    [[nodiscard]] const JsonValue& root() const { return document_; }
    [[nodiscard]] bool repaired() const { return repaired_; }

  private:
    [[nodiscard]] Result<> parse_buffer(std::string_view text, std::string_view* rest);

    rapidjson::Document document_;
    std::string buffer_;  // parsed in place: string values point into it
    bool repaired_ = false;
};

// Each returns nothing (or null) when `object` is not an object, has no such member, or one of another type.
[[nodiscard]] const JsonValue* find(const JsonValue& object, std::string_view key);
[[nodiscard]] const JsonValue* find_object(const JsonValue& object, std::string_view key);
[[nodiscard]] const JsonValue* find_array(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<std::string_view> find_string(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> find_int(const JsonValue& object,
                                                   std::string_view key);  // whole numbers, also 5.0
[[nodiscard]] std::optional<double> find_number(const JsonValue& object, std::string_view key);
[[nodiscard]] std::optional<bool> find_bool(const JsonValue& object, std::string_view key);

[[nodiscard]] inline std::string_view as_view(const JsonValue& string) {
    return {string.GetString(), string.GetStringLength()};
}

// The compact text of a value, at most about `max_bytes` of it (cut between code points); `full_bytes` gets
// the whole length.
[[nodiscard]] std::string to_text(const JsonValue& value, std::size_t max_bytes, std::int64_t& full_bytes);

// A writer with its buffer.
class JsonText : public rapidjson::Writer<rapidjson::StringBuffer> {
  public:
    JsonText() : rapidjson::Writer<rapidjson::StringBuffer>() { Reset(buffer_); }

    void key(std::string_view name) { Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
    void string(std::string_view text) { String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    [[nodiscard]] std::string_view view() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  private:
    rapidjson::StringBuffer buffer_;
};

}  // namespace kaizen
