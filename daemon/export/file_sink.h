#pragma once

// The sink that appends to a file on this machine instead of sending: a request's body, as whole lines, or
// nothing of it. I/O thread only; the file is touched on the worker.
//
// The file is opened anew each time: one that was deleted or moved away comes back, and a log rotation by
// others needs no signal. Made with 0600; no symbolic link is followed; refused when it is not a regular
// file, not ours, or others may write to it. One that would grow beyond `max_bytes` becomes <path>.1 first,
// in the place of an older one; a body larger than that has a file of its own. Half a line at its end, of a
// crash while writing, is cut off. "Taken" (status 200) means that it is on the disk.
//
// Failures are Trouble::file_refused, which a person has to mend, and Trouble::file_unwritable (disk full),
// of which nothing stays in the file.

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/flush/sink.h"
#include "daemon/runtime/worker.h"

namespace kaizen::exporting {

[[nodiscard]] std::unique_ptr<flush::Sink> make_file_sink(runtime::Worker& worker, std::string path,
                                                          std::int64_t max_bytes);

}  // namespace kaizen::exporting
