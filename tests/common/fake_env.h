#pragma once

// An environment of its own for one test.

#include <map>
#include <string>

#include "common/paths.h"

namespace kaizen::test {

class FakeEnv {
  public:
    FakeEnv() = default;
    FakeEnv(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}

    [[nodiscard]] Env get() const {
        return [values = values_](const char* name) {
            const auto found = values.find(name);
            return found == values.end() ? nullptr : found->second.c_str();
        };
    }

  private:
    std::map<std::string, std::string> values_;
};

}  // namespace kaizen::test
