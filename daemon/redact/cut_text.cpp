#include "daemon/redact/cut_text.h"

#include <algorithm>

#include "common/text.h"
#include "daemon/redact/alphabet.h"
#include "daemon/redact/rule.h"

namespace kaizen::redact {
namespace {

bool ends_word(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Four digits of a card, a part of a phone number, four letters of an account.
bool is_group(std::string_view word) {
    constexpr std::size_t kLongest = 8;
    return !word.empty() && word.size() <= kLongest && std::all_of(word.begin(), word.end(), [](char c) {
        return in(Alphabet::digit, c) || (c >= 'A' && c <= 'Z') || is_any_of(c, "+()-./");
    });
}

// Without the groups at its end: a number written in groups is one word.
std::string_view without_groups(std::string_view text) {
    while (text.ends_with(' ')) {
        const std::string_view front = text.substr(0, text.size() - 1);
        std::size_t begin = front.size();
        while (begin > 0 && !ends_word(front[begin - 1])) --begin;
        if (!is_group(front.substr(begin))) break;
        text = text.substr(0, begin);
    }
    return text;
}

// Steps over a JSON text and knows how it could be closed at the last place where a value had ended.
class Closer {
  public:
    explicit Closer(std::string_view text) : text_(text) {}

    std::string run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                if (!string()) return closed();
            } else if (c == '{' || c == '[') {
                open_.push_back(c == '{' ? '}' : ']');
                key_ = c == '{';
                keep(++at_);
            } else if (c == '}' || c == ']') {
                if (open_.empty() || open_.back() != c) return {};
                open_.pop_back();
                key_ = false;
                keep(++at_);
            } else if (c == ',') {
                key_ = !open_.empty() && open_.back() == '}';
                ++at_;
            } else if (c == ':') {
                key_ = false;
                ++at_;
            } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
                ++at_;
            } else {
                plain();
            }
        }
        return closed();
    }

  private:
    // Numbers and names; known to be whole only when something follows.
    void plain() {
        while (at_ < text_.size() &&
               std::string_view(",]} \n\t\r").find(text_[at_]) == std::string_view::npos)
            ++at_;
        if (at_ < text_.size()) keep(at_);
    }

    // False when the text ends within it.
    bool string() {
        const std::size_t begin = at_++;
        std::size_t word = begin + 1;  // behind the last white space in it
        while (at_ < text_.size() && text_[at_] != '"') {
            const bool escape = text_[at_] == '\\';
            if (escape && at_ + 1 == text_.size()) break;
            const bool blank = escape ? std::string_view("ntr").find(text_[at_ + 1]) != std::string_view::npos
                                      : ends_word(text_[at_]);
            at_ += escape ? 2 : 1;
            if (blank && at_ <= text_.size()) word = at_;
        }
        if (at_ < text_.size() && text_[at_] == '"') {
            ++at_;
            if (!key_) keep(at_);
            return true;
        }
        if (!key_) {
            // Not between the bytes of a character: those before the cut are whole (the text is UTF-8).
            const std::size_t body = begin + 1;
            kept_ = std::string(text_.substr(0, body));
            kept_.append(without_groups(text_.substr(body, word - body))) += '"';
            kept_open_ = open_;
        }
        return false;
    }

    void keep(std::size_t end) {
        kept_end_ = end;
        kept_open_ = open_;
        kept_.clear();
    }

    [[nodiscard]] std::string closed() const {
        if (kept_end_ == 0 && kept_.empty()) return {};
        std::string out = kept_.empty() ? std::string(text_.substr(0, kept_end_)) : kept_;
        out.append(kept_open_.rbegin(), kept_open_.rend());
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool key_ = false;  // a string here is a key
    std::string open_;  // what closes what is open
    std::size_t kept_end_ = 0;
    std::string kept_;  // with the front of the string that was cut, instead
    std::string kept_open_;
};

}  // namespace

std::string_view without_last_word(std::string_view cut_text) {
    while (!cut_text.empty() && !ends_word(cut_text.back())) cut_text.remove_suffix(1);
    return without_groups(cut_text);
}

std::string closed_json(std::string_view cut_json) {
    const std::string_view text = trim(cut_json);
    if (!text.starts_with('{') && !text.starts_with('[')) return {};
    return Closer(text).run();
}

std::string_view front_of_redacted(std::string_view redacted, std::size_t max_bytes) {
    if (redacted.size() <= max_bytes) return redacted;
    const std::string_view front = truncate_utf8(redacted, max_bytes);
    const std::size_t open = front.rfind('<');
    if (open == std::string_view::npos || front.find('>', open) != std::string_view::npos) return front;
    const std::size_t bytes = std::min(kMarkBegin.size(), front.size() - open);
    return front.substr(open, bytes) == kMarkBegin.substr(0, bytes) ? front.substr(0, open) : front;
}

}  // namespace kaizen::redact
