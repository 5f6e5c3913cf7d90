// How much of what must go does go, on secrets made from three seeds: the worst of the three has to reach the
// gate. A secret of which a part is left (eight characters in a row, beside a mark that replaced the rest) is
// a leak, and no gate allows one.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "daemon/redact/shell_outline.h"
#include "tests/redact/cases.h"
#include "tests/redact/redaction.h"

namespace kaizen::test {
namespace {

constexpr std::uint64_t kSeeds[] = {101, 202, 303};
constexpr std::size_t kShownMisses = 12;

void reach(double gate, std::string_view what, Cases (*make)(Shapes&)) {
    double worst = 100;
    std::size_t leaks_seen = 0;
    std::vector<std::string> misses;
    for (const std::uint64_t seed : kSeeds) {
        Shapes shapes(seed);
        const Cases cases = make(shapes);
        std::size_t missed = 0;
        for (const Case& one : cases) {
            const std::string out = redacted(one.text);
            if (!leaks(out, one.secret, std::min<std::size_t>(8, one.secret.size()))) continue;
            ++missed;
            const bool partly = out.find(one.secret) == std::string::npos;
            leaks_seen += partly ? 1 : 0;
            misses.push_back(fmt::format("seed {}{}: {} -> {}", seed, partly ? " LEAK" : "", one.name,
                                         out.substr(0, 300)));
        }
        worst = std::min(
            worst, 100.0 * static_cast<double>(cases.size() - missed) / static_cast<double>(cases.size()));
    }
    std::cout << fmt::format(
        "{}: {:.2f} % gone at worst (seeds 101, 202, 303), gate {} %, partial leaks {}\n", what, worst, gate,
        leaks_seen);
    EXPECT_GE(worst, gate) << what;
    EXPECT_EQ(leaks_seen, 0u) << what;
    if (worst >= gate && leaks_seen == 0 && std::getenv("SHOW") == nullptr) return;
    for (std::size_t i = 0; i < std::min(misses.size(), kShownMisses); ++i)
        std::cout << "  " << misses[i * misses.size() / std::min(misses.size(), kShownMisses)] << "\n";
}

// As `metadata` has them: without what reads like prose or code.
Cases outlines(Shapes& shapes) {
    Cases cases = command_lines(shapes);
    for (Case& one : cases) one.text = redact::shell_outline(one.text);
    return cases;
}

TEST(Gates, vendor_tokens_behind_a_name) { reach(99, "named tokens", named_tokens); }
TEST(Gates, vendor_tokens_that_stand_bare) { reach(97, "bare tokens", bare_tokens); }
TEST(Gates, private_keys) { reach(98, "private keys, by line", private_keys); }
TEST(Gates, connection_strings) { reach(98, "connection strings", connection_strings); }
TEST(Gates, git_urls) { reach(98, "git URLs", git_urls); }
TEST(Gates, json_web_tokens) { reach(98, "JWTs", json_web_tokens); }
TEST(Gates, http_auth) { reach(99, "HTTP auth", http_auth); }
TEST(Gates, auth_files) { reach(99, "auth files", auth_files); }
TEST(Gates, cookies) { reach(99, "cookies", cookies); }
TEST(Gates, command_lines) { reach(99, "command lines", command_lines); }
TEST(Gates, command_lines_in_metadata) { reach(99, "outlines of command lines", outlines); }
TEST(Gates, client_logins) { reach(99, "logins of clients", client_logins); }
TEST(Gates, piped_passwords) { reach(99, "piped passwords", piped_passwords); }
TEST(Gates, sql_statements) { reach(99, "SQL", sql_statements); }
TEST(Gates, xml_values) { reach(99, "XML", xml_values); }
TEST(Gates, powershell) { reach(99, "PowerShell", powershell); }
TEST(Gates, calls) { reach(99, "calls", calls); }
TEST(Gates, assignments) { reach(99, "assignments", assignments); }
TEST(Gates, sentences) { reach(95, "sentences", sentences); }
TEST(Gates, passphrases) { reach(95, "passphrases", passphrases); }
TEST(Gates, short_fields) { reach(95, "short fields", short_fields); }
TEST(Gates, mails) { reach(98, "e-mail addresses", mails); }
TEST(Gates, cards_and_accounts) { reach(98, "cards and accounts", cards); }
TEST(Gates, addresses) { reach(98, "IP and MAC addresses", addresses); }
TEST(Gates, home_paths) { reach(98, "home paths", home_paths); }

}  // namespace
}  // namespace kaizen::test
