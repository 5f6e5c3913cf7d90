#include <fmt/core.h>

#include <algorithm>

#include "ctl/ask.h"
#include "ctl/bug_report.h"
#include "ctl/doctor_checks.h"
#include "ctl/marked_file.h"
#include "ctl/render.h"
#include "ctl/severity.h"

namespace kaizen::ctl {
namespace {

DaemonAnswer ask_daemon(Call& call) {
    DaemonAnswer daemon;
    const auto body = ask(call, Target("/v1/doctor"), kNetworkPatience);
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

}  // namespace

Answered<ExitCode> run_doctor(Call& call) {
    const DaemonAnswer daemon = ask_daemon(call);
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
