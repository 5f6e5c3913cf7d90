// What must stand in no request, whatever the exporter: who and where we are, and the key outside its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "daemon/export/datadog.h"
#include "daemon/export/file.h"
#include "daemon/export/posthog.h"
#include "tests/export/golden.h"
#include "tests/export/sample_batches.h"

namespace kaizen::exporting {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<const Exporter*> exporters() {
    return {&posthog_exporter(), &datadog_exporter(), &file_exporter()};
}

// Also as the environment says it. Without words that say nothing here: short ones, and those of our own rows
// (a user may be called claude).
std::vector<std::string> names_of_this_machine() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::vector<std::string> names = {host.data(), "/home/", "/root", "/Users/"};
    if (const passwd* me = ::getpwuid(::geteuid())) names.insert(names.end(), {me->pw_dir, me->pw_name});
    for (const char* variable : {"HOSTNAME", "USER", "LOGNAME", "HOME"})
        if (const char* value = std::getenv(variable)) names.emplace_back(value);
    std::string ours = "kaizend datadog posthog";
    for (const auto& [agent, batches] : test::all_batches())
        for (const outbox::Batch& batch : batches)
            for (const outbox::Row& row : batch.rows) ours += row.json;
    std::erase_if(names, [&](const std::string& name) {
        return name.size() < 4 || ours.find(name) != std::string::npos;
    });
    return names;
}

std::string everything_but_secret_places(const flush::Request& request) {
    std::string text = request.method + request.path + test::plain_body(request);
    for (const auto& [name, value] : request.headers)
        if (name != "DD-API-KEY") text += name + value;
    return text;
}

TEST(Canary, no_request_names_this_machine_or_its_user) {
    ::setenv("HOSTNAME", "canary-host", 1);
    ::setenv("USER", "canary-user", 1);
    for (const Exporter* exporter : exporters())
        for (const auto& [name, batches] : test::all_batches())
            for (const outbox::Batch& batch : batches) {
                const Shipment shipment =
                    exporter->ship(batch, test::target_of(exporter->type), test::origin(), test::kExportNow);
                for (const flush::Request& request : shipment.requests)
                    for (const std::string& word : names_of_this_machine())
                        EXPECT_THAT(everything_but_secret_places(request), Not(HasSubstr(word)));
            }
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

TEST(Canary, the_key_stands_in_its_place_only) {
    for (const Exporter* exporter : exporters()) {
        const Shipment shipment = exporter->ship(test::claude_events(), test::target_of(exporter->type),
                                                 test::origin(), test::kExportNow);
        const std::string text = everything_but_secret_places(shipment.requests.at(0));
        const bool in_body = std::string_view(exporter->type) == "posthog";
        EXPECT_EQ(count(text, test::kCanaryKey), in_body ? 1U : 0U) << exporter->type;
    }
}

TEST(Canary, no_reason_and_no_error_repeats_a_row_or_the_key) {
    std::vector<std::string> rows = test::hostile_rows();
    rows.push_back(R"({"canary":")" + std::string(1'100'000, 'x') + "\"}");
    rows.push_back("canary");
    for (const Exporter* exporter : exporters()) {
        ExportTarget target = test::target_of(exporter->type);
        const Shipment shipment = exporter->ship(test::batch_of(proto::ingest::Kind::events, rows), target,
                                                 test::origin(), test::kExportNow);
        EXPECT_FALSE(shipment.unfit.empty());
        for (const Unfit& unfit : shipment.unfit) EXPECT_THAT(unfit.reason, Not(HasSubstr("canary")));
        target.host = target.site = target.path = "canary@ canary";
        const auto place = exporter->place(target);
        ASSERT_FALSE(place) << exporter->type;
        EXPECT_THAT(place.error().message + place.error().hint, Not(HasSubstr("canary")));
    }
}

}  // namespace
}  // namespace kaizen::exporting
