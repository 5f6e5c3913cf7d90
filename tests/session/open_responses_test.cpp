#include "daemon/session/open_responses.h"

#include <gtest/gtest.h>

namespace kaizen::session {
namespace {

using parse::Event;
using parse::EventKind;
using parse::Role;

Event line(EventKind kind, Role role, UnixMs at, std::string response = {}) {
    Event event;
    event.kind = kind;
    event.role = role;
    event.at = at;
    event.response_id = std::move(response);
    if (!event.response_id.empty()) event.model = "claude-opus-4-5";
    return event;
}

Event prompt(UnixMs at) { return line(EventKind::message, Role::user, at); }
Event answer(UnixMs at, std::string response) {
    return line(EventKind::message, Role::assistant, at, std::move(response));
}
Event call(UnixMs at, std::string response) {
    return line(EventKind::tool_call, Role::none, at, std::move(response));
}
Event result(UnixMs at) { return line(EventKind::tool_result, Role::none, at); }

Growth growth(std::int64_t input, std::int64_t output) {
    Growth used;
    used.tokens.input = input;
    used.tokens.output = output;
    return used;
}

// As a session goes on: each event has the next number. Packed and unpacked at every step, as restarts do.
class Watched {
  public:
    OpenResponses::Told add(const Event& event, const Growth& used = {}, bool ends_turn = false,
                            bool in_turn = true) {
        open_ = OpenResponses::unpack(open_.pack());
        return open_.add(event, seq_++, 1, used, ends_turn, in_turn);
    }
    std::vector<EndedResponse> end_all() { return OpenResponses::unpack(open_.pack()).end_all(); }

