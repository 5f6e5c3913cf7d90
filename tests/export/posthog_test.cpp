#include "daemon/export/posthog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/json.h"
#include "tests/export/hand_made.h"
#include "tests/export/plain_body.h"
#include "tests/export/session_batches.h"

namespace kaizen::exporting {
namespace {

using flush::Decision;
using proto::ingest::Kind;
using test::kExportNow;
using testing::HasSubstr;
using testing::Not;

Shipment ship(const outbox::Batch& batch, UnixMs now = kExportNow) {
    return posthog_exporter().ship(batch, test::target_of("posthog"), test::origin(), now);
}

// The body of the one request, parsed.
class Body {
  public:
    explicit Body(const Shipment& shipment) {
        EXPECT_EQ(shipment.requests.size(), 1U);
        if (!document_.parse(test::plain_body(shipment.requests.at(0)))) ADD_FAILURE() << "no JSON";
    }

    [[nodiscard]] const JsonValue& root() const { return document_.root(); }
    [[nodiscard]] rapidjson::SizeType size() const { return root()["batch"].Size(); }
    [[nodiscard]] const JsonValue& event(rapidjson::SizeType i) const { return root()["batch"][i]; }
    [[nodiscard]] const JsonValue& properties(rapidjson::SizeType i) const { return event(i)["properties"]; }
    [[nodiscard]] std::string text(rapidjson::SizeType i, const char* member) const {
        return std::string(find_string(event(i), member).value_or("-"));
    }

