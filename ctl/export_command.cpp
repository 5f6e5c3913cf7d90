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

Answered<ExitCode> test(Call& call) {
    const auto body = tell(call, Target("/v1/export/test"), question_of(call.options), kNetworkPatience);
    if (!body) return tl::unexpected(body.error());
    const auto tests = print<proto::ExportTest>(call, *body, render_export_test);
    if (!tests) return tl::unexpected(tests.error());
    const bool all_work = std::all_of(tests->exporters.begin(), tests->exporters.end(),
                                      [](const proto::ExporterTest& exporter) { return exporter.test.ok; });
    return all_work ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

Answered<ExitCode> run_export(Call& call) {
    const std::string& action = call.options.action;
    if (action == "test") return test(call);
    if (action.empty())
        return tl::unexpected(wrong_words("export needs a word: test", "kaizenctl export test [NAME]"));
    return tl::unexpected(unknown_word(action, "export", {"test"}));
}

}  // namespace kaizen::ctl
