#include "daemon/redact/shell_outline.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace kaizen::redact {
namespace {

constexpr std::size_t kProseWords = 5;     // plain words in a row that no command line has
constexpr std::size_t kLongestWord = 200;  // longer ones are code or data
constexpr int kDeepest = 16;               // of substitutions within each other

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_operator(char c) {
    return c == ';' || c == '|' || c == '&' || c == '(' || c == ')' || c == '<' || c == '>';
}
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_foreign(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }

// Where quoted and nested parts end. Each takes the place behind the opening and gives the one behind the
// closing; the end of the text when there is none.
class Quotes {
  public:
    explicit Quotes(std::string_view text) : text_(text) {}

    std::size_t single(std::size_t at) const {
        const std::size_t end = text_.find('\'', at);
        return end == std::string_view::npos ? text_.size() : end + 1;
    }

    // "$'…'", the one kind of single quotes in which a backslash counts.
    std::size_t escaped(std::size_t at) const {
        while (at < text_.size() && text_[at] != '\'') at += text_[at] == '\\' ? 2 : 1;
        return std::min(at + 1, text_.size());
    }

    std::size_t doubled(std::size_t at, int depth) const {
        while (at < text_.size() && text_[at] != '"') at = step(at, depth);
        return std::min(at + 1, text_.size());
    }

    std::size_t back_ticks(std::size_t at) const {
        while (at < text_.size() && text_[at] != '`') at += text_[at] == '\\' ? 2 : 1;
        return std::min(at + 1, text_.size());
    }

    // "$(…)", in which quotes and here-documents begin anew.
    std::size_t substitution(std::size_t at, int depth) const {
        if (depth >= kDeepest) return text_.size();
        int open = 1;
        while (at < text_.size()) {
            const char c = text_[at];
            if (c == '\'') {
                at = single(at + 1);
            } else if (text_.substr(at).starts_with("$'")) {
                at = escaped(at + 2);
            } else if (c == '"') {
                at = doubled(at + 1, depth + 1);
            } else if (text_.substr(at).starts_with("<<") && !text_.substr(at).starts_with("<<<")) {
                at = here_document(at, at).end;
            } else if (c == ')' && --open == 0) {
                return at + 1;
            } else {
                open += c == '(' ? 1 : 0;
                at += c == '\\' ? 2 : 1;
            }
        }
        return text_.size();
    }

    struct Document {
        std::size_t begin = 0;  // of its body
        std::size_t end = 0;    // behind its last line
    };

    // The here-document that "<<" at this place announces; its body begins with the next line, and not before
    // `earliest`.
    Document here_document(std::size_t at, std::size_t earliest) const {
        at += 2;
        if (at < text_.size() && text_[at] == '-') ++at;
        while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) ++at;
        std::string delimiter;
        for (; at < text_.size() && !is_blank(text_[at]) && !is_operator(text_[at]); ++at) {
            if (text_[at] != '\'' && text_[at] != '"' && text_[at] != '\\') delimiter += text_[at];
        }
        const std::size_t begin = std::min(text_.find('\n', std::max(at, earliest)), text_.size());
        std::size_t line = begin;
        while (line < text_.size()) {
            const std::size_t next = std::min(text_.find('\n', line + 1), text_.size());
            std::string_view content = text_.substr(line + 1, next - line - 1);
            while (!content.empty() && content.front() == '\t') content.remove_prefix(1);
            if (!delimiter.empty() && content == delimiter) return {begin, next};
            line = next;
        }
        return {begin, text_.size()};
    }

    // One step inside double quotes.
    std::size_t step(std::size_t at, int depth) const {
        if (text_[at] == '\\') return at + 2;
        if (text_.substr(at).starts_with("$(")) return substitution(at + 2, depth);
        if (text_[at] == '`') return back_ticks(at + 1);
        return at + 1;
    }

  private:
    std::string_view text_;
};

struct Word {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool text = false;  // all of it is to go
};

