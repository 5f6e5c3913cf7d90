#include "daemon/flush/ingest_verdict.h"

#include <string>

#include "common/text.h"

namespace kaizen::flush {
namespace {

bool says_received(const Reply& reply) {
    const auto accepted = proto::ingest::accepted_from(reply.body);
    return accepted && accepted->received;
}

bool says_why(const Reply& reply) {
    const auto refused = proto::ingest::refused_from(reply.body);
    return refused && !refused->code.empty();
}

bool is_taken(unsigned status) { return status / 100 == 2 || status == 409; }

bool is_refused(unsigned status) { return status == 400 || status == 422; }

std::string proof_in(const Reply& reply) {
    if (trim(reply.ingest) == "1") return "header";
    const bool taken = is_taken(reply.status) && says_received(reply);
    const bool refused = (is_refused(reply.status) || reply.status == 409) && says_why(reply);
    return taken || refused ? "body" : "none";
}

}  // namespace

Verdict judge_ingest(const Reply& reply, UnixMs now) {
    const bool by_it_rows_go = is_taken(reply.status) || is_refused(reply.status);
    if (reply.failure || !reply.over_plain_http || !by_it_rows_go) return judge(reply, now);
    const std::string proof = proof_in(reply);
    Verdict verdict = proof != "none" ? judge(reply, now)
                                      : answered_by_another(
                                            reply, "the ingest endpoint",
                                            "log in to the network, or check sync.endpoint; over http:// an "
                                            "answer counts only with the header X-Kaizen-Ingest: 1 or the "
                                            "contract's body");
    verdict.proof = proof;
    return verdict;
}

}  // namespace kaizen::flush
