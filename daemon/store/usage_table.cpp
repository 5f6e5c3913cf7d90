#include "daemon/store/usage_table.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string_view>

#include "daemon/store/fault.h"

namespace kaizen::store {
namespace {

using session::UsageSum;

constexpr const char* kResponse =
    "SELECT key, request, session, model, at_ms, input, cache_read, cache_write, cache_write_1h, output, "
    "reasoning, agent_cost_e6, cost_pico, price_table, tier, region, web_searches FROM responses ";

std::string select(const char* rest) { return std::string(kResponse) + rest; }

UsageSum unpacked(std::string_view bytes) {
    auto sum = UsageSum::unpack(bytes);
    if (!sum) throw Contradiction("a row of usage is damaged");
    return *sum;
}

}  // namespace

void UsageTable::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

UsageTable::RawStatement UsageTable::prepare(Database& database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3* const db = database.handle().getHandle();
    if (const int result = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr); result != SQLITE_OK)
        throw SQLite::Exception(db, result);
    return RawStatement(statement);
}

UsageTable::UsageTable(Database& database)
    : find_(database, select("WHERE key = ?")),
      from_(database, select("WHERE key >= ? ORDER BY key LIMIT ?")),
      save_(database,
            "INSERT OR REPLACE INTO responses (key, request, session, model, at_ms, input, cache_read, "
            "cache_write, cache_write_1h, output, reasoning, agent_cost_e6, cost_pico, price_table, tier, "
            "region, web_searches) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      erase_(database, "DELETE FROM responses WHERE key = ?"),
      sum_(database, "SELECT sums FROM usage WHERE quarter = ? AND session = ? AND model = ?"),
      save_sum_(database, "INSERT OR REPLACE INTO usage (quarter, session, model, sums) VALUES (?, ?, ?, ?)"),
      drop_sum_(database, "DELETE FROM usage WHERE quarter = ? AND session = ? AND model = ?"),
      insert_model_(database, "INSERT OR IGNORE INTO models (name) VALUES (?)"),
      model_id_(database, "SELECT id FROM models WHERE name = ?"),
      model_name_(database, "SELECT name FROM models WHERE id = ?"),
      insert_prices_(database,
                     "INSERT OR IGNORE INTO price_tables (fingerprint, date, origin, current, responses) "
                     "VALUES (?, ?, ?, 0, 0)"),
      choose_prices_(database, "UPDATE price_tables SET current = (fingerprint = ?)"),
      current_prices_(database, "SELECT id FROM price_tables WHERE current"),
      count_priced_(database, "UPDATE price_tables SET responses = responses + ? WHERE id = ?"),
      price_tables_(database,
                    "SELECT id, date, origin, current, responses FROM price_tables WHERE current OR "
                    "responses > 0 ORDER BY current DESC, date DESC"),
      unbooked_(database, "SELECT last_event FROM unbooked"),
      all_booked_(database, "DELETE FROM unbooked"),
      each_(prepare(database,
                    "SELECT quarter, session, model, sums FROM usage WHERE quarter >= ? AND quarter < ? "
                    "ORDER BY quarter")),
      each_of_session_(prepare(
          database, "SELECT quarter, session, model, sums FROM usage WHERE session = ? ORDER BY quarter")),
      database_(database) {}

ResponseRow UsageTable::read_response(Statement& statement) {
    Reader in(statement);
    ResponseRow row;
    row.key = in.unsigned_integer();
    row.request = in.unsigned_integer();
    session::Response& response = row.response;
    response.session = in.integer();
    response.model = model_name(in.integer());
    response.at = in.optional_integer();
    response.tokens.input = in.optional_integer();
    response.tokens.cache_read = in.optional_integer();
    response.tokens.cache_write = in.optional_integer();
    response.tokens.cache_write_1h = in.optional_integer();
    response.tokens.output = in.optional_integer();
    response.tokens.reasoning = in.optional_integer();
    response.agent_cost_e6 = in.optional_integer();
    response.cost_pico = in.optional_integer();
    response.price_table = in.integer();
    response.billing.tier = in.text();
    response.billing.region = in.text();
    response.billing.web_searches = in.optional_integer();
    return row;
}

std::optional<ResponseRow> UsageTable::find(std::uint64_t key) {
    Binder(find_).add(key);
    std::optional<ResponseRow> row;
    if (find_->executeStep()) row = read_response(find_);
    find_->tryReset();
    return row;
}

std::vector<ResponseRow> UsageTable::from(std::int64_t key, std::int64_t limit) {
    Binder(from_).add(key).add(limit);
    std::vector<ResponseRow> rows;
    while (from_->executeStep()) rows.push_back(read_response(from_));
    from_->tryReset();
    return rows;
}

void UsageTable::save(const ResponseRow& row) {
    const session::Response& response = row.response;
    const parse::TokenCounts& tokens = response.tokens;
    Binder out(save_);
    out.add(row.key).add(row.request).add(response.session).add(model_id(response.model)).add(response.at);
    out.add(tokens.input).add(tokens.cache_read).add(tokens.cache_write).add(tokens.cache_write_1h);
    out.add(tokens.output).add(tokens.reasoning);
    out.add(response.agent_cost_e6).add(response.cost_pico).add(response.price_table);
    out.add(response.billing.tier).add(response.billing.region).add(response.billing.web_searches);
    save_->exec();
}

void UsageTable::erase(std::uint64_t key) {
    Binder(erase_).add(key);
    erase_->exec();
}

UsageSum UsageTable::sum(const UsageKey& key) {
    Binder(sum_).add(key.quarter).add(key.session).add(key.model);
    const UsageSum sum = sum_->executeStep() ? unpacked(sum_->getColumn(0).getString()) : UsageSum();
    sum_->tryReset();
    return sum;
}

void UsageTable::save(const UsageKey& key, const UsageSum& sum) {
    if (sum == UsageSum()) {
        Binder(drop_sum_).add(key.quarter).add(key.session).add(key.model);
        drop_sum_->exec();
        return;
    }
    const std::string bytes = sum.pack();
    Binder(save_sum_).add(key.quarter).add(key.session).add(key.model).add_blob(bytes);
    save_sum_->exec();
}

// A year has tens of thousands of sums. SQLiteCpp's columns would take half of the time, so these two
// statements are read by SQLite's own functions.
void UsageTable::visit_all(RawStatement& statement, std::int64_t first, std::int64_t second,
                           const Visit& visit) {
    sqlite3_stmt* const raw = statement.get();
    const auto reset = [](sqlite3_stmt* open) { sqlite3_reset(open); };
    const std::unique_ptr<sqlite3_stmt, decltype(reset)> open(raw, reset);
    sqlite3_bind_int64(raw, 1, first);
    if (sqlite3_bind_parameter_count(raw) > 1) sqlite3_bind_int64(raw, 2, second);
    int result = sqlite3_step(raw);
    for (; result == SQLITE_ROW; result = sqlite3_step(raw)) {
        const UsageKey key{sqlite3_column_int64(raw, 0), sqlite3_column_int64(raw, 1),
                           sqlite3_column_int64(raw, 2)};
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(raw, 3));
        visit(key, unpacked({bytes, static_cast<std::size_t>(sqlite3_column_bytes(raw, 3))}));
    }
    if (result != SQLITE_DONE) throw SQLite::Exception(database_.handle().getHandle(), result);
}

