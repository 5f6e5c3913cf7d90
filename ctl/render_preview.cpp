#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/json_view.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/row_summary.h"

namespace kaizen::ctl {
namespace {

constexpr rapidjson::SizeType kFirstRows = 5;

std::string content_text(const std::string& content) {
    if (content == "metadata") return "no prompts, answers, tool output or file contents";
    return content == "text" ? "redacted texts too" : "";
}

std::string head(const Look& look, const proto::Preview& preview) {
    const std::string title = plain(preview.title);
    std::string out =
        paint(look, Style::bold, cut_to(title.empty() ? "(no title)" : title, look.width)) + "\n";
    out += paint(look, Style::dim, "what would leave of this session") + "\n\n";
    out += fact(look, "Session", {{plain(preview.session)}, {plain(preview.agent), Style::dim}});
    out += fact(look, "Workspace", {{with_tilde(look, preview.workspace)}});
    out += fact(look, "Content", {{plain(preview.content)}, {content_text(preview.content), Style::dim}});
    out += preview.enabled
               ? fact(look, "Sync",
                      {{"on", Style::green},
                       {nothing_would_leave(preview).empty() ? "rows like these are sent" : "", Style::dim}})
               : fact(look, "Sync", {{"off"}, {"nothing leaves this machine", Style::dim}});
    if (preview.salted) return out;
    return out +
           sentence_fact(look, "Salt",
                         {"▲ none: whoever knows a path or an id can tell its hash", Style::yellow}) +
           sentence_fact(look, "",
                         {"→ openssl rand -hex 32, into sync.team_salt_hex of config.toml", Style::dim});
}

std::string left_out_facts(const Look& look, const proto::Preview& preview) {
    std::string out;
    if (preview.rows_left_out > 0)
        out += sentence_fact(
            look, "Later",
            {plural(preview.rows_left_out, "more row") + " of this session, in further requests"});
    if (preview.refused > 0)
        out +=
            sentence_fact(look, "Withheld",
                          {"▲ the redactor refused " + plural(preview.refused, "row") + ": they never leave",
                           Style::yellow});
    return out.empty() ? out : "\n" + out;
}

// The envelope's list, whatever its key.
const JsonValue* rows_in(const JsonValue& body) {
    if (!body.IsObject()) return nullptr;
    for (const auto& member : body.GetObject()) {
        if (member.value.IsArray()) return &member.value;
    }
    return nullptr;
}

bool is_empty(const JsonValue& value) { return value.IsObject() && value.ObjectEmpty(); }

void add_names(std::vector<std::string>& names, const std::string& front, const JsonValue& object) {
    for (const auto& member : object.GetObject()) {
        const std::string name = front + plain(as_view(member.name));
        if (member.value.IsObject() && !is_empty(member.value) && front.empty())
            add_names(names, name + ".", member.value);
        else if (!is_empty(member.value) && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    }
}

// Every key that stands in any of the rows.
std::string fields_fact(const Look& look, const JsonValue& rows) {
    std::vector<std::string> names;
    for (const JsonValue& row : rows.GetArray()) {
        if (row.IsObject()) add_names(names, "", row);
    }
    std::string sentence;
    for (const std::string& name : names) sentence += (sentence.empty() ? "" : ", ") + name;
    return sentence.empty() ? sentence : sentence_fact(look, "Fields", {sentence, Style::dim});
}

std::string request_line(const Look& look, const proto::PreviewRequest& request) {
    return "\n" + paint(look, Style::blue, "POST") + " " + paint(look, Style::bold, plain(request.path)) +
           paint(look, Style::dim,
                 fmt::format(" · {} · {}", plural(request.rows, "row"), bytes_text(request.bytes))) +
           "\n";
}

std::string first_rows(const Look& look, const proto::PreviewRequest& request) {
    JsonDocument document;
    const JsonValue* rows = document.parse(request.body) ? rows_in(document.root()) : nullptr;
    if (rows == nullptr) return "  " + cut_to(plain(request.body), look.width - 2) + "\n";
    std::string out = fields_fact(look, *rows);
    const rapidjson::SizeType shown = std::min(rows->Size(), kFirstRows);
    for (rapidjson::SizeType i = 0; i < shown; ++i)
        out += "  " + mark_redactions(look, cut_to(row_summary(request.kind, (*rows)[i]), look.width - 2)) +
               "\n";
    if (rows->Size() > shown)
        out += paint(look, Style::dim, fmt::format("  … {} more", rows->Size() - shown)) + "\n";
    return out;
}

std::string nothing_text(const Look& look, const proto::Preview& preview) {
    const std::string why = nothing_would_leave(preview);
    return why.empty() ? why : "\n" + paragraph(look, 0, {why, Style::green});
}

}  // namespace

std::string nothing_would_leave(const proto::Preview& preview) {
    constexpr std::string_view kNothing = "nothing of this session would leave: ";
    if (preview.withheld == "excluded")
        return std::string(kNothing) +
               "its workspace is excluded by sync.include and sync.exclude, or not known";
    if (preview.withheld == "sampled_out")
        return std::string(kNothing) + "it is not in the sample that sync.sample_rate takes";
    if (!preview.withheld.empty()) return std::string(kNothing) + plain(preview.withheld);
    return preview.requests.empty() ? std::string(kNothing) + "it has no rows" : std::string();
}

std::string render_preview(const Look& look, const proto::Preview& preview, bool full) {
    std::string out = head(look, preview);
    const std::string nothing = nothing_text(look, preview);
    if (!nothing.empty()) return out + nothing + left_out_facts(look, preview);
    for (const proto::PreviewRequest& request : preview.requests)
        out +=
            request_line(look, request) + (full ? json_lines(look, request.body) : first_rows(look, request));
    out += left_out_facts(look, preview);
    if (full) return out;
    return out + "\n" +
           paragraph(look, 0,
                     {"--full shows all rows with every field; --raw prints the exact bodies", Style::dim});
}

}  // namespace kaizen::ctl
