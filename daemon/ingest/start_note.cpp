#include "daemon/ingest/start_note.h"

#include <unistd.h>

#include "common/json.h"
#include "daemon/tail/file_identity.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

}  // namespace

std::string call_in_note(const parse::Format& format, const std::string& root, const std::string& path) {
    const auto file = tail::open_session_file(root, path);
    if (!file || file->size > static_cast<std::int64_t>(kMaxBytes)) return {};
    std::string text(kMaxBytes, '\0');
    const ssize_t bytes = ::pread(file->fd.get(), text.data(), text.size(), 0);
    if (bytes <= 0) return {};
    text.resize(static_cast<std::size_t>(bytes));
    JsonDocument document;
    if (!document.parse(text) || !document.root().IsObject()) return {};
    return format.call_in_note(document.root());
}

}  // namespace kaizen::ingest
