// Public price lists: refused with their place, or read into a table that kaizend reads back to the
// micro-dollar.

#include "ctl/price_import.h"
#include "daemon/session/pricing.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view json(reinterpret_cast<const char*>(data), size);
    auto list = ctl::read_price_list(json, "list.json");
    if (!list) {
        fuzz::claim(list.error().message.starts_with("list.json:"), "an error names the place");
        return 0;
    }
    if (list->date.empty()) list->date = "2026-11-29";
    const ctl::PriceImport import{std::string(json.substr(0, 80)), "2026-11-29", *list,
                                  ctl::changes_by(*list, proto::Prices())};
    static const session::PriceTable kBuiltIn = session::PriceTable::built_in();
    session::PriceTable table = kBuiltIn;
    const auto put =
        table.put_over(ctl::price_table_toml(import), "table.toml", session::PriceLayer::imported);
    fuzz::claim(put.has_value(), "what is written can be read");
    for (const proto::PriceEntry& entry : list->entries) {
        const session::Price* price = table.find(entry.model);
        fuzz::claim(
            price != nullptr && price->input == entry.input_usd_e6 && price->output == entry.output_usd_e6 &&
                price->cache_read == entry.cache_read_usd_e6 &&
                price->cache_write_5m == entry.cache_write_5m_usd_e6 &&
                price->cache_write_1h == entry.cache_write_1h_usd_e6 && price->long_above == entry.long_above,
            "and says the same");
    }
    return 0;
}