  private:
    OpenResponses open_;
    std::int64_t seq_ = 0;
};

TEST(OpenResponses, tells_at_once_of_what_comes_after_the_turn_for_nothing_may_follow) {
    Watched session;
    static_cast<void>(session.add(prompt(1000)));
    static_cast<void>(session.add(answer(2000, "m1"), growth(1, 1)));
    EXPECT_EQ(session.add(line(EventKind::lifecycle, Role::none, 3000), {}, true, false).ended.size(), 1U);
    const auto late = session.add(answer(4000, "m2"), growth(54, 207), false, false);
    ASSERT_EQ(late.ended.size(), 1U);
    EXPECT_EQ(late.ended[0].id, "m2");
    EXPECT_TRUE(late.is_part);
    EXPECT_TRUE(session.add(call(4500, "m2"), {}, false, false).ended.empty());
    EXPECT_EQ(session.add(call(4600, "m2"), growth(0, 3), false, false).ended.size(), 1U);
}

TEST(OpenResponses, tells_of_one_that_stands_on_several_lines_when_the_next_begins) {
    Watched session;
    EXPECT_FALSE(session.add(prompt(1000)).is_part);
    EXPECT_TRUE(session.add(answer(3000, "m1"), growth(10, 1)).is_part);
    EXPECT_TRUE(session.add(call(3500, "m1"), growth(0, 4)).ended.empty());
    EXPECT_TRUE(session.add(result(9000)).ended.empty());
    EXPECT_TRUE(session.add(call(9500, "m1"), growth(0, 5)).ended.empty());  // behind a result of its own
    EXPECT_TRUE(session.add(result(9900)).ended.empty());
    const auto told = session.add(answer(12'000, "m2"), growth(7, 7));
    ASSERT_EQ(told.ended.size(), 1u);
    const EndedResponse& ended = told.ended[0];
    EXPECT_EQ(ended.id, "m1");
    EXPECT_EQ(ended.model, "claude-opus-4-5");
    EXPECT_EQ(ended.first_seq, 1);
    EXPECT_EQ(ended.turn, 1);
    EXPECT_EQ(ended.asked_at, 1000);
    EXPECT_EQ(ended.began_at, 3000);
    EXPECT_EQ(ended.ended_at, 9500);
    EXPECT_EQ(ended.used.tokens.input, 10);
    EXPECT_EQ(ended.used.tokens.output, 10);
    const auto last = session.end_all();
    ASSERT_EQ(last.size(), 1u);
    EXPECT_EQ(last[0].asked_at, 9900);
    EXPECT_EQ(last[0].ended_at, 12'000);
}

TEST(OpenResponses, end_with_the_turn_also_with_the_line_that_ends_it) {
    Watched session;
    static_cast<void>(session.add(prompt(1000)));
    static_cast<void>(session.add(answer(2000, "m1"), growth(1, 1)));
    const auto told = session.add(answer(3000, "m1"), growth(0, 2), true);
    ASSERT_EQ(told.ended.size(), 1u);
    EXPECT_EQ(told.ended[0].used.tokens.output, 3);
    // What comes late is told by itself.
    static_cast<void>(session.add(answer(3500, "m1"), growth(0, 4)));
    ASSERT_EQ(session.end_all().size(), 1u);
    EXPECT_EQ(session.end_all()[0].used.tokens.output, 4);
    EXPECT_EQ(session.end_all()[0].first_seq, 3);
}

TEST(OpenResponses, end_with_the_next_prompt_and_after_an_error) {
    for (const EventKind kind : {EventKind::message, EventKind::error}) {
        Watched session;
        static_cast<void>(session.add(prompt(1000)));
        static_cast<void>(session.add(answer(2000, "m1"), growth(1, 1)));
        const auto told = session.add(line(kind, Role::user, 5000));
        ASSERT_EQ(told.ended.size(), 1u);
        static_cast<void>(session.add(answer(6000, "m2"), growth(1, 1)));
        EXPECT_EQ(session.end_all().at(0).asked_at, 5000);  // a retry is asked for by the error before it
    }
}

TEST(OpenResponses, without_an_id_are_told_with_the_record_of_their_usage) {
    Watched session;
    static_cast<void>(session.add(prompt(1000)));
    static_cast<void>(session.add(line(EventKind::message, Role::assistant, 2000)));
    static_cast<void>(session.add(line(EventKind::tool_call, Role::none, 2500)));
    static_cast<void>(session.add(result(4000)));
    const auto told = session.add(line(EventKind::cost, Role::none, 4100), growth(5, 6));
    EXPECT_TRUE(told.is_part);
    ASSERT_EQ(told.ended.size(), 1u);
    EXPECT_EQ(told.ended[0].asked_at, 1000);
    EXPECT_EQ(told.ended[0].began_at, 2000);
    EXPECT_EQ(told.ended[0].ended_at, 2500);
    static_cast<void>(session.add(line(EventKind::message, Role::assistant, 5000)));
    EXPECT_EQ(session.add(line(EventKind::cost, Role::none, 5100), growth(5, 6)).ended.at(0).asked_at, 4000);
}

TEST(OpenResponses, of_a_sub_agent_in_the_same_file_end_none_of_the_main_chain) {
    Watched session;
    static_cast<void>(session.add(prompt(1000)));
    static_cast<void>(session.add(call(2000, "m1"), growth(1, 1)));
    for (int i = 0; i < 12; ++i) {
        Event side = answer(3000 + i, "s" + std::to_string(i));
        side.sidechain = true;
        const auto told = session.add(side, growth(1, 1));
        EXPECT_EQ(told.ended.size(), i < 8 ? 0u : 1u);
        for (const EndedResponse& ended : told.ended) {
            EXPECT_EQ(ended.id, "s" + std::to_string(i - 8));
            EXPECT_EQ(ended.asked_at, std::nullopt);  // nobody can tell
        }
    }
    EXPECT_EQ(session.end_all().size(), 9u);
}

TEST(OpenResponses, of_a_copy_and_without_usage_are_none) {
    Watched session;
    Event copy = answer(2000, "m1");
    copy.copied = true;
    EXPECT_FALSE(session.add(copy, growth(1, 1)).is_part);
    static_cast<void>(session.add(answer(3000, "m2")));
    EXPECT_TRUE(session.end_all().empty());
}

TEST(OpenResponses, of_two_requests_are_two_whatever_id_they_bear) {
    Watched session;
    static_cast<void>(session.add(prompt(1000)));
    for (const std::string request : {"r1", "r1", "r2", ""}) {
        Event part = answer(2000, "m1");
        part.request_id = request;
        const auto told = session.add(part, growth(1, 1));
        EXPECT_EQ(told.ended.size(), request == "r2" ? 1U : 0U) << request;
        for (const EndedResponse& ended : told.ended) EXPECT_EQ(ended.used.tokens.input, 2);
    }
    const auto rest = session.end_all();
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].used.tokens.input, 2);
}

TEST(OpenResponses, that_were_packed_before_requests_were_known_are_read) {
    const std::string packed = R"([1,null,["m1","x",0,1,false,1,2,3,4,5,null,null,null,6]])";
    const auto open = OpenResponses::unpack(packed).end_all();
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].used.cost_usd_e6, 6);
}

TEST(OpenResponses, a_clock_that_was_set_back_tells_no_duration) {
    Watched session;
    static_cast<void>(session.add(prompt(9000)));
    static_cast<void>(session.add(answer(2000, "m1"), growth(1, 1)));
    EXPECT_EQ(session.end_all().at(0).asked_at, std::nullopt);
}

TEST(OpenResponses, that_cannot_be_unpacked_are_none) {
    for (const char* bytes : {"", "x", "{}", "[]", "[1]", "[1,null,[1]]", R"([null,[],["a"]])"})
        EXPECT_TRUE(OpenResponses::unpack(bytes).end_all().empty()) << bytes;
}

}  // namespace
}  // namespace kaizen::session
