// Beside the golden bodies: what holds for every batch, and what rows that are not as they should be give.

#include "daemon/export/otlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "common/json.h"
#include "daemon/export/otlp_names.h"
#include "tests/export/hand_made.h"
#include "tests/export/plain_body.h"
#include "tests/export/session_batches.h"
#include "tests/support/temp_dir.h"

namespace kaizen::exporting {
namespace {

using proto::ingest::Kind;
using test::batch_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

constexpr const char* kRest = R"("ts_ms":1790000000000,"agent":"claude","kind":"message","source":"tail")";

std::string event(const std::string& members, const char* seq = "7") {
    return std::string(R"({"session_id_hash":"blake3:5","event_seq":)") + seq + "," + kRest + members + "}";
}

// What is sent to `path`; empty: nothing.
std::string body_to(const std::string& path, const outbox::Batch& batch) {
    const Shipment shipment = otlp_exporter().ship(batch, {}, {"acme", "1", "blake3:m"}, test::kExportNow);
    for (const flush::Request& request : shipment.requests)
        if (request.path == path) return test::plain_body(request);
    return {};
}

std::string traces(const std::vector<std::string>& events) {
    return body_to("/v1/traces", batch_of(Kind::events, events));
}

std::vector<std::string> reasons(const std::vector<std::string>& rows, Kind kind = Kind::events) {
    std::vector<std::string> out;
    for (const Unfit& unfit :
         otlp_exporter().ship(batch_of(kind, rows), {}, {"acme", "1", "blake3:m"}, 0).unfit)
        out.push_back(unfit.reason);
    return out;
}

std::size_t count_of(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

// The value of a member of the first span, with its quotes.
std::string member(const std::string& body, const std::string& key) {
    const auto at = body.find("\"" + key + "\":\"");
    if (at == std::string::npos) return {};
    const auto begin = at + key.size() + 3;
    return body.substr(begin, body.find('"', begin + 1) - begin + 1);
}

TEST(Otlp, same_batch_same_bytes) {
    for (const test::NamedBatches& named : test::all_batches())
        for (const outbox::Batch& batch : named.batches) {
            const Shipment first = otlp_exporter().ship(batch, {}, {"acme", "1", "blake3:m"}, 1);
            const Shipment again = otlp_exporter().ship(batch, {}, {"acme", "1", "blake3:m"}, 999);
            ASSERT_EQ(first.requests.size(), again.requests.size());
            for (std::size_t i = 0; i < first.requests.size(); ++i)
                EXPECT_EQ(first.requests[i].body, again.requests[i].body) << named.name;
        }
}

TEST(Otlp, goes_where_the_target_says) {
    ExportTarget target;
    EXPECT_EQ(otlp_exporter().place(target).value(), "http://127.0.0.1:4318");
    target.endpoint = "https://otlp.example.com/team/";
    EXPECT_EQ(otlp_exporter().place(target).value(), "https://otlp.example.com/team/");
    target.endpoint = "localhost:4317";
    EXPECT_FALSE(otlp_exporter().place(target));
    EXPECT_STREQ(otlp_exporter().type, "otlp");
}

TEST(Otlp, headers_are_sent_and_are_secrets) {
    ExportTarget target;
    target.headers = {
        {"Authorization", "Bearer hunter2-token"}, {"x-team", "core"}, {"content-TYPE", "x"}, {"Host", "y"}};
    const auto shipment =
        otlp_exporter().ship(batch_of(Kind::events, {event("")}), target, {"acme", "1", "blake3:m"}, 0);
    ASSERT_EQ(shipment.requests.size(), 1U);
    EXPECT_EQ(shipment.requests[0].method, "POST");
    EXPECT_EQ(shipment.requests[0].path, "/v1/logs");
    EXPECT_THAT(shipment.requests[0].headers,
                ElementsAre(Pair("Content-Type", "application/json"), Pair("Content-Encoding", "gzip"),
                            Pair("Authorization", "Bearer hunter2-token"), Pair("x-team", "core")));
    EXPECT_THAT(shipment.requests[0].secrets, ElementsAre("Bearer hunter2-token", "hunter2-token", "core"));
}

TEST(Otlp, one_chat_for_all_events_of_a_response) {
    const std::string body =
        traces({event(R"(,"response_id_hash":"r","tokens_in":5,"tokens_out":1)", "1"),
                event(R"(,"response_id_hash":"r","tokens_out":41)", "2"),
                event(R"(,"response_id_hash":"r")", "3"), event(R"(,"response_id_hash":"without")", "4")});
    EXPECT_EQ(count_of(body, "\"spanId\""), 1U);
    EXPECT_THAT(body, HasSubstr(R"("gen_ai.usage.output_tokens","value":{"intValue":"42"})"));
    EXPECT_THAT(body, HasSubstr(R"("gen_ai.usage.input_tokens","value":{"intValue":"5"})"));
}

TEST(Otlp, parts_of_a_response_in_two_batches_are_spans_of_their_own) {
    const std::string first = traces({event(R"(,"response_id_hash":"r","tokens_out":1)", "1")});
    const std::string second = traces({event(R"(,"response_id_hash":"r","tokens_out":41)", "2")});
    EXPECT_NE(member(first, "spanId"), member(second, "spanId"));
    EXPECT_EQ(member(first, "traceId"), member(second, "traceId"));
    EXPECT_THAT(second, HasSubstr(R"("gen_ai.response.id","value":{"stringValue":"r"})"));
}

TEST(Otlp, responses_without_an_id_are_apart) {
    const std::string body = traces({event(R"(,"tokens_out":1)", "1"), event(R"(,"tokens_out":2)", "2")});
    EXPECT_EQ(count_of(body, "\"spanId\""), 2U);
}

TEST(Otlp, what_is_done_before_the_first_prompt_is_a_turn_of_its_own) {
    const std::string chat = traces({event(R"(,"tokens_out":1)")});
    const std::string turn =
        traces({event(R"(,"payload":{"ended_turn":{"turn":0,"ended_at_ms":1790000000000}})")});
    EXPECT_EQ(member(chat, "parentSpanId"), member(turn, "spanId"));
    EXPECT_EQ(member(chat, "traceId"), member(turn, "traceId"));
    EXPECT_THAT(turn, Not(HasSubstr("parentSpanId")));
    EXPECT_THAT(
        traces({event(
            R"(,"parent_session_id_hash":"p","parent_span_id_hash":"c","parent_turn":1,"payload":{"ended_turn":{"turn":0,"ended_at_ms":5}})")}),
        IsEmpty());  // the call is above what the sub-agent did
}

TEST(Otlp, a_turn_of_which_no_line_says_a_time_has_that_of_its_row) {
    const std::string turn = traces({event(R"(,"payload":{"ended_turn":{"turn":3}})")});
    EXPECT_EQ(member(turn, "startTimeUnixNano"), member(turn, "endTimeUnixNano"));
    EXPECT_THAT(turn, HasSubstr("invoke_agent"));
}

TEST(Otlp, a_response_is_one_chat_from_what_asked_for_it_to_its_last_line) {
    const std::string part =
        R"(,"tokens_out":1,"response_id_hash":"r","turn":1,"payload":{"of_response":true})";
    EXPECT_THAT(traces({event(part)}), IsEmpty());
    EXPECT_THAT(body_to("/v1/metrics", batch_of(Kind::events, {event(part)})), IsEmpty());
    const auto next = [](const std::string& times) {
        return event(
            R"(,"turn":2,"payload":{"role":"user","ended_responses":[{"response_id_hash":"r","model":"claude-opus-4-5",)"
            R"("event_seq":7,"turn":1,"tokens_in":5,"tokens_out":42,"cost_usd_e6":1500000)" +
            times + "}]}");
    };
    const auto timed = next(R"(,"asked_at_ms":2000,"started_at_ms":3000,"ended_at_ms":4500)");
    const std::string body = traces({event(part), timed});
    EXPECT_EQ(count_of(body, "\"spanId\""), 1U);
    EXPECT_THAT(body, HasSubstr(R"("name":"chat claude-opus-4-5")"));
    EXPECT_THAT(body, HasSubstr(R"("startTimeUnixNano":"2000000000","endTimeUnixNano":"4500000000")"));
    EXPECT_THAT(body, HasSubstr(R"("kaizen.duration","value":{"stringValue":"observed"})"));
    EXPECT_THAT(body, HasSubstr(R"("gen_ai.usage.output_tokens","value":{"intValue":"42"})"));
    EXPECT_EQ(member(body, "traceId"), member(traces({event(R"(,"tokens_out":1,"turn":1)")}), "traceId"));
    const std::string metrics = body_to("/v1/metrics", batch_of(Kind::events, {timed}));
    EXPECT_THAT(metrics, HasSubstr(R"("name":"gen_ai.client.operation.duration")"));
    EXPECT_THAT(metrics, HasSubstr(R"("count":"1","sum":2.5)"));
    EXPECT_THAT(metrics, HasSubstr(R"("asDouble":1.5)"));
    EXPECT_THAT(metrics, HasSubstr(R"("aggregationTemporality":2)"));

    const std::string untimed = traces({next(R"(,"started_at_ms":3000,"ended_at_ms":4500)")});
    EXPECT_THAT(untimed, HasSubstr(R"("startTimeUnixNano":"3000000000")"));
    EXPECT_THAT(untimed, Not(HasSubstr("kaizen.duration")));
}

TEST(Otlp, what_was_copied_from_another_session_is_no_work) {
    const auto batch = batch_of(Kind::events, {event(R"(,"tokens_out":1,"payload":{"copied":true})")});
    for (const char* path : {"/v1/traces", "/v1/logs", "/v1/metrics"})
        EXPECT_THAT(body_to(path, batch), IsEmpty()) << path;
}

TEST(Otlp, work_that_ends_with_a_copy_is_told_of) {
    const auto batch = batch_of(
        Kind::events,
        {event(R"(,"tokens_out":1,"payload":{"copied":true,"ended_turn":{"turn":1,"ended_at_ms":5}})")});
    const std::string traces = body_to("/v1/traces", batch);
    EXPECT_THAT(traces, HasSubstr("invoke_agent"));
    EXPECT_THAT(traces, Not(HasSubstr("chat")));
    EXPECT_THAT(body_to("/v1/logs", batch), IsEmpty());
}

TEST(Otlp, sends_the_signals_that_are_wanted_alone) {
    ExportTarget target;
    target.signals = {"metrics"};
    const auto shipment = otlp_exporter().ship(batch_of(Kind::events, {event(R"(,"tokens_out":1)")}), target,
                                               {"team", "1", "blake3:member"}, test::kExportNow);
    ASSERT_EQ(shipment.requests.size(), 1U);
    EXPECT_EQ(shipment.requests[0].path, "/v1/metrics");
    EXPECT_FALSE(shipment.told.empty());
    target.temporality = "delta";
    EXPECT_TRUE(otlp_exporter()
                    .ship(batch_of(Kind::events, {event(R"(,"tokens_out":1)")}), target,
                          {"team", "1", "blake3:member"}, test::kExportNow)
                    .told.empty());
}

TEST(Otlp, children_name_the_span_of_their_turn) {
    const std::string turn = traces({event(
        R"(,"payload":{"ended_turn":{"turn":3,"started_at_ms":1789999990000,"ended_at_ms":1790000000000}})")});
    const std::string child = traces({event(R"(,"tokens_out":1,"turn":3)")});
    const std::string id = turn.substr(turn.find("\"spanId\":") + 9, 18);
    EXPECT_THAT(turn, HasSubstr(R"("name":"invoke_agent claude-code","kind":1)"));
    EXPECT_THAT(child, HasSubstr("\"parentSpanId\":" + id));
    const std::string trace = turn.substr(turn.find("\"traceId\""), 45);
    EXPECT_THAT(child, HasSubstr(trace));
}

TEST(Otlp, a_sub_agent_lies_below_the_call_that_started_it) {
    const std::string main_turn =
        traces({event(R"(,"payload":{"role":"user","ended_turn":{"turn":2,"ended_at_ms":1790000000000}})")});
    const std::string call =
        body_to("/v1/traces",
                batch_of(Kind::tool_spans,
                         {R"({"session_id_hash":"blake3:5","span_id_hash":"c","status":"done","turn":2,)"
                          R"("started_at_ms":1,"ended_at_ms":2})"}));
    const auto below = [](const std::string& session, const std::string& members, const std::string& turn) {
        return R"({"session_id_hash":")" + session + R"(","event_seq":1,)" + kRest + members + turn + "}";
    };
    const std::string start =
        R"(,"parent_session_id_hash":"blake3:5","parent_span_id_hash":"c","parent_turn":2)";
    const std::string ended = R"(,"payload":{"ended_turn":{"turn":1,"ended_at_ms":1790000000000}})";
    const std::string turn = traces({below("sub", start, ended)});
    const std::string chat = traces({below("sub", start, R"(,"turn":1,"tokens_out":1)")});
    const std::string early = traces({below("sub", start, R"(,"tokens_out":1)")});
    for (const std::string* one : {&call, &turn, &chat, &early})
        EXPECT_EQ(member(*one, "traceId"), member(main_turn, "traceId"));
    EXPECT_EQ(member(turn, "parentSpanId"), member(call, "spanId"));
    EXPECT_EQ(member(early, "parentSpanId"), member(call, "spanId"));
    EXPECT_EQ(member(chat, "parentSpanId"), member(turn, "spanId"));
    EXPECT_THAT(turn + chat, Not(HasSubstr("links")));

    const std::string nested = R"(,"parent_session_id_hash":"sub","parent_span_id_hash":"d","parent_turn":1,)"
                               R"("root_session_id_hash":"blake3:5","root_turn":2)";
    EXPECT_EQ(member(traces({below("subsub", nested, ended)}), "traceId"), member(main_turn, "traceId"));
}

TEST(Otlp, a_sub_agent_of_an_unknown_call_is_linked_to_the_turn_above) {
    const std::string main_turn =
        traces({event(R"(,"payload":{"role":"user","ended_turn":{"turn":2,"ended_at_ms":1790000000000}})")});
    const auto sub = [](const std::string& members) {
        return traces({R"({"session_id_hash":"sub","event_seq":1,)" + std::string(kRest) + members +
                       R"(,"payload":{"ended_turn":{"turn":1,"ended_at_ms":1790000000000}}})"});
    };
    const std::string linked = sub(R"(,"parent_session_id_hash":"blake3:5","parent_turn":2)");
    EXPECT_NE(member(linked, "traceId"), member(main_turn, "traceId"));
    EXPECT_THAT(linked, Not(HasSubstr("parentSpanId")));
    EXPECT_THAT(linked, HasSubstr(R"("links":[{"traceId":)" + member(main_turn, "traceId") + R"(,"spanId":)" +
                                  member(main_turn, "spanId") + "}]"));
    for (const char* members : {R"(,"parent_session_id_hash":"blake3:5")", R"(,"parent_turn":2)",
                                R"(,"parent_session_id_hash":"blake3:5","parent_span_id_hash":"c")",
                                R"(,"parent_session_id_hash":"blake3:5","parent_turn":"2")"}) {
        EXPECT_EQ(member(sub(members), "traceId"), member(sub(""), "traceId")) << members;
        EXPECT_THAT(sub(members), Not(HasSubstr("links"))) << members;
        EXPECT_THAT(sub(members), Not(HasSubstr("parentSpanId"))) << members;
    }
}

TEST(Otlp, says_how_a_turn_ended_and_what_that_makes_of_the_session) {
    const auto rows = [](const std::string& kind, const std::string& said) {
        return std::vector<std::string>{R"({"session_id_hash":"s","event_seq":1,"ts_ms":5,"kind":")" + kind +
                                        R"(","payload":{)" + said +
                                        R"("ended_turn":{"turn":1,"ended_at_ms":5}}})"};
    };
    const auto says = [](const char* name, const char* word) {
        return HasSubstr(std::string("\"") + name + R"(","value":{"stringValue":")" + word + "\"}");
    };
    constexpr std::array<std::array<const char*, 3>, 3> kCases = {{{"turn_end", "completed", "waiting"},
                                                                   {"turn_aborted", "aborted", "waiting"},
                                                                   {"session_end", "session_ended", "done"}}};
    for (const auto& [lifecycle, outcome, status] : kCases) {
        const auto batch =
            batch_of(Kind::events, rows("lifecycle", R"("name":")" + std::string(lifecycle) + "\","));
        EXPECT_THAT(body_to("/v1/traces", batch), says("kaizen.turn.outcome", outcome));
        EXPECT_THAT(body_to("/v1/logs", batch), says("kaizen.session.status", status));
    }
    EXPECT_THAT(traces(rows("message", R"("role":"assistant",)")), says("kaizen.turn.outcome", "completed"));
    EXPECT_THAT(traces(rows("message", R"("role":"user",)")), Not(HasSubstr("outcome")));
}

TEST(Otlp, providers) {
    const std::array<std::array<const char*, 3>, 9> cases = {{{"claude", "unknown", "anthropic"},
                                                              {"codex", "unknown", "openai"},
                                                              {"cursor", "unknown", ""},
                                                              {"cursor", "claude-opus-4", "anthropic"},
                                                              {"cursor", "gpt-5", "openai"},
                                                              {"cursor", "o3-mini", "openai"},
                                                              {"cursor", "opus", ""},
                                                              {"codex", "claude-opus-4", "anthropic"},
                                                              {"cursor", "o", ""}}};
    for (const auto& [agent, model, provider] : cases) {
        const std::string row =
            std::string(R"({"session_id_hash":"s","event_seq":1,"ts_ms":5,"kind":"cost",)") +
            R"("tokens_out":1,"agent":")" + agent + R"(","model":")" + model + "\"}";
        const std::string said =
            std::string(R"("gen_ai.provider.name","value":{"stringValue":")") + provider + "\"}";
        if (*provider != '\0')
            EXPECT_THAT(traces({row}), HasSubstr(said)) << model;
        else
            EXPECT_THAT(traces({row}), Not(HasSubstr("gen_ai.provider.name"))) << model;
    }
}

TEST(Otlp, a_value_on_a_bound_is_in_the_bucket_below) {
    const std::string body = body_to(
        "/v1/metrics", batch_of(Kind::events, {event(R"(,"tokens_out":4)"), event(R"(,"tokens_out":5)")}));
    EXPECT_THAT(body, HasSubstr(R"("bucketCounts":["0","1","1","0")"));
    EXPECT_THAT(body, HasSubstr(R"("count":"2","sum":9.0)"));
}

TEST(Otlp, a_span_with_one_time) {
    const auto span = [](const char* members) {
        return std::vector<std::string>{
            std::string(R"({"session_id_hash":"s","span_id_hash":"t","status":"done")") + members + "}"};
    };
    const auto with_lead = batch_of(Kind::tool_spans, span(R"(,"ended_at_ms":5000,"lead_time_ms":2000)"));
    EXPECT_THAT(body_to("/v1/traces", with_lead), HasSubstr(R"("startTimeUnixNano":"3000000000")"));
    EXPECT_THAT(body_to("/v1/metrics", with_lead), HasSubstr("\"sum\":2.0"));
    const auto moment = batch_of(Kind::tool_spans, span(R"(,"started_at_ms":5000,"ended_at_ms":null)"));
    EXPECT_THAT(body_to("/v1/traces", moment), HasSubstr(R"("endTimeUnixNano":"5000000000")"));
    EXPECT_THAT(body_to("/v1/metrics", moment), IsEmpty());
    const auto backwards = batch_of(Kind::tool_spans, span(R"(,"started_at_ms":5000,"ended_at_ms":4000)"));
    EXPECT_THAT(body_to("/v1/metrics", backwards), IsEmpty());
}

TEST(Otlp, a_span_that_left_without_its_result_is_not_sent_again) {
    const auto batch =
        batch_of(Kind::tool_spans, {R"({"session_id_hash":"s","span_id_hash":"t","status":"done",)"
                                    R"("started_at_ms":5000,"ended_at_ms":7000,"late":true})"});
    EXPECT_THAT(body_to("/v1/traces", batch), IsEmpty());
    EXPECT_THAT(body_to("/v1/metrics", batch), HasSubstr("\"sum\":2.0"));
}

TEST(Otlp, a_span_without_any_time_is_a_log_record) {
    const auto batch =
        batch_of(Kind::tool_spans,
                 {R"({"session_id_hash":"s","span_id_hash":"t","status":"error","tool":"Edit","turn":1})"});
    EXPECT_THAT(body_to("/v1/traces", batch), IsEmpty());
    const std::string record = body_to("/v1/logs", batch);
    EXPECT_THAT(record, HasSubstr(R"("eventName":"kaizen.tool_span")"));
    EXPECT_THAT(record, HasSubstr(R"("severityText":"ERROR")"));
    EXPECT_THAT(record, HasSubstr(R"("gen_ai.tool.name","value":{"stringValue":"Edit"})"));
}

ExportTarget genai() {
    ExportTarget target;
    target.semconv = "genai-0.1";
    return target;
}

// All bodies of a batch, one behind the other.
std::string bodies(const outbox::Batch& batch, const ExportTarget& target) {
    std::string text;
    for (const flush::Request& request : otlp_exporter().ship(batch, target, test::origin(), 0).requests)
        text += test::plain_body(request);
    return text;
}

const std::string kUsed =
    R"(,"turn":1,"tokens_in":5,"tokens_out":7,"cache_read_tokens":11,"cache_creation_tokens":13,"reasoning_tokens":2)"
    R"(,"payload":{"ended_turn":{"turn":1,"started_at_ms":1789999990000,"ended_at_ms":1790000000000}})";

TEST(Otlp, names_are_of_1_41_1_unless_the_target_says_otherwise) {
    EXPECT_EQ(ExportTarget().semconv, otlp::names_of("").semconv);
    const std::string body = bodies(batch_of(Kind::events, {event(kUsed)}), {});
    EXPECT_THAT(body, HasSubstr("gen_ai.usage.cache_creation.input_tokens"));
    EXPECT_THAT(body, HasSubstr("gen_ai.client.token.usage"));
    EXPECT_THAT(body, HasSubstr("https://opentelemetry.io/schemas/1.41.1"));
    EXPECT_THAT(body, Not(HasSubstr("usage.cache_write")));
    EXPECT_THAT(body, Not(HasSubstr("client.inference")));
}

TEST(Otlp, names_of_the_genai_conventions) {
    const std::string body = bodies(batch_of(Kind::events, {event(kUsed)}), genai());
    EXPECT_THAT(body, HasSubstr(R"("gen_ai.usage.cache_write.input_tokens","value":{"intValue":"13"})"));
    EXPECT_THAT(body, HasSubstr("https://opentelemetry.io/schemas/gen-ai/0.1.0"));
    for (const char* gone :
         {"cache_creation", "gen_ai.client.token.usage", "gen_ai.token.type", "schemas/1.41.1"})
        EXPECT_THAT(body, Not(HasSubstr(gone)));
}

// The one data point of an instrument.
std::string point_of(const std::string& body, const std::string& instrument) {
    const auto begin = body.find("\"name\":\"" + instrument + "\"");
    if (begin == std::string::npos) return "none";
    return body.substr(begin, body.find("aggregationTemporality", begin) - begin);
}

TEST(Otlp, usage_is_counted_and_spread_for_the_genai_conventions) {
    const std::string body =
        bodies(batch_of(Kind::events, {event(kUsed, "1"), event(R"(,"tokens_out":100)", "2")}), genai());
    const std::string inference = "gen_ai.client.inference.";
    const auto counted = [&](const std::string& name) { return point_of(body, inference + "usage." + name); };
    EXPECT_THAT(counted("input_tokens"), HasSubstr(R"("asInt":"29")"));
    EXPECT_THAT(counted("output_tokens"), HasSubstr(R"("asInt":"107")"));
    EXPECT_THAT(counted("cache_read.input_tokens"), HasSubstr(R"("asInt":"11")"));
    EXPECT_THAT(counted("cache_write.input_tokens"), HasSubstr(R"("asInt":"13")"));
    EXPECT_THAT(counted("reasoning.output_tokens"), HasSubstr(R"("asInt":"2")"));
    EXPECT_THAT(counted("input_tokens"),
                HasSubstr(R"("gen_ai.token.modality","value":{"stringValue":"unknown"})"));
    EXPECT_EQ(count_of(body, "\"isMonotonic\":true"), 6U);  // with kaizen.usage.tokens
    const std::string spread = point_of(body, inference + "operation.output_tokens");
    EXPECT_THAT(spread, HasSubstr(R"("count":"2","sum":107.0)"));
    EXPECT_THAT(spread, Not(HasSubstr("modality")));
}

TEST(Otlp, durations_of_turns_and_tools_for_the_genai_conventions) {
    const std::string turn =
        point_of(bodies(batch_of(Kind::events, {event(kUsed)}), genai()), "gen_ai.invoke_agent.duration");
    EXPECT_THAT(turn, HasSubstr(R"("gen_ai.agent.name","value":{"stringValue":"claude-code"})"));
    EXPECT_THAT(turn, HasSubstr(R"("count":"1","sum":10.0)"));
    EXPECT_THAT(turn, HasSubstr("409.6"));
    const std::string open = R"(,"payload":{"ended_turn":{"turn":1,"ended_at_ms":1790000000000}})";
    EXPECT_EQ(
        point_of(bodies(batch_of(Kind::events, {event(open)}), genai()), "gen_ai.invoke_agent.duration"),
        "none");
    const auto span = batch_of(
        Kind::tool_spans,
        {R"({"session_id_hash":"s","span_id_hash":"t","status":"error","tool":"Bash","agent":"codex",)"
         R"("started_at_ms":1000,"ended_at_ms":3000})"});
    const std::string tool = point_of(bodies(span, genai()), "gen_ai.execute_tool.duration");
    EXPECT_THAT(tool, HasSubstr(R"("gen_ai.tool.name","value":{"stringValue":"Bash"})"));
    EXPECT_THAT(tool, HasSubstr(R"("error.type","value":{"stringValue":"_OTHER"})"));
    EXPECT_THAT(tool, HasSubstr(R"("sum":2.0)"));
    EXPECT_EQ(point_of(bodies(span, {}), "gen_ai.execute_tool.duration"), "none");
}

TEST(Otlp, a_resource_is_a_member_of_the_team) {
    const std::string instance =
        R"("service.instance.id","value":{"stringValue":")" + test::origin().member + "\"}";
    for (const test::NamedBatches& named : test::all_batches())
        for (const outbox::Batch& batch : named.batches)
            for (const flush::Request& request : otlp_exporter().ship(batch, {}, test::origin(), 0).requests)
                EXPECT_EQ(count_of(test::plain_body(request), instance), 1U) << request.path;
}

