#include "daemon/export/datadog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

constexpr UnixMs kHour = 3'600'000;

Shipment ship(const outbox::Batch& batch, const Origin& origin = test::origin()) {
    return datadog_exporter().ship(batch, test::target_of("datadog"), origin, kExportNow);
}

std::size_t entries_in(const flush::Request& request) {
    JsonDocument document;
    EXPECT_TRUE(document.parse(test::plain_body(request)));
    return document.root().Size();
}

// Of a batch of one row; null members are found as such.
JsonDocument entry_of(Kind kind, const std::string& row, const Origin& origin = test::origin()) {
    JsonDocument document;
    const Shipment shipment = ship(test::batch_of(kind, {row}), origin);
    EXPECT_TRUE(document.parse(test::plain_body(shipment.requests.at(0))));
    return document;
}

std::string text_at(const JsonDocument& document, const char* member) {
    return std::string(find_string(document.root()[0], member).value_or("-"));
}

TEST(Datadog, gives_the_same_bytes_again) {
    for (const auto& [name, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches)
            EXPECT_EQ(ship(batch).requests.at(0).body, ship(batch).requests.at(0).body);
}

TEST(Datadog, asks_as_datadog_wants) {
    const flush::Request request = ship(test::claude_events()).requests.at(0);
    EXPECT_EQ(request.path, "/api/v2/logs");
    EXPECT_THAT(request.headers,
                testing::UnorderedElementsAre(testing::Pair("Content-Type", "application/json"),
                                              testing::Pair("Content-Encoding", "gzip"),
                                              testing::Pair("DD-API-KEY", test::kCanaryKey)));
    EXPECT_THAT(request.secrets, testing::ElementsAre(test::kCanaryKey));
}

TEST(Datadog, a_request_has_at_most_a_thousand_entries) {
    const auto sizes = [](std::size_t rows) {
        std::vector<std::size_t> counts;
        for (const flush::Request& request :
             ship(test::batch_of(Kind::events, std::vector<std::string>(rows, "{}"))).requests)
            counts.push_back(entries_in(request));
        return counts;
    };
    EXPECT_THAT(sizes(0), testing::IsEmpty());
    EXPECT_THAT(sizes(1000), testing::ElementsAre(1000));
    EXPECT_THAT(sizes(1001), testing::ElementsAre(1000, 1));
    EXPECT_THAT(sizes(2500), testing::ElementsAre(1000, 1000, 500));
}

TEST(Datadog, a_request_has_at_most_five_megabytes) {
    const std::string row = R"({"payload":")" + std::string(499'000, 'x') + "\"}";
    const Shipment shipment = ship(test::batch_of(Kind::events, std::vector<std::string>(25, row)));
    std::size_t entries = 0;
    for (const flush::Request& request : shipment.requests) {
        EXPECT_LE(test::plain_body(request).size(), 5'000'000U);
        entries += entries_in(request);
    }
    EXPECT_EQ(entries, 25U);
    EXPECT_EQ(shipment.requests.size(), 3U) << "each as full as it may be";
}

TEST(Datadog, an_entry_above_a_megabyte_is_unfit_and_its_neighbours_go) {
    const auto row = [](std::size_t bytes) { return R"({"payload":")" + std::string(bytes, 'x') + "\"}"; };
    const std::size_t rest =
        test::plain_body(ship(test::batch_of(Kind::events, {row(0)})).requests.at(0)).size() - 2;
    const Shipment shipment =
        ship(test::batch_of(Kind::events, {row(1'000'001 - rest), row(1'000'000 - rest), row(1)}));
    ASSERT_EQ(shipment.unfit.size(), 1U);
    EXPECT_EQ(shipment.unfit[0].row, 1);
    EXPECT_EQ(shipment.unfit[0].reason,
              "it is 1000001 bytes as an entry, and Datadog cuts off what is above 1000000");
    EXPECT_EQ(entries_in(shipment.requests.at(0)), 2U);
}

TEST(Datadog, a_time_that_it_would_not_take_is_that_of_arrival) {
    const auto timestamp = [](UnixMs at) {
        const JsonDocument entry = entry_of(Kind::events, R"({"ts_ms":)" + std::to_string(at) + "}");
        EXPECT_EQ(find_int(entry.root()[0]["kaizen"], "ts_ms"), at);
        return find_int(entry.root()[0], "timestamp");
    };
    EXPECT_EQ(timestamp(kExportNow), kExportNow);
    EXPECT_EQ(timestamp(kExportNow - 18 * kHour), kExportNow - 18 * kHour);
    EXPECT_EQ(timestamp(kExportNow - 18 * kHour - 1), std::nullopt);
    EXPECT_EQ(timestamp(kExportNow + 2 * kHour), kExportNow + 2 * kHour);
    EXPECT_EQ(timestamp(kExportNow + 2 * kHour + 1), std::nullopt);
    EXPECT_EQ(timestamp(0), std::nullopt);
    EXPECT_EQ(timestamp(-5), std::nullopt);
}