// Words, operators, comments and bodies of here-documents, in order.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text), quotes_(text) {}

    std::vector<Word> words() {
        while (at_ < text_.size()) {
            if (text_[at_] == '\n' && document_.end > at_) {
                words_.push_back({document_.begin + 1, document_.end, true});
                at_ = std::exchange(document_.end, 0);
            } else if (is_blank(text_[at_])) {
                ++at_;
            } else if (text_[at_] == '#') {
                const std::size_t end = std::min(text_.find('\n', at_), text_.size());
                words_.push_back({at_, end, true});
                at_ = end;
            } else if (is_operator(text_[at_])) {
                take_operator();
            } else {
                take_word();
            }
        }
        return std::move(words_);
    }

  private:
    void take_operator() {
        const bool here = text_.substr(at_).starts_with("<<") && !text_.substr(at_).starts_with("<<<");
        if (here && document_.end <= at_)
            document_ = quotes_.here_document(at_, at_);
        else if (here)  // another in the same line: its body follows
            document_.end = quotes_.here_document(at_, document_.end).end;
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_operator(text_[at_])) ++at_;
        words_.push_back({begin, at_, false});
    }

    void take_word() {
        Word word{at_, at_, false};
        while (at_ < text_.size() && !is_blank(text_[at_]) && !is_operator(text_[at_])) {
            const char c = text_[at_];
            const std::size_t begin = at_;
            if (c == '\'')
                at_ = quotes_.single(at_ + 1);
            else if (text_.substr(at_).starts_with("$'"))
                at_ = quotes_.escaped(at_ + 2);
            else if (c == '"')
                at_ = quotes_.doubled(at_ + 1, 0);
            else
                at_ = std::min(quotes_.step(at_, 0), text_.size());
            word.text = word.text || has_blank(text_.substr(begin, at_ - begin));
        }
        word.end = at_;
        words_.push_back(word);
    }

    static bool has_blank(std::string_view part) { return std::any_of(part.begin(), part.end(), is_blank); }

    std::string_view text_;
    Quotes quotes_;
    std::size_t at_ = 0;
    Quotes::Document document_;  // announced in this line
    std::vector<Word> words_;
};

// Letters only, as in a sentence; "," and "." may follow.
bool is_plain(std::string_view word) {
    while (!word.empty() && std::string_view(",.!?:;'\"").find(word.back()) != std::string_view::npos)
        word.remove_suffix(1);
    return !word.empty() && std::all_of(word.begin(), word.end(),
                                        [](char c) { return is_letter(c) || c == '\'' || is_foreign(c); });
}

bool is_foreign_text(std::string_view word) {
    constexpr std::ptrdiff_t kForeignBytes = 6;  // two characters of Chinese
    return std::count_if(word.begin(), word.end(), is_foreign) >= kForeignBytes;
}

// A sentence in a URL: words joined by "%20" or "+".
bool is_encoded_prose(std::string_view word) {
    std::size_t joints = 0;
    for (std::size_t i = 1; i + 1 < word.size(); ++i) {
        const bool percent = word.substr(i).starts_with("%20");
        const std::size_t after = i + (percent ? 3 : 1);
        if ((percent || word[i] == '+') && after < word.size() && is_letter(word[i - 1]) &&
            is_letter(word[after]))
            ++joints;
    }
    return joints >= kProseWords;
}

void mark_prose(std::string_view text, std::vector<Word>& words) {
    std::size_t run = 0;
    for (std::size_t i = 0; i <= words.size(); ++i) {
        if (i < words.size() && !words[i].text &&
            is_plain(text.substr(words[i].begin, words[i].end - words[i].begin))) {
            ++run;
            continue;
        }
        // The first of them may be a program.
        if (run > kProseWords) {
            for (std::size_t k = i - run + 1; k < i; ++k) words[k].text = true;
        }
        run = 0;
    }
}

// What stands between a word and the one before it. A command keeps its own line: there NAME=value is told
// from an argument.
std::string_view joint(std::string_view gap, const Word& word) {
    if (gap.empty()) return "";
    return !word.text && gap.find('\n') != std::string_view::npos ? "\n" : " ";
}

}  // namespace

std::string shell_outline(std::string_view command) {
    std::vector<Word> words = Reader(command).words();
    for (Word& word : words) {
        const std::string_view text = command.substr(word.begin, word.end - word.begin);
        word.text =
            word.text || text.size() > kLongestWord || is_foreign_text(text) || is_encoded_prose(text);
    }
    mark_prose(command, words);
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::size_t end = words[i].end;
        if (i > 0)
            out += joint(command.substr(words[i - 1].end, words[i].begin - words[i - 1].end), words[i]);
        if (!words[i].text) {
            out += command.substr(words[i].begin, end - words[i].begin);
            continue;
        }
        const std::size_t begin = words[i].begin;
        while (i + 1 < words.size() && words[i + 1].text) end = words[++i].end;
        out += fmt::format("<TEXT:{}>", end - begin);
    }
    return out;
}

}  // namespace kaizen::redact
