#pragma once

// Secrets where people and agents write them: each case is a text and what of it may not be left.

#include <string>
#include <vector>

#include "tests/redact/shapes.h"

namespace kaizen::test {

struct Case {
    std::string name;  // the format and where it stands
    std::string text;
    std::string secret;
};
using Cases = std::vector<Case>;

[[nodiscard]] Cases named_tokens(Shapes& shapes);  // every vendor's format behind a name
[[nodiscard]] Cases bare_tokens(Shapes& shapes);   // those that can be told without one
[[nodiscard]] Cases private_keys(Shapes& shapes);  // one case per line of key text
[[nodiscard]] Cases connection_strings(Shapes& shapes);
[[nodiscard]] Cases git_urls(Shapes& shapes);
[[nodiscard]] Cases json_web_tokens(Shapes& shapes);
[[nodiscard]] Cases http_auth(Shapes& shapes);
[[nodiscard]] Cases auth_files(Shapes& shapes);
[[nodiscard]] Cases cookies(Shapes& shapes);
[[nodiscard]] Cases command_lines(Shapes& shapes);
[[nodiscard]] Cases client_logins(Shapes& shapes);  // behind a letter, or by position
[[nodiscard]] Cases piped_passwords(Shapes& shapes);
[[nodiscard]] Cases sql_statements(Shapes& shapes);
[[nodiscard]] Cases xml_values(Shapes& shapes);
[[nodiscard]] Cases powershell(Shapes& shapes);
[[nodiscard]] Cases calls(Shapes& shapes);  // of functions that log in
[[nodiscard]] Cases assignments(Shapes& shapes);
[[nodiscard]] Cases sentences(Shapes& shapes);     // "the password is now …"
[[nodiscard]] Cases passphrases(Shapes& shapes);   // of plain words
[[nodiscard]] Cases short_fields(Shapes& shapes);  // ?token=abc123
[[nodiscard]] Cases mails(Shapes& shapes);
[[nodiscard]] Cases cards(Shapes& shapes);
[[nodiscard]] Cases addresses(Shapes& shapes);
[[nodiscard]] Cases home_paths(Shapes& shapes);

// Passwords as people make them, and as machines do.
[[nodiscard]] std::string password(Shapes& shapes);

// Each of the contexts so many times, with a secret of its own.
[[nodiscard]] Cases in_contexts(std::string_view name, const std::vector<std::string>& contexts,
                                std::size_t times, Shapes& shapes, std::string (*make)(Shapes&));

// `text` with every "{}" replaced.
[[nodiscard]] std::string filled(std::string_view text, std::string_view value);

}  // namespace kaizen::test
