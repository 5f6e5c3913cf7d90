#include "ctl/table.h"

#include <algorithm>

#include "ctl/human.h"
#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

constexpr int kGap = 2;

int sum_of(const std::vector<int>& widths) {
    int sum = -kGap;
    for (const int width : widths) sum += width < 0 ? 0 : width + kGap;
    return sum;
}

}  // namespace

bool Table::says_something(std::size_t column) const {
    return std::any_of(rows_.begin(), rows_.end(), [column](const std::vector<Cell>& row) {
        return !row[column].text.empty() && row[column].text != kUnknown;
    });
}

std::vector<int> Table::widths(int room) const {
    std::vector<int> all;
    std::size_t growing = columns_.size();
    int wanted = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        int width = columns_of(columns_[i].title);
        for (const auto& row : rows_) width = std::max(width, columns_of(row[i].text));
        if (!total_.empty()) width = std::max(width, columns_of(total_[i].text));
        width = std::min(width, columns_[i].at_most);
        if (columns_[i].grows_from > 0) {
            growing = i;
            wanted = width;
            width = std::min(width, columns_[i].grows_from);
        }
        all.push_back(columns_[i].gives_way > 0 && !says_something(i) ? -1 : width);
    }
    while (sum_of(all) > room) {
        std::size_t first = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const bool leaves = all[i] >= 0 && columns_[i].gives_way > 0;
            if (leaves && (first == columns_.size() || columns_[i].gives_way > columns_[first].gives_way))
                first = i;
        }
        if (first == columns_.size()) break;
        all[first] = -1;
    }
    if (growing < columns_.size() && all[growing] >= 0) {
        all[growing] = std::clamp(all[growing] + room - sum_of(all), 1, std::max(1, wanted));
    }
    return all;
}

std::string Table::line(const Look& look, const std::vector<Cell>& row,
                        const std::vector<int>& widths) const {
    std::string out;
    int owed = 0;  // spaces are written only before text, so that no line ends with them
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (widths[i] < 0) continue;
        const std::string text = cut_to(row[i].text, widths[i]);
        const int room = widths[i] - columns_of(text);
        const std::size_t end = text.find_last_not_of(' ') + 1;
        if (end > 0) {
            out.append(static_cast<std::size_t>(owed + (columns_[i].to_right ? room : 0)), ' ');
            out.append(paint(look, row[i].style, text.substr(0, end)));
            owed = (columns_[i].to_right ? 0 : room) + static_cast<int>(text.size() - end) + kGap;
        } else {
            owed += widths[i] + kGap;
        }
    }
    return out + "\n";
}

std::string Table::text(const Look& look) const {
    const std::vector<int> all = widths(look.width);
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.push_back({column.title, Style::dim});
    const bool titled =
        std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); });
    std::string out = titled ? line(look, titles, all) : std::string();
    for (const auto& row : rows_) out += line(look, row, all);
    if (total_.empty()) return out;
    std::string rule;
    for (int i = 0; i < std::min(sum_of(all), look.width); ++i) rule += "─";
    return out + paint(look, Style::dim, rule) + "\n" + line(look, total_, all);
}

}  // namespace kaizen::ctl
