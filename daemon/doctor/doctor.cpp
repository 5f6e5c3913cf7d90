#include "daemon/doctor/doctor.h"

#include "daemon/doctor/checks.h"
#include "daemon/runtime/thread_priority.h"
#include "proto/unwatched.h"

namespace kaizen::doctor {
namespace {

struct Row {
    const char* code;
    Found (*run)(const Facts&);
};

constexpr Row kChecks[] = {
    {"config", check_config},
    {"sources", check_sources},
    {"files", check_files},
    {"agents", check_agents},
    {"retention", check_retention},
    {"watches", check_watches},
    {"disk", check_disk},
    {"protections", check_sandbox},
    {"sync", check_sync_off},
    {"sync_endpoint", check_endpoint},
    {"sync_salt", check_salt},
    {"sync_token", check_token},
    {"redact_rules", check_rules},
    {"sync_server", check_server},
    {"sync_clock", check_server_clock},
};

proto::Check as_check(std::string code, Finding found) {
    return {std::move(code), std::move(found.severity), std::move(found.title), std::move(found.detail),
            std::move(found.fix)};
}

}  // namespace

std::vector<proto::Check> run_checks(const Facts& facts, const std::function<bool()>& cancelled) {
    std::vector<proto::Check> checks;
    checks.push_back(as_check("store", check_store(facts, cancelled)));
    for (const Row& row : kChecks) {
        if (auto found = row.run(facts)) checks.push_back(as_check(row.code, std::move(*found)));
    }
    for (const UnwatchedRoot& root : facts.agents.unwatched)
        checks.push_back(proto::unwatched_check(root, facts.paths.config_file));
    for (const proto::LeftOut& left_out : facts.left_out) {
        if (auto found = check_left_out(left_out))
            checks.push_back(as_check("left_out:" + left_out.reason, std::move(*found)));
    }
    for (const proto::ExporterStatus& exporter : facts.exporters)
        checks.push_back(as_check("exporter:" + exporter.name, check_exporter(exporter)));
    return checks;
}

boost::asio::awaitable<std::vector<proto::Check>> Doctor::examine(Facts facts,
                                                                  std::shared_ptr<runtime::Asker> asker) {
    std::unique_ptr<runtime::Worker>& thread = facts.full ? full_thread_ : thread_;
    if (!thread) thread = std::make_unique<runtime::Worker>();
    auto job = [this, facts = std::move(facts), asker = std::move(asker)] {
        runtime::come_after_other_threads();
        return run_checks(facts, [this, &asker] { return cancelled_ || (asker && asker->is_gone()); });
    };
    co_return co_await thread->run(std::move(job));
}

}  // namespace kaizen::doctor
