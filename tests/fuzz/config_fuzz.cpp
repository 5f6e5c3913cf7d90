// Configuration files, by the first byte also price tables: refused with their place, or read.

#include "common/config.h"
#include "common/workspace_aliases.h"
#include "daemon/session/pricing.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    if (input.byte() % 2 == 0) {
        static const session::PriceTable kBuiltIn = session::PriceTable::built_in();
        session::PriceTable prices = kBuiltIn;
        const auto put = prices.put_over(input.rest(), "prices.toml");
        fuzz::claim(put.has_value() || put.error().message.starts_with("prices.toml"),
                    "an error names the file");
        return 0;
    }
    static fuzz::MemoryFile file;
    file.replace(input.rest());
    const auto loaded = load_config(file.path(), [](const char*) -> const char* { return nullptr; });
    if (loaded) {
        const std::string report = check_report(*loaded, file.path());
        fuzz::claim(!report.empty(), "what was read can be shown");
        const WorkspaceAliases aliases(loaded->config.workspace.aliases);
        for (const auto& [from, to] : loaded->config.workspace.aliases)
            fuzz::claim(WorkspaceFilter(from, aliases).takes(to), "aliases lead on, and to an end");
    } else {
        fuzz::claim(!loaded.error().message.empty(), "an error says something");
    }
    return 0;
}
