#include "daemon/export/service.h"

#include <fmt/core.h>

#include "daemon/flush/excerpt.h"

namespace kaizen::exporting {
namespace {

using flush::Decision;
using flush::Verdict;

constexpr std::size_t kMessageMost = 300;

void reword_pause(const Service& service, unsigned status, Verdict& verdict) {
    if (verdict.reason == "unauthorized" || verdict.reason == "forbidden") {
        verdict.title = fmt::format("{} does not accept the key ({})", service.name, status);
        verdict.fix =
            fmt::format("check {} of this exporter; a changed configuration is tried at once", service.key);
        return;
    }
    if (verdict.reason == "wrong_endpoint")
        verdict.title = fmt::format("{} does not take batches there ({})", service.name, status);
    verdict.fix = fmt::format("check {} of this exporter: {}", service.place, service.where);
}

// These services say what is wrong in members of their own, or in plain words.
void quote(const flush::Reply& reply, Verdict& verdict) {
    const auto& said = verdict.refused;
    if (!said.code.empty() || !said.field.empty() || !said.message.empty()) return;
    verdict.refused.message = flush::excerpt(reply.body, kMessageMost);
    if (!said.message.empty()) verdict.title += ": " + said.message;
}

bool is_of_another(const Service& service, const flush::Reply& reply, Decision decision) {
    if (!reply.over_plain_http || service.is_its_own == nullptr) return false;
    if (decision == Decision::accepted) return !service.is_its_own(reply);
    return decision == Decision::isolate && flush::is_web_page(reply);
}

}  // namespace

Verdict judge_reply(const Service& service, const flush::Reply& reply, UnixMs now) {
    Verdict verdict = flush::judge(reply, now);
    if (!verdict.status) return verdict;  // no answer: the failure names the server already
    if (is_of_another(service, reply, verdict.decision))
        return flush::answered_by_another(
            reply, service.name,
            fmt::format("log in to the network, or check {} of this exporter: {}", service.place,
                        service.where));
    if (verdict.decision == Decision::pause) reword_pause(service, *verdict.status, verdict);
    if (verdict.decision == Decision::isolate) quote(reply, verdict);
    return verdict;
}

}  // namespace kaizen::exporting
