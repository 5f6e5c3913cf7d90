// Passwords that stand behind no telling name: options of known commands, connection strings of a few
// databases, files that are read by position.

#include <algorithm>
#include <vector>

#include "daemon/redact/find.h"
#include "daemon/redact/references.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

enum class Form : std::uint8_t { glued, next, user_pair, cookie, source };

struct Option {
    std::string_view command;
    std::string_view option;
    Form form;
};

// glued: -psecret; next: -p secret; user_pair: -u user:secret; cookie: -b name=secret; source: -pass
// pass:secret.
constexpr Option kOptions[] = {
    {"curl", "-b", Form::cookie},
    {"curl", "-u", Form::user_pair},
    {"curl", "-U", Form::user_pair},
    {"curl", "--user", Form::user_pair},
    {"curl", "--proxy-user", Form::user_pair},
    {"http", "-a", Form::user_pair},
    {"xh", "-a", Form::user_pair},
    {"skopeo", "--creds", Form::user_pair},
    {"skopeo", "--src-creds", Form::user_pair},
    {"skopeo", "--dest-creds", Form::user_pair},
    {"lftp", "-u", Form::user_pair},
    {"smbclient", "-U", Form::user_pair},
    {"rpcclient", "-U", Form::user_pair},
    {"winexe", "-U", Form::user_pair},
    {"wget", "--user", Form::user_pair},
    {"mysql", "-p", Form::glued},
    {"mariadb", "-p", Form::glued},
    {"mysqldump", "-p", Form::glued},
    {"mysqladmin", "-p", Form::glued},
    {"sshpass", "-p", Form::next},
    {"sshpass", "-p", Form::glued},
    {"docker", "-p", Form::next},
    {"podman", "-p", Form::next},
    {"mongo", "-p", Form::next},
    {"redis-cli", "-a", Form::next},
    {"sqlcmd", "-P", Form::next},
    {"sqlcmd", "-P", Form::glued},
    {"bcp", "-P", Form::next},
    {"bcp", "-P", Form::glued},
    {"isql", "-P", Form::next},
    {"tsql", "-P", Form::next},
    {"ldap", "-w", Form::next},
    {"ldappasswd", "-s", Form::next},
    {"ipa-client-install", "-w", Form::next},
    {"login", "-p", Form::next},  // az login, oc login
    {"twine", "-p", Form::next},
    {"7z", "-p", Form::glued},
    {"rar", "-p", Form::glued},
    {"rar", "-hp", Form::glued},
    {"unrar", "-p", Form::glued},
    {"zip", "-P", Form::next},
    {"unzip", "-P", Form::next},
    {"ipmitool", "-P", Form::next},
    {"snmp", "-A", Form::next},
    {"snmp", "-X", Form::next},
    {"plink", "-pw", Form::next},
    {"pscp", "-pw", Form::next},
    {"clickhouse-client", "--password", Form::next},
    {"influx", "-p", Form::next},
    {"cqlsh", "-p", Form::next},
    {"cypher-shell", "-p", Form::next},
    {"couchbase-cli", "-p", Form::next},
    {"beeline", "-p", Form::next},
    {"rabbitmqadmin", "-p", Form::next},
    {"elasticsearch-users", "-p", Form::next},
    {"mosquitto_", "-P", Form::next},  // pub, sub
    {"ncftp", "-p", Form::next},
    {"swaks", "-ap", Form::next},
    {"psexec", "-p", Form::next},
    {"rdesktop", "-p", Form::next},
    {"xfreerdp", "/p:", Form::glued},
    {"unlock-keychain", "-p", Form::next},
    {"add-generic-password", "-w", Form::next},
    {"add-internet-password", "-w", Form::next},
    {"ssh-keygen", "-N", Form::next},
    {"ssh-keygen", "-P", Form::next},
    {"openssl", "-k", Form::next},
    {"openssl", "-hmac", Form::next},
    {"openssl", "-pass", Form::source},
    {"openssl", "-passin", Form::source},
    {"openssl", "-passout", Form::source},
    {"openssl", "-password", Form::source},
    {"apksigner", "--ks-pass", Form::source},
    {"apksigner", "--key-pass", Form::source},
};

// https://, where "http" is a command's name, too.
bool is_url(const Scan& scan, std::size_t i) { return scan.starts(i, "http") && scan.at(i + 4) != ' '; }

// Of a command; "archive.zip" names none.
bool begins_name(const Scan& scan, std::size_t i) {
    return !in(Alphabet::name, scan.before(i)) && scan.before(i) != '.';
}

// One command line: where it ends, and the options of the commands that it names.
class CommandLine {
  public:
    CommandLine(Scan& scan, std::size_t begin) : scan_(scan), end_(begin), read_(begin) {
        while (end_ < scan.text().size() && (in(Alphabet::command, scan.at(end_)) || !is_end(end_)))
            end_ = in(Alphabet::command, scan.at(end_)) ? end_ + 1 : std::max(end_ + 1, past_quoted(end_));
    }

