// What leaves of an event or a span, by the table of spec "redaction" and the rows of spec "wire".

#include "daemon/redact/projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/redact/redaction.h"

namespace kaizen::redact {
namespace {

using parse::Event;
using parse::EventKind;

constexpr UnixMs kAt = 1'795'600'000'000;
constexpr std::string_view kSecret =
    "ghp_"
    "0123456789abcdefABCDEF0123456789abcd";

class ProjectionTest : public testing::Test {
  protected:
    ProjectionTest() {
        session_.agent = "claude";
        session_.id = "5b1c9f0e-1111-2222-3333-444455556666";
        session_.workspace = "/home/ada/engine";
        session_.cwd = "/home/ada/engine";
    }

    static Event event_of(EventKind kind, std::string text) {
        Event event;
        event.kind = kind;
        event.at = kAt;
        event.text_bytes = static_cast<std::int64_t>(text.size());
        event.text = std::move(text);
        return event;
    }

    static Event call(std::string tool, std::string input) {
        Event event = event_of(EventKind::tool_call, std::move(input));
        event.name = std::move(tool);
        event.call_id = "toolu_01";
        return event;
    }

    std::string row(Content content, const Event& event, const session::ToolSpan* span = nullptr,
                    std::size_t text_max_bytes = 8192) {
        const Projection projection(test::plain_redactor(), hash_, {content, text_max_bytes}, rate_);
        return projection
            .event({session_, "blake3:w", turn_},
                   {event, 7, span, used_, ended_turn_, responses_ ? &*responses_ : nullptr, kAt}, secrets_)
            .json();
    }

    std::string payload(Content content, const Event& event, const session::ToolSpan* span = nullptr,
                        std::size_t text_max_bytes = 8192) {
        const std::string json = row(content, event, span, text_max_bytes);
        const std::size_t begin = json.find(R"("payload":)") + 10;
        return json.substr(begin, json.size() - begin - 1);
    }

    proto::TeamHash hash_ = *proto::TeamHash::with_salt(std::string(64, '0'));
    session::SessionState session_;
    SessionSecrets secrets_{"/home/ada/engine"};
    session::Growth used_;
    std::optional<session::EndedTurn> ended_turn_;
    std::optional<session::OpenResponses::Told> responses_;
    std::int64_t turn_ = 1;
    double rate_ = 1;
};

TEST_F(ProjectionTest, identities_leave_as_hashes) {
    Event event = event_of(EventKind::message, "hello");
    event.role = parse::Role::assistant;
    event.model = "claude-opus-4-5";
    event.response_id = "msg_1";
    session_.parent = "parent-id";
    used_.tokens.input = 12;
    used_.cost_usd_e6 = 40;
    rate_ = 0.5;
    EXPECT_EQ(row(Content::metadata, event),
              R"({"session_id_hash":")" + hash_.session(session_.id) +
                  R"(","event_seq":7,"ts_ms":1795600000000,"agent":"claude","model":"claude-opus-4-5",)"
                  R"("kind":"message","source":"tail","tokens_in":12,"cost_usd_e6":40,"turn":1,)"
                  R"("response_id_hash":")" +
                  hash_.of("msg_1") + R"(","parent_session_id_hash":")" + hash_.session("parent-id") +
                  R"(","sample_rate":0.5,"payload":{"role":"assistant","text_bytes":5}})");
}

TEST_F(ProjectionTest, unknown_is_left_out) {
    turn_ = 0;
    const std::string json = row(Content::metadata, event_of(EventKind::cost, ""));
    EXPECT_NE(json.find(R"("model":"unknown")"), std::string::npos);
    for (const char* key : {"turn", "tokens_in", "tool", "sample_rate", "response_id_hash", "parent"})
        EXPECT_EQ(json.find('"' + std::string(key)), std::string::npos) << key;
}

TEST_F(ProjectionTest, metadata_holds_no_text) {
    const std::string said = "Please do tell nobody of " + std::string(kSecret);
    for (const EventKind kind : {EventKind::message, EventKind::tool_result, EventKind::error}) {
        Event event = event_of(kind, said);
        event.name = kind == EventKind::error ? "api_error" : "";
        const std::string json = row(Content::metadata, event);
        EXPECT_EQ(json.find("nobody"), std::string::npos) << json;
        EXPECT_EQ(json.find("ghp_"), std::string::npos) << json;
        EXPECT_NE(json.find(R"("text_bytes":65)"), std::string::npos) << json;
    }
}

