#include "ctl/event_lines.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/tool_input.h"

namespace kaizen::ctl {
namespace {

constexpr std::size_t kMostOpenCalls = 1000;

std::string words(const std::string& name) {
    std::string text = plain(name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

// Claude Code puts "Exit code 1" above the output of a command that failed: the line says it already.
std::string_view without_exit_code(std::string_view output) {
    if (!output.starts_with("Exit code ")) return output;
    const std::size_t end = output.find('\n');
    return end == std::string_view::npos ? std::string_view() : output.substr(end + 1);
}

// What a model response took: tokens as the record gives them, or the agent's own sum of money.
std::string cost(const proto::Event& event) {
    const proto::Tokens tokens = event.tokens.value_or(proto::Tokens());
    std::string text;
    for (const std::string& part :
         {token_text("in", tokens.input), token_text("out", tokens.output),
          token_text("cache read", tokens.cache_read), token_text("cache written", tokens.cache_write),
          event.cost_usd_e6 ? dollars_text(event.cost_usd_e6) : std::string()}) {
        if (!part.empty()) text += (text.empty() ? "" : " · ") + part;
    }
    return text;
}

std::string call_key(const proto::Event& event) { return event.session + "/" + event.call_id; }

}  // namespace

std::string EventLines::text(const proto::Event& event) {
    int used = 0;
    const std::string before = day_line(event);
    std::string head = front(event, used);
    if (event.copied) {
        constexpr std::string_view kCopy = "copy ";
        head += paint(look_, Style::dim, std::string(kCopy));
        used += static_cast<int>(kCopy.size());
    }
    return before + head + body(event, std::max(8, look_.width - used)) + "\n";
}

std::string EventLines::day_line(const proto::Event& event) {
    if (!event.at_ms) return {};
    const std::string day = day_text(look_, *event.at_ms);
    if (day == day_) return {};
    const bool said = !day_.empty() || day != day_text(look_, look_.now);  // today goes without saying
    day_ = day;
    return said ? paint(look_, Style::dim, "── " + day + " ──") + "\n" : std::string();
}

std::string EventLines::front(const proto::Event& event, int& columns) const {
    constexpr int kTime = 8;
    const std::string time = event.at_ms ? clock_text(look_, *event.at_ms) : std::string(kUnknown);
    std::string out = left(look_, {time, Style::dim}, kTime) + "  ";
    columns = kTime + 2;
    if (!with_session_) return out;
    constexpr int kId = 8;
    constexpr int kAgent = 6;
    const std::string agent = plain(event.agent);
    out += left(look_, {short_id(event.session), Style::cyan}, kId) + "  ";
    out += left(look_, {cut_to(agent, kAgent), Style::dim}, kAgent) + "  ";
    columns += kId + 2 + kAgent + 2;
    return out;
}

std::string EventLines::body(const proto::Event& event, int room) {
    if (event.kind == "message") return message(event, room);
    if (event.kind == "tool_call") {
        remember(event);
        return tool_call(event, room);
    }
    if (event.kind == "tool_result") return tool_result(event, room);
    const std::string text = first_line(event.text);
    if (event.kind == "error")
        return marked(Style::red, "✖", {words(event.name), Style::red}, {text, Style::red}, room);
    if (event.kind == "cost")
        return marked(Style::dim, "·", {words(event.name), Style::dim}, {cost(event), Style::dim}, room);
    const std::string name = event.kind == "lifecycle" ? words(event.name) : plain(event.kind);
    return marked(Style::dim, "·", {name, Style::dim}, {text, Style::dim}, room);
}

std::string EventLines::message(const proto::Event& event, int room) const {
    const std::string text = plain(event.text);
    if (event.thinking) {
        return marked(Style::dim, "…", {}, {text.empty() ? "thinking" : text, Style::dim}, room);
    }
    if (event.role == "user") return marked(Style::green, "❯", {}, {text, Style::bold}, room);
    return marked(Style::plain, "•", {}, {text}, room);
}

std::string EventLines::tool_call(const proto::Event& event, int room) const {
    const std::string name = plain(event.name);
    const TellingArgument argument = telling_argument(event.text);
    const int left_over = room - 2 - columns_of(name) - 2;
    Cell rest{argument.is_path ? cut_front_to(with_tilde(look_, argument.text), left_over) : argument.text};
    return marked(Style::blue, "▸", {name, Style::bold}, rest, room);
}

std::string EventLines::tool_result(const proto::Event& event, int room) {
    const OpenCall call = take_call(event);
    const bool bad = event.is_error || event.exit_code.value_or(0) != 0;
    std::string facts;
    const auto add = [&facts](const std::string& fact) { facts += (facts.empty() ? "" : " · ") + fact; };
    if (event.exit_code && *event.exit_code != 0) add(fmt::format("exit {}", *event.exit_code));
    if (event.duration_ms)
        add(duration_text(event.duration_ms));
    else if (call.at && event.at_ms && *event.at_ms >= *call.at)
        add(duration_text(*event.at_ms - *call.at));
    const std::string line = first_line(without_exit_code(event.text));
    if (!line.empty()) add(line);
    const std::string name = call.tool.empty() ? plain(event.name) : call.tool;
    return marked(bad ? Style::red : Style::green, bad ? "✖" : "✔", {name, Style::dim},
                  {facts, bad ? Style::red : Style::dim}, room);
}

std::string EventLines::marked(Style glyph_style, std::string_view glyph, const Cell& name, const Cell& rest,
                               int room) const {
    std::string out = paint(look_, glyph_style, glyph) + " ";
    room -= 2;
    const std::string shown_name = cut_to(name.text, room);
    out += paint(look_, name.style, shown_name);
    room -= columns_of(shown_name) + (shown_name.empty() ? 0 : 2);
    const std::string shown_rest = cut_to(rest.text, room);
    if (shown_rest.empty()) return out;
    return out + (shown_name.empty() ? "" : "  ") + paint(look_, rest.style, shown_rest);
}

void EventLines::remember(const proto::Event& event) {
    if (event.call_id.empty()) return;
    if (open_.size() >= kMostOpenCalls)
        open_.clear();  // calls without results; what is lost is a name on a line
    open_[call_key(event)] = OpenCall{plain(event.name), event.at_ms};
}

EventLines::OpenCall EventLines::take_call(const proto::Event& result) {
    const auto found = open_.find(call_key(result));
    if (found == open_.end()) return {};
    OpenCall call = std::move(found->second);
    open_.erase(found);
    return call;
}

}  // namespace kaizen::ctl
