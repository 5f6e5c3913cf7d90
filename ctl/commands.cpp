#include "ctl/commands.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <ostream>

#include "common/json.h"
#include "common/version.h"
#include "ctl/agents.h"
#include "ctl/ask.h"
#include "ctl/event_lines.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/severity.h"
#include "ctl/since.h"

namespace kaizen::ctl {
namespace {

constexpr int kListed = 20;

Answered<Target> sessions_target(const Call& call) {
    const Options& options = call.options;
    Target target("/v1/sessions");
    target.query("agent", options.agent).query("workspace", workspace_path(options));
    if (!options.since.empty()) {
        const auto since = parse_time(call.look, "--since", options.since);
        if (!since) return tl::unexpected(Failure(since.error()));
        target.query("since", std::max<UnixMs>(0, *since));
    }
    if (options.running) target.query("status", std::string_view("running"));
    if (!options.all && !options.json) target.query("fold", std::string_view("true"));
    target.query("limit", options.limit.value_or(kListed));
    return target;
}

struct Listed {
    std::vector<proto::Session> sessions;
    bool more = false;
};

// Pages until there are `limit` rows: sub-agents fill pages, but get no row beside their parent.
Answered<Listed> list_sessions(Call& call, const Target& first) {
    constexpr int kMostPages = 10;
    const auto enough = static_cast<std::size_t>(call.options.limit.value_or(kListed));
    Listed listed;
    std::string after;
    for (int page = 0; page < kMostPages; ++page) {
        const auto body = ask(call, Target(first).query("after", after));
        if (!body) return tl::unexpected(body.error());
        auto answer = read<proto::SessionPage>(*body);
        if (!answer) return tl::unexpected(answer.error());
        std::move(answer->sessions.begin(), answer->sessions.end(), std::back_inserter(listed.sessions));
        after = answer->next;
        listed.more = !after.empty();
        if (!listed.more || rows_of(listed.sessions) >= enough) break;
    }
    return listed;
}

Answered<proto::Status> ask_status(Call& call) {
    const auto body = ask(call, Target("/v1/status"));
    if (!body) return tl::unexpected(body.error());
    auto status = read<proto::Status>(*body);
    if (status) look_where_it_was_hidden(*status, call.paths.config_file);
    return status;
}

std::string no_sessions(const Call& call, const proto::Status& status) {
    const Options& options = call.options;
    const bool all =
        options.agent.empty() && options.workspace.empty() && options.since.empty() && !options.running;
    return all ? render_no_sessions(call.look, status) : "no session fits; kaizenctl sessions shows all\n";
}

// Events, old ones from a page and new ones from the stream, to the terminal one by one.
class EventPrinter {
  public:
    EventPrinter(Call& call, bool with_session) : call_(call), lines_(call.look, with_session) {}

    void print_last(const std::string& page, std::size_t at_most) {
        JsonDocument document;
        if (!document.parse(page)) return;
        const JsonValue* events = find_array(document.root(), "events");
        if (events == nullptr) return;
        const std::size_t skip = events->Size() > at_most ? events->Size() - at_most : 0;
        for (std::size_t i = skip; i < events->Size(); ++i) {
            JsonText text;  // as the server wrote it, keys that this version does not know included
            (*events)[static_cast<rapidjson::SizeType>(i)].Accept(text);
            print_line(text.str());
        }
    }

    void print_line(std::string_view json) {
        if (call_.options.json) {
            print_json(call_, json);
            return;
        }
        if (const auto event = proto::from_json<proto::Event>(json))
            call_.world.out << lines_.text(*event) << std::flush;
    }

