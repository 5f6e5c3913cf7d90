#include "daemon/redact/references.h"

#include <algorithm>
#include <initializer_list>

#include "daemon/redact/alphabet.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/rule.h"

namespace kaizen::redact {
namespace {

constexpr int kRandom = 14;  // nobody calls a file like this

bool starts_any(std::string_view value, std::initializer_list<std::string_view> starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [value](std::string_view start) { return value.starts_with(start); });
}

bool ends_any(std::string_view value, std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(),
                       [value](std::string_view end) { return value.ends_with(end); });
}

bool contains_any(std::string_view value, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [value](std::string_view part) { return value.find(part) != std::string_view::npos; });
}

bool is_variable(std::string_view value) {
    if (!value.starts_with('$') || value.size() < 2) return false;
    value.remove_prefix(1);
    return !in(Alphabet::digit, value[0]) && all_in(Alphabet::word, value);
}

// <token>, {api key}, %TOKEN%.
bool is_name_between(std::string_view value, char open, char close) {
    constexpr std::size_t kLongest = 48;
    if (value.size() < 3 || value.size() > kLongest || value.front() != open || value.back() != close)
        return false;
    value = value.substr(1, value.size() - 2);
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return in(Alphabet::dotted, c) || c == ' ' || c == ':'; });
}

// What files of keys, passwords and settings end in.
bool has_file_ending(std::string_view value) {
    return ends_any(
        value, {".txt", ".json", ".key",  ".pem", ".crt", ".cer",   ".p12",    ".pfx",        ".jks",
                ".yml", ".yaml", ".toml", ".ini", ".env", ".conf",  ".cfg",    ".xml",        ".pub",
                ".gpg", ".asc",  ".age",  ".csv", ".log", ".token", ".secret", ".properties", ".keystore"});
}

// secrets.txt, config/keys/app.pem; but not a key that a path is glued to.
bool is_file_name(std::string_view value) {
    return has_file_ending(value) && in(Alphabet::alnum, value[0]) && randomness(value) < kRandom &&
           std::all_of(value.begin(), value.end(),
                       [](char c) { return in(Alphabet::dotted, c) || c == '/'; });
}

bool begins_path(std::string_view value) { return starts_any(value, {"/", "~/", "./", "../"}); }

// What a program reads the value from: @secrets.txt, file:///etc/x, env:NAME.
bool names_source(std::string_view value) {
    if (value.starts_with('@')) {
        value.remove_prefix(1);
        return value == "-" || begins_path(value) || is_file_name(value);
    }
    if (value.starts_with("file:")) {
        value.remove_prefix(5);
        return begins_path(value) || is_file_name(value);
    }
    if (!value.starts_with("env:")) return is_file_name(value);
    value.remove_prefix(4);
    return !value.empty() && !in(Alphabet::digit, value[0]) && all_in(Alphabet::word, value);
}

// A '/' may be the first letter of base64, too; paths have words in them.
bool is_base64_secret(std::string_view value) {
    if (starts_any(value,
                   {"/run/", "/etc/", "/home/", "/usr/", "/var/", "/tmp/", "/opt/", "/srv/", "/mnt/",
                    "/media/", "/dev/", "/proc/", "/root/", "/Users/", "/secrets/", "/app/", "/data/"}))
        return false;
    constexpr std::size_t kShortest = 16;
    const bool padded = value.ends_with('=');
    while (value.ends_with('=')) value.remove_suffix(1);
    return value.size() >= kShortest && all_in(Alphabet::base64, value) &&
           (padded || randomness(value) >= kRandom);
}

}  // namespace

bool is_reference(std::string_view value) {
    if (value.starts_with(kMarkBegin)) return true;
    if (starts_any(value, {"${",         "$(",        "{{",   "op://", "vault:",   "arn:", "process.env",
                           "os.environ", "os.getenv", "ENV[", "env.",  "secrets.", "var.", "!Ref",
                           "!Sub",       "#{",        "ref+", "@@",    "$env:",    "ssm:"}) ||
        names_source(value))
        return true;
    if (contains_any(value, {"${", "{{", "}}", "$(", "#{", "<%"}) || is_variable(value)) return true;
    return is_name_between(value, '{', '}') || is_name_between(value, '<', '>') ||
           is_name_between(value, '%', '%') || (value.size() == 2 && value.front() == '%');
}

bool is_path(std::string_view value) { return begins_path(value) && !is_base64_secret(value); }

bool is_file_path(std::string_view value) {
    return is_path(value) && (has_file_ending(value) || value.find('/', value.find('/') + 1) < value.size());
}

}  // namespace kaizen::redact
