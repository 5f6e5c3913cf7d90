#pragma once

// Model responses and the sums over them (session/usage_ledger.h). Worker thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/session/usage_ledger.h"
#include "daemon/store/statement.h"

struct sqlite3_stmt;

namespace kaizen::store {

struct ResponseRow {
    std::uint64_t key = 0;
    std::uint64_t request = 0;  // 0: no line names one
    session::Response response;
};

struct UsageKey {
    std::int64_t quarter = 0;
    std::int64_t session = 0;
    std::int64_t model = 0;
    auto operator<=>(const UsageKey&) const =
        default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs here
};

struct PriceTableRow {
    std::int64_t id = 0;
    std::string date;
    std::string origin;
    bool current = false;
    std::int64_t responses = 0;
};

class UsageTable {
  public:
    explicit UsageTable(Database& database);

    [[nodiscard]] std::optional<ResponseRow> find(std::uint64_t key);
    void save(const ResponseRow& row);
    void erase(std::uint64_t key);
    // The first rows whose key, as the database orders them (signed), is not below `key`.
    [[nodiscard]] std::vector<ResponseRow> from(std::int64_t key, std::int64_t limit);

    [[nodiscard]] session::UsageSum sum(const UsageKey& key);
    void save(const UsageKey& key, const session::UsageSum& sum);  // a sum of nothing leaves no row

    // All sums in [from, until), by quarter.
    using Visit = std::function<void(const UsageKey&, const session::UsageSum&)>;
    void each(std::int64_t from_quarter, std::int64_t until_quarter, const Visit& visit);
    void each_of_session(std::int64_t session, const Visit& visit);

    [[nodiscard]] std::int64_t model_id(const std::string& name);  // makes it
    [[nodiscard]] const std::string& model_name(std::int64_t id);

    // The number of the table with this fingerprint, from now on the current one.
    [[nodiscard]] std::int64_t use_prices(const session::PriceTable& table);
    void count_priced(std::int64_t price_table, std::int64_t responses);  // may be negative
    [[nodiscard]] std::vector<PriceTableRow> price_tables();  // the current one, and those that made a cost

    // Events up to this id are not in the ledger yet; nothing: all are.
    [[nodiscard]] std::optional<std::int64_t> unbooked();
    void all_are_booked();

    void forget();  // after a rollback: what is in memory is no longer true

  private:
    [[nodiscard]] ResponseRow read_response(Statement& statement);
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    using RawStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

    [[nodiscard]] static RawStatement prepare(Database& database, const char* sql);
    void visit_all(RawStatement& statement, std::int64_t first, std::int64_t second, const Visit& visit);

    Statement find_;
    Statement from_;
    Statement save_;
    Statement erase_;
    Statement sum_;
    Statement save_sum_;
    Statement drop_sum_;
    Statement insert_model_;
    Statement model_id_;
    Statement model_name_;
    Statement insert_prices_;
    Statement choose_prices_;
    Statement current_prices_;
    Statement count_priced_;
    Statement price_tables_;
    Statement unbooked_;
    Statement all_booked_;
    RawStatement each_;
    RawStatement each_of_session_;
    Database& database_;
    std::unordered_map<std::string, std::int64_t> model_ids_;
    std::unordered_map<std::int64_t, std::string> model_names_;
};

}  // namespace kaizen::store
