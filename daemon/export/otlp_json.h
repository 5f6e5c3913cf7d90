#pragma once

// Words of the OTLP/JSON encoding: 64-bit integers and times as decimal strings, ids as lower-case hex,
// values in an AnyValue, unknowns left out. Pure; any thread. Source: OTLP specification, section "JSON
// Protobuf Encoding".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/export/exporter.h"
#include "daemon/export/otlp_names.h"

namespace kaizen::exporting::otlp {

// Whose request it is: the same in all of a batch.
struct Sender {
    const Origin& origin;
    const Names& names;
    std::string_view workspace_hash;
};

// Ids made of hashes, so that a re-send is the same and children know a parent that they never saw. Of turns
// from 1 on; what comes before the first prompt has the trace of turn 0.
[[nodiscard]] std::string trace_id_of(std::string_view session, std::int64_t turn);      // 32 digits
[[nodiscard]] std::string turn_span_id_of(std::string_view session, std::int64_t turn);  // 16 digits
// 16 digits. Call ids are an agent's own, and in some formats the same in many sessions.
[[nodiscard]] std::string call_span_id_of(std::string_view session, std::string_view call);
[[nodiscard]] std::string span_id_of(std::string_view identity);  // 16 digits

[[nodiscard]] std::string nanos(UnixMs at);  // after the epoch

void text(JsonText& out, std::string_view key, std::string_view value);
void integer(JsonText& out, std::string_view key, std::int64_t value);  // as a string
void time(JsonText& out, std::string_view key, UnixMs at);

// A list of attributes; ends with its scope.
class Attributes {
  public:
    explicit Attributes(JsonText& out);
    ~Attributes();
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    // Nothing is written for an empty text, a missing number or list, an empty list.
    void text(std::string_view name, std::string_view value);
    void integer(std::string_view name, std::optional<std::int64_t> value);
    void number(std::string_view name, std::optional<double> value);
    void flag(std::string_view name, std::optional<bool> value);
    void texts(std::string_view name, const JsonValue* list);  // the strings of it
    void list(std::string_view name, const JsonValue* list);   // whatever is in it

  private:
    void begin(std::string_view name);

    JsonText& out_;
};

// Any JSON as an AnyValue; of an object, null members and repeated ones are left out.
void any_value(JsonText& out, const JsonValue& value);

// The request of one signal around `items`, a JSON list: begins {"resourceSpans":[{"resource":…
struct Signal {
    std::string_view resources;  // "resourceSpans"
    std::string_view scopes;     // "scopeSpans"
    std::string_view items;      // "spans"
};
[[nodiscard]] std::string request_of(const Signal& signal, const Sender& sender, std::string_view items);

}  // namespace kaizen::exporting::otlp
