#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "ctl/ask.h"
#include "ctl/render.h"
#include "ctl/since.h"

namespace kaizen::ctl {
namespace {

Answered<ExitCode> switch_sync(Call& call, const char* path) {
    const auto body = tell(call, Target(path), "{}");
    if (!body) return tl::unexpected(body.error());
    const auto sync = print<proto::SyncStatus>(call, *body, render_sync);
    if (!sync) return tl::unexpected(sync.error());
    return ExitCode::ok;
}

Answered<ExitCode> pause(Call& call) { return switch_sync(call, "/v1/sync/pause"); }

Answered<ExitCode> resume(Call& call) { return switch_sync(call, "/v1/sync/resume"); }

Answered<ExitCode> test(Call& call) {
    const auto body = tell(call, Target("/v1/sync/test"), "{}", kNetworkPatience);
    if (!body) return tl::unexpected(body.error());
    const auto test = print<proto::SyncTest>(call, *body, render_sync_test);
    if (!test) return tl::unexpected(test.error());
    return test->ok ? ExitCode::ok : ExitCode::failed;
}

Answered<ExitCode> backfill(Call& call) {
    if (call.options.since.empty())
        return tl::unexpected(
            wrong_words("sync backfill needs --since", "kaizenctl sync backfill --since 7d"));
    const auto since = parse_time(call.look, "--since", call.options.since);
    if (!since) return tl::unexpected(Failure(since.error()));
    const std::string question = fmt::format(R"({{"since_ms":{}{}}})", std::max<UnixMs>(0, *since),
                                             call.options.dry_run ? R"(,"dry_run":true)" : "");
    const auto body = tell(call, Target("/v1/sync/backfill"), question, std::chrono::minutes(10));
    if (!body) return tl::unexpected(body.error());
    const auto backfill = print<proto::Backfill>(call, *body, render_backfill);
    if (!backfill) return tl::unexpected(backfill.error());
    return ExitCode::ok;
}

struct Action {
    std::string_view name;
    Command run;
};

// Those of the table of commands, which lets no other word through.
constexpr Action kActions[] = {{"pause", pause}, {"resume", resume}, {"test", test}, {"backfill", backfill}};

}  // namespace

Answered<ExitCode> run_sync(Call& call) {
    const Options& options = call.options;
    const auto* action = std::find_if(std::begin(kActions), std::end(kActions),
                                      [&](const Action& each) { return each.name == options.action; });
    if (!options.since.empty() && action->run != backfill)
        return tl::unexpected(
            wrong_words("--since goes with sync backfill", "kaizenctl sync backfill --since 7d"));
    if (options.dry_run && action->run != backfill)
        return tl::unexpected(
            wrong_words("--dry-run goes with sync backfill", "kaizenctl sync backfill --since 7d --dry-run"));
    return action->run(call);
}

}  // namespace kaizen::ctl