  private:
    Call& call_;
    EventLines lines_;
};

Answered<std::string> ask_session(Call& call) {
    return ask_about_session(call.options.session, [&call](const std::string& id) {
        return ask(call, Target("/v1/sessions").segment(id));
    });
}

Answered<std::string> resolved_session(Call& call) {
    if (call.options.session.empty()) return std::string();
    const auto body = ask_session(call);
    if (!body) return tl::unexpected(body.error());
    const auto detail = read<proto::SessionDetail>(*body);
    if (!detail) return tl::unexpected(detail.error());
    if (!call.options.json) call.note(plain(detail->session.title));
    return detail->session.id;
}

}  // namespace

void Call::note(const std::string& text) const {
    if (!options.quiet && !text.empty()) world.err << text << std::endl;
}

Answered<ExitCode> run_status(Call& call) {
    const auto body = ask(call, Target("/v1/status"));
    if (!body) return tl::unexpected(body.error());
    auto status = read<proto::Status>(*body);
    if (!status) return tl::unexpected(status.error());
    look_where_it_was_hidden(*status, call.paths.config_file);
    if (call.options.json)
        print_json(call, *body);
    else
        call.world.out << render_status(call.look, *status);
    const bool degraded =
        std::any_of(status->health.begin(), status->health.end(),
                    [](const proto::HealthItem& item) { return is_trouble(item.severity); });
    return call.options.check && degraded ? ExitCode::degraded : ExitCode::ok;
}

Answered<ExitCode> run_sessions(Call& call) {
    const auto target = sessions_target(call);
    if (!target) return tl::unexpected(target.error());
    if (call.options.json) {
        const auto body = ask(call, *target);
        if (!body) return tl::unexpected(body.error());
        print_json(call, *body);
        return ExitCode::ok;
    }
    const auto listed = list_sessions(call, *target);
    if (!listed) return tl::unexpected(listed.error());
    const auto status = ask_status(call);
    if (!status) return tl::unexpected(status.error());
    call.world.out << (listed->sessions.empty() ? no_sessions(call, *status)
                                                : render_sessions(call.look, listed->sessions, listed->more));
    call.world.out << render_hints(call.look, *status);
    return ExitCode::ok;
}

Answered<ExitCode> run_show(Call& call) {
    const auto body = ask_session(call);
    if (!body) return tl::unexpected(body.error());
    const auto detail = print<proto::SessionDetail>(call, *body, render_session);
    if (!detail) return tl::unexpected(detail.error());
    return ExitCode::ok;
}

Answered<ExitCode> run_tail(Call& call) {
    const auto session = resolved_session(call);
    if (!session) return tl::unexpected(session.error());
    const auto target = [&] {
        return Target("/v1/events").query("session", *session).query("agent", call.options.agent);
    };
    const auto page = ask(call, target().query("last", std::max(1, call.options.last)));
    if (!page) return tl::unexpected(page.error());
    const auto events = read<proto::EventPage>(*page);
    if (!events) return tl::unexpected(events.error());
    if (events->cut) call.note("older events are left out: their texts would make more than 4 MiB");
    EventPrinter printer(call, session->empty());
    printer.print_last(*page, static_cast<std::size_t>(call.options.last));
    if (call.options.no_follow) return ExitCode::ok;
    if (events->events.empty()) call.note("no events yet; waiting for the first");
    const auto stream = target().query("follow", std::string_view("true")).query("after", events->next);
    const auto end =
        call.client.follow(stream.text(), [&](std::string_view line) { printer.print_line(line); });
    if (!end && end.error().exit != ExitCode::unreachable) return tl::unexpected(end.error());
    return tl::unexpected(
        Failure(Error(ErrorCode::unreachable, "kaizend has stopped", "start it again to go on")));
}

Answered<ExitCode> run_flush(Call& call) {
    const Options& options = call.options;
    const std::chrono::seconds timeout(options.timeout_s);
    const std::string question = fmt::format(R"({{"now":{},"wait":{},"timeout_ms":{}}})", options.now,
                                             !options.no_wait, options.timeout_s * 1000);
    const auto body = tell(call, Target("/v1/flush"), question, timeout + std::chrono::seconds(10));
    if (!body) return tl::unexpected(body.error());
    const auto flush = print<proto::Flush>(call, *body, render_flush);
    if (!flush) return tl::unexpected(flush.error());
    if (flush->outcome == "timeout") return ExitCode::timed_out;
    const bool asked_for_less = flush->outcome == "started" || flush->outcome == "disabled";
    return flush->outcome == "drained" || asked_for_less ? ExitCode::ok : ExitCode::failed;
}

Answered<ExitCode> run_reload(Call& call) {
    const auto body = tell(call, Target("/v1/reload"), "{}");
    if (!body) return tl::unexpected(body.error());
    const auto reload = print<proto::Reload>(call, *body, render_reload);
    if (!reload) return tl::unexpected(reload.error());
    return ExitCode::ok;
}

Answered<ExitCode> run_stop(Call& call) {
    const auto body = tell(call, Target("/v1/shutdown"), "{}");
    if (!body) return tl::unexpected(body.error());
    if (call.options.json)
        print_json(call, *body);
    else
        call.note("kaizend is stopping");
    return ExitCode::ok;
}

Answered<ExitCode> run_paths(Call& call) {
    const Paths& paths = call.paths;
    if (call.options.json) {
        JsonText text;
        text.StartObject();
        for (const auto& [key, path] :
             {std::pair("config_file", &paths.config_file), std::pair("data_dir", &paths.data_dir),
              std::pair("database", &paths.database), std::pair("lock", &paths.lock),
              std::pair("socket", &paths.socket)}) {
            text.key(key);
            text.string(*path);
        }
        text.EndObject();
        call.world.out << text.str() << "\n";
    } else {
        call.world.out << render_paths(call.look, paths);
    }
    call.note(paths.socket_note);
    return ExitCode::ok;
}

Answered<ExitCode> run_version(Call& call) {
    const auto answer = call.client.get("/v1/status");
    const std::string daemon = answer ? plain(answer->version) : std::string();
    if (call.options.json) {
        JsonText text;
        text.StartObject();
        text.key("kaizenctl");
        text.string(kVersion);
        text.key("kaizend");
        if (daemon.empty())
            text.Null();
        else
            text.string(daemon);
        text.EndObject();
        call.world.out << text.str() << "\n";
    } else {
        call.world.out << "kaizenctl " << kVersion << "\nkaizend   "
                       << (daemon.empty() ? "not running" : daemon) << "\n";
    }
    if (!daemon.empty() && daemon != kVersion)
        call.note("they differ: restart kaizend after an update (kaizenctl service restart)");
    return answer && answer->api != kControlApi ? ExitCode::version_skew : ExitCode::ok;
}

}  // namespace kaizen::ctl
