#include "ctl/price_list.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/json.h"
#include "ctl/price_offers.h"

namespace kaizen::ctl {
namespace {

bool any_value(const JsonValue& root, bool (*is)(const JsonValue&)) {
    return std::any_of(root.MemberBegin(), root.MemberEnd(),
                       [is](const auto& member) { return is(member.value); });
}

// "models.json:12:5": where a byte stands.
std::string place_of(std::string_view text, std::size_t at, const std::string& file_name) {
    const std::string_view before = text.substr(0, std::min(at, text.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    return fmt::format("{}:{}:{}", file_name, line, column);
}

}  // namespace

Result<PriceList> read_price_list(std::string_view json, const std::string& file_name) {
    JsonDocument document(kJsonMaxValues, JsonNumbers::text);
    if (auto parsed = document.parse(json); !parsed) {
        return fail(
            ErrorCode::bad_input,
            fmt::format("{}: {}", place_of(json, document.failed_at(), file_name), parsed.error().message));
    }
    const JsonValue& root = document.root();
    const auto has_provider = [](const JsonValue& model) {
        return find_string(model, "litellm_provider").has_value();
    };
    const auto has_models = [](const JsonValue& provider) {
        return find_object(provider, "models") != nullptr;
    };
    PriceOffers offers;
    std::string_view format;
    std::string date;
    if (root.IsObject() && any_value(root, has_provider)) {
        format = "LiteLLM";
        read_litellm(root, offers);
    } else if (root.IsObject() && any_value(root, has_models)) {
        format = "models.dev";
        date = read_models_dev(root, offers);
    } else {
        return fail(ErrorCode::bad_input, fmt::format("{}:1:1: no price list that is known", file_name),
                    "LiteLLM's model_prices_and_context_window.json, or the api.json of models.dev");
    }
    PriceList list = std::move(offers).list();
    list.format = format;
    list.date = std::move(date);
    return list;
}

}  // namespace kaizen::ctl
