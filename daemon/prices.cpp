#include "daemon/prices.h"

#include "common/small_file.h"

namespace kaizen {

namespace {

using session::PriceLayer;
using session::PriceTable;

// False when there is no such file.
Result<bool> put_over(PriceTable& table, const std::string& file, PriceLayer layer) {
    const auto read = read_small_file(file);
    if (!read) return tl::unexpected(read.error());
    if (!*read) return false;
    if (auto put = table.put_over((*read)->text, file, layer); !put) return tl::unexpected(put.error());
    return true;
}

}  // namespace

Result<PriceTable> load_prices(const std::string& imported, const std::string& own) {
    PriceTable table = PriceTable::built_in();
    if (const auto put = put_over(table, imported, PriceLayer::imported); !put)
        return tl::unexpected(put.error());
    if (own.empty()) return table;
    const auto put = put_over(table, own, PriceLayer::own);
    if (!put) return tl::unexpected(put.error());
    if (!*put) return fail(ErrorCode::not_found, own + ": no such file");
    return table;
}

}  // namespace kaizen