    [[nodiscard]] std::size_t end() const { return end_; }

    // Of the commands that are named before `i`, which grows from call to call.
    [[nodiscard]] const std::vector<const Option*>& options_at(std::size_t i) {
        for (; read_ < i; ++read_) {
            if (scan_.has(read_, Alphabet::name) && begins_name(scan_, read_)) meet(read_);
        }
        return options_;
    }

  private:
    // A line goes on behind a backslash.
    [[nodiscard]] bool is_end(std::size_t i) const {
        const char c = scan_.at(i);
        return c == ';' || c == '|' || (c == '\n' && scan_.before(i) != '\\') || scan_.starts(i, kMarkBegin);
    }

    // Past a word in quotes, in which nothing ends a command: -d 'a;b'. A quote within a word rather closes
    // what the whole command stands in.
    [[nodiscard]] std::size_t past_quoted(std::size_t i) {
        if (!is_any_of(scan_.at(i), "\"'") || !is_any_of(scan_.before(i), " \t=")) return i;
        const Place quoted = value_at(scan_, i).place;
        const bool closed = scan_.at(quoted.end) == scan_.at(i);
        const bool marked = scan_.text(quoted).find(kMarkBegin) != std::string_view::npos;
        return closed && !marked ? quoted.end + 1 : i;
    }

    // Takes notice of a command whose name begins at `i`.
    void meet(std::size_t i) {
        if (is_url(scan_, i)) return;
        for (const Option& option : kOptions) {
            if (scan_.at(i) != option.command[0] || !scan_.starts(i, option.command)) continue;
            if (std::find(options_.begin(), options_.end(), &option) == options_.end())
                options_.push_back(&option);
        }
    }

    Scan& scan_;
    std::size_t end_;
    std::size_t read_;
    std::vector<const Option*> options_;
};

bool is_option_value(std::string_view text, std::size_t shortest) {
    const bool is_url = text.find("://") != std::string_view::npos;
    return text.size() >= shortest && !is_url && !is_reference(text) && !is_placeholder(text) &&
           text.front() != '-';
}

// Behind a blank, and behind a quote that opens a word: "/p:secret".
bool begins_option(const Scan& scan, std::size_t i) {
    if (in(Alphabet::space, scan.before(i))) return true;
    return is_any_of(scan.before(i), "\"'") && i > 1 && in(Alphabet::space, scan.before(i - 1));
}

// Letters may be joined to one option: -sSu user:secret.
bool is_letter(std::string_view option) { return option.size() == 2; }

// Where the option that begins at `i` ends; nothing when it is another one.
std::optional<std::size_t> option_end(const Scan& scan, std::size_t i, const Option& option) {
    constexpr std::size_t kMostLetters = 8;
    if (scan.starts(i, option.option)) return i + option.option.size();
    if (option.command != "curl" || !is_letter(option.option) || scan.at(i) != '-') return std::nullopt;
    const std::size_t end = scan.end_of(Alphabet::letter, i + 1, kMostLetters);
    const bool is_last = end > i + 1 && scan.at(end) == ' ' && scan.before(end) == option.option[1];
    return is_last ? std::optional(end) : std::nullopt;
}

// user:secret, user%secret, of lftp user,secret.
void add_pair(Scan& scan, const Rule& rule, const Option& option, Place place) {
    const bool is_lftp = option.command == "lftp";
    if (is_lftp && scan.at(place.end) == ',') place.end = scan.run(Alphabet::setting, place.begin).end;
    const std::string_view pair = scan.text(place);
    if (pair.find(kMarkBegin) != std::string_view::npos) return;  // it was judged when it was whole
    const std::size_t sign = pair.find_first_of(is_lftp ? "," : ":%");
    if (sign == std::string_view::npos || sign == 0 || !is_option_value(pair.substr(sign + 1), 3)) return;
    scan.add(rule, place, {place.begin + sign + 1, place.end});
}

// Without a pair of name and value it is a file's name.
void add_cookie(Scan& scan, const Rule& rule, Place place) {
    while (scan.starts(place.end, "\\;")) place.end = scan.run(Alphabet::bare, place.end + 2).end;
    const std::string_view text = scan.text(place);
    if (holds_cookie(text.substr(0, text.find(kMarkBegin)))) scan.add(rule, place);
}

void add_secret(Scan& scan, const Rule& rule, Place place) {
    const std::string_view text = scan.text(place);
    // A port, not a password: docker run -p 8080:80.
    const bool port = std::all_of(text.begin(), text.end(),
                                  [](char c) { return in(Alphabet::digit, c) || c == ':' || c == '.'; });
    if (!port && is_option_value(text, 4)) scan.add(rule, place);
}

// pass:secret, but not file:name, env:NAME.
void add_source(Scan& scan, const Rule& rule, Place place) {
    constexpr std::string_view kLiteral = "pass:";
    if (scan.text(place).starts_with(kLiteral))
        add_secret(scan, rule, {place.begin + kLiteral.size(), place.end});
}

