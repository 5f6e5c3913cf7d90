#include "ctl/tool_input.h"

#include <array>
#include <vector>

#include "common/json.h"
#include "common/text.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

struct Key {
    std::string_view name;
    bool is_path = false;
};

// The most telling first. Claude Code, Codex and Cursor; other tools mostly use one of these names as well.
constexpr std::array<Key, 18> kTelling = {{{"command"},
                                           {"cmd"},
                                           {"file_path", true},
                                           {"notebook_path", true},
                                           {"target_file", true},
                                           {"pattern"},
                                           {"query"},
                                           {"search_term"},
                                           {"url"},
                                           {"path", true},
                                           {"description"},
                                           {"subject"},
                                           {"skill"},
                                           {"plan"},
                                           {"prompt"},
                                           {"chars"},
                                           {"taskId"},
                                           {"session_id"}}};

struct Member {
    std::string_view name;
    std::string_view value;  // JSON text; of a cut-off input, as much as is there
};

// Steps through JSON that may end anywhere. Every step stays within the text and goes forward.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    void skip_space() {
        while (at(' ') || at('\n') || at('\r') || at('\t')) step();
    }
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    void step() { rest_.remove_prefix(1); }

    // A string with its quotes; without the closing one when the text ends before.
    std::string_view take_string() {
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
        return take(end + 1);
    }

    std::string_view take_value() {
        if (at('"')) return take_string();
        std::size_t end = 0;
        int depth = 0;
        while (end < rest_.size()) {
            const char c = rest_[end];
            if (c == '"') {
                end += Scanner(rest_.substr(end)).take_string().size();
                continue;
            }
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++end;
        }
        return take(end);
    }

  private:
    std::string_view take(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
};

// The text of a JSON string that may have been cut off: what follows its last whole escape is left out.
std::string unquote(std::string_view json) {
    if (json.empty() || json.front() != '"') return std::string(json);
    std::string text(json);
    const bool closed = text.size() > 1 && text.back() == '"';
    JsonDocument document;
    if (closed && document.parse(text) && document.root().IsString())
        return std::string(as_view(document.root()));
    constexpr std::size_t kLongestEscape = 12;  // a pair of surrogates
    for (std::size_t cut = 0; cut <= kLongestEscape && text.size() > 1; ++cut) {
        if (document.parse(text + '"') && document.root().IsString())
            return std::string(as_view(document.root()));
        text.pop_back();
    }
    return {};
}

std::vector<Member> members_of(std::string_view object) {
    std::vector<Member> members;
    Scanner scanner(object);
    scanner.skip_space();
    if (!scanner.at('{')) return members;
    scanner.step();
    while (true) {
        scanner.skip_space();
        if (!scanner.at('"')) return members;
        const std::string_view name = scanner.take_string();
        scanner.skip_space();
        if (name.size() < 2 || !scanner.at(':')) return members;
        scanner.step();
        scanner.skip_space();
        members.push_back({name.substr(1, name.size() - 2), scanner.take_value()});
        scanner.skip_space();
        if (!scanner.at(',')) return members;
        scanner.step();
    }
}

// ["bash","-lc","make test"]: the shell around the command says nothing.
std::string command_line(std::string_view array) {
    std::vector<std::string> words;
    Scanner scanner(array);
    scanner.step();
    while (!scanner.at_end() && !scanner.at(']')) {
        scanner.skip_space();
        words.push_back(unquote(scanner.take_value()));
        if (scanner.at(','))
            scanner.step();
        else
            break;
    }
    const bool shell = words.size() >= 3 && (words[1] == "-lc" || words[1] == "-c");
    std::string line;
    for (std::size_t i = shell ? 2 : 0; i < words.size(); ++i) line += (line.empty() ? "" : " ") + words[i];
    return line;
}

// Codex' apply_patch: which file, instead of "*** Begin Patch".
std::string patched_file(std::string_view text) {
    for (const std::string_view mark : {"*** Update File: ", "*** Add File: ", "*** Delete File: "}) {
        const std::size_t at = text.find(mark);
        if (at != std::string_view::npos) return first_line(text.substr(at + mark.size()));
    }
    return {};
}

TellingArgument from_text(std::string_view text, bool is_path) {
    const std::string file =
        text.find("*** Begin Patch") == std::string_view::npos ? std::string() : patched_file(text);
    if (!file.empty()) return {file, true};
    return {plain(text), is_path};
}

}  // namespace

TellingArgument telling_argument(std::string_view input) {
    const std::vector<Member> members = members_of(input);
    for (const Key& key : kTelling) {
        for (const Member& member : members) {
            if (member.name != key.name) continue;
            const bool list = !member.value.empty() && member.value.front() == '[';
            TellingArgument found =
                from_text(list ? command_line(member.value) : unquote(member.value), key.is_path);
            if (!found.text.empty()) return found;
        }
    }
    for (const Member& member : members) {
        if (member.value.size() > 2 && member.value.front() == '"')
            return from_text(unquote(member.value), false);
    }
    return input == "{}" ? TellingArgument() : from_text(input, false);
}

}  // namespace kaizen::ctl
