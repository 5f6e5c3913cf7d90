#include <fmt/core.h>
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

// kaizend says where it looks for the imported table, as it may have another configuration than we would
// find.
Answered<proto::Prices> prices_in_force(Call& call) {
    const auto body = ask(call, Target("/v1/prices").query("all", std::string_view("true")));
    if (!body) return tl::unexpected(body.error());
    auto prices = read<proto::Prices>(*body);
    const std::filesystem::path file = prices ? prices->imported_file : std::string();
    if (prices && (!file.is_absolute() || file.filename() != kImportedPrices)) {
        return tl::unexpected(
            Failure(Error(ErrorCode::bad_input,
                          fmt::format("kaizend names no place for prices: \"{}\"", prices->imported_file))));
    }
    return prices;
}

struct Plan {
    PriceImport import;
    std::string table;  // the file to be written
};

Answered<Plan> plan_import(Call& call) {
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
    return Plan{std::move(import), in_force->imported_file};
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

Answered<> write(Call& call, const Plan& plan) {
    const std::string table = price_table_toml(plan.import);
    if (table.size() > kMostBytes) {
        return tl::unexpected(
            Failure(Error(ErrorCode::bad_input, "the list has more models than a price table holds")));
    }
    if (auto written = replace_file(plan.table, table); !written)
        return tl::unexpected(Failure(written.error()));
    return put_in_force(call);
}

Answered<ExitCode> import_list(Call& call) {
    const Options& options = call.options;
    const auto plan = plan_import(call);
    if (!plan) return tl::unexpected(plan.error());
    if (options.yes) {
        if (auto written = write(call, *plan); !written) return tl::unexpected(written.error());
    }
    if (options.json) {
        print_json(call, to_json(plan->import, options.yes));
    } else {
        call.world.out << render_price_import(call.look, plan->import, options.all,
                                              options.yes ? plan->table : std::string());
    }
    return ExitCode::ok;
}

void say_removed(Call& call, const std::string& file, std::int64_t entries) {
    const bool done = call.options.yes;
    if (call.options.json) {
        JsonText text;
        text.StartObject();
        text.key("file"), text.string(file);
        text.key("entries"), text.Int64(entries);
        text.key("removed"), text.Bool(done);
        text.EndObject();
        print_json(call, text.str());
        return;
    }
    call.world.out << fmt::format("{} of {} ", plural(entries, "imported entry", "imported entries"),
                                  with_tilde(call.look, file))
                   << (done ? "gone: what is built in holds again\n"
                              "→ kaizenctl usage reprice prices the past anew\n"
                            : "would go, and what is built in would hold again; --yes does it\n");
}

Answered<ExitCode> remove_imported(Call& call) {
    const auto in_force = prices_in_force(call);
    if (!in_force) return tl::unexpected(in_force.error());
    const std::string& file = in_force->imported_file;
    if (::access(file.c_str(), F_OK) != 0) {
        return tl::unexpected(Failure(
            Error(ErrorCode::not_found, "no prices are imported", "kaizenctl prices import FILE does so")));
    }
    if (call.options.yes) {
        if (::unlink(file.c_str()) != 0) {
            return tl::unexpected(
                Failure(Error(ErrorCode::denied, fmt::format("{}: {}", file, std::strerror(errno)))));
        }
        if (auto read = put_in_force(call); !read) return tl::unexpected(read.error());
    }
    const auto entries = std::count_if(in_force->entries.begin(), in_force->entries.end(),
                                       [](const auto& entry) { return entry.layer == "imported"; });
    say_removed(call, file, entries);
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