TEST_F(ProjectionTest, text_is_redacted_and_short) {
    Event event = event_of(EventKind::message, "the key is " + std::string(kSecret) + " and more");
    event.role = parse::Role::user;
    EXPECT_EQ(payload(Content::text, event),
              R"({"role":"user","text_bytes":60,"text":"the key is <REDACTED:github-pat#1> and more"})");
    EXPECT_EQ(payload(Content::text, event, nullptr, 30),
              R"({"role":"user","text_bytes":60,"text":"the key is ","truncated":true})");
}

TEST_F(ProjectionTest, a_text_whose_end_is_missing_loses_its_last_word) {
    Event event = event_of(EventKind::message, "the key is ghp_0123456789abcd");
    event.text_bytes = 5000;
    EXPECT_EQ(payload(Content::text, event), R"({"text_bytes":5000,"text":"the key is ","truncated":true})");
}

TEST_F(ProjectionTest, a_text_that_is_json_is_walked_as_such) {
    const Event event = event_of(EventKind::tool_result, R"({"password":"hunter2hunter2","n":1})");
    EXPECT_NE(
        payload(Content::text, event).find(R"("text":"{\"password\":\"<REDACTED:password#1>\",\"n\":1}")"),
        std::string::npos)
        << payload(Content::text, event);
}

TEST_F(ProjectionTest, a_command_is_an_outline) {
    const Event event = call(
        "Bash",
        R"({"command":"git commit -m 'Say why it was so' && curl -u ada:hunter2hunter2 x.org","description":"Commit"})");
    EXPECT_EQ(payload(Content::metadata, event),
              R"({"text_bytes":106,"command":"git commit -m <TEXT:19> && curl -u <REDACTED:option#1> x.org",)"
              R"("arguments":{"description_bytes":6}})");
}

TEST_F(ProjectionTest, a_list_of_words_is_a_command_too) {
    EXPECT_NE(
        payload(Content::metadata, call("shell", R"({"command":["bash","-lc","ls -la"],"timeout_ms":5})"))
            .find(R"("command":"ls -la","arguments":{"timeout_ms_bytes":1})"),
        std::string::npos);
    EXPECT_NE(payload(Content::metadata, call("shell", R"({"command":["grep","a b","x.txt"]})"))
                  .find(R"("command":"grep <TEXT:5> x.txt")"),
              std::string::npos);
}

TEST_F(ProjectionTest, a_password_in_a_line_of_its_own_does_not_leave) {
    EXPECT_EQ(payload(Content::metadata, call("shell", R"({"command":"cd x\nDB_PASSWORD=correcthorse\nls"})"))
                  .find("correcthorse"),
              std::string::npos);
}

TEST_F(ProjectionTest, other_arguments_are_sizes_and_paths_are_hashes) {
    session::ToolSpan span;
    span.tool = "Write";
    span.paths = {"src/main.rs"};
    const Event event =
        call("Write", R"({"file_path":"/home/ada/engine/src/main.rs","content":"fn main() {}","n":[1,2]})");
    EXPECT_EQ(payload(Content::metadata, event, &span),
              R"({"text_bytes":79,"paths":["6ac9f506:rs"],"arguments":{"content_bytes":12,"n_bytes":5}})");
    EXPECT_EQ(payload(Content::text, event, &span),
              R"({"text_bytes":79,"paths":["6ac9f506:rs"],"arguments":{"file_path":"6ac9f506:rs",)"
              R"("content":"fn main() {}","n":[1,2]}})");
}

TEST_F(ProjectionTest, how_long_the_argument_at_a_cut_is_nobody_knows) {
    Event event = call("Edit", R"({"file_path":"/x/a.c","old_string":"12345","new_string":"abc de)");
    event.text_bytes = 9000;
    EXPECT_EQ(payload(Content::metadata, event),
              R"({"text_bytes":9000,"arguments":{"old_string_bytes":5},"truncated":true})");
}

TEST_F(ProjectionTest, a_name_of_an_argument_can_be_a_secret) {
    const std::string input = R"({")" + std::string(kSecret) + R"(":"x","two words":"y","ok":"z"})";
    EXPECT_NE(payload(Content::metadata, call("mcp", input)).find(R"("arguments":{"ok_bytes":1})"),
              std::string::npos);
    EXPECT_EQ(payload(Content::text, call("mcp", input)).find(kSecret), std::string::npos);
}

TEST_F(ProjectionTest, a_sensitive_argument_is_redacted_by_its_name) {
    EXPECT_NE(payload(Content::text, call("login", R"({"password":"correcthorse","env":{"A":"b"}})"))
                  .find(R"("arguments":{"password":"<REDACTED:password#1>","env":"<REDACTED:env>"})"),
              std::string::npos)
        << payload(Content::text, call("login", R"({"password":"correcthorse","env":{"A":"b"}})"));
}

TEST_F(ProjectionTest, a_patch_is_text) {
    const Event event = call("apply_patch", "*** Begin Patch\n*** Add File: a.txt\n+hello");
    EXPECT_EQ(payload(Content::metadata, event), R"({"text_bytes":42})");
    EXPECT_NE(payload(Content::text, event).find("+hello"), std::string::npos);
}

TEST_F(ProjectionTest, names_are_redacted_and_short) {
    Event event = call("mcp__ada__" + std::string(kSecret), "{}");
    event.model = std::string(300, 'm');
    const std::string json = row(Content::metadata, event);
    EXPECT_EQ(json.find("ghp_"), std::string::npos);
    EXPECT_EQ(json.find(std::string(129, 'm')), std::string::npos);
}

TEST_F(ProjectionTest, lifecycle_says_what_is_no_text) {
    Event cwd = event_of(EventKind::lifecycle, "/home/ada/engine/src/main.rs");
    cwd.name = parse::lifecycle::cwd;
    EXPECT_EQ(payload(Content::metadata, cwd), R"({"name":"cwd","path":"6ac9f506:rs"})");
    Event mode = event_of(EventKind::lifecycle, "plan");
    mode.name = parse::lifecycle::mode;
    EXPECT_EQ(payload(Content::metadata, mode), R"({"name":"mode","value":"plan"})");
    Event title = event_of(EventKind::lifecycle, "Fix the login of ada");
    title.name = parse::lifecycle::title;
    EXPECT_EQ(payload(Content::metadata, title), R"({"name":"title","text_bytes":20})");
    EXPECT_EQ(payload(Content::text, title),
              R"({"name":"title","text_bytes":20,"text":"Fix the login of <REDACTED:user#1>"})");
}

TEST_F(ProjectionTest, a_turn_that_ended_leaves_as_numbers) {
    Event event = event_of(EventKind::message, "next");
    event.role = parse::Role::user;
    ended_turn_ = {3, 5, 9};
    for (const Content content : {Content::metadata, Content::text})
        EXPECT_THAT(payload(content, event),
                    testing::EndsWith(R"("ended_turn":{"turn":3,"started_at_ms":5,"ended_at_ms":9}})"));
    ended_turn_ = {3, std::nullopt, std::nullopt};
    EXPECT_EQ(payload(Content::metadata, event), R"({"role":"user","text_bytes":4,"ended_turn":{"turn":3}})");
}

TEST_F(ProjectionTest, responses_that_ended_leave_as_numbers_hashes_and_the_name_of_a_model) {
    Event event = event_of(EventKind::message, "next");
    event.role = parse::Role::user;
    session::EndedResponse response;
    response.id = "msg_01";
    response.model = "claude-opus-4-5";
    response.first_seq = 4;
    response.turn = 2;
    response.asked_at = 10;
    response.began_at = 20;
    response.ended_at = 30;
    response.used.tokens.input = 5;
    response.used.cost_usd_e6 = 7;
    responses_.emplace();
    responses_->ended.push_back(response);
    const std::string told = payload(Content::metadata, event);
    EXPECT_THAT(told, testing::HasSubstr(R"("ended_responses":[{"response_id_hash":"blake3:)"));
    EXPECT_THAT(told,
                testing::EndsWith(
                    R"("model":"claude-opus-4-5","event_seq":4,"turn":2,"asked_at_ms":10,"started_at_ms":20,)"
                    R"("ended_at_ms":30,"tokens_in":5,"cost_usd_e6":7}]})"));
    EXPECT_THAT(told, testing::Not(testing::HasSubstr("msg_01")));
    responses_->ended.clear();
    responses_->is_part = true;
    EXPECT_THAT(payload(Content::metadata, event), testing::EndsWith(R"("of_response":true})"));
}

TEST_F(ProjectionTest, a_span_has_times_and_hashed_paths) {
    session::ToolSpan span;
    span.call_id = "toolu_01";
    span.tool = "Read";
    span.status = session::SpanStatus::done;
    span.started_at = 5;
    span.ended_at = 9;
    span.lead_ms = 4;
    span.paths = {"src/main.rs"};
    const Projection projection(test::plain_redactor(), hash_, {}, 1);
    const auto row = projection.span({session_, "blake3:w", 2}, span, secrets_);
    EXPECT_EQ(row.kind(), proto::ingest::Kind::tool_spans);
    EXPECT_EQ(row.workspace_hash(), "blake3:w");
    EXPECT_EQ(row.json(),
              R"({"session_id_hash":")" + hash_.session(session_.id) + R"(","span_id_hash":")" +
                  hash_.span("toolu_01") +
                  R"(","tool":"Read","status":"done","started_at_ms":5,"ended_at_ms":9,)"
                  R"("lead_time_ms":4,"tokens_in":null,"tokens_out":null,"reasoning_tokens":null,)"
                  R"("cost_usd_e6":null,"path_hashes":[")" +
                  hash_.path("src/main.rs") + R"("],"turn":2,"agent":"claude"})");
}

}  // namespace
}  // namespace kaizen::redact
