#include "daemon/export/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/json.h"
#include "common/text.h"
#include "tests/export/hand_made.h"
#include "tests/export/session_batches.h"

namespace kaizen::exporting {
namespace {

using flush::Decision;
using flush::Trouble;
using proto::ingest::Kind;

Shipment ship(const outbox::Batch& batch) {
    return file_exporter().ship(batch, test::target_of("file"), test::origin(), test::kExportNow);
}

TEST(FileExporter, each_line_holds_its_row_and_the_key_of_the_batch) {
    const outbox::Batch batch = test::claude_events();
    const std::string body = ship(batch).requests.at(0).body;
    std::vector<std::string_view> lines = split(body, '\n');
    ASSERT_EQ(lines.back(), "");
    lines.pop_back();
    ASSERT_EQ(lines.size(), batch.rows.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_THAT(std::string(lines[i]), testing::StartsWith("{\"batch\":\"" + batch.key + "\""));
        EXPECT_THAT(std::string(lines[i]), testing::EndsWith(",\"row\":" + batch.rows[i].json + "}"));
    }
}

TEST(FileExporter, a_hostile_row_is_unfit_or_one_line) {
    const Shipment shipment = ship(test::batch_of(Kind::events, test::hostile_rows()));
    const std::string& body = shipment.requests.at(0).body;
    const auto lines = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
    EXPECT_EQ(lines + shipment.unfit.size(), test::hostile_rows().size());
    JsonDocument document;
    for (const std::string_view line : split(body, '\n')) EXPECT_TRUE(line.empty() || document.parse(line));
}

TEST(FileExporter, a_batch_without_a_fit_row_asks_nothing) {
    const Shipment shipment = ship(test::batch_of(Kind::events, {"nonsense"}));
    EXPECT_TRUE(shipment.requests.empty());
    ASSERT_EQ(shipment.unfit.size(), 1U);
    EXPECT_EQ(shipment.unfit[0].reason, "it is not a JSON object");
}

TEST(FileExporter, place_is_an_absolute_path) {
    ExportTarget target = test::target_of("file");
    EXPECT_EQ(file_exporter().place(target).value(), target.path);
    for (const char* path : {"", "x", "./x", "~/x"}) {
        target.path = path;
        EXPECT_FALSE(file_exporter().place(target)) << path;
    }
}

TEST(FileExporter, judges_what_became_of_the_lines) {
    flush::Reply written;
    written.status = 200;
    const auto judge = [](const flush::Reply& reply) {
        return file_exporter().judge(reply, ExportTarget(), test::kExportNow).decision;
    };
    EXPECT_EQ(judge(written), Decision::accepted);
    EXPECT_EQ(judge(flush::Reply(flush::Failure(Trouble::file_refused, "a", "b"))), Decision::pause);
    EXPECT_EQ(judge(flush::Reply(flush::Failure(Trouble::file_unwritable, "a", "b"))), Decision::later);
    EXPECT_EQ(judge(flush::Reply(flush::Failure(Trouble::cancelled, "a", "b"))), Decision::later);
}

}  // namespace
}  // namespace kaizen::exporting
