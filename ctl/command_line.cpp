#include "ctl/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <string_view>

#include "common/config.h"
#include "common/text.h"
#include "common/version.h"
#include "ctl/plain_text.h"
#include "proto/control.h"

namespace kaizen::ctl {
namespace {

struct CommandRow {
    const char* name;
    const char* words;  // what may follow, for the overview
    const char* help;
    Command run;
    void (*set_up)(CLI::App&, Options&);
    const char* actions = "";  // first words that it knows, separated by spaces; empty: any names something
};

void no_options(CLI::App&, Options&) {}

void status_options(CLI::App& app, Options& options) {
    app.add_flag("--check", options.check, "Exit with 7 when a warning or an error stands");
}

void doctor_options(CLI::App& app, Options& options) {
    app.add_flag("--full", options.full, "Check the whole database, which takes seconds for each gigabyte");
    app.add_option("--bugreport", options.bug_report,
                   "Write a report to show to others: no content, no secrets, no names")
        ->type_name("FILE");
}

void sessions_options(CLI::App& app, Options& options) {
    app.add_option("--agent", options.agent, "Only this agent: claude, codex or cursor")->type_name("AGENT");
    app.add_option("--workspace", options.workspace,
                   "Only sessions that worked in this directory, or below it")
        ->type_name("DIR");
    app.add_option("--since", options.since, "Only since then: 30m, 12h, 7d, 2w or 2026-11-01")
        ->type_name("TIME");
    app.add_flag("--running", options.running, "Only those that run now");
    app.add_flag("--all", options.all, "Runs for one prompt (claude -p, codex exec, an SDK) one by one");
    app.add_option("--limit", options.limit, "How many (20)")->check(CLI::Range(1, 1000))->type_name("N");
}

void show_options(CLI::App& app, Options& options) {
    app.add_option("SESSION", options.session, "Its id, or the beginning of it")->required()->type_name("");
}

void tail_options(CLI::App& app, Options& options) {
    app.add_option("SESSION", options.session, "Only this one: its id, or the beginning of it")
        ->type_name("");
    app.add_option("--agent", options.agent, "Only this agent")->type_name("AGENT");
    app.add_option("-n", options.last, "Begin with the last N events (10)")
        ->check(CLI::Range(0, 1000))
        ->type_name("N");
    app.add_flag("--no-follow", options.no_follow, "Print those and end");
}

void usage_options(CLI::App& app, Options& options) {
    app.add_option("reprice", options.action, "Price all responses anew, by the prices in force")
        ->type_name("");
    app.add_option("--by", options.by, "What a row is the sum of (day)")
        ->check(CLI::IsMember({"day", "week", "month", "model", "agent", "workspace", "session"}))
        ->type_name("WHAT");
    app.add_option("--since", options.since,
                   "From then on: 12h, or 2026-11-01, or 30d for the last 30 days, today included")
        ->type_name("TIME");
    app.add_option("--until", options.until, "Up to then: 2026-11-01 ends where that day begins")
        ->type_name("TIME");
    app.add_option("--agent", options.agent, "Only this agent: claude, codex or cursor")->type_name("AGENT");
    app.add_option("--workspace", options.workspace, "Only what was done in this directory, or below it")
        ->type_name("DIR");
    app.add_option("--limit", options.limit, "How many rows (20; all of days, weeks and months)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
}

void prices_options(CLI::App& app, Options& options) {
    app.add_option("MODEL", options.model, "Only entries with this in their name, or what prices this model")
        ->type_name("");
    app.add_option("FILE", options.file,
                   "With import: LiteLLM's model_prices_and_context_window.json, or models.dev's api.json")
        ->type_name("");
    app.add_flag("--all", options.all, "Also those that no response here used; of an import, all changes");
    app.add_flag("--yes", options.yes, "With import: do it; without, it is only said what would change");
    app.add_flag("--remove", options.remove, "With import: take away what was imported");
}

void preview_options(CLI::App& app, Options& options) {
    app.add_option("SESSION", options.session, "Its id, or its beginning (the one active last)")
        ->type_name("");
    auto* full = app.add_flag("--full", options.full, "All rows, with every field");
    app.add_flag("--raw", options.raw, "The exact bodies and nothing else, one a line")->excludes(full);
}

void outbox_options(CLI::App& app, Options& options) {
    app.add_option("WHAT", options.action, "dead; or of one row: show ID, retry ID, drop ID")->type_name("");
    app.add_option("ID", options.row, "The row's number, as the lists show it")->type_name("");
    app.add_flag("--all", options.all, "With retry: every dead row");
    app.add_option("--limit", options.limit, "How many (20)")->check(CLI::Range(1, 1000))->type_name("N");
}

void sync_options(CLI::App& app, Options& options) {
    app.add_option("WHAT", options.action, "pause, resume, test, or backfill what is stored")->type_name("");
    app.add_option("--since", options.since, "With backfill: 30m, 12h, 7d, 2w or 2026-11-01")
        ->type_name("TIME");
    app.add_flag("--dry-run", options.dry_run,
                 "With backfill: say what would be enqueued, and what would be late");
}

void export_options(CLI::App& app, Options& options) {
    app.add_option("WHAT", options.action, "test: send one harmless event to each, and say what came of it")
        ->type_name("");
    app.add_option("NAME", options.exporter, "Only this one")->type_name("");
}

void service_options(CLI::App& app, Options& options) {
    app.add_option("WHAT", options.action, "install, uninstall, start, stop, restart, status or logs")
        ->type_name("");
    app.add_flag("--dry-run", options.dry_run, "With uninstall: say what would be removed");
    app.add_flag("-f,--follow", options.follow, "With logs: go on as lines come");
}

void flush_options(CLI::App& app, Options& options) {
    app.add_flag("--now", options.now, "Also what waits for its next attempt after a failure");
    app.add_flag("--no-wait", options.no_wait, "Ask for it and return");
    app.add_option("--timeout", options.timeout_s, "Wait that long (60)")
        ->check(CLI::Range(1, 3600))
        ->type_name("SECONDS");
}

void forget_options(CLI::App& app, Options& options) {
    app.add_option("SESSION", options.session, "This one: its id, or the beginning of it")->type_name("");
    app.add_option("--before", options.before, "Those last active before then: 90d, 26w or 2026-01-01")
        ->type_name("TIME");
    app.add_option("--workspace", options.workspace, "Those that worked in this directory, or below it")
        ->type_name("DIR");
    app.add_flag("--usage", options.usage, "Their tokens and cost, too: sums get smaller");
    app.add_flag("--yes", options.yes, "Do it; without, it is only said what it would come to");
}

void pin_options(CLI::App& app, Options& options) {
    app.add_option("SESSION", options.session, "Its id, or the beginning of it")->required()->type_name("");
    app.add_flag("--off", options.off, "Let go of it");
}

void completion_options(CLI::App& app, Options& options) {
    app.add_option("SHELL", options.action, "bash, zsh or fish")->type_name("");
}

constexpr CommandRow kCommands[] = {
    {"status", "", "The daemon, what it watches, and its health", run_status, status_options},
    {"doctor", "", "Check this installation, and say how to mend it", run_doctor, doctor_options},
    {"sessions", "", "Sessions of all agents, newest first", run_sessions, sessions_options},
    {"show", "SESSION", "One session: facts, tools, files, sub-agents, last events", run_show, show_options},
    {"tail", "[SESSION]", "Events as they happen", run_tail, tail_options},
    {"usage", "[reprice]", "Tokens and cost by day, model, agent, workspace or session", run_usage,
     usage_options, "reprice"},
    {"prices", "[MODEL]", "What models cost, whose prices these are, and what used them; import FILE",
     run_prices, prices_options, "import"},
    {"preview", "[SESSION]", "What would leave the machine, to the byte", run_preview, preview_options},
    {"outbox", "[WHAT]", "What waits for the team's server: dead, show, retry, drop", run_outbox,
     outbox_options, "dead show retry drop"},
    {"flush", "", "Send what waits now", run_flush, flush_options},
    {"sync", "WHAT", "pause, resume, test or backfill --since 7d", run_sync, sync_options,
     "pause resume test backfill"},
    {"export", "test [NAME]", "Does each exporter take what it is sent?", run_export, export_options, "test"},
    {"service", "WHAT", "kaizend at every log-in: install, uninstall, start, stop, status, logs", run_service,
     service_options, "install uninstall start stop restart status logs"},
    {"forget", "[SESSION]", "Forget history for good: a session, or what is old, or a directory's",
     run_forget, forget_options},
    {"pin", "SESSION", "Keep a session when old ones are forgotten", run_pin, pin_options},
    {"reload", "", "Make kaizend read its configuration again", run_reload, no_options},
    {"stop", "", "Stop kaizend", run_stop, no_options},
    {"paths", "", "Where configuration, database and socket are", run_paths, no_options},
    {"version", "", "Versions of kaizenctl and of the running kaizend", run_version, no_options},
    {"completion", "SHELL", "A script that completes these words: bash, zsh, fish", run_completion,
     completion_options, "bash zsh fish"},
};

struct Group {
    const char* title;
    std::size_t first;
    std::size_t end;
};
constexpr Group kGroups[] = {
    {"Look", 0, 7}, {"Send", 7, 12}, {"Steer", 12, 17}, {"About", 17, std::size(kCommands)}};

bool wants_colour(const World& world, const std::string& choice, bool is_terminal) {
    if (choice != "auto") return choice == "always";
    const auto value = [&](const char* name) {
        return std::string_view(world.env(name) != nullptr ? world.env(name) : "");
    };
    return is_terminal && value("NO_COLOR").empty() && value("TERM") != "dumb";
}

Look make_look(const World& world, const Options& options) {
    Look look;
    look.width = std::clamp(world.width, 40, 400);
    look.colour = !options.json && wants_colour(world, options.color, world.out_is_terminal);
    look.utc = options.utc;
    look.now = world.now;
    look.home = home_directory(world.env);
    return look;
}

std::string overview(const Look& look) {
    constexpr int kName = 19;
    std::string out = paint(look, Style::bold, "kaizenctl") +
                      paint(look, Style::dim, fmt::format(" {}", kVersion)) +
                      "  what your coding agents are doing\n";
    for (const Group& group : kGroups) {
        out += "\n" + paint(look, Style::dim, group.title) + "\n";
        for (std::size_t i = group.first; i < group.end; ++i) {
            const CommandRow& command = kCommands[i];
            const std::string words = *command.words == '\0' ? "" : fmt::format(" {}", command.words);
            const int room = kName - columns_of(command.name);
            out += "  " + paint(look, Style::bold, command.name) + left(look, {words, Style::dim}, room) +
                   command.help + "\n";
        }
    }
    return out + "\n" +
           paint(look, Style::dim, "kaizenctl COMMAND --help says more; --json is for programs") + "\n";
}

proto::ErrorBody to_body(const Failure& failure) {
    proto::ErrorBody body;
    switch (failure.exit) {
        case ExitCode::usage:
            body.code = "bad_request";
            break;
        case ExitCode::unreachable:
            body.code = "unreachable";
            break;
        case ExitCode::not_found:
            body.code = "not_found";
            break;
        case ExitCode::conflict:
            body.code = "conflict";
            break;
        case ExitCode::denied:
            body.code = "forbidden";
            break;
        case ExitCode::version_skew:
            body.code = "version_skew";
            break;
        case ExitCode::timed_out:
            body.code = "timeout";
            break;
        case ExitCode::ok:
        case ExitCode::failed:
        case ExitCode::degraded:
        case ExitCode::interrupted:
            body.code = "failed";
            break;
    }
    body.message = failure.error.message;
    body.hint = failure.error.hint;
    body.retryable = failure.exit == ExitCode::unreachable || failure.exit == ExitCode::timed_out;
    return body;
}

ExitCode report(const Failure& failure, const World& world, const Options& options) {
    if (options.json) {
        const std::string json = failure.json.empty() ? proto::error_to_json(to_body(failure)) : failure.json;
        world.err << visible_json(json) << "\n";
        return failure.exit;
    }
    Look look;
    look.colour = wants_colour(world, options.color, world.err_is_terminal);
    world.err << paint(look, Style::red, "kaizenctl:") << " " << plain(failure.error.message) << "\n";
    if (failure.error.hint.empty()) return failure.exit;
    for (const std::string_view line : split(failure.error.hint, '\n'))
        world.err << "  " << plain(line) << "\n";
    return failure.exit;
}

// A word that nothing takes: a mistyped command or option, or one too many.
Failure unexpected_word(const CLI::App& app, const CLI::App* command, const std::string& word) {
    std::vector<std::string> names;
    const auto add_options = [&](const CLI::App& of) {
        for (const CLI::Option* option : of.get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    };
    if (word.starts_with('-')) {
        add_options(app);
        if (command != nullptr) add_options(*command);
    } else if (command == nullptr) {
        for (const CommandRow& row : kCommands) names.emplace_back(row.name);
    }
    const std::string_view near = nearest(word, std::vector<std::string_view>(names.begin(), names.end()));
    const std::string help = command == nullptr
                                 ? "kaizenctl shows all commands"
                                 : fmt::format("kaizenctl {} --help says what it takes", command->get_name());
    const char* what = word.starts_with('-') ? "option" : command == nullptr ? "command" : "word";
    return wrong_words(fmt::format("unknown {} \"{}\"", what, plain(word)),
                       near.empty() ? help : fmt::format("did you mean \"{}\"?", near));
}

void set_up(CLI::App& app, Options& options) {
    app.name("kaizenctl");
    app.add_option("--socket", options.socket, "Socket of the daemon, instead of the usual one")
        ->type_name("PATH");
    app.add_flag("--json", options.json, "Print the daemon's JSON");
    app.add_option("--color", options.color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN");
    app.add_flag("--utc", options.utc, "Times in UTC instead of local time");
    app.add_flag("-q,--quiet", options.quiet, "No notes and warnings");
    app.set_version_flag("--version", fmt::format("kaizenctl {}", kVersion));
    app.allow_extras();  // unexpected_word() says more than CLI11 would
    app.require_subcommand(0, 1);
    for (const CommandRow& row : kCommands) {
        CLI::App* command = app.add_subcommand(row.name, row.help);
        command->fallthrough();
        row.set_up(*command, options);
    }
}

std::vector<std::string_view> actions_of(const CommandRow& row) {
    return *row.actions == '\0' ? std::vector<std::string_view>() : split(row.actions, ' ');
}

// A first word that the command does not know, or none where it needs one.
std::optional<Failure> wrong_action(const CommandRow& row, const std::string& action) {
    const auto actions = actions_of(row);
    if (actions.empty() || std::find(actions.begin(), actions.end(), action) != actions.end())
        return std::nullopt;
    if (!action.empty()) return unknown_word(action, row.name, actions);
    if (*row.words == '[') return std::nullopt;
    std::string choice(actions.front());
    for (std::size_t i = 1; i < actions.size(); ++i)
        choice += (i + 1 < actions.size() ? ", " : " or ") + std::string(actions[i]);
    return wrong_words(fmt::format("{} needs a word: {}", row.name, choice),
                       fmt::format("kaizenctl {} --help says what {}", row.name,
                                   actions.size() == 1 ? "it takes" : "they do"));
}

// Choices stand in what CLI11 says of the value: "WHEN:{auto,always,never}".
OptionWords words_of(const CLI::Option& option) {
    OptionWords out;
    for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
    if (out.names.empty()) out.names.push_back(option.get_name(true));
    out.help = option.get_description();
    if (option.get_items_expected_max() == 0) return out;
    const std::string type = option.get_type_name();
    const std::size_t colon = type.find(':');
    out.value = type.substr(0, colon);
    if (colon != std::string::npos && type[colon + 1] == '{') {
        for (const auto choice :
             split(std::string_view(type).substr(colon + 2, type.size() - colon - 3), ','))
            out.choices.emplace_back(choice);
    } else if (out.value == "AGENT") {
        for (const auto agent : known_agents()) out.choices.emplace_back(agent);
    }
    return out;
}

std::vector<OptionWords> words_of(const CLI::App& app) {
    std::vector<OptionWords> out;
    for (const CLI::Option* option : app.get_options()) {
        if (option != app.get_help_ptr() || app.get_parent() == nullptr) out.push_back(words_of(*option));
    }
    return out;
}

Result<Paths> place(const World& world, const Options& options) {
    auto paths = resolve_paths(world.env);
    if (!paths || options.socket.empty()) return paths;
    if (auto fits = check_socket_path(options.socket); !fits) return tl::unexpected(fits.error());
    paths->socket = options.socket;
    paths->socket_note.clear();
    return paths;
}

ExitCode run(const CommandRow& row, const World& world, const Options& options) {
    const auto paths = place(world, options);
    if (!paths) return report(paths.error(), world, options);
    Call call{world, options, make_look(world, options), *paths, Client(paths->socket)};
    const auto end = row.run(call);
    if (!end) {
        const ExitCode code = report(end.error(), world, options);
        if (code == ExitCode::unreachable && !options.json) call.note(paths->socket_note);
        return code;
    }
    if (world.out.flush()) return *end;
    return report(Error(ErrorCode::internal, "cannot write the output"), world, options);
}

}  // namespace

WordTree word_tree() {
    CLI::App app;
    Options options;
    set_up(app, options);
    WordTree tree;
    tree.options = words_of(app);
    for (const CommandRow& row : kCommands) {
        CommandWords command{row.name, row.words, {}, row.help, words_of(*app.get_subcommand(row.name))};
        for (const auto action : actions_of(row)) command.actions.emplace_back(action);
        tree.commands.push_back(std::move(command));
    }
    return tree;
}

ExitCode run_command_line(int argc, const char* const* argv, const World& world) {
    CLI::App app("What your coding agents are doing: asks kaizend.");
    Options options;
    set_up(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {  // --help, --version
            app.exit(error, world.out, world.err);
            return ExitCode::ok;
        }
        return report(wrong_words(error.what(), "kaizenctl COMMAND --help says what it takes"), world,
                      options);
    }
    const auto chosen = app.get_subcommands();
    const CLI::App* command = chosen.empty() ? nullptr : chosen.front();
    const auto extra = app.remaining(true);
    if (!extra.empty()) return report(unexpected_word(app, command, extra.front()), world, options);
    if (command == nullptr) {
        world.out << overview(make_look(world, options));
        return ExitCode::ok;
    }
    const auto* row = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const CommandRow& each) { return command->get_name() == each.name; });
    if (const auto wrong = wrong_action(*row, options.action)) return report(*wrong, world, options);
    return run(*row, world, options);
}

}  // namespace kaizen::ctl