  private:
    JsonDocument document_;
};

std::string event_row(std::int64_t seq, const std::string& more) {
    return R"({"session_id_hash":"s","event_seq":)" + std::to_string(seq) +
           R"(,"ts_ms":1790000000000,"kind":"message")" + more + "}";
}

TEST(PostHog, gives_the_same_bytes_again) {
    for (const auto& [name, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches)
            EXPECT_EQ(ship(batch).requests.at(0).body, ship(batch, kExportNow + 5'000).requests.at(0).body);
}

TEST(PostHog, asks_as_posthog_wants) {
    const flush::Request request = ship(test::claude_events()).requests.at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/batch/");
    EXPECT_THAT(request.headers,
                testing::UnorderedElementsAre(testing::Pair("Content-Type", "application/json"),
                                              testing::Pair("Content-Encoding", "gzip")));
    EXPECT_THAT(request.secrets, testing::ElementsAre(test::kCanaryKey));
}

TEST(PostHog, uuids_follow_the_identity_of_a_row) {
    const Body all(ship(test::claude_events()));
    std::set<std::string> uuids;
    for (rapidjson::SizeType i = 0; i < all.size(); ++i) {
        const std::string uuid = all.text(i, "uuid");
        EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                                "[0-9a-f]{12}"));
        uuids.insert(uuid);
    }
    EXPECT_EQ(uuids.size(), all.size());
    outbox::Batch half = test::claude_events();
    half.key = "another";
    half.rows.erase(half.rows.begin(), half.rows.begin() + 3);
    EXPECT_EQ(Body(ship(half)).text(0, "uuid"), all.text(3, "uuid"));
}

TEST(PostHog, a_span_that_changed_keeps_its_uuid) {
    const auto span = [](const char* status) {
        return test::batch_of(
            Kind::tool_spans,
            {std::string(R"({"span_id_hash":"p","started_at_ms":1790000000000,"status":")") + status +
             "\"}"});
    };
    EXPECT_EQ(Body(ship(span("orphaned"))).text(0, "uuid"), Body(ship(span("done"))).text(0, "uuid"));
}

TEST(PostHog, one_generation_for_each_response) {
    const Body body(ship(test::batch_of(
        Kind::events,
        {event_row(1, ""), event_row(2, R"(,"response_id_hash":"r","tokens_in":5,"cost_usd_e6":9123)"),
         event_row(3, R"(,"response_id_hash":"r","tokens_out":7,"cost_usd_e6":1965)"),
         event_row(4, R"(,"response_id_hash":"q","tokens_out":0)")})));
    std::vector<std::string> names;
    for (rapidjson::SizeType i = 0; i < body.size(); ++i) names.push_back(body.text(i, "event"));
    EXPECT_THAT(names,
                testing::ElementsAre("kaizen.message", "$ai_generation", "kaizen.message", "$ai_generation"));
    EXPECT_EQ(body.properties(1)["$ai_input_tokens"].GetInt(), 5);
    EXPECT_EQ(body.properties(1)["$ai_output_tokens"].GetInt(), 7);
    EXPECT_EQ(body.properties(1)["$ai_total_cost_usd"].GetDouble(), 0.011088);
    EXPECT_EQ(find(body.properties(2), "kaizen.tokens_out"), nullptr);
}

TEST(PostHog, usage_without_a_response_is_a_generation_of_its_own) {
    const Body body(ship(test::batch_of(
        Kind::events, {event_row(1, R"(,"tokens_in":1)"), event_row(2, R"(,"tokens_in":2)")})));
    EXPECT_EQ(body.text(0, "event"), "$ai_generation");
    EXPECT_EQ(body.properties(1)["$ai_input_tokens"].GetInt(), 2);
    EXPECT_EQ(find(body.properties(1), "$ai_output_tokens"), nullptr) << "unknown is not 0";
    EXPECT_EQ(find(body.properties(1), "$ai_total_cost_usd"), nullptr);
}

TEST(PostHog, the_provider_is_what_the_model_tells) {
    const auto provider = [](const std::string& model) {
        const Body body(
            ship(test::batch_of(Kind::events, {event_row(1, R"(,"tokens_in":1,"model":")" + model + "\"")})));
        return std::string(find_string(body.properties(0), "$ai_provider").value_or("-"));
    };
    EXPECT_EQ(provider("claude-opus-4-5"), "anthropic");
    EXPECT_EQ(provider("us.anthropic.claude-sonnet-4"), "anthropic");
    EXPECT_EQ(provider("gpt-5.1-codex"), "openai");
    EXPECT_EQ(provider("o4-mini"), "openai");
    for (const char* model : {"unknown", "", "ollama", "o", "gemini-3-pro"}) EXPECT_EQ(provider(model), "-");
}

std::string reason_of(Kind kind, const std::string& row) {
    const Shipment shipment = ship(test::batch_of(kind, {row}));
    if (shipment.unfit.empty()) return "fit";
    EXPECT_TRUE(shipment.requests.empty());
    EXPECT_EQ(shipment.unfit[0].row, 1);
    return shipment.unfit[0].reason;
}

TEST(PostHog, rows_without_a_time_that_it_believes_are_unfit) {
    const auto at = [](const std::string& ts) { return R"({"session_id_hash":"s","ts_ms":)" + ts + "}"; };
    for (const char* time : {"0", "-1", "\"1790000000000\"", "null", "1.5", "1e30"})
        EXPECT_THAT(reason_of(Kind::events, at(time)), HasSubstr("no valid time")) << time;
    EXPECT_EQ(reason_of(Kind::events, at(std::to_string(kExportNow + 86'400'000))), "fit");
    EXPECT_THAT(reason_of(Kind::events, at(std::to_string(kExportNow + 86'400'001))), HasSubstr("ahead"));
    EXPECT_EQ(reason_of(Kind::events, at("1")), "fit") << "old is not wrong";
    EXPECT_EQ(reason_of(Kind::tool_spans, R"({"started_at_ms":null,"ended_at_ms":1790000000000})"), "fit");
    EXPECT_THAT(reason_of(Kind::tool_spans, R"({"started_at_ms":null})"), HasSubstr("no valid time"));
    EXPECT_EQ(reason_of(Kind::workspace_facts, "{}"), "fit") << "facts have no time";
}

TEST(PostHog, an_event_above_a_megabyte_is_unfit_and_its_neighbours_go) {
    const auto row = [](std::size_t bytes) {
        return event_row(1, R"(,"payload":{"text":")" + std::string(bytes, 'x') + "\"}");
    };
    const Shipment shipment = ship(test::batch_of(Kind::events, {row(1'000'000), row(998'000), row(1)}));
    ASSERT_EQ(shipment.unfit.size(), 1U);
    EXPECT_EQ(shipment.unfit[0].row, 1);
    EXPECT_THAT(shipment.unfit[0].reason, HasSubstr("PostHog drops what is above 1000000"));
    EXPECT_EQ(Body(shipment).size(), 2U);
}

TEST(PostHog, what_an_unfit_row_used_is_not_counted) {
    const std::string huge =
        R"(,"response_id_hash":"r","tokens_in":5,"payload":")" + std::string(1'000'000, 'x') + "\"";
    const Shipment shipment = ship(test::batch_of(
        Kind::events, {event_row(1, huge), event_row(2, R"(,"response_id_hash":"r","tokens_in":7)")}));
    const Body body(shipment);
    EXPECT_EQ(body.text(0, "event"), "$ai_generation");
    EXPECT_EQ(body.properties(0)["$ai_input_tokens"].GetInt(), 7);
}

TEST(PostHog, no_event_is_above_a_megabyte_whatever_is_in_the_row) {
    for (std::size_t bytes = 300'000; bytes < 1'000'000; bytes += 50'000) {
        const std::string many = "\"" + std::string(bytes, 'x') + "\"";
        const Shipment shipment = ship(test::batch_of(
            Kind::events,
            {event_row(1, R"(,"tokens_in":1,"model":)" + many + R"(,"response_id_hash":)" + many)}));
        for (const flush::Request& request : shipment.requests)
            EXPECT_LE(test::plain_body(request).size(), 1'000'100U) << bytes;
        EXPECT_EQ(shipment.requests.size() + shipment.unfit.size(), 1U);
    }
}

TEST(PostHog, hostile_rows_give_no_number_that_they_do_not_say) {
    for (const Kind kind : {Kind::events, Kind::tool_spans, Kind::repo_snapshots, Kind::workspace_facts}) {
        const Shipment shipment = ship(test::batch_of(kind, test::hostile_rows()));
        const Body body(shipment);
        EXPECT_EQ(body.size() + shipment.unfit.size(), test::hostile_rows().size());
        for (rapidjson::SizeType i = 0; i < body.size(); ++i)
            for (const auto& property : body.properties(i).GetObject())
                EXPECT_FALSE(as_view(property.name).starts_with("$ai_") && property.value.IsNumber())
                    << test::readable(test::plain_body(shipment.requests.at(0)));
    }
}

TEST(PostHog, makes_no_person_and_tells_no_address) {
    for (const auto& [name, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches) {
            const Body body(ship(batch));
            for (rapidjson::SizeType i = 0; i < body.size(); ++i) {
                EXPECT_FALSE(body.properties(i)["$process_person_profile"].GetBool());
                EXPECT_TRUE(body.properties(i)["$geoip_disable"].GetBool());
                EXPECT_TRUE(body.properties(i)["$ip"].IsNull());
            }
        }
}

TEST(PostHog, a_person_is_a_member_of_the_team) {
    for (const auto& [name, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches) {
            const Body body(ship(batch));
            for (rapidjson::SizeType i = 0; i < body.size(); ++i)
                EXPECT_EQ(body.text(i, "distinct_id"), test::origin().member);
        }
}

std::string property(const Body& body, rapidjson::SizeType i, const char* name) {
    return std::string(find_string(body.properties(i), name).value_or("-"));
}

TEST(PostHog, what_happens_in_a_turn_lies_below_its_trace) {
    const Body body(
        ship(test::batch_of(Kind::events, {event_row(1, R"(,"turn":2,"tokens_in":1)"),
                                           event_row(2, R"(,"turn":2)"), event_row(3, R"(,"turn":3)")})));
    const std::string trace = property(body, 0, "$ai_trace_id");
    EXPECT_EQ(property(body, 0, "$ai_parent_id"), trace);
    EXPECT_EQ(property(body, 1, "$ai_trace_id"), trace);
    EXPECT_NE(property(body, 2, "$ai_trace_id"), trace);
    EXPECT_EQ(property(Body(ship(test::facts())), 0, "$ai_parent_id"), "-");
}

TEST(PostHog, a_sub_agent_lies_below_the_call_that_started_it) {
    const Body call(ship(test::batch_of(
        Kind::tool_spans,
        {R"({"session_id_hash":"s","span_id_hash":"call","turn":2,"started_at_ms":1790000000000})"})));
    const Body below(ship(test::batch_of(
        Kind::tool_spans,
        {R"({"session_id_hash":"t","span_id_hash":"grep","turn":1,"started_at_ms":1790000000000,)"
         R"("parent_session_id_hash":"s","parent_turn":2,"parent_span_id_hash":"call"})"})));
    EXPECT_EQ(property(below, 0, "$ai_trace_id"), property(call, 0, "$ai_trace_id"));
    EXPECT_EQ(property(below, 0, "$ai_parent_id"), property(call, 0, "$ai_span_id"));
}

TEST(PostHog, a_copy_is_no_event_and_responses_that_end_with_it_are) {
    const std::string ended = R"("ended_responses":[{"event_seq":1,"turn":1,"tokens_out":5}])";
    const auto rows = [](const std::string& payload) {
        return test::batch_of(Kind::events, {event_row(2, R"(,"payload":{"copied":true)" + payload + "}")});
    };
    EXPECT_TRUE(ship(rows("")).requests.empty());
    EXPECT_TRUE(ship(rows(R"(,"ended_turn":{"turn":1})")).requests.empty());
    const Body body(ship(rows("," + ended)));
    ASSERT_EQ(body.size(), 1U);
    EXPECT_EQ(body.text(0, "event"), "$ai_generation");
}

TEST(PostHog, latency_is_in_seconds_where_a_duration_is_known) {
    const auto latency = [](const std::string& times) {
        const Body body(ship(test::batch_of(Kind::tool_spans, {R"({"span_id_hash":"p",)" + times + "}"})));
        const JsonValue* found = find(body.properties(0), "$ai_latency");
        return found == nullptr ? -1.0 : found->GetDouble();
    };
    EXPECT_EQ(latency(R"("started_at_ms":1000,"ended_at_ms":9000,"lead_time_ms":5250)"), 5.25);
    EXPECT_EQ(latency(R"("started_at_ms":1000,"ended_at_ms":3500,"lead_time_ms":null)"), 2.5);
    EXPECT_EQ(latency(R"("started_at_ms":1000,"ended_at_ms":null)"), -1.0);
    EXPECT_EQ(latency(R"("started_at_ms":3000,"ended_at_ms":1000)"), -1.0);
}

std::string at(UnixMs time) { return R"({"session_id_hash":"s","ts_ms":)" + std::to_string(time) + "}"; }

TEST(PostHog, rows_older_than_two_days_go_apart_as_a_migration) {
    constexpr UnixMs kLimit = kExportNow - 48 * UnixMs{3'600'000};  // the key of the batch is of kExportNow
    const auto batch = test::batch_of(Kind::events, {at(kLimit - 1), at(kLimit), at(5), at(kExportNow)});
    for (const UnixMs now : {kExportNow, kExportNow + 30 * UnixMs{86'400'000}}) {
        const Shipment shipment = ship(batch, now);
        ASSERT_EQ(shipment.requests.size(), 2U);
        for (const flush::Request& request : shipment.requests) {
            JsonDocument body;
            ASSERT_TRUE(body.parse(test::plain_body(request)));
            EXPECT_EQ(body.root()["batch"].Size(), 2U);
            EXPECT_EQ(find_bool(body.root(), "historical_migration"),
                      request.part == 1 ? std::optional(true) : std::nullopt);
        }
        EXPECT_EQ(shipment.requests[0].body, ship(batch).requests[0].body) << "the same at any time";
        EXPECT_EQ(shipment.requests[1].body, ship(batch).requests[1].body);
    }
}

TEST(PostHog, a_part_keeps_its_number_when_it_is_alone) {
    EXPECT_EQ(ship(test::batch_of(Kind::events, {at(5)})).requests.at(0).part, 1);
    EXPECT_EQ(ship(test::batch_of(Kind::events, {at(kExportNow)})).requests.at(0).part, 0);
    EXPECT_EQ(ship(test::facts()).requests.at(0).part, 0) << "facts have no time";
}

TEST(PostHog, place_is_the_host) {
    ExportTarget target = test::target_of("posthog");
    EXPECT_EQ(posthog_exporter().place(target).value(), "https://us.i.posthog.com");
    target.host = "https://me:hunter2@host";
    EXPECT_THAT(posthog_exporter().place(target).error().message, Not(HasSubstr("hunter2")));
    target = test::target_of("posthog");
    target.api_key.clear();
    EXPECT_THAT(posthog_exporter().place(target).error().hint, HasSubstr("POSTHOG_API_KEY"));
}

flush::Verdict judge(unsigned status, std::string body = {}) {
    flush::Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return posthog_exporter().judge(reply, ExportTarget(), kExportNow);
}

TEST(PostHog, judges_replies) {
    EXPECT_EQ(judge(200, R"({"status":"Ok"})").decision, Decision::accepted);
    EXPECT_EQ(judge(413).decision, Decision::split);
    EXPECT_EQ(judge(400).decision, Decision::isolate);
    for (const unsigned status : {429U, 500U, 502U, 503U, 504U})
        EXPECT_EQ(judge(status).decision, Decision::later) << status;
    for (const unsigned status : {401U, 402U, 403U, 404U, 301U, 418U}) {
        const flush::Verdict verdict = judge(status);
        EXPECT_EQ(verdict.decision, Decision::pause) << status;
        EXPECT_THAT(verdict.title + verdict.fix, Not(HasSubstr("sync."))) << "that is not what is wrong";
    }
    EXPECT_EQ(judge(401).title, "PostHog does not accept the key (401)");
    EXPECT_THAT(judge(404).fix, HasSubstr("check host"));
    EXPECT_EQ(judge(400, R"({"detail":"bad\nevent"})").title,
              R"(the server refuses a row (400): {"detail":"bad\nevent"})");
}

flush::Verdict judge_over_plain_http(unsigned status, std::string body) {
    flush::Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.over_plain_http = true;
    return posthog_exporter().judge(reply, ExportTarget(), kExportNow);
}

TEST(PostHog, over_plain_http_is_known_by_its_body) {
    for (const char* body : {R"({"status":"Ok"})", R"({"status": 1})"})
        EXPECT_EQ(judge_over_plain_http(200, body).decision, Decision::accepted) << body;
    for (const char* body : {"", "1", "ok", "{}", "<html>log in</html>", R"({"received":1})"}) {
        const flush::Verdict verdict = judge_over_plain_http(200, body);
        EXPECT_EQ(verdict.decision, Decision::pause) << body;
        EXPECT_EQ(verdict.reason, "answered_by_another");
        EXPECT_THAT(verdict.title, HasSubstr("is not PostHog, perhaps a captive portal"));
        EXPECT_THAT(verdict.fix, HasSubstr("check host of this exporter"));
    }
    EXPECT_EQ(judge_over_plain_http(400, R"({"detail":"bad"})").decision, Decision::isolate);
    EXPECT_EQ(judge_over_plain_http(400, " <html>").decision, Decision::pause);
    EXPECT_EQ(judge_over_plain_http(503, "<html>").decision, Decision::later);
    EXPECT_EQ(judge(200, "<html>").decision, Decision::accepted) << "over https the certificate is the proof";
}

TEST(PostHog, judges_what_did_not_arrive) {
    const flush::Reply lost(flush::Failure(flush::Trouble::timeout, "t", "f"));
    EXPECT_EQ(posthog_exporter().judge(lost, ExportTarget(), kExportNow).decision, Decision::later);
    const flush::Reply foreign(flush::Failure(flush::Trouble::tls_certificate, "t", "f"));
    EXPECT_EQ(posthog_exporter().judge(foreign, ExportTarget(), kExportNow).decision, Decision::pause);
}

}  // namespace
}  // namespace kaizen::exporting
