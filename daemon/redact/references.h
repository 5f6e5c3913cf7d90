#pragma once

// What stands for a value that is elsewhere: a variable, a template, a file. Pure; any thread.

#include <string_view>

namespace kaizen::redact {

// ${TOKEN}, $(pass show x), {{ token }}, <token>, %TOKEN%, op://…, env:TOKEN, @secrets.txt, keys/app.pem
[[nodiscard]] bool is_reference(std::string_view value);

// /run/secrets/x, ~/x, ./x; base64 that begins with a '/' is none.
[[nodiscard]] bool is_path(std::string_view value);

// Beyond doubt: of several parts, or with the ending of a file.
[[nodiscard]] bool is_file_path(std::string_view value);

}  // namespace kaizen::redact
