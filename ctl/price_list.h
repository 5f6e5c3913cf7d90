#pragma once

// Price lists that people have, as JSON: LiteLLM's model_prices_and_context_window.json and the api.json of
// models.dev. Which one a text is, its structure says. Of both only those models are taken that agents can
// use, in the prices of their makers; a reseller's only where no maker's is there. What is not taken is
// counted with its reason. Lists are untrusted. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "proto/control.h"

namespace kaizen::ctl {

struct PricesLeftOut {
    std::string_view why;
    std::int64_t count = 0;
    std::string example;  // the name of one
};

struct PriceList {
    std::string_view format;  // "LiteLLM", "models.dev"
    std::string date;         // when a price was changed last, 2026-11-20; empty: the list does not say
    std::vector<proto::PriceEntry> entries;  // by name; factors and fees that it does not say are unknown
    std::vector<PricesLeftOut> left_out;
};

// The error says where in the text.
[[nodiscard]] Result<PriceList> read_price_list(std::string_view json, const std::string& file_name);

}  // namespace kaizen::ctl
