#pragma once

// JSON as this project reads and writes it. Reading: RapidJSON's own getters assert on a wrong type, ours
// return nothing. Session files, peers and servers are untrusted: parsing is iterative (a line of two million
// '[' would overflow the stack otherwise), bounded in depth and in values, and memory that is not there is
// std::bad_alloc (RapidJSON's own allocator does not look). Any thread; a JsonDocument is not shared.

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen {

// RapidJSON's allocator concept over malloc. Throws std::bad_alloc.
class JsonAllocator {
  public:
    static constexpr bool kNeedFree = true;
    // NOLINTBEGIN(readability-identifier-naming): the names are the concept's
    void* Malloc(std::size_t bytes) { return bytes == 0 ? nullptr : checked(std::malloc(bytes)); }
    void* Realloc(void* old, std::size_t, std::size_t bytes) {
        if (bytes != 0) return checked(std::realloc(old, bytes));
        std::free(old);
        return nullptr;
    }
    static void Free(void* memory) { std::free(memory); }
    // NOLINTEND(readability-identifier-naming)

  private:
    static void* checked(void* memory) { return memory != nullptr ? memory : throw std::bad_alloc(); }
};

using JsonPool = rapidjson::MemoryPoolAllocator<JsonAllocator>;
using JsonValue = rapidjson::GenericValue<rapidjson::UTF8<>, JsonPool>;

inline constexpr int kJsonMaxDepth = 256;
inline constexpr std::size_t kJsonMaxValues = 2'000'000;  // member names included

// How numbers of a text are kept: as such, or as strings of the text that they are, every digit of it.
enum class JsonNumbers { values, text };

// One parsed text. Reuse it: the buffers stay. After an exception it can be used again.
class JsonDocument {
  public:
    // At most so many values in a text.
    explicit JsonDocument(std::size_t max_values = kJsonMaxValues, JsonNumbers numbers = JsonNumbers::values)
        : max_values_(max_values), numbers_(numbers) {}

    // Parses a text that is one value; anything that follows it is an error. Invalid UTF-8 and lone
    // surrogates are replaced by U+FFFD and say so in `repaired()`.
    [[nodiscard]] Result<> parse(std::string_view text);

    // A text of several values, one after the other: load() it, then next() until it says false. Each
    // value replaces the one before; after a failure there is nothing more.
    [[nodiscard]] Result<> load(std::string_view text);
    [[nodiscard]] Result<bool> next();
    [[nodiscard]] std::size_t failed_at() const { return failed_at_; }   // after a failure: where in the text
    [[nodiscard]] bool at_end() const { return at_ == buffer_.size(); }  // nothing follows the value
    // Whether more than `most` values follow the one that was read last. Looks no further than those.
    [[nodiscard]] bool more_follow_than(std::size_t most) const;

    [[nodiscard]] const JsonValue& root() const { return document_; }
    [[nodiscard]] bool repaired() const { return repaired_; }

  private:
    rapidjson::GenericDocument<rapidjson::UTF8<>, JsonPool, JsonAllocator> document_;
    std::string buffer_;  // parsed in place: string values point into it
    std::size_t max_values_;
    JsonNumbers numbers_;
    std::size_t values_ = 0;  // of the text so far
    std::size_t at_ = 0;      // where the next value begins in buffer_
    std::size_t failed_at_ = 0;
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

// The compact text of a value, at most `max_bytes` of it (cut between code points); `full_bytes` gets the
// whole length. Takes no more memory than what it returns.
[[nodiscard]] std::string to_text(const JsonValue& value, std::size_t max_bytes, std::int64_t& full_bytes);

using JsonBuffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, JsonAllocator>;
using JsonWriter = rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonAllocator>;

// A writer with its buffer.
class JsonText : public JsonWriter {
  public:
    JsonText() { Reset(buffer_); }

    void key(std::string_view name) { Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
    void string(std::string_view text) { String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    [[nodiscard]] std::string_view view() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  private:
    JsonBuffer buffer_;
};

}  // namespace kaizen
