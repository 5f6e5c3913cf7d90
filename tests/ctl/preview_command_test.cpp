// `kaizenctl preview`: what the daemon is asked, and what is printed of its answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/plain_text.h"
#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

proto::Preview sample() {
    proto::Preview preview;
    preview.session = "1b3e9a2f-5c0d";
    preview.title = "Build the watcher";
    preview.requests = {{"events", "/v1/events", 1, 30, "{\"events\":[{\"kind\":\"m \u202e\"}]}"},
                        {"tool_spans", "/v1/tool-spans", 1, 14, R"({"spans":[{}]})"}};
    return preview;
}

TEST(PreviewCommand, lets_the_daemon_decide_which_session) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s",
                            [](const std::string&) { return http_answer("200 OK", to_json(sample())); });
    const Ending ending = run({"preview"}, dir / "s");
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, StartsWith("Build the watcher\n"));
    EXPECT_EQ(run({"preview", "1b3e", "--json"}, dir / "s").out, visible_json(to_json(sample())) + "\n");
    EXPECT_THAT(daemon.requests(), ElementsAre("GET /v1/preview", "GET /v1/preview?session=1b3e"));
}

TEST(PreviewCommand, raw_is_the_exact_bodies_and_nothing_else) {
    const TempDir dir;
    proto::Preview preview = sample();
    const FakeDaemon daemon(dir / "s",
                            [&](const std::string&) { return http_answer("200 OK", to_json(preview)); });
    const Ending raw = run({"preview", "--raw", "--color", "always"}, dir / "s", true);
    EXPECT_EQ(raw.out, "{\"events\":[{\"kind\":\"m \u202e\"}]}\n{\"spans\":[{}]}\n");
    EXPECT_THAT(raw.err, IsEmpty());
    preview.withheld = "excluded";
    const Ending withheld = run({"preview", "--raw"}, dir / "s");
    EXPECT_EQ(withheld.exit, ExitCode::ok);
    EXPECT_THAT(withheld.out, IsEmpty());
    EXPECT_THAT(withheld.err, HasSubstr("nothing of this session would leave"));
}

TEST(PreviewCommand, full_shows_every_field) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s",
                            [](const std::string&) { return http_answer("200 OK", to_json(sample())); });
    EXPECT_THAT(run({"preview", "--full"}, dir / "s").out, HasSubstr("\"kind\": \"m \\u202e\""));
    EXPECT_EQ(run({"preview", "--full", "--raw"}, dir / "s").exit, ExitCode::usage);
}

TEST(PreviewCommand, finds_a_sub_agent_by_its_short_id) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string& request) {
        if (request.find("session=agent-ac01 ") != std::string::npos)
            return http_answer("200 OK", to_json(sample()));
        return http_answer("404 Not Found", R"({"error":{"code":"not_found","message":"no session"}})");
    });
    EXPECT_EQ(run({"preview", "ac01"}, dir / "s").exit, ExitCode::ok);
    EXPECT_EQ(run({"preview", "beef"}, dir / "s").exit, ExitCode::not_found);
}

}  // namespace
}  // namespace kaizen::ctl
