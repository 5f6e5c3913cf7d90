#include <chrono>

#include "ctl/ask.h"
#include "ctl/render.h"

namespace kaizen::ctl {
namespace {

// A long session is redacted anew for this.
Answered<std::string> ask_preview(Call& call, const std::string& session) {
    return ask(call, Target("/v1/preview").query("session", session), std::chrono::minutes(2));
}

// The bodies and nothing else: what a program, or a doubt, wants.
void print_bodies(Call& call, const proto::Preview& preview) {
    call.note(nothing_would_leave(preview));
    if (!preview.withheld.empty()) return;
    for (const proto::PreviewRequest& request : preview.requests) call.world.out << request.body << "\n";
}

}  // namespace

Answered<ExitCode> run_preview(Call& call) {
    const Options& options = call.options;
    const auto body = options.session.empty()
                          ? ask_preview(call, {})
                          : ask_about_session(options.session,
                                              [&](const std::string& id) { return ask_preview(call, id); });
    if (!body) return tl::unexpected(body.error());
    const auto preview = read<proto::Preview>(*body);
    if (!preview) return tl::unexpected(preview.error());
    if (options.json)
        print_json(call, *body);
    else if (options.raw)
        print_bodies(call, *preview);
    else
        call.world.out << render_preview(call.look, *preview, options.full);
    return ExitCode::ok;
}

}  // namespace kaizen::ctl
