#pragma once

// Text and JSON in, what may leave out. Two passes find what begins with a literal, and what is made of
// digits; a third finds again what the session has shown before. Immutable once made: what a session
// remembers is in its SessionSecrets. Throws when a text cannot be redacted (std::length_error,
// std::runtime_error): then it does not leave.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "daemon/redact/literal_table.h"
#include "daemon/redact/rules.h"
#include "daemon/redact/session_secrets.h"
#include "daemon/redact/user_rules.h"

namespace kaizen::redact {

// Who sits at this machine. Names of accounts that every machine has (root, runner) are left alone, and so is
// what is shorter than three characters.
struct Identity {
    std::vector<std::string> users;    // login names
    std::vector<std::string> homes;    // absolute
    std::vector<std::string> hosts;    // of this machine
    std::vector<std::string> persons;  // real name, git author
    std::vector<std::string> mails;    // git author
};

struct Settings {
    std::vector<std::string> allow;  // never touched
    UserRules rules;
    std::string salt;  // 32 bytes, for paths outside the workspace (spec "wire", H)
};

class Redactor {
  public:
    Redactor(const Identity& local, Settings settings);
    Redactor(const Redactor&) = delete;
    Redactor& operator=(const Redactor&) = delete;

    [[nodiscard]] std::string text(std::string_view text, SessionSecrets& secrets) const;

    // The same; nothing when it may leave as it is.
    [[nodiscard]] std::optional<std::string> changed(std::string_view text, SessionSecrets& secrets) const;

    // A tree: strings, also those in keys and those that are JSON themselves; all that stands under a
    // sensitive key.
    [[nodiscard]] std::string json(const JsonValue& value, SessionSecrets& secrets) const;

    // The same of a text that is one JSON value; an error when it is none.
    [[nodiscard]] Result<std::string> json(std::string_view text, SessionSecrets& secrets) const;

    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }
    [[nodiscard]] bool is_allowed(std::string_view value) const;

    // Whether all of it is a mark that a redactor has put.
    [[nodiscard]] bool is_mark(std::string_view text) const;

  private:
    enum class Target : std::uint8_t { rule, user_rule, allowed, mark };
    struct Literal {
        std::string text;
        Target target;
        std::size_t index;  // of the rule
        Case letters;
    };

    void add_rule_literals();
    void add_identity(const Identity& local);
    void add_literal(std::string_view literal, const Rule& rule);
    void add_word(std::string_view rule_name, std::string_view word);
    [[nodiscard]] bool is_plain(std::string_view text, const SessionSecrets& secrets) const;
    void search(Scan& scan) const;
    void take_literal(Scan& scan, const Literal& literal, Place place) const;
    void walk_bytes(Scan& scan) const;
    void call(Scan& scan, Trigger trigger, Place place) const;
    [[nodiscard]] std::string render(Scan& scan, SessionSecrets& secrets) const;
    [[nodiscard]] std::size_t mark_end(std::string_view text, std::size_t begin) const;

    Settings settings_;
    std::vector<Rule> rules_;
    std::vector<Literal> literals_;
    std::vector<std::string_view> mark_names_;  // sorted
    LiteralTable table_;
    std::array<std::vector<const Rule*>, 6> called_;  // by trigger
};

// A mark: "<REDACTED:label>".
[[nodiscard]] std::string mark(std::string_view label);

}  // namespace kaizen::redact
