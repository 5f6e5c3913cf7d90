#include "daemon/doctor.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/paths.h"
#include "daemon/flush/endpoint.h"
#include "daemon/redact/user_rules.h"
#include "proto/team_hash.h"

namespace kaizen {
namespace {

proto::Check check(std::string code, std::string severity, std::string title, std::string detail = {},
                   std::string fix = {}) {
    return {std::move(code), std::move(severity), std::move(title), std::move(detail), std::move(fix)};
}

proto::Check endpoint(const Config& config) {
    const std::string& url = config.sync.endpoint;
    if (url.empty()) return check("sync_endpoint", "info", "No ingest endpoint; only exporters are fed");
    const auto endpoint = flush::parse_endpoint(url);
    if (!endpoint) {  // without the text: it may hold a password
        return check("sync_endpoint", "error", "The endpoint is no usable URL", endpoint.error().message,
                     "sync.endpoint = \"https://host/path\", without user and password");
    }
    if (!endpoint->tls && !flush::is_loopback(endpoint->host)) {
        return check("sync_endpoint", "warning", "The endpoint is not encrypted", url,
                     "use https://: the token and all rows travel in clear");
    }
    return check("sync_endpoint", "ok", "The endpoint is well-formed", url);
}

proto::Check salt(const Config& config) {
    const char* const fix = "one for the whole team: openssl rand -hex 32, as sync.team_salt_hex";
    if (config.sync.team_salt_hex.empty())
        return check("sync_salt", "error", "There is no salt, so nothing is sent", {}, fix);
    const auto salt = proto::salt_from(config.sync.team_salt_hex);
    if (!salt) return check("sync_salt", "error", "The salt is none", salt.error().message, fix);
    if (salt->find_first_not_of(salt->front()) == std::string::npos)
        return check("sync_salt", "warning", "The salt is one byte, 32 times: anybody can guess it", {}, fix);
    return check("sync_salt", "ok", "The salt is in place");
}

proto::Check token(const Config& config) {
    const std::string& file = config.sync.team_token_file;
    if (!config.sync.team_token.empty())
        return check("sync_token", "ok", "The token stands in the configuration");
    if (file.empty()) {
        return check("sync_token", "warning", "There is no token", "requests go out without Authorization",
                     "sync.team_token_file, or KAIZEN_SYNC_TEAM_TOKEN in the environment");
    }
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        return check("sync_token", "error", "The token file cannot be read",
                     fmt::format("{}: {}", file, std::generic_category().message(errno)),
                     "make it, with mode 600, or correct sync.team_token_file");
    }
    if (!S_ISREG(info.st_mode))
        return check("sync_token", "error", "The token file is no plain file", file,
                     "correct sync.team_token_file");
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return check("sync_token", "warning", "Others may read or write the token file",
                     fmt::format("{} has mode {:o}", file, info.st_mode & 07777),
                     "chmod 600 " + shell_quoted(file));
    }
    return check("sync_token", "ok", "The token file is yours alone", file);
}

proto::Check rules(const Config& config) {
    const auto rules = redact::UserRules::compile(config.redact.rules);
    if (!rules)
        return check("redact_rules", "error", "A rule of [redact] cannot be used, so nothing is sent",
                     rules.error().message,
                     rules.error().hint.empty() ? "mend it, then kaizenctl reload" : rules.error().hint);
    return check("redact_rules", "ok",
                 rules->size() == 0 ? "No redaction rules of your own, beside the built-in ones"
                                    : fmt::format("Redaction rules of your own: {}", rules->size()));
}

constexpr std::array kSyncChecks = {endpoint, salt, token, rules};

}  // namespace

std::vector<proto::Check> check_sync(const Config& config) {
    if (config.sync.endpoint.empty() && config.exporters.to.empty())
        return {check("sync", "ok", "Sync is off, nothing leaves this machine")};
    std::vector<proto::Check> checks;
    for (const auto run : kSyncChecks) {
        const bool matters = run != token || !config.sync.endpoint.empty();  // exporters have their own keys
        if (matters) checks.push_back(run(config));
    }
    return checks;
}

}  // namespace kaizen
