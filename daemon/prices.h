#pragma once

// The price table that the configuration asks for. Any thread; blocks.

#include <string>

#include "common/error.h"
#include "daemon/session/pricing.h"

namespace kaizen {

// The built-in prices, those of `imported` over them, if there is such a file, and those of the user's own
// file over both, if one is named. The error names the place in a file.
[[nodiscard]] Result<session::PriceTable> load_prices(const std::string& imported, const std::string& own);

}  // namespace kaizen
