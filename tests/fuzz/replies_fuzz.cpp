// Whatever a server answers is judged: by the ingest contract, or as an exporter does. The first byte says
// which status.

#include "common/text.h"
#include "daemon/export/exporters.h"
#include "daemon/flush/http_date.h"
#include "daemon/flush/ingest_verdict.h"
#include "proto/ingest.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

namespace {

constexpr UnixMs kNow = 1'795'600'000'000;
constexpr unsigned kStatuses[] = {200, 202, 204, 301, 307, 400, 401, 403, 404,
                                  408, 409, 413, 422, 425, 429, 500, 503, 999};

void check(const flush::Verdict& verdict) {
    fuzz::claim(is_utf8(verdict.title) && is_utf8(verdict.fix) && is_utf8(verdict.reason),
                "a verdict is text");
    fuzz::claim(verdict.title.find('\x1b') == std::string::npos, "and says nothing to a terminal");
    fuzz::claim(verdict.title.find("\xE2\x80\xAE") == std::string::npos, "nor turns it around");
    fuzz::claim(!verdict.retry_after || verdict.retry_after->count() >= 0, "a wait is not over already");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    flush::Reply reply;
    reply.status = kStatuses[input.byte() % std::size(kStatuses)];
    reply.over_plain_http = input.byte() % 2 != 0;
    const std::size_t header = input.byte();
    reply.retry_after = input.rest().substr(0, header);
    reply.location = reply.date = reply.retry_after;
    reply.body = input.rest().substr(reply.retry_after.size());
    check(flush::judge_ingest(reply, kNow));
    static_cast<void>(proto::ingest::overrides_from(reply.body));
    static_cast<void>(flush::parse_http_date(reply.date, kNow));
    for (const char* type : {"otlp", "posthog", "datadog"}) {
        const exporting::Exporter* exporter = exporting::find_exporter(type);
        ExportTarget target;
        target.type = type;
        target.api_key = "k";
        const flush::Carrier carrier =
            exporting::carrier_of(*exporter, target, {"team", "1.0", ""}, {500, 1'000'000});
        check(carrier.judge(reply, kNow));
    }
    return 0;
}
