#include "daemon/parse/claude_content.h"

#include <algorithm>
#include <array>

#include "common/text.h"
#include "daemon/parse/line_front.h"
#include "daemon/parse/records.h"

namespace kaizen::parse::claude {
namespace {

constexpr std::array<std::string_view, 18> kNoise = {"progress",
                                                     "file-history-snapshot",
                                                     "file-history-delta",
                                                     "queue-operation",
                                                     "last-prompt",
                                                     "atis-latch",
                                                     "tools-used",
                                                     "api-request",
                                                     "api-request-shape",
                                                     "api-request-blob",
                                                     "agent-name",
                                                     "pr-link",
                                                     "worktree-state",
                                                     "relocated",
                                                     "bridge-session",
                                                     "frame-link",
                                                     "started",
                                                     "result"};

// Texts in user messages that nobody typed.
constexpr std::array<std::string_view, 15> kMachineTexts = {"<command-name>",
                                                            "<command-message>",
                                                            "<command-args>",
                                                            "<local-command-stdout>",
                                                            "<local-command-stderr>",
                                                            "<local-command-caveat>",
                                                            "<bash-input>",
                                                            "<bash-stdout>",
                                                            "<bash-stderr>",
                                                            "<task-notification>",
                                                            "<user-prompt-submit-hook>",
                                                            "<teammate-message",
                                                            "<channel ",
                                                            "<skill-format>",
                                                            "Caveat: The messages below"};

// Elements that an editor or the CLI puts in front of what was typed.
constexpr std::array<std::string_view, 4> kPutInFront = {"system-reminder", "ide_opened_file",
                                                         "ide_selection", "attachments"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view element(std::string_view text, std::string_view opening, std::string_view closing) {
    const std::size_t begin = text.find(opening);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin + opening.size());
    return trim(text.substr(0, text.find(closing)));
}

}  // namespace

bool is_noise(std::string_view type) { return contains(kNoise, type); }

std::string noise_by_front(std::string_view line) {
    LineFront front(line);
    FrontMember member;
    while (front.next(member)) {
        if (member.is_object) {
            if (member.key != "attachment" || !front.next(member) || member.key != "type" ||
                !member.is_string)
                return {};
            return member.text == "queued_command" ? std::string() : kind_name("attachment", member.text);
        }
        if (member.key != "type") continue;
        if (is_noise(member.text)) return kind_name(member.text);
        if (member.text != "attachment") return {};
    }
    return {};
}

std::string_view typed_text(std::string_view text) {
    text = trim(text);
    for (bool cut = true; cut;) {
        cut = false;
        for (const std::string_view name : kPutInFront) {
            if (!text.starts_with('<') || !text.substr(1).starts_with(name) ||
                !text.substr(1 + name.size()).starts_with('>')) {
                continue;
            }
            const std::string closing = "</" + std::string(name) + ">";
            const std::size_t end = text.find(closing);
            text =
                end == std::string_view::npos ? std::string_view() : trim(text.substr(end + closing.size()));
            cut = true;
        }
    }
    return text;
}

// The caveat about local commands stands in front of the older ones, in a record of its own.
std::string_view command_title(std::string_view text) {
    if (!text.starts_with("<command-")) return {};
    const std::string_view arguments = element(text, "<command-args>", "</command-args>");
    return arguments.empty() ? element(text, "<command-name>", "</command-name>") : arguments;
}

bool asks_user(std::string_view tool) {
    constexpr std::array<std::string_view, 2> kAsk = {"AskUserQuestion", "ExitPlanMode"};
    return contains(kAsk, tool);
}

bool is_machine_text(std::string_view text) {
    return std::any_of(kMachineTexts.begin(), kMachineTexts.end(),
                       [&](std::string_view machine) { return text.starts_with(machine); });
}

std::optional<TokenCounts> tokens_in(const JsonValue& usage) {
    TokenCounts tokens;
    tokens.input = count_in(usage, "input_tokens");
    tokens.output = count_in(usage, "output_tokens");
    tokens.cache_read = count_in(usage, "cache_read_input_tokens");
    tokens.cache_write = count_in(usage, "cache_creation_input_tokens");
    if (const JsonValue* split = find_object(usage, "cache_creation")) {
        tokens.cache_write_1h = count_in(*split, "ephemeral_1h_input_tokens");
    }
    if (const JsonValue* details = find_object(usage, "output_tokens_details")) {
        tokens.reasoning = count_in(*details, "thinking_tokens");
    }
    const bool any = tokens.input || tokens.output || tokens.cache_read || tokens.cache_write;
    return any ? std::optional(tokens) : std::nullopt;
}

bool used_any(const TokenCounts& tokens) {
    return tokens.input.value_or(0) > 0 || tokens.output.value_or(0) > 0 ||
           tokens.cache_read.value_or(0) > 0 || tokens.cache_write.value_or(0) > 0;
}

Billing billing_in(const JsonValue& usage) {
    constexpr std::array<std::string_view, 2> kUsualTiers = {"standard", "default"};
    constexpr std::array<std::string_view, 2> kAnywhere = {"not_available", "global"};
    Billing billing;
    const std::string_view speed = name_in(usage, "speed");
    const std::string_view tier = speed == "fast" ? speed : name_in(usage, "service_tier");
    if (!contains(kUsualTiers, tier)) billing.tier = tier;
    const std::string_view region = name_in(usage, "inference_geo");
    if (!contains(kAnywhere, region)) billing.region = region;
    if (const JsonValue* tools = find_object(usage, "server_tool_use"))
        billing.web_searches = count_in(*tools, "web_search_requests");
    if (billing.web_searches == 0) billing.web_searches.reset();
    return billing;
}

// type             in the top-level usage?
// message          yes, summed; one of another model is an attempt that was given up, and is not
// fallback_message yes: the attempt that served
// advisor_message  no (ccusage#1115, t3code#10488)
// compaction       no (Anthropic's page on compaction: "the top-level usage does not include it")
// Seen as "iterations": [] in all recorded runs.
bool is_booked_apart(const JsonValue& iteration, std::string_view model) {
    const std::string_view type = text_in(iteration, "type");
    const std::string_view made_by = text_in(iteration, "model");
    return type == "advisor_message" || type == "compaction" || (!made_by.empty() && made_by != model);
}

TokenCounts reported_tokens(const JsonValue& models) {
    TokenCounts sum;
    const auto add = [](std::optional<std::int64_t>& to, const JsonValue& model, std::string_view key) {
        if (const auto count = count_in(model, key)) to = to.value_or(0) + *count;
    };
    for (const auto& model : models.GetObject()) {
        add(sum.input, model.value, "inputTokens");
        add(sum.cache_read, model.value, "cacheReadInputTokens");
        add(sum.cache_write, model.value, "cacheCreationInputTokens");
        add(sum.output, model.value, "outputTokens");
        add(sum.reasoning, model.value, "thinkingTokens");
    }
    return sum;
}

CappedText text_of(const JsonValue* content, CappedText text) {
    if (content == nullptr) return text;
    if (content->IsString()) text.append(as_view(*content));
    if (!content->IsArray()) return text;
    bool first = true;
    for (const JsonValue& part : content->GetArray()) {
        const bool image = text_in(part, "type") == "image";
        const auto words = image ? std::optional<std::string_view>("[image]") : find_string(part, "text");
        if (!words) continue;
        if (!first) text.append("\n");
        text.append(*words);
        first = false;
    }
    return text;
}

std::optional<std::int64_t> exit_code_of(const JsonValue* content) {
    constexpr std::string_view kPrefix = "Exit code ";
    if (content != nullptr && content->IsArray() && !content->Empty())
        content = find(*content->Begin(), "text");
    if (content == nullptr || !content->IsString() || !as_view(*content).starts_with(kPrefix))
        return std::nullopt;
    return leading_number(as_view(*content).substr(kPrefix.size()));
}

}  // namespace kaizen::parse::claude
