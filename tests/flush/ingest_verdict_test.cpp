// Of plain http: by what an answer shows that it is the ingest endpoint's.

#include "daemon/flush/ingest_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kaizen::flush {
namespace {

using testing::HasSubstr;

constexpr UnixMs kNow = 1'790'000'000'000;
const std::string kAccepted = R"({"received":7,"deduped":2})";
const std::string kRefused = R"({"code":"bad_kind","field":"events[3].kind","message":"none of the kinds"})";

Reply plain_answer(unsigned status, std::string body = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.over_plain_http = true;
    return reply;
}

Reply with_header(Reply reply) {
    reply.ingest = "1";
    return reply;
}

TEST(IngestVerdict, of_a_captive_portal_is_a_pause_that_drops_nothing) {
    const std::string page = "<!DOCTYPE html><html>Welcome to the airport</html>";
    for (const unsigned status : {200U, 201U, 202U, 204U, 299U, 400U, 409U, 422U}) {
        for (const std::string& body :
             {std::string(), page, std::string("ok"), std::string("{}"), std::string("[]"),
              std::string(R"({"status":"ok"})"), std::string(R"({"received":"7"})")}) {
            const Verdict verdict = judge_ingest(plain_answer(status, body), kNow);
            EXPECT_EQ(verdict.decision, Decision::pause) << status << body;
            EXPECT_EQ(verdict.reason, "answered_by_another");
            EXPECT_EQ(verdict.proof, "none");
            EXPECT_EQ(verdict.status, status);
            EXPECT_THAT(verdict.title, HasSubstr("captive portal"));
            EXPECT_THAT(verdict.fix, HasSubstr("X-Kaizen-Ingest: 1"));
        }
    }
    EXPECT_EQ(judge_ingest(plain_answer(200, page), kNow).title,
              "what answers (200, a web page) is not the ingest endpoint, perhaps a captive portal");
}

TEST(IngestVerdict, takes_the_contracts_body_for_a_proof) {
    const Verdict taken = judge_ingest(plain_answer(200, kAccepted), kNow);
    EXPECT_EQ(taken.decision, Decision::accepted);
    EXPECT_EQ(taken.proof, "body");
    EXPECT_EQ(taken.accepted.deduped, 2);
    EXPECT_EQ(judge_ingest(plain_answer(202, R"({"received":0})"), kNow).decision, Decision::accepted);
    EXPECT_EQ(judge_ingest(plain_answer(409, kAccepted), kNow).decision, Decision::accepted);
    EXPECT_EQ(judge_ingest(plain_answer(409, R"({"code":"duplicate"})"), kNow).decision, Decision::accepted);
    EXPECT_EQ(judge_ingest(plain_answer(422, kRefused), kNow).decision, Decision::isolate);
    EXPECT_EQ(judge_ingest(plain_answer(400, kRefused), kNow).proof, "body");
    EXPECT_EQ(judge_ingest(plain_answer(200, kRefused), kNow).decision, Decision::pause)
        << "a refusal is no proof that rows were taken";
    EXPECT_EQ(judge_ingest(plain_answer(400, kAccepted), kNow).decision, Decision::pause);
}

TEST(IngestVerdict, takes_the_header_for_a_proof_where_there_is_no_body) {
    for (const unsigned status : {200U, 202U, 204U, 409U}) {
        const Verdict verdict = judge_ingest(with_header(plain_answer(status)), kNow);
        EXPECT_EQ(verdict.decision, Decision::accepted) << status;
        EXPECT_EQ(verdict.proof, "header");
    }
    EXPECT_EQ(judge_ingest(with_header(plain_answer(400, "no")), kNow).decision, Decision::isolate);
    Reply of_another_kind = plain_answer(200);
    of_another_kind.ingest = "yes";
    EXPECT_EQ(judge_ingest(of_another_kind, kNow).decision, Decision::pause);
}

TEST(IngestVerdict, is_that_of_the_table_wherever_no_row_goes_and_over_https) {
    for (unsigned status = 100; status < 1000; ++status) {
        Reply reply = plain_answer(status);
        const bool rows_go = status / 100 == 2 || status == 409 || status == 400 || status == 422;
        if (!rows_go) {
            EXPECT_EQ(judge_ingest(reply, kNow).decision, judge(reply, kNow).decision) << status;
            EXPECT_EQ(judge_ingest(reply, kNow).proof, "") << status;
        }
        reply.over_plain_http = false;
        EXPECT_EQ(judge_ingest(reply, kNow).decision, judge(reply, kNow).decision) << status;
        EXPECT_EQ(judge_ingest(reply, kNow).proof, "") << status;
    }
    EXPECT_EQ(judge_ingest(Reply(Failure(Trouble::reset, "a", "b")), kNow).decision, Decision::later);
}

}  // namespace
}  // namespace kaizen::flush