void UsageTable::each(std::int64_t from_quarter, std::int64_t until_quarter, const Visit& visit) {
    visit_all(each_, from_quarter, until_quarter, visit);
}

void UsageTable::each_of_session(std::int64_t session, const Visit& visit) {
    visit_all(each_of_session_, session, 0, visit);
}

std::int64_t UsageTable::model_id(const std::string& name) {
    if (const auto known = model_ids_.find(name); known != model_ids_.end()) return known->second;
    Binder(insert_model_).add(name);
    insert_model_->exec();
    Binder(model_id_).add(name);
    model_id_->executeStep();
    const std::int64_t id = model_id_->getColumn(0).getInt64();
    model_id_->tryReset();
    return model_ids_.emplace(name, id).first->second;
}

const std::string& UsageTable::model_name(std::int64_t id) {
    if (const auto known = model_names_.find(id); known != model_names_.end()) return known->second;
    Binder(model_name_).add(id);
    if (!model_name_->executeStep()) throw Contradiction("a response has a model that is not there");
    std::string name = model_name_->getColumn(0).getString();
    model_name_->tryReset();
    return model_names_.emplace(id, std::move(name)).first->second;
}

std::int64_t UsageTable::use_prices(const session::PriceTable& table) {
    Binder(insert_prices_).add(table.fingerprint()).add(table.date()).add(table.origin());
    insert_prices_->exec();
    Binder(choose_prices_).add(table.fingerprint());
    choose_prices_->exec();
    return one_number(current_prices_);
}

void UsageTable::count_priced(std::int64_t price_table, std::int64_t responses) {
    Binder(count_priced_).add(responses).add(price_table);
    count_priced_->exec();
}

std::vector<PriceTableRow> UsageTable::price_tables() {
    std::vector<PriceTableRow> rows;
    price_tables_->tryReset();
    while (price_tables_->executeStep()) {
        Reader in(price_tables_);
        PriceTableRow row;
        row.id = in.integer();
        row.date = in.text();
        row.origin = in.text();
        row.current = in.boolean();
        row.responses = in.integer();
        rows.push_back(std::move(row));
    }
    price_tables_->tryReset();
    return rows;
}

std::optional<std::int64_t> UsageTable::unbooked() {
    unbooked_->tryReset();
    std::optional<std::int64_t> last;
    if (unbooked_->executeStep()) last = unbooked_->getColumn(0).getInt64();
    unbooked_->tryReset();
    return last;
}

void UsageTable::all_are_booked() {
    all_booked_->tryReset();
    all_booked_->exec();
}

void UsageTable::forget() {
    model_ids_.clear();
    model_names_.clear();
}

}  // namespace kaizen::store
