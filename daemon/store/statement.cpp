#include "daemon/store/statement.h"

namespace kaizen::store {

Statement::Statement(Database& database, std::string sql) : database_(database), sql_(std::move(sql)) {
    if (!database.read_only()) SQLite::Statement(database.handle(), sql_);
}

SQLite::Statement& Statement::prepare() {
    prepared_.emplace(database_.handle(), sql_);
    sql_ = std::string();
    return *prepared_;
}

std::string placeholders(std::string_view columns) {
    std::string out = "?";
    for (const char c : columns) out += c == ',' ? ", ?" : "";
    return out;
}

}  // namespace kaizen::store
