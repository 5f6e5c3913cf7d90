// `kaizenctl usage`: what the daemon is asked, and what is printed of its answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "proto/control.h"
#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string answer_of(const std::string& by) {
    proto::Usage usage;
    usage.by = by;
    usage.tz = "UTC";
    usage.since_ms = kMidnight;
    usage.until_ms = kNow;
    return to_json(usage);
}

// The target that these words ask for.
std::string asked_for(std::vector<const char*> words,
                      std::map<std::string, std::string, std::less<>> env = {}) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s",
                            [](const std::string&) { return http_answer("200 OK", answer_of("day")); });
    words.insert(words.begin(), "usage");
    const Ending ending = run(std::move(words), Surroundings{dir / "s", false, 100, std::move(env)});
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    const auto requests = daemon.requests();
    return requests.size() == 1 ? requests.front() : "";
}

std::string ms(UnixMs at) { return std::to_string(at); }

TEST(UsageCommand, asks_for_the_last_thirty_days_by_day) {
    EXPECT_EQ(asked_for({"--utc"}),
              "GET /v1/usage?by=day&since=" + ms(kMidnight - 29 * kDay) + "&tz=UTC&limit=1000");
}

TEST(UsageCommand, begins_earlier_for_weeks_and_months_and_shows_fewer_of_the_others) {
    EXPECT_EQ(asked_for({"--utc", "--by", "week"}),
              "GET /v1/usage?by=week&since=" + ms(kMidnight - 84 * kDay) + "&tz=UTC&limit=1000");
    EXPECT_EQ(asked_for({"--utc", "--by", "month"}),
              "GET /v1/usage?by=month&since=" + ms(kMidnight - 388 * kDay) + "&tz=UTC&limit=1000");
    for (const std::string by : {"model", "agent", "workspace", "session"}) {
        EXPECT_EQ(asked_for({"--utc", "--by", by.c_str()}),
                  "GET /v1/usage?by=" + by + "&since=" + ms(kMidnight - 29 * kDay) + "&tz=UTC&limit=20");
    }
}

TEST(UsageCommand, turns_words_into_a_query) {
    EXPECT_EQ(asked_for({"--by", "model", "--since", "14d", "--until", "7d", "--agent", "codex",
                         "--workspace", "/work/a b/", "--limit", "5", "--utc"}),
              "GET /v1/usage?by=model&since=" + ms(kMidnight - 13 * kDay) + "&until=" +
                  ms(kMidnight - 6 * kDay) + "&tz=UTC&agent=codex&workspace=%2Fwork%2Fa%20b&limit=5");
    EXPECT_EQ(asked_for({"--since", "12h", "--utc"}),
              "GET /v1/usage?by=day&since=" + ms(kNow - kDay / 2) + "&tz=UTC&limit=1000");
}

TEST(UsageCommand, ends_a_period_without_beginning_where_until_says) {
    EXPECT_EQ(asked_for({"--until", "2025-11-01", "--utc"}),
              "GET /v1/usage?by=day&since=" + ms(kMidnight - 53 * kDay) +
                  "&until=" + ms(kMidnight - 23 * kDay) + "&tz=UTC&limit=1000");
}

TEST(UsageCommand, takes_a_relative_workspace_from_here) {
    const std::string here = std::filesystem::current_path().filename().string();
    EXPECT_THAT(asked_for({"--workspace", "."}), HasSubstr("%2F" + here + "&limit"));
}

TEST(UsageCommand, sends_the_zone_of_the_reader) {
    EXPECT_THAT(asked_for({}, {{"TZ", ":Europe/Berlin"}}), HasSubstr("&tz=Europe%2FBerlin&"));
    EXPECT_THAT(asked_for({"--utc"}, {{"TZ", "Europe/Berlin"}}), HasSubstr("&tz=UTC&"));
}

TEST(UsageCommand, names_what_by_can_be) {
    const Ending ending = run({"usage", "--by", "colour"});
    EXPECT_EQ(ending.exit, ExitCode::usage);
    EXPECT_THAT(ending.err, HasSubstr("--by"));
    for (const char* by : {"day", "week", "month", "model", "agent", "workspace", "session"})
        EXPECT_THAT(ending.err, HasSubstr(by));
    EXPECT_THAT(ending.out, IsEmpty());
}

TEST(UsageCommand, refuses_words_that_mean_nothing) {
    const auto refused = [](std::vector<const char*> words) {
        words.insert(words.begin(), "usage");
        const Ending ending = run(std::move(words));
        EXPECT_EQ(ending.exit, ExitCode::usage) << ending.err;
        return ending.err;
    };
    EXPECT_THAT(refused({"--since", "whenever"}), HasSubstr("--since: \"whenever\" is no time"));
    EXPECT_THAT(refused({"--until", "whenever"}), HasSubstr("--until: \"whenever\" is no time"));
    EXPECT_THAT(refused({"--since", "7d", "--until", "2025-11-01"}),
                HasSubstr("--until is not after --since"));
    EXPECT_THAT(refused({"reprize"}), HasSubstr("unknown word \"reprize\"\n  did you mean \"reprice\"?"));
    EXPECT_THAT(refused({"reprice", "--since", "7d"}), HasSubstr("takes no options"));
    refused({"--limit", "0"});
    refused({"--limit", "1001"});
}

TEST(UsageCommand, help_says_that_until_is_exclusive) {
    const Ending ending = run({"usage", "--help"});
    EXPECT_EQ(ending.exit, ExitCode::ok);
    EXPECT_THAT(ending.out, HasSubstr("2026-11-01 ends where that day begins"));
}

TEST(UsageCommand, json_is_exactly_what_the_daemon_said) {
    const TempDir dir;
    const std::string body = R"({ "by":"day", "rows":[],"of_the_future":1 })";
    const FakeDaemon daemon(dir / "s", [&](const std::string&) { return http_answer("200 OK", body); });
    EXPECT_EQ(run({"usage", "--json"}, dir / "s").out, body + "\n");
    EXPECT_EQ(run({"usage", "reprice", "--json"}, dir / "s").out, body + "\n");
}

TEST(UsageCommand, reprice_says_what_changed) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string& request) {
        EXPECT_THAT(request, HasSubstr("\r\n\r\n{}"));
        return http_answer("200 OK",
                           to_json(proto::Reprice{1'312, 61, 12'300'000, 11'900'000, 2, "2026-08-22"}));
    });
    const Ending ending = run({"usage", "reprice"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_EQ(ending.out,
              "✔ priced anew  by the prices of 22 Aug 2026\n"
              "  Responses   1,312 looked at · 61 changed\n"
              "  Cost        $12.30 before · $11.90 now\n"
              "  Unpriced    ▲ 2 responses stay without a price, and in no cost\n");
    EXPECT_THAT(daemon.requests(), ElementsAre("POST /v1/usage/reprice"));
}

TEST(UsageCommand, says_why_the_daemon_cannot) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string&) {
        return http_answer(
            "400 Bad Request",
            R"({"error":{"code":"bad_request","message":"no zone Mars/Olympus","hint":"give an IANA name"}})");
    });
    const Ending ending = run({"usage"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::usage);
    EXPECT_EQ(ending.err, "kaizenctl: no zone Mars/Olympus\n  give an IANA name\n");
}

}  // namespace
}  // namespace kaizen::ctl
