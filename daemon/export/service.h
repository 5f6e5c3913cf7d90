#pragma once

// What a reply of an exporter's service means: the table of spec "flush", in words that name the service and
// the settings that mend it, instead of those of the ingest endpoint. Pure; any thread.
//
// Over plain http anybody on the way may answer, a network's log-in page above all: there a 2xx counts only
// with the service's own body, and a refusal only when it is no web page. Otherwise it is a pause.

#include "common/clock.h"
#include "daemon/flush/reply.h"
#include "daemon/flush/verdict.h"

namespace kaizen::exporting {

struct Service {
    const char* name;   // "PostHog"
    const char* key;    // the setting that says who we are: "api_key"
    const char* place;  // the setting that says where it is: "host"
    const char* where;  // what that has to be, in words
    // Whether a 2xx has the body that the service gives it; null: it is never spoken to over plain http.
    bool (*is_its_own)(const flush::Reply& reply) = nullptr;
};

[[nodiscard]] flush::Verdict judge_reply(const Service& service, const flush::Reply& reply, UnixMs now);

}  // namespace kaizen::exporting
