#include "ctl/completion.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace kaizen::ctl {
namespace {

// Of sessions, the ids of the newest; nothing when kaizend does not answer at once. coreutils' timeout,
// because the shell waits for it.
constexpr char kAskForSessions[] = R"sh(timeout 2 kaizenctl sessions --json --limit 50 2>/dev/null |
        grep -o '"id":"[^"]*"' | cut -d '"' -f 4)sh";

std::string joined(const std::vector<std::string>& words, std::string_view by = " ") {
    return fmt::format("{}", fmt::join(words, by));
}

// Between quotes of a shell; zsh's _arguments and fish read some of the characters themselves.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string with_backslash(std::string_view text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

constexpr char kBashFiles[] =
    "compopt -o filenames; local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\")); return";

bool names_a(std::string_view what, const CommandWords& command) {
    for (const OptionWords& option : command.options) {
        if (option.names.front() == what) return true;
    }
    return false;
}

bool names_a_session(const CommandWords& command) { return names_a("SESSION", command); }

// Behind its action.
bool names_a_file(const CommandWords& command) {
    return !command.actions.empty() && names_a("FILE", command);
}

std::vector<std::string> dashed(const std::vector<OptionWords>& options) {
    std::vector<std::string> names;
    for (const OptionWords& option : options) {
        if (!option.is_positional()) names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return names;
}

// One arm of bash's `case "$command $previous"`.
std::string bash_values(std::string_view command, const std::vector<OptionWords>& options) {
    std::string out;
    for (const OptionWords& option : options) {
        if (option.is_positional() || option.value.empty()) continue;
        std::string patterns;
        for (const std::string& name : option.names)
            patterns += fmt::format("{}{}\\ {}", patterns.empty() ? "" : "|", command, name);
        std::string reply = "return";
        if (!option.choices.empty())
            reply = fmt::format("COMPREPLY=($(compgen -W {} -- \"$current\")); return",
                                quoted(joined(option.choices)));
        else if (option.value == "DIR")
            reply =
                "compopt -o filenames; local IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$current\")); return";
        else if (option.value == "PATH" || option.value == "FILE")
            reply = kBashFiles;
        out += fmt::format("        {}) {} ;;\n", patterns, reply);
    }
    return out;
}

std::string bash_words(const CommandWords& command) {
    if (!command.actions.empty()) return quoted(joined(command.actions));
    return names_a_session(command) ? "\"$(_kaizenctl_sessions)\"" : "''";
}

std::string zsh_option(const OptionWords& option) {
    constexpr std::string_view kSpecial = "[]:\\";
    std::string value;
    if (!option.value.empty()) {
        const std::string from = !option.choices.empty() ? fmt::format("({})", joined(option.choices))
                                 : option.value == "DIR" ? "_files -/"
                                 : option.value == "PATH" || option.value == "FILE" ? "_files"
                                                                                    : " ";
        value = fmt::format(":{}:{}", option.value, from);
    }
    const std::string help = with_backslash(option.help, kSpecial);
    std::string out;
    for (const std::string& name : option.names)
        out += " " + quoted(fmt::format("({}){}[{}]{}", joined(option.names), name, help, value));
    return out;
}

std::string zsh_options(const std::vector<OptionWords>& options) {
    std::string out;
    for (const OptionWords& option : options) {
        if (!option.is_positional()) out += " \\\n                " + zsh_option(option).substr(1);
    }
    return out;
}

std::string zsh_words(const CommandWords& command) {
    const std::string file = names_a_file(command) ? " '2: :_files'" : "";
    if (!command.actions.empty()) return " '1: :(" + joined(command.actions) + ")'" + file;
    return names_a_session(command) ? " '1: :_kaizenctl_sessions'" : "";
}

std::string fish_option(const OptionWords& option, std::string_view condition) {
    std::string out = fmt::format("complete -c kaizenctl{}", condition);
    for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.value == "DIR")
        out += " -x -a '(__fish_complete_directories)'";
    else if (option.value == "PATH" || option.value == "FILE")
        out += " -r -F";
    else if (!option.value.empty())
        out += " -x";
    if (!option.choices.empty()) out += " -a " + quoted(joined(option.choices));
    return out + " -d " + quoted(with_backslash(option.help, "\\")) + "\n";
}

}  // namespace

