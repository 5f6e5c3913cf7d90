// What holds for every agent's format, whatever stands in the file.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

#include "common/json.h"
#include "common/text.h"
#include "daemon/parse/records.h"
#include "tests/parse/event_text.h"

namespace kaizen::test {
namespace {

using parse::LineOutcome;

parse::ParsedLine parse_one(const parse::Format& format, std::string_view line) {
    const auto parser = format.make_parser(parse::FileOwner{"session", {}}, {}, {});
    parse::ParsedLine out;
    parser->parse(line, out);
    return out;
}

// The rules that hold for any line at all; `text_max_bytes` is the default.
void check(const parse::ParsedLine& out) {
    EXPECT_EQ(out.outcome == LineOutcome::events, !out.events.empty());
    EXPECT_TRUE(out.outcome != LineOutcome::malformed || !out.reason.empty());
    EXPECT_LE(out.kind.size(), 64u);
    for (const char c : out.kind) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
    EXPECT_LE(out.facts.cwd.size(), 4096u);
    for (const std::string& name : {out.facts.git_branch, out.facts.agent_version, out.facts.model,
                                    out.facts.parent_id, out.facts.forked_from, out.facts.title}) {
        EXPECT_LE(name.size(), 256u);
    }
    for (const parse::Event& event : out.events) {
        EXPECT_LE(event.text.size(), parse::Options().text_max_bytes);
        EXPECT_GE(event.text_bytes, static_cast<std::int64_t>(event.text.size()));
        EXPECT_TRUE(is_utf8(event.text));
        EXPECT_LE(event.name.size(), 256u);
        EXPECT_LE(event.model.size(), 256u);
        EXPECT_LE(event.call_id.size(), 256u);
        EXPECT_LE(event.response_id.size(), 256u);
        EXPECT_LE(event.paths.size(), 16u);
        const parse::TokenCounts tokens = event.tokens.value_or(parse::TokenCounts());
        for (const auto& count :
             {tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, tokens.reasoning}) {
            EXPECT_GE(count.value_or(0), 0);
        }
    }
}

class Conformance : public testing::TestWithParam<parse::Format> {
  protected:
    [[nodiscard]] std::vector<std::string> fixture_lines() const {
        std::vector<std::string> lines;
        for (const Fixture& fixture : fixtures()) {
            if (fixture.format->agent != GetParam().agent) continue;
            for (std::string& line : lines_of(fixture.path)) lines.push_back(std::move(line));
        }
        return lines;
    }

