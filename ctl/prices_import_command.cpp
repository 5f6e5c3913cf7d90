#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "common/json.h"
#include "common/small_file.h"
#include "ctl/ask.h"
#include "ctl/human.h"
#include "ctl/marked_file.h"
#include "ctl/plain_text.h"
#include "ctl/price_import.h"

namespace kaizen::ctl {
namespace {

constexpr std::size_t kMostMib = 32;         // of a list: today's have two to four
constexpr std::size_t kMostBytes = 1 << 20;  // of a table: more kaizend does not read
constexpr std::string_view kAfterRefusal = "mend that, then kaizenctl reload";

std::string day_of(UnixMs at) { return format_iso8601(at).substr(0, 10); }

Answered<proto::Prices> prices_in_force(Call& call) {
    const auto body = ask(call, Target("/v1/prices").query("all", std::string_view("true")));
    if (!body) return tl::unexpected(body.error());
    return read<proto::Prices>(*body);
}

Answered<PriceImport> plan_import(Call& call) {
    const std::string& path = call.options.file;
    const auto file = read_small_file(path, kMostMib);
    if (!file) return tl::unexpected(Failure(file.error()));
    if (!*file) return tl::unexpected(Failure(Error(ErrorCode::not_found, path + ": no such file")));
    PriceImport import;
    import.file_name = std::filesystem::path(path).filename().string();
    auto list = read_price_list((*file)->text, path);
    if (!list) return tl::unexpected(Failure(list.error()));
    import.list = std::move(*list);
    if (import.list.entries.empty()) {
        return tl::unexpected(
            Failure(Error(ErrorCode::bad_input, path + ": no model in it that agents here use",
                          "kaizenctl prices --help says which lists it takes")));
    }
    if (import.list.date.empty()) import.list.date = day_of((*file)->modified);
    import.imported_on = day_of(call.look.now);
    const auto in_force = prices_in_force(call);
    if (!in_force) return tl::unexpected(in_force.error());
    import.changes = changes_by(import.list, *in_force);
    return import;
}

// What stands in the file is what counts from now on.
Answered<> put_in_force(Call& call) {
    const auto body = tell(call, Target("/v1/reload"), "{}");
    if (body) return {};
    Failure failure = body.error();
    failure.error.message = "the file is changed, but kaizend did not read it: " + failure.error.message;
    failure.error.hint = kAfterRefusal;
    return tl::unexpected(std::move(failure));
}

Answered<> write(Call& call, const PriceImport& import) {
    const std::string table = price_table_toml(import);
    if (table.size() > kMostBytes)
        return tl::unexpected(
            Failure(Error(ErrorCode::bad_input, "the list has more models than a price table holds")));
    if (auto written = replace_file(imported_prices_file(call.paths), table); !written)
        return tl::unexpected(Failure(written.error()));
    return put_in_force(call);
}

Answered<ExitCode> import_list(Call& call) {
    const Options& options = call.options;
    const auto import = plan_import(call);
    if (!import) return tl::unexpected(import.error());
    if (options.yes) {
        if (auto written = write(call, *import); !written) return tl::unexpected(written.error());
    }
    const std::string file = options.yes ? imported_prices_file(call.paths) : std::string();
    if (options.json)
        print_json(call, to_json(*import, options.yes));
    else
        call.world.out << render_price_import(call.look, *import, options.all, file);
    return ExitCode::ok;
}

Answered<ExitCode> remove_imported(Call& call) {
    const Options& options = call.options;
    const std::string file = imported_prices_file(call.paths);
    if (::access(file.c_str(), F_OK) != 0) {
        return tl::unexpected(Failure(
            Error(ErrorCode::not_found, "no prices are imported", "kaizenctl prices import FILE does so")));
    }
    const auto in_force = prices_in_force(call);
    if (!in_force) return tl::unexpected(in_force.error());
    const auto entries = std::count_if(in_force->entries.begin(), in_force->entries.end(),
                                       [](const auto& entry) { return entry.layer == "imported"; });
    if (options.yes) {
        if (::unlink(file.c_str()) != 0)
            return tl::unexpected(
                Failure(Error(ErrorCode::denied, fmt::format("{}: {}", file, std::strerror(errno)))));
        if (auto read = put_in_force(call); !read) return tl::unexpected(read.error());
    }
    if (options.json) {
        JsonText text;
        text.StartObject();
        text.key("file"), text.string(file);
        text.key("entries"), text.Int64(entries);
        text.key("removed"), text.Bool(options.yes);
        text.EndObject();
        print_json(call, text.str());
        return ExitCode::ok;
    }
    const std::string what = fmt::format("{} of {}", plural(entries, "imported entry", "imported entries"),
                                         with_tilde(call.look, file));
    call.world.out << what
                   << (options.yes ? " gone: what is built in holds again\n"
                                     "→ kaizenctl usage reprice prices the past anew\n"
                                   : " would go, and what is built in would hold again; --yes does it\n");
    return ExitCode::ok;
}

}  // namespace

// A price is money, so what would change is said first, and done with --yes only.
Answered<ExitCode> run_prices_import(Call& call) {
    const Options& options = call.options;
    if (options.remove == !options.file.empty())
        return tl::unexpected(wrong_words("prices import takes a FILE, or --remove",
                                          "kaizenctl prices import FILE says what would change"));
    return options.remove ? remove_imported(call) : import_list(call);
}

}  // namespace kaizen::ctl
