#include <string>

#include "ctl/ask.h"
#include "ctl/render.h"

namespace kaizen::ctl {

Answered<ExitCode> run_prices(Call& call) {
    const Options& options = call.options;
    if (options.model == "import") return run_prices_import(call);
    if (!options.file.empty()) return tl::unexpected(unknown_word(options.file, "prices", {}));
    if (options.yes || options.remove)
        return tl::unexpected(wrong_words("--yes and --remove go with prices import",
                                          "kaizenctl prices --help says what it takes"));
    Target target("/v1/prices");
    target.query("model", options.model);
    if (options.all) target.query("all", std::string_view("true"));
    const auto body = ask(call, target);
    if (!body) return tl::unexpected(body.error());
    const auto prices = print<proto::Prices>(call, *body, [&](const Look& look, const proto::Prices& answer) {
        return render_prices(look, answer, options.model);
    });
    if (!prices) return tl::unexpected(prices.error());
    return ExitCode::ok;
}

}  // namespace kaizen::ctl
