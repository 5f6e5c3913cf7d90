#pragma once

// What stands to the right of a name: where it ends, and whether it is a value at all.

#include <cstddef>
#include <string_view>

#include "daemon/redact/rule.h"

namespace kaizen::redact {

struct Value {
    Place place;        // without quotes
    char quote = '\0';  // 0: written bare
    bool ends_line = false;
};

// The value that begins at `at`: quoted (also with escaped quotes, and with Python's letter before them) or
// bare, however long it is. One that is cut off by the end of the text ends there. Linear over all values of
// a text: a bare one is a run of the scan's, and a quoted one ends where the next one of its kind begins.
[[nodiscard]] Value value_at(Scan& scan, std::size_t at);

[[nodiscard]] Value bare_value(std::string_view text, Place place);
[[nodiscard]] bool is_quoted(std::string_view text, std::size_t at);

// Code that computes a value, in bare text: a call, a member, a scope, a type.
[[nodiscard]] bool is_code(std::string_view value);

// Written where a value is to be put in: your-api-key, changeme, xxxx, AKIAIOSFODNN7EXAMPLE.
[[nodiscard]] bool is_placeholder(std::string_view value);

// The few of both that are one beyond doubt, where the name to the left leaves none: ${TOKEN}, <token>,
// YOUR_TOKEN, xxxx, changeme.
[[nodiscard]] bool is_template(std::string_view value);

// Names of standards, versions, counts: base64, oauth2, v1.2.3, 8-character.
[[nodiscard]] bool is_term(std::string_view value);

// sha256-…, sha512:…: of public content.
[[nodiscard]] bool is_digest(std::string_view value);

// How base64 of pictures, fonts, archives and certificates begins.
[[nodiscard]] bool is_data(std::string_view value);

// Whether a value stands in `name=value; name=value`; what only says how long and where a cookie is kept is
// none.
[[nodiscard]] bool holds_cookie(std::string_view pairs);

// Three plain words or more of lower case that make no sentence: correct horse battery staple.
[[nodiscard]] bool is_passphrase(std::string_view value);

// Several plain words, or words of a script without blanks: a label or a description, not a password.
[[nodiscard]] bool is_prose(std::string_view value);

}  // namespace kaizen::redact
