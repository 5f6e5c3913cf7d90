// What a list of sessions does not say by itself: that something is not in it.

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "proto/left_out.h"

namespace kaizen::ctl {
namespace {

std::string and_more(std::int64_t others) { return others == 0 ? "" : fmt::format(" and {} more", others); }

std::string left_out_hint(const proto::Status& status) {
    std::string first;
    std::int64_t others = 0;
    for (const proto::LeftOut& one : proto::left_out_of(status.sources)) {
        if (proto::left_out_kind(one.reason).severity == "ok") continue;
        if (first.empty())
            first = proto::left_out_text(one.reason, one.count);
        else
            others += one.count;
    }
    return first.empty() ? first : "not read: " + first + and_more(others) + " · kaizenctl doctor";
}

std::string unwatched_hint(const Look& look, const proto::Status& status) {
    const auto& unwatched = status.agents.unwatched;
    if (unwatched.empty()) return {};
    return "not watched: " + plain(unwatched.front().agent) + " in " +
           with_tilde(look, unwatched.front().root) +
           and_more(static_cast<std::int64_t>(unwatched.size()) - 1) + " · kaizenctl doctor";
}

std::string silent_agents_hint(const proto::Status& status) {
    std::string all;
    for (const std::string& agent : status.agents.running) {
        const bool was_seen =
            std::any_of(status.sources.begin(), status.sources.end(),
                        [&](const auto& source) { return source.agent == agent && source.sessions > 0; });
        if (!was_seen) all += (all.empty() ? "" : ", ") + plain(agent);
    }
    return all.empty() ? all : all + " runs, and no session of it was ever seen · kaizenctl status";
}

}  // namespace

std::string render_hints(const Look& look, const proto::Status& status) {
    std::string out;
    for (const std::string& hint :
         {left_out_hint(status), unwatched_hint(look, status), silent_agents_hint(status)}) {
        if (!hint.empty()) out += paragraph(look, 0, {hint, Style::dim});
    }
    return out;
}

}  // namespace kaizen::ctl
