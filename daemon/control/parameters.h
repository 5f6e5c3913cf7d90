#pragma once

// What a route takes in its query and in its body, and the values that a request gives. A request that holds
// anything else, or a value of another type, is refused before its handler runs: a body that was cut off must
// not become "flush everything". Pure; any thread.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "daemon/control/control_server.h"
#include "daemon/runtime/query_pool.h"
#include "proto/control.h"

namespace kaizen::control {

struct Parameter {
    enum class Type : std::uint8_t { text, number, flag };

    // An empty text is none.
    static Parameter text(std::string_view name) { return {name, Type::text, 0, 0, {}}; }
    static Parameter word(std::string_view name, std::vector<std::string_view> words) {
        return {name, Type::text, 0, 0, std::move(words)};
    }
    static Parameter number(std::string_view name, std::int64_t least = 0,
                            std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
        return {name, Type::number, least, most, {}};
    }
    static Parameter flag(std::string_view name) { return {name, Type::flag, 0, 0, {}}; }

    std::string_view name;
    Type type;
    std::int64_t least;  // of a number
    std::int64_t most;
    std::vector<std::string_view> words;  // of a text: the only ones; empty: any
};

struct Parameters {
    std::vector<Parameter> query;
    std::vector<Parameter> body;  // members of one JSON object; none: the body is empty or {}
};

// The values of one request, by name, that of the path is "id"; and who asks. Not an aggregate, see
// daemon/README.md, coroutine rule 1.
class Arguments {
  public:
    Arguments() = default;

    void set(std::string name, std::string value);
    [[nodiscard]] std::string text(const std::string& name) const;  // empty: not given
    [[nodiscard]] std::optional<std::int64_t> number(const std::string& name) const;
    [[nodiscard]] std::optional<bool> flag(const std::string& name) const;

    void set_question(runtime::Question question) { question_ = std::move(question); }
    [[nodiscard]] const runtime::Question& question() const { return question_; }

  private:
    std::map<std::string, std::string> values_;
    runtime::Question question_;
};

[[nodiscard]] tl::expected<Arguments, proto::ErrorBody> read_arguments(const Parameters& parameters,
                                                                       const Request& request);

}  // namespace kaizen::control
