#pragma once

// What importing a price list would change, and the table that it becomes. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/look.h"
#include "ctl/price_list.h"
#include "proto/control.h"

namespace kaizen::ctl {

struct PriceChange {
    proto::PriceEntry before;  // in force
    proto::PriceEntry after;
};

struct PriceChanges {
    std::vector<proto::PriceEntry> added;
    std::vector<PriceChange> changed;  // what the history uses most comes first
    std::int64_t unchanged = 0;
    std::vector<std::string> own;   // the user's own file prices these, whatever is imported
    std::vector<std::string> gone;  // of an earlier import, and not in the list any more
};

[[nodiscard]] PriceChanges changes_by(const PriceList& list, const proto::Prices& in_force);

struct PriceImport {
    std::string file_name;
    std::string imported_on;  // 2026-11-29
    PriceList list;           // with a date
    PriceChanges changes;
};

// The user's own tables have the same form.
[[nodiscard]] std::string price_table_toml(const PriceImport& import);

[[nodiscard]] std::string to_json(const PriceImport& import, bool written);

// `all`: every change. `file`: where it was written to; empty: it was not.
[[nodiscard]] std::string render_price_import(const Look& look, const PriceImport& import, bool all,
                                              const std::string& file);

}  // namespace kaizen::ctl
