// What a collector's answer means.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "daemon/export/otlp.h"

namespace kaizen::exporting {
namespace {

using flush::Decision;
using flush::Failure;
using flush::Reply;
using flush::Trouble;
using flush::Verdict;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr UnixMs kNow = 1'790'000'000'000;

Verdict judge(unsigned status, std::string body = {}, std::string retry_after = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.retry_after = std::move(retry_after);
    return otlp_exporter().judge(reply, ExportTarget(), kNow);
}

TEST(OtlpVerdict, of_every_status) {
    const std::set<unsigned> paused = {401, 403, 404, 405, 410, 415, 501};
    for (unsigned status = 100; status < 1000; ++status) {
        Decision expected = Decision::isolate;
        if (status / 100 == 2) expected = Decision::accepted;
        if (status < 200 || status / 100 == 3 || status >= 600 || paused.count(status))
            expected = Decision::pause;
        if (status == 413) expected = Decision::split;
        if (status == 429 || status == 502 || status == 503 || status == 504) expected = Decision::later;
        const Verdict verdict = judge(status);
        EXPECT_EQ(verdict.decision, expected) << status;
        EXPECT_EQ(verdict.status, status);
        EXPECT_FALSE(verdict.reason.empty()) << status;
        EXPECT_FALSE(verdict.title.empty()) << status;
        if (expected == Decision::pause) {
            EXPECT_FALSE(verdict.fix.empty()) << status;
            EXPECT_THAT(verdict.fix, Not(HasSubstr("sync."))) << status;
        }
    }
}

TEST(OtlpVerdict, names_the_signal_that_has_no_receiver) {
    ExportTarget target;
    target.signals = {"logs"};
    for (const unsigned status : {404U, 405U, 410U, 501U}) {
        Reply reply;
        reply.status = status;
        const Verdict verdict = otlp_exporter().judge(reply, target, kNow);
        EXPECT_EQ(verdict.reason, "wrong_endpoint");
        EXPECT_THAT(verdict.title, HasSubstr("no OTLP receiver for logs there"));
        EXPECT_THAT(verdict.fix, HasSubstr("leave logs out of signals"));
    }
}

TEST(OtlpVerdict, waits_as_long_as_it_is_told) {
    EXPECT_EQ(judge(429, "", "7").retry_after, milliseconds(7'000));
    EXPECT_EQ(judge(503, "", "Mon, 21 Sep 2026 14:13:50 GMT").retry_after, milliseconds(30'000));
    EXPECT_EQ(judge(503).retry_after, std::nullopt);
    EXPECT_EQ(judge(500, "", "7").retry_after, std::nullopt);
}

Verdict judge_over_plain_http(unsigned status, std::string body, std::string content_type = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.content_type = std::move(content_type);
    reply.over_plain_http = true;
    return otlp_exporter().judge(reply, ExportTarget(), kNow);
}

TEST(OtlpVerdict, over_plain_http_takes_a_web_page_for_no_receiver) {
    for (const char* body : {"", "{}", R"({"partialSuccess":{}})"})
        EXPECT_EQ(judge_over_plain_http(200, body).decision, Decision::accepted) << body;
    EXPECT_EQ(judge_over_plain_http(200, "\x0a\x01", "application/x-protobuf").decision, Decision::accepted);
    EXPECT_EQ(judge_over_plain_http(204, "").decision, Decision::accepted);
    for (const char* body : {"ok", "[]", "<html>log in</html>", "\n <!DOCTYPE html>", R"({"partial)"}) {
        const Verdict verdict = judge_over_plain_http(200, body);
        EXPECT_EQ(verdict.decision, Decision::pause) << body;
        EXPECT_EQ(verdict.reason, "answered_by_another");
        EXPECT_EQ(verdict.status, 200U);
        EXPECT_THAT(verdict.fix, Not(HasSubstr("sync.")));
    }
    EXPECT_EQ(judge_over_plain_http(200, "", "Text/HTML; charset=utf-8").decision, Decision::pause);
    EXPECT_EQ(judge_over_plain_http(400, "<html>").decision, Decision::pause);
    EXPECT_EQ(judge_over_plain_http(500, "<html>").decision, Decision::pause);
    EXPECT_EQ(judge_over_plain_http(400, R"({"message":"no"})").decision, Decision::isolate);
    EXPECT_EQ(judge(200, "<html>").decision, Decision::accepted) << "over https the certificate is the proof";
}

TEST(OtlpVerdict, of_no_answer) {
    const auto of = [](Trouble trouble) {
        return otlp_exporter()
            .judge(Reply(Failure(trouble, "what happened", "what to do")), ExportTarget(), kNow)
            .decision;
    };
    EXPECT_EQ(of(Trouble::refused), Decision::later);
    EXPECT_EQ(of(Trouble::timeout), Decision::later);
    EXPECT_EQ(of(Trouble::tls_certificate), Decision::pause);
}

TEST(OtlpVerdict, says_what_was_rejected) {
    const Verdict some = judge(200, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too\nold"}})");
    EXPECT_EQ(some.decision, Decision::accepted);
    EXPECT_EQ(some.reason, "partial_success");
    EXPECT_EQ(some.title, "taken, but 3 of it rejected: too old");
    EXPECT_EQ(judge(200, R"({"partialSuccess":{"rejectedLogRecords":2}})").title,
              "taken, but 2 of it rejected");
    EXPECT_EQ(judge(200, R"({"partialSuccess":{"rejectedDataPoints":"1"}})").reason, "partial_success");
    EXPECT_EQ(judge(200, R"({"partialSuccess":{"rejectedSpans":"0","errorMessage":"slow down"}})").title,
              "taken, with a warning: slow down");
    const std::string flood(100'000, 'x');
    EXPECT_LT(judge(200, R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":")" + flood + "\"}}")
                  .title.size(),
              400U);
}

TEST(OtlpVerdict, of_an_answer_that_says_nothing) {
    for (const char* body : {"", "{}", "ok", "[]", R"({"partialSuccess":{}})", R"({"partialSuccess":5})",
                             R"({"partialSuccess":{"rejectedSpans":"3x"}})",
                             R"({"partialSuccess":{"rejectedSpans":"99999999999999999999"}})",
                             R"({"partialSuccess":{"rejectedSpans":-3,"errorMessage":5}})", "\x1f\x8b\xff"}) {
        const Verdict verdict = judge(200, body);
        EXPECT_EQ(verdict.decision, Decision::accepted) << body;
        EXPECT_EQ(verdict.reason, "accepted") << body;
        EXPECT_EQ(verdict.title, "taken") << body;
    }
}

TEST(OtlpVerdict, says_why_it_was_refused) {
    const Verdict refused = judge(400, R"({"code":3,"message":"invalid span id"})");
    EXPECT_EQ(refused.title, "the collector refuses a row (400): invalid span id");
    EXPECT_EQ(refused.refused.message, "invalid span id");
    EXPECT_EQ(judge(422, "<html>").refused.message, "<html>");
}

}  // namespace
}  // namespace kaizen::exporting
