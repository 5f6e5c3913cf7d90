#include "daemon/prices.h"

#include "common/small_file.h"

namespace kaizen {

Result<session::PriceTable> load_prices(const std::string& file) {
    session::PriceTable table = session::PriceTable::built_in();
    if (file.empty()) return table;
    const auto read = read_small_file(file);
    if (!read) return tl::unexpected(read.error());
    if (!*read) return fail(ErrorCode::not_found, file + ": no such file");
    if (auto put = table.put_over((*read)->text, file); !put) return tl::unexpected(put.error());
    return table;
}

}  // namespace kaizen
