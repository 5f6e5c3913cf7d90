#include "daemon/export/exporters.h"

#include <gtest/gtest.h>

#include "tests/export/hand_made.h"

namespace kaizen::exporting {
namespace {

TEST(Exporters, those_that_date_old_rows_by_their_arrival) {
    EXPECT_EQ(lateness_of({}).after, 0);
    const ExportTarget otlp = test::target_of("otlp");
    ExportTarget datadog = test::target_of("datadog");
    EXPECT_EQ(lateness_of({otlp, test::target_of("posthog"), test::target_of("file")}).after, 0);
    ExportTarget other = datadog;
    other.name = "eu";
    const Lateness late = lateness_of({otlp, datadog, other});
    EXPECT_EQ(late.after, 18 * 3'600'000);
    EXPECT_EQ(late.exporters, "datadog, eu");
    datadog.type = "none of ours";
    EXPECT_EQ(lateness_of({datadog}).exporters, "");
}

}  // namespace
}  // namespace kaizen::exporting
