// The table of spec "flush", row by row.

#include "daemon/flush/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kaizen::flush {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr UnixMs kNow = 1'790'000'000'000;  // Mon, 21 Sep 2026 14:13:20 GMT

Reply answer(unsigned status, std::string body = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

Verdict judge_status(unsigned status) { return judge(answer(status), kNow); }

TEST(Verdict, of_every_status) {
    for (unsigned status = 100; status < 1000; ++status) {
        Decision expected = Decision::pause;
        if ((status >= 200 && status < 300) || status == 409) expected = Decision::accepted;
        if (status == 400 || status == 422) expected = Decision::isolate;
        if (status == 413) expected = Decision::split;
        if (status == 408 || status == 425 || status == 429) expected = Decision::later;
        if (status >= 500 && status < 600) expected = Decision::later;
        const Verdict verdict = judge_status(status);
        EXPECT_EQ(verdict.decision, expected) << status;
        EXPECT_FALSE(verdict.reason.empty()) << status;
        EXPECT_FALSE(verdict.title.empty()) << status;
        if (expected == Decision::pause) {
            EXPECT_FALSE(verdict.fix.empty()) << status;
        }
    }
}

TEST(Verdict, names_its_reason) {
    const std::pair<unsigned, const char*> cases[] = {
        {202, "accepted"},          {409, "already_taken"},    {413, "batch_too_large"},
        {400, "refused"},           {401, "unauthorized"},     {403, "forbidden"},
        {404, "wrong_endpoint"},    {405, "wrong_endpoint"},   {410, "wrong_endpoint"},
        {408, "server_timeout"},    {425, "too_early"},        {429, "rate_limited"},
        {503, "server_error"},      {307, "redirect"},         {101, "unexpected_status"},
        {418, "unexpected_status"}, {999, "unexpected_status"}};
    for (const auto& [status, reason] : cases) EXPECT_EQ(judge_status(status).reason, reason) << status;
}

TEST(Verdict, of_no_answer) {
    for (const Trouble trouble : {Trouble::resolve, Trouble::refused, Trouble::unreachable, Trouble::reset,
                                  Trouble::timeout, Trouble::tls, Trouble::bad_http, Trouble::too_large,
                                  Trouble::proxy, Trouble::file_unwritable, Trouble::cancelled}) {
        const Verdict verdict = judge(Reply(Failure(trouble, "what happened", "what to do")), kNow);
        EXPECT_EQ(verdict.decision, Decision::later);
        EXPECT_EQ(verdict.reason, name_of(trouble));
        EXPECT_EQ(verdict.title, "what happened");
        EXPECT_EQ(verdict.fix, "what to do");
        EXPECT_EQ(verdict.retry_after, std::nullopt);
    }
    const Verdict certificate = judge(Reply(Failure(Trouble::tls_certificate, "expired", "renew")), kNow);
    EXPECT_EQ(certificate.decision, Decision::pause);
    EXPECT_EQ(certificate.reason, "certificate");
    EXPECT_EQ(judge(Reply(Failure(Trouble::unsendable, "a", "b")), kNow).decision, Decision::pause);
    EXPECT_EQ(judge(Reply(Failure(Trouble::file_refused, "a", "b")), kNow).reason, "file_refused");
    EXPECT_EQ(judge(Reply(Failure(Trouble::file_refused, "a", "b")), kNow).decision, Decision::pause);
}

TEST(Verdict, counts_what_the_server_took) {
    const Verdict counted = judge(answer(202, R"({"received": 7, "deduped": 2, "more": []})"), kNow);
    EXPECT_EQ(counted.accepted.received, 7);
    EXPECT_EQ(counted.accepted.deduped, 2);
    for (const char* body : {"", "ok", "[1]", R"({"received": "7"})", R"({"received": 7)", "\xff"}) {
        const Verdict verdict = judge(answer(200, body), kNow);
        EXPECT_EQ(verdict.decision, Decision::accepted) << body;
        EXPECT_EQ(verdict.accepted.received, std::nullopt) << body;
    }
}

TEST(Verdict, repeats_in_short_why_a_row_was_refused) {
    const Verdict verdict = judge(
        answer(422, R"({"code":"bad_kind","field":"events[3].kind","message":"line\n\u001b[31mtwo"})"), kNow);
    EXPECT_EQ(verdict.refused.code, "bad_kind");
    EXPECT_EQ(verdict.refused.field, "events[3].kind");
    EXPECT_EQ(verdict.refused.message, "line two");
    EXPECT_EQ(verdict.title, "the server refuses a row (422): bad_kind: events[3].kind: line two");
    const Verdict page = judge(answer(400, "<html>" + std::string(1 << 20, 'x')), kNow);
    EXPECT_EQ(page.refused.code, "");
    EXPECT_EQ(page.refused.message.size(), 300U);
    EXPECT_EQ(judge_status(400).title, "the server refuses a row (400)");
}

std::optional<milliseconds> after(std::string retry_after, std::string date = {}) {
    Reply reply = answer(429);
    reply.retry_after = std::move(retry_after);
    reply.date = std::move(date);
    return judge(reply, kNow).retry_after;
}

TEST(Verdict, waits_as_long_as_the_server_asks_up_to_an_hour) {
    EXPECT_EQ(after("7"), milliseconds(7'000));
    EXPECT_EQ(after(" 0 "), milliseconds(0));
    EXPECT_EQ(after("3600"), milliseconds(3'600'000));
    EXPECT_EQ(after("86400"), milliseconds(3'600'000));
    EXPECT_EQ(after(std::string(1000, '9')), milliseconds(3'600'000));
    EXPECT_EQ(after("Mon, 21 Sep 2026 14:13:50 GMT"), milliseconds(30'000));
    EXPECT_EQ(after("Mon, 21 Sep 2026 14:13:00 GMT"), milliseconds(0)) << "it has passed";
    EXPECT_EQ(after("Mon, 21 Sep 2037 14:13:00 GMT"), milliseconds(3'600'000));
    EXPECT_EQ(after("Mon, 21 Sep 2020 10:00:09 GMT", "Mon, 21 Sep 2020 10:00:00 GMT"), milliseconds(9'000))
        << "our clock is wrong, or theirs";
    EXPECT_EQ(after("Mon, 21 Sep 2026 14:13:50 GMT", "nonsense"), milliseconds(30'000));
}

TEST(Verdict, ignores_a_wait_that_makes_no_sense) {
    for (const char* text : {"", "soon", "-5", "+5", "1.5", "1e3", "0x10", "5 s", "5,6"})
        EXPECT_EQ(after(text), std::nullopt) << text;
}

TEST(Verdict, takes_a_wait_from_every_status_that_means_later) {
    for (const unsigned status : {408U, 425U, 429U, 500U, 503U}) {
        Reply reply = answer(status);
        reply.retry_after = "7";
        EXPECT_EQ(judge(reply, kNow).retry_after, milliseconds(7'000)) << status;
    }
}

std::string redirect_title(std::string location) {
    Reply reply = answer(307);
    reply.location = std::move(location);
    return judge(reply, kNow).title;
}

TEST(Verdict, says_where_a_redirect_goes_without_its_secrets) {
    EXPECT_EQ(redirect_title("https://other.example/v2"),
              "the server redirects (307) to https://other.example/v2");
    EXPECT_EQ(redirect_title("https://u:secret@other.example/v2?token=secret#secret"),
              "the server redirects (307) to https://other.example/v2");
    EXPECT_EQ(redirect_title("//u:p@secret@other.example"), "the server redirects (307) to //other.example");
    EXPECT_EQ(redirect_title("/login?next=secret"), "the server redirects (307) to /login");
    EXPECT_EQ(redirect_title(""), "the server redirects (307) to nowhere");
    EXPECT_EQ(redirect_title("https://h/\x1b[2J\r\nX"), "the server redirects (307) to https://h/ X");
    EXPECT_LT(redirect_title("https://h/" + std::string(60'000, 'x')).size(), 300U);
}

TEST(Verdict, says_nothing_that_the_server_said_where_a_token_is_wrong) {
    const Verdict verdict = judge(answer(401, "token s3cr3t is not known"), kNow);
    EXPECT_THAT(verdict.title + verdict.fix, Not(HasSubstr("s3cr3t")));
    EXPECT_THAT(verdict.fix, HasSubstr("sync.team_token"));
}

}  // namespace
}  // namespace kaizen::flush
