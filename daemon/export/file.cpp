#include "daemon/export/file.h"

#include <utility>

#include "common/json.h"

namespace kaizen::exporting {
namespace {

using outbox::Batch;
using outbox::Row;

// Written anew, and not as it waited: so it is one line.
std::string line_of(const Batch& batch, const JsonValue& row, const Origin& origin) {
    JsonText out;
    out.StartObject();
    out.key("batch"), out.string(batch.key);
    out.key("kind"), out.string(proto::ingest::name_of(batch.kind));
    out.key("workspace_hash"), out.string(batch.workspace_hash);
    out.key("team_id"), out.string(origin.team_id);
    out.key("row");
    row.Accept(out);
    out.EndObject();
    return out.str() + "\n";
}

Result<std::string> place(const ExportTarget& target) {
    if (!target.path.starts_with('/'))
        return fail(ErrorCode::bad_input, "the path of this file exporter is not absolute",
                    "write it like /var/lib/kaizen/export.ndjson or ~/kaizen.ndjson");
    return target.path;
}

Shipment ship(const Batch& batch, const ExportTarget&, const Origin& origin, UnixMs) {
    Shipment shipment;
    flush::Request request("APPEND", "");
    JsonDocument document;
    for (const Row& row : batch.rows) {
        if (document.parse(row.json) && document.root().IsObject())
            request.body += line_of(batch, document.root(), origin);
        else
            shipment.unfit.push_back({row.id, "it is not a JSON object"});
    }
    if (!request.body.empty()) shipment.requests.push_back(std::move(request));
    return shipment;
}

flush::Verdict judge(const flush::Reply& reply, const ExportTarget&, UnixMs now) {
    return flush::judge(reply, now);
}

}  // namespace

const Exporter& file_exporter() {
    static constexpr Exporter kExporter{"file", place, ship, judge};
    return kExporter;
}

}  // namespace kaizen::exporting