std::string bash_completion(const WordTree& tree) {
    std::string values = bash_values("*", tree.options);
    std::string words;
    std::string options;
    std::vector<std::string> names;
    std::set<std::string> with_value;
    const auto note_values = [&](const std::vector<OptionWords>& all) {
        for (const OptionWords& option : all) {
            if (!option.is_positional() && !option.value.empty())
                with_value.insert(option.names.begin(), option.names.end());
        }
    };
    note_values(tree.options);
    for (const CommandWords& command : tree.commands) {
        names.push_back(command.name);
        note_values(command.options);
        values += bash_values(command.name, command.options);
        if (names_a_file(command))
            values +=
                fmt::format("        {}\\ {}) {} ;;\n", command.name, command.actions.front(), kBashFiles);
        words += fmt::format("        {}) words={} ;;\n", command.name, bash_words(command));
        options +=
            fmt::format("        {}) options+=' {}' ;;\n", command.name, joined(dashed(command.options)));
    }
    return fmt::format(R"sh(# Completion of kaizenctl for bash. Made by: kaizenctl completion bash
_kaizenctl_sessions() {{
    {}
}}

_kaizenctl() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command='' count=0 i words='' options={}
    COMPREPLY=()
    # Bash takes --name=value for three words.
    if [[ $current == '=' ]]; then current=''
    elif [[ $previous == '=' ]]; then previous=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
        {}) [[ ${{COMP_WORDS[i + 1]}} == '=' ]] && ((i++)); ((i++)) ;;
        -*) ;;
        *) if [[ $command ]]; then ((count++)); else command=${{COMP_WORDS[i]}}; fi ;;
        esac
    done
    case "$command $previous" in
{}    esac
    case $command in
{}    esac
    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
        return
    fi
    [[ $command ]] || words={}
    [[ $command && $count -eq 0 ]] && case $command in
{}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _kaizenctl kaizenctl
)sh",
                       kAskForSessions, quoted(joined(dashed(tree.options))), fmt::join(with_value, "|"),
                       values, options, quoted(joined(names)), words);
}

std::string zsh_completion(const WordTree& tree) {
    std::string commands;
    std::string cases;
    for (const CommandWords& command : tree.commands) {
        commands += "        " + quoted(command.name + ":" + with_backslash(command.help, ":\\")) + "\n";
        cases += fmt::format("        {}) _arguments -s : $everywhere{}{} ;;\n", command.name,
                             zsh_words(command), zsh_options(command.options));
    }
    return fmt::format(R"sh(#compdef kaizenctl
# Completion of kaizenctl for zsh. Made by: kaizenctl completion zsh
_kaizenctl_sessions() {{
    local -a ids
    ids=(${{(f)"$({})"}})
    compadd -a ids
}}

_kaizenctl() {{
    local curcontext=$curcontext state line
    local -a everywhere commands
    everywhere=({})
    commands=(
{}    )
    _arguments -C -s : $everywhere '1: :->command' '*:: :->words'
    case $state in
    command) _describe command commands ;;
    words)
        case $line[1] in
{}        esac ;;
    esac
}}

if [[ $funcstack[1] == _kaizenctl ]]; then _kaizenctl "$@"; else compdef _kaizenctl kaizenctl; fi
)sh",
                       kAskForSessions, zsh_options(tree.options), commands, cases);
}

std::string fish_completion(const WordTree& tree) {
    std::string out = fmt::format(R"sh(# Completion of kaizenctl for fish. Made by: kaizenctl completion fish
function __kaizenctl_sessions
    {}
end

complete -c kaizenctl -f
)sh",
                                  kAskForSessions);
    for (const OptionWords& option : tree.options) out += fish_option(option, "");
    for (const CommandWords& command : tree.commands) {
        out += fmt::format("complete -c kaizenctl -n __fish_use_subcommand -a {} -d {}\n", command.name,
                           quoted(with_backslash(command.help, "\\")));
        const std::string seen = "__fish_seen_subcommand_from " + command.name;
        if (!command.actions.empty()) {
            const std::string all = joined(command.actions);
            out +=
                fmt::format("complete -c kaizenctl -n '{}; and not __fish_seen_subcommand_from {}' -a '{}'\n",
                            seen, all, all);
            if (names_a_file(command))
                out += fmt::format("complete -c kaizenctl -n '{}; and __fish_seen_subcommand_from {}' -F\n",
                                   seen, all);
        } else if (names_a_session(command)) {
            out += fmt::format("complete -c kaizenctl -n '{}' -a '(__kaizenctl_sessions)'\n", seen);
        }
        for (const OptionWords& option : command.options) {
            if (!option.is_positional()) out += fish_option(option, fmt::format(" -n '{}'", seen));
        }
    }
    return out;
}

}  // namespace kaizen::ctl
