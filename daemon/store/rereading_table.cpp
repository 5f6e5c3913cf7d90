#include "daemon/store/rereading_table.h"

#include "daemon/parse/event.h"

namespace kaizen::store {

RereadingTable::RereadingTable(Database& database)
    : load_(database,
            "SELECT rules, until, last_top, last_began_at_ms, last_session, sessions, read, left_alone "
            "FROM rereading"),
      save_(
          database,
          "UPDATE rereading SET rules = ?, until = ?, last_top = ?, last_began_at_ms = ?, last_session = ?, "
          "sessions = ?, read = ?, left_alone = ?"),
      begin_(database,
             "UPDATE rereading SET rules = ?, until = coalesce((SELECT max(key) FROM sessions), 0), "
             "last_top = -1, sessions = (SELECT count(*) FROM sessions), read = 0, left_alone = 0"),
      forget_unknown_kinds_(database, "DELETE FROM line_kinds WHERE outcome = 2"),
      waiting_(database,
               "SELECT parent IS NULL, coalesce(began_at_ms, 0), key FROM sessions WHERE key <= ? AND "
               "(parent IS NULL, coalesce(began_at_ms, 0), key) > (?, ?, ?) ORDER BY 1, 2, 3") {
    static_assert(static_cast<int>(parse::LineOutcome::unknown_kind) == 2);
}

RereadingRow RereadingTable::load() {
    RereadingRow row;
    if (load_->executeStep()) {
        Reader in(load_);
        row.rules = in.integer();
        row.until = in.integer();
        row.last = {in.integer(), in.integer(), in.integer()};
        row.sessions = in.integer();
        row.read = in.integer();
        row.left_alone = in.integer();
    }
    load_->tryReset();
    return row;
}

void RereadingTable::save(const RereadingRow& row) {
    Binder out(save_);
    out.add(row.rules).add(row.until).add(row.last.top).add(row.last.began_at).add(row.last.session);
    out.add(row.sessions).add(row.read).add(row.left_alone);
    save_->exec();
}

void RereadingTable::begin(std::int64_t rules) {
    Binder(begin_).add(rules);
    begin_->exec();
    forget_unknown_kinds_->tryReset();
    forget_unknown_kinds_->exec();
}

std::vector<RereadingPlace> RereadingTable::waiting(const RereadingRow& row) {
    Binder(waiting_).add(row.until).add(row.last.top).add(row.last.began_at).add(row.last.session);
    std::vector<RereadingPlace> places;
    while (waiting_->executeStep()) {
        Reader in(waiting_);
        places.push_back({in.integer(), in.integer(), in.integer()});
    }
    waiting_->tryReset();
    return places;
}

}  // namespace kaizen::store
