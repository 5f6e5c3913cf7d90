#include "daemon/redact/local_identity.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "common/small_file.h"
#include "common/text.h"
#include "daemon/redact/alphabet.h"

namespace kaizen::redact {
namespace {

void add(std::vector<std::string>& values, std::string_view value) {
    if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end())
        values.emplace_back(value);
}

std::string_view value_of(const Env& env, const char* name) {
    const char* value = env(name);
    return value != nullptr ? value : "";
}

void add_account(Identity& identity) {
    constexpr std::size_t kMostBytes = 16 << 10;
    std::vector<char> buffer(kMostBytes);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return;
    add(identity.users, found->pw_name);
    add(identity.homes, found->pw_dir);
    // GECOS: the name, then office and phone numbers behind commas.
    const std::string_view gecos = found->pw_gecos != nullptr ? found->pw_gecos : "";
    add(identity.persons, trim(gecos.substr(0, gecos.find(','))));
}

void add_host(Identity& identity) {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) add(identity.hosts, name.data());
}

void add_git_file(const std::string& path, Identity& identity) {
    const auto file = read_small_file(path);
    if (file && *file) add_git_author((*file)->text, identity);
}

// Of `[user]`, also with blanks and in another case; `[user "x"]` is another section.
bool is_user_section(std::string_view line) {
    return equal_folded(trim(line.substr(1, line.find(']') - 1)), "user");
}

// Without quotes, escapes, and the comment behind it.
std::string plain_value(std::string_view written) {
    std::string value;
    bool quoted = false;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && is_any_of(written[i], "#;")) {
            break;
        } else {
            if (written[i] == '\\' && i + 1 < written.size()) ++i;
            value.push_back(written[i]);
        }
    }
    return std::string(trim(value));
}

}  // namespace

void add_git_author(std::string_view config, Identity& identity) {
    bool in_user = false;
    for (const std::string_view untrimmed : split(config, '\n')) {
        std::string_view line = trim(untrimmed);
        if (line.starts_with('[')) {
            in_user = is_user_section(line);
            // A key may stand in the section's own line.
            line.remove_prefix(std::min(line.size(), line.find(']')));
            if (!line.empty()) line.remove_prefix(1);
        }
        const std::size_t equals = line.find('=');
        if (!in_user || equals == std::string_view::npos) continue;
        const std::string_view key = trim(line.substr(0, equals));
        if (equal_folded(key, "name")) add(identity.persons, plain_value(line.substr(equals + 1)));
        if (equal_folded(key, "email")) add(identity.mails, plain_value(line.substr(equals + 1)));
    }
}

Identity local_identity(const Env& env) {
    Identity identity;
    add_account(identity);
    add(identity.users, value_of(env, "USER"));
    add(identity.users, value_of(env, "LOGNAME"));
    const std::string home = home_directory(env);
    add(identity.homes, home);
    add_host(identity);
    const std::string_view xdg = value_of(env, "XDG_CONFIG_HOME");
    const std::string config = xdg.starts_with('/') ? std::string(xdg) : home + "/.config";
    add_git_file(config + "/git/config", identity);
    add_git_file(home + "/.gitconfig", identity);
    return identity;
}

}  // namespace kaizen::redact
