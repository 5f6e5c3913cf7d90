#pragma once

// One filled value of each contract type: every list has an element and every optional a value.

#include "proto/control.h"

namespace kaizen::proto {

[[nodiscard]] Status sample_status();
[[nodiscard]] Session sample_session();
[[nodiscard]] Event sample_event();
[[nodiscard]] SessionDetail sample_detail();
[[nodiscard]] Usage sample_usage();
[[nodiscard]] Prices sample_prices();
[[nodiscard]] Reprice sample_reprice();
[[nodiscard]] Flush sample_flush();
[[nodiscard]] Reload sample_reload();
[[nodiscard]] OutboxRow sample_outbox_row();
[[nodiscard]] Preview sample_preview();
[[nodiscard]] Forgotten sample_forgotten();
[[nodiscard]] Pinned sample_pinned();
[[nodiscard]] Backfill sample_backfill();
[[nodiscard]] SyncTest sample_sync_test();
[[nodiscard]] Doctor sample_doctor();
[[nodiscard]] ErrorBody sample_error();

}  // namespace kaizen::proto
