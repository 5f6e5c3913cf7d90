#include "ctl/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/version.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

Answered<Answer> get_from(FakeDaemon::Handler handler) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", std::move(handler));
    return Client(dir / "s").get("/v1/status");
}

Answered<Answer> get_bytes(const std::string& bytes) {
    return get_from([bytes](const std::string&) { return bytes; });
}

TEST(Client, brings_the_body_and_who_answered) {
    const auto answer = get_bytes(http_answer_of("9.8.7", 3, "200 OK", R"({"state":"running"})"));
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->body, R"({"state":"running"})");
    EXPECT_EQ(answer->version, "9.8.7");
    EXPECT_EQ(answer->api, 3);
}

TEST(Client, says_who_it_is_and_sends_the_body) {
    const TempDir dir;
    std::string request;
    {
        const FakeDaemon daemon(dir / "s", [&](const std::string& got) {
            request = got;
            return http_answer("200 OK", "{}");
        });
        ASSERT_TRUE(Client(dir / "s").post("/v1/flush", R"({"now":true})"));
    }
    EXPECT_THAT(request, HasSubstr("POST /v1/flush HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: kaizend\r\n"));
    EXPECT_THAT(request, HasSubstr(std::string("User-Agent: kaizenctl/") + kVersion));
    EXPECT_THAT(request, HasSubstr(std::string("Kaizenctl-Version: ") + kVersion));
    EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"now\":true}"));
}

TEST(Client, erases_without_a_body) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string& request) {
        EXPECT_TRUE(request.ends_with("\r\n\r\n"));
        return http_answer("200 OK", "{}");
    });
    ASSERT_TRUE(Client(dir / "s").erase("/v1/outbox/7"));
    EXPECT_THAT(daemon.requests(), ElementsAre("DELETE /v1/outbox/7"));
}

TEST(Client, says_how_to_start_a_daemon_that_is_not_there) {
    const TempDir dir;
    const auto answer = Client(dir / "nobody").get("/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::unreachable);
    EXPECT_THAT(answer.error().error.hint, HasSubstr("start it with"));
}

TEST(Client, takes_a_socket_file_without_listener_for_not_running) {
    const TempDir dir;
    {
        const FakeDaemon gone(dir / "s", [](const std::string&) { return std::string("x"); });
    }
    const auto answer = Client(dir / "s").get("/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::unreachable);
}

TEST(Client, refuses_a_socket_path_that_is_too_long) {
    const auto answer = Client("/" + std::string(300, 'x')).get("/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::usage);
}

TEST(Client, gives_up_on_a_daemon_that_stays_silent) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [](const std::string&) { return std::string(); });
    const auto answer = Client(dir / "s").post("/v1/flush", "{}", std::chrono::milliseconds(20));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::timed_out);
}

TEST(Client, keeps_the_error_object_and_its_exit_code) {
    const std::string body =
        R"({"error":{"code":"conflict","message":"two","hint":"more","retryable":false,"candidates":["abcd1","abcd2"]}})";
    const auto answer = get_bytes(http_answer("409 Conflict", body));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::conflict);
    EXPECT_EQ(answer.error().json, body);
    EXPECT_EQ(answer.error().error.message, "two");
    EXPECT_EQ(answer.error().error.hint, "more\n  abcd1\n  abcd2");
}

TEST(Client, maps_each_error_code) {
    const std::pair<const char*, ExitCode> kCodes[] = {
        {"not_found", ExitCode::not_found},  {"forbidden", ExitCode::denied},
        {"bad_request", ExitCode::usage},    {"warming_up", ExitCode::failed},
        {"bad_config", ExitCode::failed},    {"internal", ExitCode::failed},
        {"of_the_future", ExitCode::failed},
    };
    for (const auto& [code, exit] : kCodes) {
        const auto answer =
            get_bytes(http_answer("400 Bad Request", R"({"error":{"code":")" + std::string(code) + R"("}})"));
        ASSERT_FALSE(answer) << code;
        EXPECT_EQ(answer.error().exit, exit) << code;
    }
}

TEST(Client, survives_answers_that_are_none) {
    const std::string cut_off = http_answer("200 OK", "{\"a\":1}").substr(0, 60);
    const std::string no_reason = http_answer("500 Internal Server Error", "<html>");
    const std::string long_header = "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n";
    for (const std::string& bytes :
         {std::string("\n"), std::string("SSH-2.0-OpenSSH\r\n"), cut_off, no_reason, long_header}) {
        const auto answer = get_bytes(bytes);
        ASSERT_FALSE(answer) << bytes.substr(0, 80);
        EXPECT_FALSE(answer.error().error.message.empty());
    }
}

TEST(Client, refuses_a_body_that_says_it_is_huge) {
    const auto answer =
        get_bytes("HTTP/1.1 200 OK\r\nKaizend-Api: 1\r\nContent-Length: 99999999999\r\n\r\n{");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().exit, ExitCode::failed);
    EXPECT_THAT(answer.error().error.message, HasSubstr("too large"));
}

TEST(Client, reads_a_body_longer_than_its_buffer) {
    const std::string body(300'000, 'x');
    const auto answer = get_bytes(http_answer("200 OK", body));
    ASSERT_TRUE(answer) << answer.error().error.message;
    EXPECT_EQ(answer->body, body);
}

std::vector<std::string> follow(const std::string& bytes, Answered<>* end = nullptr) {
    const TempDir dir;
    const FakeDaemon daemon(dir / "s", [&](const std::string&) { return bytes; });
    std::vector<std::string> lines;
    const auto ended = Client(dir / "s").follow("/v1/events?follow=true",
                                                [&](std::string_view line) { lines.emplace_back(line); });
    if (end != nullptr) *end = ended;
    return lines;
}

TEST(Client, hands_on_lines_however_they_are_cut_into_chunks) {
    Answered<> end;
    const auto lines = follow(stream_head() + chunk("{\"id\":1}\n{\"i") + chunk("d\":2}") + chunk("\n\n") +
                                  chunk("{\"id\":3}\n") + kLastChunk,
                              &end);
    EXPECT_THAT(lines, ElementsAre("{\"id\":1}", "{\"id\":2}", "{\"id\":3}"));
    EXPECT_TRUE(end);
}

TEST(Client, hands_on_what_came_before_a_stream_broke) {
    Answered<> end;
    const auto lines = follow(stream_head() + chunk("{\"id\":1}\n{\"torn"), &end);
    EXPECT_THAT(lines, ElementsAre("{\"id\":1}"));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().exit, ExitCode::unreachable);
}

TEST(Client, a_stream_that_is_refused_is_a_failure_without_lines) {
    Answered<> end;
    const auto lines = follow(
        http_answer("404 Not Found", "{\"error\":{\"code\":\"not_found\",\"message\":\"no\"}}\n"), &end);
    EXPECT_TRUE(lines.empty());
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().exit, ExitCode::not_found);
}

}  // namespace
}  // namespace kaizen::ctl
