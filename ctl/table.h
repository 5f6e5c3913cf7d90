#pragma once

// Columns that fit: as wide as their cells, up to the look's width. When there is too little room, columns
// give way in the order that they say, and the growing column is cut. Of the columns that may leave, those
// without any known value do. Pure.

#include <string>
#include <vector>

#include "ctl/look.h"

namespace kaizen::ctl {

struct Column {
    std::string title;
    bool to_right = false;  // numbers
    int gives_way = 0;      // 0: stays; otherwise it may leave, the highest first
    int at_most = 1000;     // columns; longer cells are cut
    int grows_from = 0;     // not 0: takes the room that is left, at least this much; one column per table
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // One cell for each column. Spaces at the end of a text align it to longer ones, and are never printed
    // last.
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    void set_total(std::vector<Cell> row) { total_ = std::move(row); }  // below all others and a rule
    [[nodiscard]] std::string text(const Look& look) const;  // titles, unless all are empty, and rows

  private:
    [[nodiscard]] bool says_something(std::size_t column) const;
    [[nodiscard]] std::vector<int> widths(int room) const;  // -1: left out
    [[nodiscard]] std::string line(const Look& look, const std::vector<Cell>& row,
                                   const std::vector<int>& widths) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<Cell> total_;  // empty: none
};

}  // namespace kaizen::ctl
