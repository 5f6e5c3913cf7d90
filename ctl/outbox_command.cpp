#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "ctl/ask.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"

namespace kaizen::ctl {
namespace {

constexpr int kListed = 20;

Failure no_such_row(const std::string& word) {
    return Failure(Error(ErrorCode::not_found, fmt::format("no row \"{}\" in the outbox", plain(word)),
                         "rows are named by the numbers that kaizenctl outbox and outbox dead show"));
}

// The row that the words name; the daemon reads nothing but digits.
Answered<Target> row_target(const Call& call) {
    const Options& options = call.options;
    if (options.row.empty())
        return tl::unexpected(wrong_words(fmt::format("outbox {} needs the row's ID", options.action),
                                          "kaizenctl outbox and kaizenctl outbox dead show them"));
    constexpr std::size_t kMostDigits = 18;  // whatever they are, they fit into 64 bits
    const bool number = options.row.find_first_not_of("0123456789") == std::string::npos;
    if (!number || options.row.size() > kMostDigits) return tl::unexpected(no_such_row(options.row));
    return Target("/v1/outbox").segment(options.row);
}

std::int64_t all_dead(const proto::Status& status) {
    std::int64_t dead = status.outbox.dead;
    for (const proto::ExporterStatus& exporter : status.exporters) dead += exporter.dead;
    return dead;
}

Answered<ExitCode> list(Call& call, std::string_view state) {
    const auto body =
        ask(call,
            Target("/v1/outbox").query("state", state).query("limit", call.options.limit.value_or(kListed)));
    if (!body) return tl::unexpected(body.error());
    if (call.options.json) {
        print_json(call, *body);
        return ExitCode::ok;
    }
    const auto page = read<proto::OutboxPage>(*body);
    if (!page) return tl::unexpected(page.error());
    const auto status_body = ask(call, Target("/v1/status"));
    if (!status_body) return tl::unexpected(status_body.error());
    const auto status = read<proto::Status>(*status_body);
    if (!status) return tl::unexpected(status.error());
    call.world.out << (state == "dead" ? render_dead(call.look, *page, all_dead(*status))
                                       : render_outbox(call.look, *page, *status, call.paths.config_file));
    return ExitCode::ok;
}

Answered<ExitCode> list_waiting(Call& call) { return list(call, "pending"); }

Answered<ExitCode> list_dead(Call& call) { return list(call, "dead"); }

Answered<ExitCode> show(Call& call) {
    const auto target = row_target(call);
    if (!target) return tl::unexpected(target.error());
    const auto body = ask(call, *target);
    if (!body) return tl::unexpected(body.error());
    const auto row = print<proto::OutboxRow>(call, *body, render_outbox_row);
    if (!row) return tl::unexpected(row.error());
    return ExitCode::ok;
}

Answered<ExitCode> print_change(Call& call, const Answered<std::string>& body) {
    if (!body) return tl::unexpected(body.error());
    const auto change = print<proto::OutboxChange>(call, *body, render_outbox_change);
    if (!change) return tl::unexpected(change.error());
    return ExitCode::ok;
}

Answered<ExitCode> retry(Call& call) {
    const Options& options = call.options;
    if (options.all == !options.row.empty()) {
        return tl::unexpected(wrong_words(options.all ? "outbox retry takes an ID or --all, not both"
                                                      : "outbox retry needs the row's ID, or --all",
                                          "kaizenctl outbox dead shows the rows; --all retries every one"));
    }
    if (options.all) return print_change(call, tell(call, Target("/v1/outbox/retry"), "{}"));
    auto target = row_target(call);
    if (!target) return tl::unexpected(target.error());
    return print_change(call, tell(call, target->segment("retry"), "{}"));
}

Answered<ExitCode> drop(Call& call) {
    const auto target = row_target(call);
    if (!target) return tl::unexpected(target.error());
    return print_change(call, erase(call, *target));
}

struct Action {
    std::string_view name;
    Command run;
    bool of_a_row;
};

// Those of the table of commands, which lets no other word through, and none.
constexpr Action kActions[] = {{"", list_waiting, false},
                               {"dead", list_dead, false},
                               {"show", show, true},
                               {"retry", retry, true},
                               {"drop", drop, true}};

}  // namespace

Answered<ExitCode> run_outbox(Call& call) {
    const Options& options = call.options;
    const auto* action = std::find_if(std::begin(kActions), std::end(kActions),
                                      [&](const Action& each) { return each.name == options.action; });
    if (!action->of_a_row && !options.row.empty())
        return tl::unexpected(unknown_word(options.row, "outbox", {}));
    if (options.all && options.action != "retry")
        return tl::unexpected(wrong_words("--all goes with outbox retry", "kaizenctl outbox retry --all"));
    return action->run(call);
}

}  // namespace kaizen::ctl