void add_option_value(Scan& scan, const Rule& rule, const Option& option, std::size_t end) {
    const bool apart = scan.at(end) == ' ' || scan.at(end) == '=';
    const bool either = option.command == "curl" && is_letter(option.option);
    if (!either && apart == (option.form == Form::glued)) return;
    std::size_t begin = end;
    while (scan.at(begin) == ' ' || scan.at(begin) == '=') ++begin;
    const Place place = value_at(scan, begin).place;
    switch (option.form) {
        case Form::user_pair:
            return add_pair(scan, rule, option, place);
        case Form::cookie:
            return add_cookie(scan, rule, place);
        case Form::source:
            return add_source(scan, rule, place);
        case Form::glued:
        case Form::next:
            return add_secret(scan, rule, place);
    }
}

// Whether a line belongs to the document of YAML that the line before it belongs to.
bool is_of_document(std::string_view line) {
    if (line.starts_with("---") || line.starts_with("kind:")) return false;
    if (line.empty() || is_any_of(line.front(), " -#\r")) return true;
    const std::size_t colon = line.find(':');
    return colon != std::string_view::npos && all_in(Alphabet::name, line.substr(0, colon));
}

}  // namespace

void find_option(Scan& scan, const Rule& rule, Place literal) {
    if (!begins_name(scan, literal.begin) || scan.was_tried(rule, literal.begin)) return;
    if (is_url(scan, literal.begin)) return;
    CommandLine line(scan, literal.begin);
    static_cast<void>(scan.first_try(rule, literal.begin, line.end()));
    const std::string_view text = scan.text().substr(0, line.end());
    for (std::size_t i = literal.begin; i < text.size(); ++i) {
        if (!is_any_of(text[i], "-/") || !begins_option(scan, i)) continue;
        for (const Option* option : line.options_at(i)) {
            if (const auto end = option_end(scan, i, *option)) add_option_value(scan, rule, *option, *end);
        }
    }
}

void find_go_dsn(Scan& scan, const Rule& rule, Place literal) {
    // user:password@tcp(
    if (literal.begin == 0) return;
    const std::size_t begin =
        std::max(scan.run(Alphabet::password_url, literal.begin - 1).begin, scan.tried_until(rule));
    if (!scan.first_try(rule, literal.begin, literal.end)) return;
    const std::size_t colon = scan.text({begin, literal.begin}).find(':');
    if (colon == std::string_view::npos) return;
    const Place password{begin + colon + 1, literal.begin};
    if (password.size() >= 3 && !is_reference(scan.text(password)))
        scan.add(rule, {begin, literal.begin}, password);
}

void find_pgpass(Scan& scan, const Rule& rule, Place literal) {
    // host:5432:database:user:password, to the end of the line
    if (scan.was_tried(rule, literal.begin)) return;
    std::size_t i = literal.end;
    const std::size_t limit = scan.text().size();
    for (int fields = 0; fields < 2; ++fields) {
        const std::size_t field = i;
        while (i < limit && scan.at(i) != ':' && !in(Alphabet::space, scan.at(i)) && scan.at(i) != '\\') ++i;
        if (i == field || scan.at(i) != ':') return;
        ++i;
    }
    std::size_t end = i;
    while (end < limit && !in(Alphabet::space, scan.at(end)) && scan.at(end) != '"' && scan.at(end) != '\'') {
        if (scan.at(end) == '\\' && scan.at(end + 1) == 'n') break;
        ++end;
    }
    scan.spend(end - i);
    if (end - i < 3 || is_reference(scan.text({i, end}))) return;
    static_cast<void>(scan.first_try(rule, literal.begin, end));
    scan.add(rule, {i, end});
}

void find_kube_secret(Scan& scan, const Rule& rule, Place literal) {
    // The values of the indented `name: value` lines below `data:` or `stringData:` of a `kind: Secret`.
    if (scan.was_tried(rule, literal.begin)) return;
    if (!scan.starts(literal.end, " Secret") || scan.has(literal.end + 7, Alphabet::alnum)) return;
    const std::size_t size = scan.text().size();
    bool in_data = false;
    std::size_t i = std::min(size, scan.text().find('\n', literal.end)) + 1;
    while (i < size) {
        const std::size_t end = std::min(size, scan.text().find('\n', i));
        const std::string_view line = scan.text({i, end});
        const bool indented = line.starts_with(' ');
        if (!is_of_document(line)) break;
        if (!indented && !line.empty())
            in_data = line.starts_with("data:") || line.starts_with("stringData:");
        const std::size_t colon = line.find(": ");
        if (in_data && indented && colon != std::string_view::npos) {
            const Place value = value_at(scan, i + line.find_first_not_of(' ', colon + 1)).place;
            if (value.size() >= 4 && value.end <= end && !is_reference(scan.text(value)))
                scan.add(rule, value);
        }
        i = end + 1;
    }
    static_cast<void>(scan.first_try(rule, literal.begin, i));
}

}  // namespace kaizen::redact
