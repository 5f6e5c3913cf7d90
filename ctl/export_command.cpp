#include <algorithm>

#include "common/json.h"
#include "ctl/ask.h"
#include "ctl/render.h"

namespace kaizen::ctl {
namespace {

std::string question_of(const Options& options) {
    JsonText out;
    out.StartObject();
    if (!options.exporter.empty()) out.key("name"), out.string(options.exporter);
    out.EndObject();
    return out.str();
}

}  // namespace

// Its one word is "test": the table of commands lets no other through.
Answered<ExitCode> run_export(Call& call) {
    const auto body = tell(call, Target("/v1/export/test"), question_of(call.options), kNetworkPatience);
    if (!body) return tl::unexpected(body.error());
    const auto tests = print<proto::ExportTest>(call, *body, render_export_test);
    if (!tests) return tl::unexpected(tests.error());
    const bool all_work = std::all_of(tests->exporters.begin(), tests->exporters.end(),
                                      [](const proto::ExporterTest& exporter) { return exporter.test.ok; });
    return all_work ? ExitCode::ok : ExitCode::failed;
}

}  // namespace kaizen::ctl
