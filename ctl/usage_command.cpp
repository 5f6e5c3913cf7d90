#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "ctl/ask.h"
#include "ctl/render.h"
#include "ctl/since.h"
#include "ctl/time_zone.h"

namespace kaizen::ctl {
namespace {

struct Period {
    UnixMs since = 0;
    std::optional<UnixMs> until;
};

// Without --since one of a length that fits the rows, which ends now or where --until says.
Answered<Period> period(const Look& look, const Options& options, std::string_view by) {
    Period out;
    Look at_end = look;
    const Spans spans = by == "week"    ? Spans::whole_weeks
                        : by == "month" ? Spans::whole_months
                                        : Spans::whole_days;
    if (!options.until.empty()) {
        const auto until = parse_time(look, "--until", options.until, Spans::whole_days);
        if (!until) return tl::unexpected(Failure(until.error()));
        out.until = *until;
        at_end.now = *until - 1;
    }
    const char* usual = by == "week" ? "12w" : by == "month" ? "365d" : "30d";
    const auto since = options.since.empty() ? parse_time(at_end, "--since", usual, spans)
                                             : parse_time(look, "--since", options.since, spans);
    if (!since) return tl::unexpected(Failure(since.error()));
    out.since = std::max<UnixMs>(0, *since);
    if (out.until && *out.until <= out.since)
        return tl::unexpected(wrong_words("--until is not after --since", "give an earlier --since"));
    return out;
}

Answered<Target> usage_target(const Call& call, const UsageQuestion& question) {
    const Options& options = call.options;
    const std::string by = options.by.empty() ? "day" : options.by;
    const auto asked = period(call.look, options, by);
    if (!asked) return tl::unexpected(asked.error());
    const bool times = by == "day" || by == "week" || by == "month";
    Target target("/v1/usage");
    target.query("by", by).query("since", asked->since);
    if (asked->until) target.query("until", *asked->until);
    target.query("tz", question.zone)
        .query("agent", question.agent)
        .query("workspace", question.workspace)
        .query("limit", options.limit.value_or(times ? 1000 : 20));
    return target;
}

Answered<ExitCode> run_reprice(Call& call) {
    const Options& options = call.options;
    if (!options.by.empty() || !options.since.empty() || !options.until.empty() || !options.agent.empty() ||
        !options.workspace.empty() || options.limit) {
        return tl::unexpected(wrong_words("usage reprice takes no options: it prices all responses", ""));
    }
    const auto body = tell(call, Target("/v1/usage/reprice"), "{}", std::chrono::minutes(10));
    if (!body) return tl::unexpected(body.error());
    const auto reprice = print<proto::Reprice>(call, *body, render_reprice);
    if (!reprice) return tl::unexpected(reprice.error());
    return ExitCode::ok;
}

}  // namespace

Answered<ExitCode> run_usage(Call& call) {
    const Options& options = call.options;
    if (options.action == "reprice") return run_reprice(call);
    const UsageQuestion question{options.agent, workspace_path(options),
                                 options.utc ? "UTC" : time_zone_name(call.world.env)};
    const auto target = usage_target(call, question);
    if (!target) return tl::unexpected(target.error());
    const auto body = ask(call, *target);
    if (!body) return tl::unexpected(body.error());
    const auto usage = print<proto::Usage>(call, *body, [&](const Look& look, const proto::Usage& answer) {
        return render_usage(look, answer, question);
    });
    if (!usage) return tl::unexpected(usage.error());
    return ExitCode::ok;
}

}  // namespace kaizen::ctl
