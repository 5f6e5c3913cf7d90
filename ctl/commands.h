#pragma once

// What each command does, once its words are understood (command_line.h): ask the daemon, print the answer.
// Data goes to World::out, everything else to World::err.

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "common/paths.h"
#include "ctl/client.h"
#include "ctl/failure.h"
#include "ctl/look.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {

// What a command touches of the world around it; main fills it in, tests their own.
struct World {
    std::ostream& out;
    std::ostream& err;
    Env env;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    int width = 80;
    UnixMs now = 0;
    std::string program;  // where this kaizenctl stands; empty: unknown
    ServiceKind services = kNativeServices;
};

// The words of the command line. Each command reads those that it set up.
struct Options {
    std::string socket;
    std::string color = "auto";
    bool json = false;
    bool utc = false;
    bool quiet = false;

    std::string session;
    std::string agent;
    std::string workspace;
    std::string since;
    bool running = false;
    std::optional<int> limit;

    std::string action;
    std::string exporter;
    std::string by;
    std::string until;

    std::string model;
    std::string file;
    bool remove = false;

    std::string row;
    bool all = false;

    bool full = false;
    bool raw = false;

    int last = 10;
    bool no_follow = false;

    bool check = false;

    std::string bug_report;

    std::string before;
    bool usage = false;
    bool yes = false;
    bool off = false;

    bool dry_run = false;
    bool follow = false;

    bool now = false;
    bool no_wait = false;
    int timeout_s = 60;
};

struct Call {
    const World& world;
    const Options& options;
    Look look;
    Paths paths;
    Client client;
    std::string daemon_version = {};  // of the last answer
    bool warned_of_version = false;

    void note(const std::string& text) const;  // for people, on stderr; not with --quiet
};

using Command = Answered<ExitCode> (*)(Call&);

Answered<ExitCode> run_status(Call& call);
Answered<ExitCode> run_doctor(Call& call);
Answered<ExitCode> run_sessions(Call& call);
Answered<ExitCode> run_show(Call& call);
Answered<ExitCode> run_tail(Call& call);
Answered<ExitCode> run_usage(Call& call);
Answered<ExitCode> run_prices(Call& call);
Answered<ExitCode> run_prices_import(Call& call);
Answered<ExitCode> run_preview(Call& call);
Answered<ExitCode> run_outbox(Call& call);
Answered<ExitCode> run_forget(Call& call);
Answered<ExitCode> run_pin(Call& call);
Answered<ExitCode> run_sync(Call& call);
Answered<ExitCode> run_export(Call& call);
Answered<ExitCode> run_flush(Call& call);
Answered<ExitCode> run_service(Call& call);
Answered<ExitCode> run_reload(Call& call);
Answered<ExitCode> run_stop(Call& call);
Answered<ExitCode> run_paths(Call& call);
Answered<ExitCode> run_version(Call& call);
Answered<ExitCode> run_completion(Call& call);

}  // namespace kaizen::ctl
