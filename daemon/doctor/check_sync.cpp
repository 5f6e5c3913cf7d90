// Of [sync], [redact] and the server behind them.

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "common/paths.h"
#include "daemon/doctor/checks.h"
#include "daemon/flush/endpoint.h"
#include "daemon/redact/user_rules.h"
#include "proto/team_hash.h"

namespace kaizen::doctor {
namespace {

bool is_off(const Config& config) { return config.sync.endpoint.empty() && config.exporters.to.empty(); }

}  // namespace

Found check_sync_off(const Facts& facts) {
    if (!is_off(facts.config)) return {};
    return finding("ok", "Sync", "off, nothing leaves this machine");
}

Found check_endpoint(const Facts& facts) {
    if (is_off(facts.config)) return {};
    const std::string& url = facts.config.sync.endpoint;
    if (url.empty()) return finding("info", "Endpoint", "none: rows go to exporters only");
    const auto endpoint = flush::parse_endpoint(url);
    if (!endpoint) {  // without the text: it may hold a password
        return finding("error", "The endpoint is no usable URL", endpoint.error().message,
                       "sync.endpoint = \"https://host/path\", without user and password");
    }
    if (!endpoint->tls && !flush::is_loopback(endpoint->host)) {
        return finding("warning", "The endpoint is not encrypted", url,
                       "use https://: the token and all rows travel in clear");
    }
    return finding("ok", "Endpoint", url);
}

Found check_salt(const Facts& facts) {
    if (is_off(facts.config)) return {};
    const char* const fix = "one for the whole team: openssl rand -hex 32, as sync.team_salt_hex";
    const std::string& hex = facts.config.sync.team_salt_hex;
    if (hex.empty()) return finding("error", "There is no salt, so nothing is sent", {}, fix);
    const auto salt = proto::salt_from(hex);
    if (!salt) return finding("error", "The salt is none", salt.error().message, fix);
    if (salt->find_first_not_of(salt->front()) == std::string::npos)
        return finding("warning", "The salt is one byte, 32 times: anybody can guess it", {}, fix);
    return finding("ok", "Salt", "in place");
}

Found check_token(const Facts& facts) {
    if (facts.config.sync.endpoint.empty()) return {};  // exporters have keys of their own
    const std::string& file = facts.config.sync.team_token_file;
    if (!facts.config.sync.team_token.empty()) return finding("ok", "Token", "in the configuration");
    if (file.empty()) {
        return finding("warning", "There is no token", "requests go out without Authorization",
                       "sync.team_token_file, or KAIZEN_SYNC_TEAM_TOKEN in the environment");
    }
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        return finding("error", "The token file cannot be read",
                       fmt::format("{}: {}", file, std::generic_category().message(errno)),
                       "make it, with mode 600, or correct sync.team_token_file");
    }
    if (!S_ISREG(info.st_mode))
        return finding("error", "The token file is no plain file", file, "correct sync.team_token_file");
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return finding("warning", "Others may read or write the token file",
                       fmt::format("{} has mode {:o}", file, info.st_mode & 07777),
                       "chmod 600 " + shell_quoted(file));
    }
    return finding("ok", "Token", "in a file that is yours alone: " + file);
}

Found check_rules(const Facts& facts) {
    if (is_off(facts.config)) return {};
    const auto rules = redact::UserRules::compile(facts.config.redact.rules);
    if (!rules)
        return finding("error", "A rule of [redact] cannot be used, so nothing is sent",
                       rules.error().message,
                       rules.error().hint.empty() ? "mend it, then kaizenctl reload" : rules.error().hint);
    return finding("ok", "Redaction",
                   rules->size() == 0 ? "the built-in rules, none of your own"
                                      : fmt::format("the built-in rules, {} of your own", rules->size()));
}

Found check_server(const Facts& facts) {
    if (!facts.sync_test) return {};
    const proto::SyncTest& test = *facts.sync_test;
    const std::string took = test.took_ms ? fmt::format(" in {} ms", *test.took_ms) : "";
    if (!test.ok)
        return finding("error", "The team's server does not answer as it should", test.message, test.fix);
    const bool tls = test.url.starts_with("https:");
    return finding(
        "ok", "Server",
        fmt::format("answers{}, {}", took, tls ? "its certificate is good" : "without encryption"));
}

Found check_server_clock(const Facts& facts) {
    constexpr std::int64_t kWorthSaying = 120'000;
    if (!facts.sync_test || !facts.sync_test->clock_skew_ms) return {};
    const std::int64_t skew = *facts.sync_test->clock_skew_ms;
    const std::string apart = fmt::format("{} s", std::abs(skew) / 1000);
    if (std::abs(skew) < kWorthSaying)
        return finding("ok", "Clock", "agrees with the server's, " + apart + " apart");
    return finding("warning", "The clocks here and on the server disagree",
                   fmt::format("this one is {} {}", apart, skew > 0 ? "behind" : "ahead"),
                   "timedatectl shows whether this clock is set by the network");
}

Finding check_exporter(const proto::ExporterStatus& exporter) {
    const std::string test = "mend it, then kaizenctl export test " + exporter.name;
    const std::string why = exporter.name + ": " + exporter.reason;
    if (exporter.state == "disabled")
        return finding("error", "This exporter gets nothing", why, "mend its section, then kaizenctl reload");
    if (exporter.state == "paused")
        return finding("warning", "Sending to this exporter is paused", why, test);
    if (exporter.state == "backing_off")
        return finding("warning", "This exporter does not take what it is sent, rows wait", why, test);
    return finding("ok", "Exporter", exporter.name + ", to " + exporter.place);
}

}  // namespace kaizen::doctor