TEST(Otlp, a_log_record_is_a_line_and_an_event) {
    const std::string record =
        body_to("/v1/logs",
                batch_of(Kind::events, {event(R"(,"payload":{"role":"user","text":"Water\nthe beds"})")}));
    EXPECT_THAT(record, HasSubstr(R"("eventName":"kaizen.message")"));
    EXPECT_THAT(record, HasSubstr(R"("body":{"stringValue":"prompt · Water the beds"})"));
    EXPECT_THAT(record, HasSubstr(R"("kaizen.text","value":{"stringValue":"Water\nthe beds"})"));
    const std::string snapshot = body_to("/v1/logs", test::snapshots());
    EXPECT_THAT(snapshot, HasSubstr(R"("body":{"stringValue":"repo snapshot, part 1 of 2"})"));
    EXPECT_THAT(snapshot, HasSubstr(R"("kaizen.snapshot.file_facts","value":{"arrayValue")"));
}

TEST(Otlp, rows_that_cannot_be_placed_are_unfit_alone) {
    EXPECT_THAT(reasons({"{}", event(""), "5", R"({"session_id_hash":"s","kind":"message","event_seq":1})",
                         R"({"session_id_hash":"s","kind":"secret\u0000 kind","ts_ms":1,"event_seq":1})",
                         R"({"session_id_hash":"s","kind":"message","ts_ms":1})"}),
                ElementsAre("the event names no session", "the row is not a JSON object",
                            "the event has no valid time", HasSubstr("no such kind of event"),
                            "the event has no valid event_seq"));
    EXPECT_EQ(reasons({"{", "", "[1", "{} {}", std::string(100'000, '[')}).size(), 5U);
    EXPECT_THAT(
        reasons({R"({"session_id_hash":"s","span_id_hash":"t","status":"open"})", "{}"}, Kind::tool_spans),
        ElementsAre("no such status of a span: \"open\"", "the span names no session"));
    EXPECT_THAT(reasons({"{}"}, Kind::repo_snapshots), ElementsAre("the snapshot has no snapshot_id_hash"));
    for (const char* time : {"0", "-5", "\"5\"", "null", "1.5", "1e300", "9223372036854775807", "true"}) {
        const std::string row =
            R"({"session_id_hash":"s","kind":"message","event_seq":1,"ts_ms":)" + std::string(time) + "}";
        EXPECT_THAT(reasons({row}), ElementsAre("the event has no valid time")) << time;
    }
}

TEST(Otlp, no_number_is_made_up) {
    for (const char* value : {"\"5\"", "null", "-1", "1.5", "4294967296", "1e300", "[]", "{}", "true"}) {
        std::string members;
        for (const char* key :
             {"tokens_in", "reasoning_tokens", "cache_read_tokens", "cache_creation_tokens", "turn"})
            members += std::string(",\"") + key + "\":" + value;
        const std::string body = traces({event(members + R"(,"tokens_out":7)")});
        EXPECT_EQ(count_of(body, "intValue"), 1U) << value;  // of tokens_out
        EXPECT_THAT(traces({event(members)}), IsEmpty()) << value;
        EXPECT_THAT(body_to("/v1/metrics", batch_of(Kind::events, {event(members)})), IsEmpty()) << value;
    }
}

// Each member of the row, in turn: another type, another value, gone.
std::vector<outbox::Batch> hostile_batches(Kind kind, const std::string& row) {
    const std::array<const char*, 12> values = {"null",
                                                "true",
                                                "-1",
                                                "0",
                                                "1.5",
                                                "1e308",
                                                "18446744073709551615",
                                                "\"\"",
                                                "\"\\u0000\\ud800\xff<\"",
                                                "[]",
                                                "{}",
                                                R"([{"a":[null,{"b":null,"b":1,"b":2,"":3}]},5,"x"])"};
    std::vector<outbox::Batch> batches;
    JsonDocument document;
    EXPECT_TRUE(document.parse(row));
    const JsonValue& whole = document.root();
    const std::size_t members = whole.MemberCount();
    for (std::size_t i = 0; i < members; ++i) {
        std::vector<std::string> rows;
        for (std::size_t v = 0; v <= values.size(); ++v) {
            JsonText out;
            out.StartObject();
            for (std::size_t m = 0; m < members; ++m) {
                const auto& member = *(whole.MemberBegin() + static_cast<std::ptrdiff_t>(m));
                if (m == i && v == values.size()) continue;
                out.key(as_view(member.name));
                if (m == i)
                    out.RawValue(values[v], std::string_view(values[v]).size(), rapidjson::kObjectType);
                else
                    member.value.Accept(out);
            }
            out.EndObject();
            rows.push_back(out.str());
        }
        batches.push_back(batch_of(kind, rows));
    }
    return batches;
}

TEST(Otlp, hostile_rows_still_give_valid_requests) {
    const test::TempDir folder;
    const std::string file = folder.path() + "/hostile.ndjson";
    std::ofstream out(file, std::ios::binary);
    std::size_t bodies = 0;
    const auto ship = [&](const outbox::Batch& batch) {
        for (const flush::Request& request :
             otlp_exporter().ship(batch, {}, {"acme", "1", "blake3:m"}, 0).requests)
            out << test::plain_body(request) << '\n', ++bodies;
    };
    for (const test::NamedBatches& named : test::all_batches())
        for (const outbox::Batch& batch : named.batches) {
            ship(batch_of(batch.kind, test::hostile_rows()));
            for (const outbox::Row& row : batch.rows)
                for (const outbox::Batch& hostile : hostile_batches(batch.kind, row.json)) ship(hostile);
        }
    out.close();
    EXPECT_GT(bodies, 200U);
    const std::string command = "python3 -B " KAIZEN_SOURCE_DIR "/tests/export/otlp_check.py " + file;
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace kaizen::exporting