TEST(Datadog, tags_cannot_become_other_tags) {
    EXPECT_EQ(text_at(entry_of(Kind::events, R"({"agent":"Claude"})"), "ddtags"),
              "agent:claude,team:acme__inc.");
    EXPECT_EQ(text_at(entry_of(Kind::events, R"({"agent":"a,env:prod\n\u00e4"})", {"", "1", ""}), "ddtags"),
              "agent:a_env_prod___");
    EXPECT_EQ(text_at(entry_of(Kind::events, "{}", {"", "1", ""}), "ddtags"), "-");
}

TEST(Datadog, the_message_is_a_line_for_people) {
    EXPECT_EQ(
        text_at(entry_of(Kind::events, R"({"agent":"claude","kind":"tool_call","tool":"Bash"})"), "message"),
        "tool Bash called");
    EXPECT_EQ(text_at(entry_of(Kind::tool_spans, R"({"tool":"Bash","status":"error","lead_time_ms":1250})"),
                      "message"),
              "tool Bash failed in 1.2 s");
}

TEST(Datadog, what_failed_is_an_error) {
    for (const char* row :
         {R"({"kind":"error"})", R"({"payload":{"is_error":true}})", R"({"status":"error"})"})
        EXPECT_EQ(text_at(entry_of(Kind::events, row), "status"), "error") << row;
    for (const char* row : {R"({"kind":"message"})", R"({"payload":{"is_error":1}})", R"({"status":"done"})"})
        EXPECT_EQ(text_at(entry_of(Kind::events, row), "status"), "info") << row;
}

TEST(Datadog, names_no_host) {
    for (const auto& [name, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches)
            EXPECT_THAT(test::plain_body(ship(batch).requests.at(0)), Not(HasSubstr("\"host")));
}

TEST(Datadog, hostile_rows_are_unfit_or_entries) {
    for (const Kind kind : {Kind::events, Kind::tool_spans, Kind::repo_snapshots, Kind::workspace_facts}) {
        const Shipment shipment = ship(test::batch_of(kind, test::hostile_rows()));
        ASSERT_EQ(shipment.requests.size(), 1U);
        EXPECT_EQ(entries_in(shipment.requests[0]) + shipment.unfit.size(), test::hostile_rows().size());
        EXPECT_EQ(shipment.unfit.size(), 9U) << "those that are no object";
    }
}

TEST(Datadog, place_is_the_intake_of_the_site_and_of_nothing_else) {
    ExportTarget target = test::target_of("datadog");
    const auto place = [&](std::string site) {
        target.site = std::move(site);
        return datadog_exporter().place(target).value_or("-");
    };
    EXPECT_EQ(place("datadoghq.com"), "https://http-intake.logs.datadoghq.com");
    EXPECT_EQ(place("us2.ddog-gov.com"), "https://http-intake.logs.us2.ddog-gov.com");
    for (const char* site :
         {"", ".", "-", "a..b", ".datadoghq.com", "datadoghq.com.", "evil.com/x", "a@evil.com",
          "evil.com:8080", "evil.com#", "evil.com?", "e vil", "evil.com\\", "ev\nil", "ä.com"})
        EXPECT_EQ(place(site), "-") << site;
    EXPECT_EQ(place(std::string(300, 'a')), "-");
    target.site = "datadoghq.com";
    target.api_key.clear();
    EXPECT_THAT(datadog_exporter().place(target).error().hint, HasSubstr("DD_API_KEY"));
}

TEST(Datadog, judges_replies) {
    const auto judge = [](unsigned status) {
        flush::Reply reply;
        reply.status = status;
        return datadog_exporter().judge(reply, ExportTarget(), kExportNow);
    };
    EXPECT_EQ(judge(202).decision, Decision::accepted);
    EXPECT_EQ(judge(413).decision, Decision::split);
    EXPECT_EQ(judge(400).decision, Decision::isolate);
    for (const unsigned status : {408U, 429U, 500U, 503U}) EXPECT_EQ(judge(status).decision, Decision::later);
    for (const unsigned status : {401U, 403U, 404U, 307U}) EXPECT_EQ(judge(status).decision, Decision::pause);
    EXPECT_EQ(judge(403).title, "Datadog does not accept the key (403)");
    EXPECT_THAT(judge(404).fix, HasSubstr("check site"));
}

}  // namespace
}  // namespace kaizen::exporting
