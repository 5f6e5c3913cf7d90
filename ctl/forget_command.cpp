#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "common/json.h"
#include "ctl/ask.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/since.h"

namespace kaizen::ctl {
namespace {

constexpr std::chrono::minutes kPatience{30};  // millions of rows take a while

Answered<std::string> request(const Call& call, bool dry_run) {
    const Options& options = call.options;
    JsonText body;
    body.StartObject();
    if (!options.session.empty()) body.key("session"), body.string(options.session);
    if (!options.before.empty()) {
        const auto before = parse_time(call.look, "--before", options.before);
        if (!before) return tl::unexpected(Failure(before.error()));
        body.key("before_ms"), body.Int64(std::max<UnixMs>(0, *before));
    }
    if (!options.workspace.empty()) body.key("workspace"), body.string(workspace_path(options));
    body.key("usage"), body.Bool(options.usage);
    body.key("dry_run"), body.Bool(dry_run);
    body.EndObject();
    return body.str();
}

}  // namespace

// What is gone does not come back, so it is said first, and done with --yes only.
Answered<ExitCode> run_forget(Call& call) {
    const Options& options = call.options;
    const bool by_rule = !options.before.empty() || !options.workspace.empty();
    if (options.session.empty() != by_rule)
        return tl::unexpected(wrong_words("forget takes a SESSION, or --before or --workspace or both",
                                          "kaizenctl forget --before 90d says what that would be"));
    const auto question = request(call, !options.yes);
    if (!question) return tl::unexpected(question.error());
    const auto body = tell(call, Target("/v1/forget"), *question, kPatience);
    if (!body) return tl::unexpected(body.error());
    const auto render = [&](const Look& look, const proto::Forgotten& forgotten) {
        return render_forgotten(look, forgotten, options.yes);
    };
    const auto forgotten = print<proto::Forgotten>(call, *body, render);
    if (!forgotten) return tl::unexpected(forgotten.error());
    return ExitCode::ok;
}

Answered<ExitCode> run_pin(Call& call) {
    const std::string question = call.options.off ? R"({"pinned":false})" : R"({"pinned":true})";
    const auto body =
        tell(call, Target("/v1/sessions").segment(call.options.session).segment("pin"), question);
    if (!body) return tl::unexpected(body.error());
    const auto pinned = print<proto::Pinned>(call, *body, render_pinned);
    if (!pinned) return tl::unexpected(pinned.error());
    return ExitCode::ok;
}

}  // namespace kaizen::ctl
