#include "ctl/json_view.h"

#include "common/json.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

std::string compact(const JsonValue& value) {
    JsonText text;
    value.Accept(text);
    return visible_json(text.str());
}

class Printer {
  public:
    explicit Printer(const Look& look) : look_(look) {}

    // Depth is bounded by that of parsing.
    void print(const JsonValue& value, int depth) {
        if (value.IsObject() && value.MemberCount() > 0)
            print_object(value, depth);
        else if (value.IsArray() && !value.Empty())
            print_array(value, depth);
        else if (value.IsString())
            out_ += mark_redactions(look_, compact(value));
        else
            out_ += paint(look_, value.IsNull() ? Style::dim : Style::plain, compact(value));
    }

    [[nodiscard]] const std::string& text() const { return out_; }

  private:
    void print_object(const JsonValue& object, int depth) {
        sign("{");
        bool first = true;
        for (const auto& member : object.GetObject()) {
            begin_line(depth + 1, first);
            out_ += paint(look_, Style::cyan, compact(member.name));
            sign(": ");
            print(member.value, depth + 1);
            first = false;
        }
        end_lines(depth, "}");
    }

    void print_array(const JsonValue& array, int depth) {
        sign("[");
        bool first = true;
        for (const JsonValue& item : array.GetArray()) {
            begin_line(depth + 1, first);
            print(item, depth + 1);
            first = false;
        }
        end_lines(depth, "]");
    }

    void begin_line(int depth, bool first) {
        if (!first) sign(",");
        out_.append("\n").append(static_cast<std::size_t>(depth) * 2, ' ');
    }

    void end_lines(int depth, std::string_view bracket) {
        out_.append("\n").append(static_cast<std::size_t>(depth) * 2, ' ');
        sign(bracket);
    }

    void sign(std::string_view text) { out_ += paint(look_, Style::dim, text); }

    const Look& look_;
    std::string out_;
};

}  // namespace

std::string mark_redactions(const Look& look, std::string_view text) {
    constexpr std::string_view kRedacted = "<REDACTED:";
    std::string out;
    for (std::size_t at = text.find(kRedacted); at != std::string_view::npos; at = text.find(kRedacted)) {
        const std::size_t end = text.find('>', at);
        if (end == std::string_view::npos) break;
        out.append(text.substr(0, at)).append(paint(look, Style::yellow, text.substr(at, end + 1 - at)));
        text.remove_prefix(end + 1);
    }
    return out.append(text);
}

std::string json_lines(const Look& look, std::string_view json) {
    JsonDocument document;
    if (!document.parse(json)) return plain(json) + "\n";
    Printer printer(look);
    printer.print(document.root(), 0);
    return printer.text() + "\n";
}

}  // namespace kaizen::ctl