    // A line that makes an event, and no second record behind it.
    [[nodiscard]] std::string event_line() const {
        for (const std::string& line : fixture_lines()) {
            if (parse_one(GetParam(), line).outcome == LineOutcome::events &&
                line.find("}{") == std::string::npos)
                return line;
        }
        return {};
    }
};

TEST_P(Conformance, blank_lines_are_skipped) {
    for (const char* line : {"", " ", "\t \r", "\r", "\xEF\xBB\xBF"}) {
        const auto out = parse_one(GetParam(), line);
        EXPECT_EQ(out.outcome, LineOutcome::skipped);
        EXPECT_EQ(out.kind, "");
    }
}

TEST_P(Conformance, half_a_line_is_malformed) {
    const std::string line = event_line();
    for (const std::size_t length : {std::size_t{1}, line.size() / 2, line.size() - 1}) {
        const auto out = parse_one(GetParam(), line.substr(0, length));
        EXPECT_EQ(out.outcome, LineOutcome::malformed) << length;
        EXPECT_NE(out.reason, "");
    }
}

TEST_P(Conformance, byte_order_mark_and_carriage_return_change_nothing) {
    const std::string line = event_line();
    EXPECT_EQ(to_string(parse_one(GetParam(), "\xEF\xBB\xBF" + line + "\r")),
              to_string(parse_one(GetParam(), line)));
}

TEST_P(Conformance, invalid_utf8_is_replaced_and_said) {
    std::string line = event_line();
    line.insert(1, "\"note\":\"\xC3\x28\xFF\",");
    const auto out = parse_one(GetParam(), line);
    EXPECT_EQ(out.outcome, LineOutcome::events);
    EXPECT_TRUE(out.repaired);
}

TEST_P(Conformance, a_lone_surrogate_is_replaced_and_said) {
    std::string line = event_line();
    line.insert(1, R"("note":"\ud83d",)");
    const auto out = parse_one(GetParam(), line);
    EXPECT_EQ(out.outcome, LineOutcome::events);
    EXPECT_TRUE(out.repaired);
}

TEST_P(Conformance, ten_megabytes_on_a_line_are_no_trouble) {
    std::string line = event_line();
    line.insert(1, "\"note\":\"" + std::string(10 << 20, 'x') + "\",");
    const auto out = parse_one(GetParam(), line);
    EXPECT_EQ(out.outcome, LineOutcome::events);
    check(out);
}

TEST_P(Conformance, deep_nesting_is_malformed) {
    for (const int depth : {300, 200'000}) {
        const std::string open(static_cast<std::size_t>(depth), '[');
        const auto out = parse_one(GetParam(), "{\"type\":" + open);
        EXPECT_EQ(out.outcome, LineOutcome::malformed);
        EXPECT_NE(out.reason.find("nested too deeply"), std::string::npos) << out.reason;
    }
}

TEST_P(Conformance, more_values_than_any_agent_writes_are_malformed) {
    std::string list = R"({"e":[1)";
    while (list.size() < 4'000'000) list += ",1";
    const auto out = parse_one(GetParam(), list + "]}");
    EXPECT_EQ(out.outcome, LineOutcome::malformed);
    EXPECT_EQ(out.reason, fmt::format("more than {} values", parse::kMaxLineValues));
}

// They took time in the square of their number.
TEST_P(Conformance, more_records_than_any_agent_writes_on_a_line_are_malformed_and_none_is_taken) {
    for (const std::string& record : {std::string(R"({"a":1})"), std::string("0 "), event_line()}) {
        std::string line;
        for (int i = 0; i < 1001; ++i) line += record;
        const auto out = parse_one(GetParam(), line);
        EXPECT_EQ(out.outcome, LineOutcome::malformed);
        EXPECT_EQ(out.reason, "more than 1000 records");
        EXPECT_TRUE(out.events.empty());
        EXPECT_NE(parse_one(GetParam(), line.substr(record.size())).reason, "more than 1000 records");
    }
}

TEST_P(Conformance, null_bytes_are_malformed) {
    const std::string line = event_line();
    EXPECT_EQ(parse_one(GetParam(), std::string(100, '\0')).outcome, LineOutcome::malformed);
    EXPECT_EQ(parse_one(GetParam(), line.substr(0, 20) + std::string(4, '\0') + line.substr(20)).outcome,
              LineOutcome::malformed);
}

TEST_P(Conformance, a_whole_record_behind_what_is_none_is_taken_and_the_rest_is_counted) {
    const std::string line = event_line();
    const auto whole = parse_one(GetParam(), line);
    EXPECT_EQ(whole.reason, "");
    std::vector<std::string> fronts = {std::string(100, '\0'), "garbage", "{\"", "}}]",
                                       "{\"a\":[{\"b\":1},{\"c"};
    for (std::size_t cut = 1; cut < line.size(); cut += 1 + line.size() / 40)
        fronts.push_back(line.substr(0, cut));
    for (const std::string& front : fronts) {
        const auto out = parse_one(GetParam(), front + line);
        EXPECT_EQ(out.outcome, LineOutcome::events) << front;
        EXPECT_EQ(out.events.size(), whole.events.size()) << front;
        EXPECT_NE(out.reason, "") << front;
    }
    const auto two = parse_one(GetParam(), line + std::string(2, '\0') + line);
    EXPECT_EQ(two.events.size(), parse_one(GetParam(), line + line).events.size()) << "on both sides";
    const auto behind = parse_one(GetParam(), line + line.substr(0, line.size() / 2));
    EXPECT_EQ(behind.events.size(), whole.events.size());
    EXPECT_NE(behind.reason, "");
}

TEST_P(Conformance, an_unknown_type_is_counted_by_its_name) {
    const auto out = parse_one(GetParam(), R"({"type":"brand-new","payload":{"x":1}})");
    EXPECT_EQ(out.outcome, LineOutcome::unknown_kind);
    EXPECT_EQ(out.kind, "brand-new");
    const auto rude =
        parse_one(GetParam(), "{\"type\":\"" + std::string(999, 'x') + "\\n\xC3\xA9\",\"payload\":{}}");
    EXPECT_EQ(rude.outcome, LineOutcome::unknown_kind);
    check(rude);
}

TEST_P(Conformance, an_empty_object_is_unknown_and_no_object_is_malformed) {
    EXPECT_EQ(parse_one(GetParam(), "{}").outcome, LineOutcome::unknown_kind);
    for (const char* line : {"42", "\"text\"", "[1]", "null", "true"}) {
        const auto out = parse_one(GetParam(), line);
        EXPECT_EQ(out.outcome, LineOutcome::malformed) << line;
        EXPECT_EQ(out.reason, "not an object");
    }
}

TEST_P(Conformance, two_records_on_a_line_are_both_taken) {
    const std::string line = event_line();
    const std::size_t of_one = parse_one(GetParam(), line).events.size();
    EXPECT_EQ(parse_one(GetParam(), line + R"({"type":"brand-new"})").events.size(), of_one);
    EXPECT_EQ(parse_one(GetParam(), R"({"type":"brand-new"})" + line).events.size(), of_one);
    const auto broken = parse_one(GetParam(), line + R"({"type":)");
    EXPECT_EQ(broken.outcome, LineOutcome::events);
    EXPECT_EQ(broken.events.size(), of_one);
    // A large record before a small one: the document's buffer is given back in between.
    std::string large = line;
    large.insert(1, "\"note\":\"" + std::string(3 << 20, 'x') + "\",");
    EXPECT_EQ(parse_one(GetParam(), large + R"({"type":"brand-new"})").events.size(), of_one);
}

TEST_P(Conformance, the_same_line_has_the_same_identities) {
    const std::string line = event_line();
    EXPECT_EQ(to_string(parse_one(GetParam(), line)), to_string(parse_one(GetParam(), line)));
}

TEST_P(Conformance, texts_are_cut_between_code_points_but_measured_whole) {
    parse::Options options;
    options.text_max_bytes = 5;
    for (const Fixture& fixture : fixtures()) {
        if (fixture.format->agent != GetParam().agent) continue;
        const auto whole = fixture.parser();
        const auto cut = fixture.format->make_parser(parse::FileOwner{fixture.name(), {}}, {}, options);
        parse::ParsedLine expected;
        parse::ParsedLine actual;
        for (const std::string& line : lines_of(fixture.path)) {
            whole->parse(line, expected);
            cut->parse(line, actual);
            ASSERT_EQ(actual.events.size(), expected.events.size()) << line;
            for (std::size_t i = 0; i < actual.events.size(); ++i) {
                EXPECT_EQ(actual.events[i].text_bytes, expected.events[i].text_bytes);
                EXPECT_EQ(actual.events[i].text, truncate_utf8(expected.events[i].text, 5));
            }
        }
    }
}

TEST_P(Conformance, garbage_is_no_saved_state_but_no_harm_either) {
    for (const char* saved :
         {"x", "{", "[]", "42", R"({"cwd":1,"lines":"x","majority":[],"last_at":{},"has_prompt":7})"}) {
        const auto parser = GetParam().make_parser(parse::FileOwner{"session", {}}, saved, {});
        parse::ParsedLine out;
        parser->parse(event_line(), out);
        EXPECT_EQ(out.outcome, LineOutcome::events) << saved;
    }
}

// ---- lines with anything in them ----

class Mutator {
  public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    // The line with one value, anywhere in it, replaced by one of another type; empty when it is no JSON.
    std::string with_wrong_type(std::string_view line) {
        rapidjson::GenericDocument<rapidjson::UTF8<>, JsonPool> document;
        document.Parse(line.data(), line.size());
        if (document.HasParseError()) return {};
        std::vector<JsonValue*> values;
        collect(document, values);
        *values[pick(values.size())] = other_value(document.GetAllocator());
        JsonText text;
        document.Accept(text);
        return text.str();
    }

    std::string with_wrong_bytes(std::string line) {
        for (std::size_t i = 0; i < 1 + pick(4) && !line.empty(); ++i) {
            line[pick(line.size())] = "{}[]\",:\\0\x80\xFFx\n"[pick(14)];
        }
        return line;
    }

  private:
    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

    void collect(JsonValue& value, std::vector<JsonValue*>& values) {
        values.push_back(&value);
        if (value.IsObject()) {
            for (auto& member : value.GetObject()) collect(member.value, values);
        } else if (value.IsArray()) {
            for (auto& item : value.GetArray()) collect(item, values);
        }
    }

    JsonValue other_value(JsonPool& allocator) {
        switch (pick(11)) {
            case 0:
                return JsonValue(rapidjson::kNullType);
            case 1:
                return JsonValue(-1);
            case 2:
                return JsonValue(1e308);
            case 3:
                return JsonValue(std::uint64_t{1} << 63);
            case 4:
                return JsonValue("");
            case 5:
                return JsonValue(true);
            case 6:
                return JsonValue(rapidjson::kArrayType);
            case 7:
                return JsonValue(rapidjson::kObjectType);
            case 8:
                return JsonValue(std::string(5000, 'y') + "\n*** Begin Patch", allocator);
            case 9:
                return JsonValue("{\"output\":{}}");
            default:
                break;
        }
        JsonValue list(rapidjson::kArrayType);
        list.PushBack(JsonValue(7), allocator);
        return list;
    }

    std::mt19937 random_;
};

TEST_P(Conformance, wrong_types_and_broken_bytes_anywhere_are_survived) {
    const std::uint32_t seed = std::random_device()();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Mutator mutator(seed);
    const auto lines = fixture_lines();
    const auto parser = GetParam().make_parser(parse::FileOwner{"agent-1", {}}, {}, {});
    parse::ParsedLine out;
    for (int round = 0; round < 40; ++round) {
        for (const std::string& line : lines) {
            for (const std::string& mutant :
                 {mutator.with_wrong_type(line), mutator.with_wrong_bytes(line)}) {
                SCOPED_TRACE(mutant);
                parser->parse(mutant, out);
                check(out);
                if (testing::Test::HasFailure()) return;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Conformance,
                         testing::ValuesIn(parse::formats().begin(), parse::formats().end()),
                         [](const auto& test) { return std::string(test.param.agent); });

}  // namespace
}  // namespace kaizen::test
