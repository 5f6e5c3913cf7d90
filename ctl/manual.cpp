#include "ctl/manual.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

#include "common/config_keys.h"
#include "common/text.h"
#include "common/version.h"

namespace kaizen::ctl {
namespace {

// A line of text: neither an escape nor, at its beginning, a request.
std::string roff(std::string_view text) {
    std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else if (c == '~')
            out += "\\(ti";
        else if (c == '\'')
            out += "\\(aq";
        else
            out += c;
    }
    return out;
}

std::string head(std::string_view name, int section, std::string_view line) {
    return fmt::format(".TH {} {} \"\" \"kaizend {}\" \"kaizend\"\n.SH NAME\n{} \\- {}\n", name, section,
                       kVersion, roff(name), roff(line));
}

std::string entry(std::string_view term, std::string_view text) {
    return fmt::format(".TP\n{}\n{}\n", term, roff(text));
}

std::string term_of(const OptionWords& option) {
    std::string out = ".B";
    for (const std::string& name : option.names) out += (out == ".B" ? " " : ", ") + roff(name);
    if (!option.value.empty() && !option.is_positional()) out += " \\fI" + roff(option.value) + "\\fR";
    return out;
}

std::string entries(const std::vector<OptionWords>& options) {
    std::string out;
    for (const OptionWords& option : options) {
        std::string help = option.help;
        if (!option.choices.empty() && help.find(option.choices.back()) == std::string::npos)
            help += fmt::format(": {}", fmt::join(option.choices, ", "));
        out += entry(term_of(option), help + ".");
    }
    return out;
}

// How a value is written, and what it must be.
template <class Value>
std::string kind_of(const Rule& rule) {
    std::string out;
    if constexpr (std::is_same_v<Value, bool>)
        out = "true or false";
    else if constexpr (std::is_same_v<Value, std::int64_t> || std::is_same_v<Value, double>)
        out = fmt::format("a number from {:.0f} to {:.0f}", rule.least, rule.most);
    else if constexpr (std::is_same_v<Value, StringMap>)
        out = "a table of texts";
    else if (!rule.choices.empty())
        out = fmt::format("{}{}", std::is_same_v<Value, StringList> ? "a list of: " : "one of: ",
                          fmt::join(split(rule.choices, ' '), ", "));
    else
        switch (rule.form) {
            case Form::any:
                out = "text";
                break;
            case Form::path:
                out = "a path, absolute or below ~/";
                break;
            case Form::glob:
                out = "a pattern of paths";
                break;
            case Form::url:
                out = "a URL, https or http";
                break;
            case Form::hex64:
                out = "64 hexadecimal digits";
                break;
        }
    if constexpr (std::is_same_v<Value, StringList>) {
        if (rule.choices.empty()) out = "a list, each " + out;
    }
    if (rule.required) out += "; must be there";
    if (rule.secret) out += "; a secret, never shown";
    if (!rule.only_for.empty())
        out += fmt::format("; for type {}", fmt::join(split(rule.only_for, ' '), " and "));
    return out;
}

template <class Owner>
std::string page_entries(const std::vector<Key<Owner>>& keys, Owner& owner) {
    std::string out;
    for (const Key<Owner>& key : keys) {
        std::visit(
            [&](auto slot) {
                using Value = std::remove_reference_t<decltype(slot(owner))>;
                out += entry(fmt::format(".B {} \\fR({})", roff(key.name), roff(kind_of<Value>(key.rule))),
                             key.help);
            },
            key.slot);
    }
    return out;
}

// The sections in the order of the table; what each key is without a file, from the same report that
// --check-config prints.
std::string sections() {
    Config defaults;
    std::string out;
    std::string_view section;
    const std::vector<Setting> settings = describe(defaults, {});
    std::size_t index = 0;
    for (const Key<Config>& key : config_keys()) {
        if (key.section != section) out += fmt::format(".SS [{}]\n", key.section);
        section = key.section;
        out += page_entries<Config>({key}, defaults);
        const Setting& setting = settings[index++];
        if (!setting.value.empty() && setting.value != "\"\"" && setting.value != "[]" &&
            setting.value != "{}")
            out += fmt::format("Default: {}.\n", roff(setting.value));
    }
    return out;
}

}  // namespace

std::string kaizenctl_page(const WordTree& tree) {
    std::string out =
        head("kaizenctl", 1, "what your coding agents are doing") +
        ".SH SYNOPSIS\n.B kaizenctl\n[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIWORD\\fR]...\n"
        ".SH DESCRIPTION\nAsks\n.BR kaizend (1),\nwhich runs as the same user, and prints what it "
        "answers. Data goes to standard output, everything else to standard error.\n.SH COMMANDS\n";
    for (const CommandWords& command : tree.commands) {
        out += fmt::format(".SS \"{}{}\"\n{}.\n", roff(command.name),
                           command.words.empty() ? "" : " " + command.words, roff(command.help));
        if (!command.actions.empty())
            out += fmt::format("First words that it knows: {}.\n", fmt::join(command.actions, ", "));
        out += entries(command.options);
    }
    out += ".SH OPTIONS\nBefore or behind the command:\n" + entries(tree.options);
    out +=
        ".SH EXIT STATUS\n0 done; 1 failed, or rows still wait (flush); 2 wrong words; 3 kaizend cannot be "
        "reached; "
        "4 not found; 5 conflict, such as an ambiguous id; 6 denied; 7 degraded (status \\-\\-check, "
        "doctor); "
        "8 another version of the protocol; 9 time\\-out; 130 interrupted.\n"
        ".SH ENVIRONMENT\n.TP\n.B KAIZEN_HOME\nOne directory for everything.\n.TP\n.B KAIZEN_SOCKET\nThe "
        "socket, "
        "instead of the usual one.\n.TP\n.B NO_COLOR\nWhen it is not empty, nothing is coloured.\n"
        ".SH FILES\nkaizenctl paths prints them.\n"
        ".SH SEE ALSO\n.BR kaizend (1),\n.BR kaizen\\-config (5)\n";
    return out;
}

std::string config_page() {
    WatchRoot root;
    ExportTarget target;
    RedactRule rule;
    return head("kaizen-config", 5, "configuration of kaizend") +
           ".SH DESCRIPTION\n\\(ti/.config/kaizen/config.toml is a TOML file, and need not be there. Mode "
           "600, when it "
           "holds a secret. kaizend \\-\\-check\\-config prints every key, its value and where that comes "
           "from; "
           "kaizenctl reload has it read anew. KAIZEN_\\fISECTION\\fR_\\fIKEY\\fR in the environment, such "
           "as "
           "KAIZEN_STORE_TEXT, overrides a key.\n.SH KEYS\n" +
           sections() +
           ".SS [[watch.root]]\nAny number of them; a reload begins and ends with them, like "
           "watch.agents.\n" +
           page_entries(watch_root_keys(), root) + ".SS [[export.to]]\nAny number of them.\n" +
           page_entries(export_target_keys(), target) + ".SS [[redact.rule]]\nAny number of them.\n" +
           page_entries(redact_rule_keys(), rule) +
           ".SH EXAMPLE\n.nf\n[store]\ntext = \"none\"\n\n[sync]\nendpoint = "
           "\"https://ingest.example.org\"\nteam_id = "
           "\"gardeners\"\nteam_token_file = \"\\(ti/.config/kaizen/token\"\n.fi\n"
           ".SH SEE ALSO\n.BR kaizend (1),\n.BR kaizenctl (1)\n";
}

}  // namespace kaizen::ctl
