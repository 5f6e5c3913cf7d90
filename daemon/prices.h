#pragma once

// The price table that the configuration asks for. Any thread; blocks.

#include <string>

#include "common/error.h"
#include "daemon/session/pricing.h"

namespace kaizen {

// The built-in prices with those of the user's file over them; without a file the built-in ones alone. The
// error names the place in the file.
[[nodiscard]] Result<session::PriceTable> load_prices(const std::string& file);

}  // namespace kaizen
