#pragma once

// What joins a name to its value: = : => := > , and blanks, quotes and brackets that close the name. Pure;
// any thread.

#include <cstddef>
#include <optional>
#include <string_view>

namespace kaizen::redact {

enum class Joint : unsigned char {
    equals,   // = := ?= == %3D
    colon,    // also =>
    comma,    // ("NAME", "value")
    angle,    // <name>value</name>, <entry key="name">value</entry>
    blank,    // --name value, password "x"
    is,       // the password is x, was changed to x; password for ada: x
    sibling,  // "name": "NAME", "value": "x"; - name: NAME\n  value: x; key="NAME" value="x";
              // variable "name" { default = "x" }
};

struct Separator {
    Joint joint = Joint::blank;
    bool name_was_quoted = false;
    bool has_blanks = false;
    std::size_t value_begin = 0;
};

// Nothing when no separator follows the name that ends at `name_end`.
[[nodiscard]] std::optional<Separator> separator_after(std::string_view text, std::size_t name_end);

}  // namespace kaizen::redact
