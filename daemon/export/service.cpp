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

}  // namespace

Verdict judge_reply(const Service& service, const flush::Reply& reply, UnixMs now) {
    Verdict verdict = flush::judge(reply, now);
    if (!verdict.status) return verdict;  // no answer: the failure names the server already
    if (verdict.decision == Decision::pause) reword_pause(service, *verdict.status, verdict);
    if (verdict.decision == Decision::isolate) quote(reply, verdict);
    return verdict;
}

}  // namespace kaizen::exporting
