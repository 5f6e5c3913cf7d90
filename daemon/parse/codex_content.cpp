#include "daemon/parse/codex_content.h"

#include <algorithm>
#include <array>

#include "common/text.h"
#include "daemon/parse/line_front.h"
#include "daemon/parse/records.h"

namespace kaizen::parse::codex {
namespace {

constexpr std::array<std::string_view, 3> kNoise = {"world_state", "inter_agent_communication",
                                                    "inter_agent_communication_metadata"};
constexpr std::array<std::string_view, 5> kNoiseItems = {
    "ghost_snapshot", "agent_message", "additional_tools", "compaction", "context_compaction"};
constexpr std::array<std::string_view, 19> kNoiseEvents = {
    "user_message",        "agent_reasoning",           "agent_reasoning_raw_content", "thread_rolled_back",
    "context_compacted",   "exec_command_end",          "mcp_tool_call_end",           "patch_apply_end",
    "web_search_end",      "image_generation_end",      "view_image_tool_call",        "sub_agent_activity",
    "guardian_assessment", "entered_review_mode",       "exited_review_mode",          "thread_goal_updated",
    "undo_completed",      "dynamic_tool_call_request", "dynamic_tool_call_response"};
constexpr std::string_view kTeamNews = "collab_";  // collab_agent_spawn_end, collab_waiting_end …

constexpr std::array<std::string_view, 18> kMachineTexts = {"<environment_context>",
                                                            "<user_instructions>",
                                                            "# AGENTS.md instructions",
                                                            "<INSTRUCTIONS>",
                                                            "<turn_aborted>",
                                                            "<subagent_notification>",
                                                            "<permissions",
                                                            "<skill>",
                                                            "<user_shell_command>",
                                                            "<image",
                                                            "</image>",
                                                            "<collaboration_mode>",
                                                            "<model_switch>",
                                                            "<hook_prompt",
                                                            "<goal_context>",
                                                            "<skills_instructions>",
                                                            "<apps_instructions>",
                                                            "<plugins_instructions>"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The newest versions name the kind of each part.
std::string_view kind_of_part(const JsonValue& message, rapidjson::SizeType part) {
    const JsonValue* about = find_object(message, "internal_chat_message_metadata_passthrough");
    const JsonValue* kinds = about == nullptr ? nullptr : find_array(*about, "content_item_kinds");
    if (kinds == nullptr || part >= kinds->Size() || !(*kinds)[part].IsString()) return {};
    return as_view((*kinds)[part]);
}

// Editors put open files and the selection in front of what was typed.
std::string_view without_editor_context(std::string_view text) {
    constexpr std::string_view kContext = "# Context from my IDE setup:";
    constexpr std::string_view kRequest = "## My request for Codex:";
    if (!text.starts_with(kContext)) return text;
    const std::size_t request = text.find(kRequest);
    return request == std::string_view::npos ? std::string_view()
                                             : trim(text.substr(request + kRequest.size()));
}

}  // namespace

bool is_noise(std::string_view type, std::string_view payload_type) {
    if (type == "event_msg")
        return contains(kNoiseEvents, payload_type) || payload_type.starts_with(kTeamNews);
    if (type == "response_item") return contains(kNoiseItems, payload_type);
    return contains(kNoise, type);
}

Front look_at_front(std::string_view line) {
    Front seen;
    LineFront front(line);
    FrontMember member;
    while (front.next(member)) {
        if (member.is_object) {
            if (member.key != "payload") return {};
            if (front.next(member) && member.key == "type" && member.is_string)
                seen.payload_type = member.text;
            return seen;
        }
        if (member.key == "timestamp") seen.timestamp = member.text;
        if (member.key == "type") seen.type = member.text;
    }
    return {};
}

std::string_view typed_text(const JsonValue& message, rapidjson::SizeType part) {
    const JsonValue* content = find_array(message, "content");
    if (content == nullptr || part >= content->Size()) return {};
    const std::string_view text = without_editor_context(trim(text_in((*content)[part], "text")));
    const std::string_view kind = kind_of_part(message, part);
    if (!kind.empty() && kind != "unknown") return kind == "user.text" ? text : std::string_view();
    const bool machine = std::any_of(kMachineTexts.begin(), kMachineTexts.end(),
                                     [&](std::string_view front) { return text.starts_with(front); });
    return machine ? std::string_view() : text;
}

std::string_view tier_in(const JsonValue& object) {
    constexpr std::array<std::string_view, 3> kUsual = {"default", "auto", "standard"};
    const std::string_view tier = name_in(object, "service_tier");
    if (tier == "fast") return "priority";  // as the command line calls it
    return contains(kUsual, tier) ? std::string_view() : tier;
}

}  // namespace kaizen::parse::codex
