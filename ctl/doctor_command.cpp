#include <fmt/core.h>

#include <algorithm>

#include "ctl/agents.h"
#include "ctl/ask.h"
#include "ctl/bug_report.h"
#include "ctl/doctor_checks.h"
#include "ctl/marked_file.h"
#include "ctl/render.h"
#include "ctl/severity.h"
#include "proto/unwatched.h"

namespace kaizen::ctl {
namespace {

DaemonAnswer ask_daemon(Call& call) {
    DaemonAnswer daemon;
    constexpr std::chrono::seconds kFullPatience{600};
    Target target("/v1/doctor");
    if (call.options.full) target.query("full", "true");
    const std::chrono::seconds patience = call.options.full ? kFullPatience : kNetworkPatience;
    const auto body = ask(call, target, patience);
    daemon.version = call.daemon_version;
    daemon.runs = body || body.error().exit != ExitCode::unreachable;
    if (!body) {
        daemon.problem = body.error().error.message;
        daemon.fix = body.error().error.hint;
        return daemon;
    }
    auto doctor = read<proto::Doctor>(*body);
    if (doctor)
        daemon.doctor = std::move(*doctor);
    else
        daemon.problem = doctor.error().error.message;
    return daemon;
}

Result<> write_bug_report(const Call& call, const DaemonAnswer& daemon, std::vector<proto::Check> checks) {
    BugFacts facts;
    facts.system = system_text();
    facts.daemon_version = daemon.version;
    if (auto config = load_config(call.paths.config_file, call.world.env)) facts.config = std::move(*config);
    if (const auto answer = call.client.get("/v1/status")) {
        if (auto status = proto::from_json<proto::Status>(answer->body)) facts.status = std::move(*status);
    }
    facts.checks = std::move(checks);
    facts.home = call.look.home;
    facts.names = names_to_hide(call.world.env);
    return create_file(call.options.bug_report, bug_report(facts));
}

bool is_about_agents(const proto::Check& check) {
    return check.code == "agents" || check.code.starts_with("unwatched:");
}

// Of places that the daemon cannot see, see agents.h.
void add_hidden_places(Call& call, proto::Doctor& doctor) {
    if (std::any_of(doctor.checks.begin(), doctor.checks.end(), is_about_agents)) return;
    const auto answer = call.client.get("/v1/status");
    if (!answer) return;  // it has just answered, so it is going
    auto status = proto::from_json<proto::Status>(answer->body);
    if (!status || !status->agents.hidden) return;  // one of an older version says nothing of it
    look_where_it_was_hidden(*status, call.paths.config_file);
    for (const UnwatchedRoot& root : status->agents.unwatched)
        doctor.checks.push_back(proto::unwatched_check(root, call.paths.config_file));
}

}  // namespace

Answered<ExitCode> run_doctor(Call& call) {
    DaemonAnswer daemon = ask_daemon(call);
    if (daemon.doctor) add_hidden_places(call, *daemon.doctor);
    proto::Doctor doctor;
    doctor.checks = local_checks(call, daemon);
    if (daemon.doctor)
        doctor.checks.insert(doctor.checks.end(), daemon.doctor->checks.begin(), daemon.doctor->checks.end());
    if (!call.options.bug_report.empty()) {
        if (auto written = write_bug_report(call, daemon, doctor.checks); !written)
            return tl::unexpected(Failure(written.error()));
        call.note("written: " + call.options.bug_report + "; read it before you show it to anybody");
        return ExitCode::ok;
    }
    if (call.options.json)
        print_json(call, proto::to_json(doctor));
    else
        call.world.out << render_doctor(call.look, doctor);
    const bool troubled = std::any_of(doctor.checks.begin(), doctor.checks.end(),
                                      [](const proto::Check& check) { return is_trouble(check.severity); });
    return troubled ? ExitCode::degraded : ExitCode::ok;
}

}  // namespace kaizen::ctl
