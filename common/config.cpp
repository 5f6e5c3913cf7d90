#include "common/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "common/config_keys.h"
#include "common/small_file.h"
#include "common/text.h"
#include "common/workspace_aliases.h"

namespace kaizen {
namespace {

constexpr char kEnvironment[] = "environment";

// take(): the value of a TOML node or of an environment variable; false when it is of another type. what():
// that type in words.

template <class T>
bool take(const toml::node& node, T& out) {
    const auto value = node.value_exact<T>();
    if (value) out = *value;
    return value.has_value();
}

bool take(const toml::node& node, double& out) {
    if (!node.is_number()) return false;
    out = node.value<double>().value_or(0);
    return true;
}

bool take(const toml::node& node, StringList& out) {
    if (!node.is_array()) return false;
    for (const toml::node& element : *node.as_array()) {
        if (!take(element, out.emplace_back())) return false;
    }
    return true;
}

bool take(const toml::node& node, StringMap& out) {
    if (!node.is_table()) return false;
    for (const auto& [name, element] : *node.as_table()) {
        if (!take(element, out[std::string(name.str())])) return false;
    }
    return true;
}

template <class Number>
bool take(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

bool take(std::string_view text, bool& out) {
    out = text == "true";
    return out || text == "false";
}

bool take(std::string_view text, std::string& out) {
    out = text;
    return true;
}

bool take(std::string_view text, StringList& out) {
    for (const std::string_view part : split(text, ',')) {
        if (!trim(part).empty()) out.emplace_back(trim(part));
    }
    return true;
}

// The value of "%20" and the like; nothing when it is not encoded so.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned byte = 0;
        const char* digits = text.data() + i + 1;
        if (text.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
            return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

// "key=value,key2=value2", percent-encoded: as OTEL_EXPORTER_OTLP_HEADERS has it. What `out` has already
// stays.
bool take(std::string_view text, StringMap& out) {
    for (const std::string_view pair : split(text, ',')) {
        if (trim(pair).empty()) continue;
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) return false;
        const auto name = percent_decoded(trim(pair.substr(0, equals)));
        const auto value = percent_decoded(trim(pair.substr(equals + 1)));
        if (!name || !value || name->empty()) return false;
        out.emplace(*name, *value);
    }
    return true;
}

std::string_view what(bool) { return "true or false"; }
std::string_view what(std::int64_t) { return "a whole number"; }
std::string_view what(double) { return "a number"; }
std::string_view what(const std::string&) { return "a text in quotes"; }
std::string_view what(const StringList&) { return "a list of texts"; }
std::string_view what(const StringMap&) { return "a table of texts"; }

std::string environment_name(const Key<Config>& key) {
    std::string name = fmt::format("KAIZEN_{}_{}", key.section, key.name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return name;
}

// Where a value stands.
struct Place {
    std::uint32_t line;    // for sorting; errors of the environment come last
    std::uint32_t column;  //
    std::string origin;    // what a Setting says
    std::string text;      // what an error begins with
};

struct Complaint {
    Place place;
    std::string text;
};

class Loader {
  public:
    Loader(const std::string& file, const Env& env) : file_(file), env_(env), home_(home_directory(env)) {}

    Result<LoadedConfig> load();

  private:
    void read_sections(const toml::table& root);
    template <class Owner>
    void read_table(const toml::table& table, const std::vector<Key<Owner>>& keys, Owner& out,
                    std::string_view section, const std::string& label);
    bool read_list(std::string_view section, const toml::node& node);
    template <class Owner>
    void read_elements(const toml::node& node, const std::vector<Key<Owner>>& keys, std::vector<Owner>& out);
    template <class Owner>
    void check_element(const toml::table& table, const std::vector<Key<Owner>>& keys, Owner& element,
                       const std::string& label);
    void read_environment();
    template <class Owner>
    void complete(Owner&, const std::string&) {}
    void complete(ExportTarget& target, const std::string& label);
    void add_headers_of_environment(ExportTarget& target, const std::string& label);
    void take_variable(const char* variable, std::string_view name, ExportTarget& target,
                       const std::string& label);
    void check_exporter_names();
    void note_alias_places(const toml::table& root);
    void check_aliases();
    [[nodiscard]] std::string alias_end(const std::string& written, const Place& place);

    template <class Owner, class Source>
    void apply(const Key<Owner>& key, const Source& source, Owner& out, const std::string& label,
               Place place);
    template <class T>
    void resolve_home(Form form, T& value) const;

    void warn_about_readers(mode_t mode);

    Place place_of(const toml::source_region& source) const;
    Place environment(const std::string& name) const { return {UINT32_MAX, 0, kEnvironment, name}; }
    void unknown(const toml::key& key, const std::string& label, const std::vector<std::string_view>& known);
    void error(Place place, std::string text) { errors_.push_back({std::move(place), std::move(text)}); }
    void warn(const Place& place, const std::string& text) {
        warnings_.push_back({place, place.origin + ": " + text});
    }

    const std::string& file_;
    const Env& env_;
    std::string home_;
    LoadedConfig loaded_;
    std::map<std::string, std::string> origins_;  // by label: "sync.endpoint", "watch.root[1].path"
    std::map<std::string, Place> alias_places_;   // by the old directory as it is written
    std::vector<Complaint> errors_;
    std::vector<Complaint> warnings_;
};

// Those of one place stay in their order.
void sort_by_place(std::vector<Complaint>& complaints) {
    std::multimap<std::pair<decltype(Place::line), decltype(Place::column)>, Complaint> sorted;
    for (Complaint& one : complaints)
        sorted.emplace(std::pair(one.place.line, one.place.column), std::move(one));
    complaints.clear();
    for (auto& [place, one] : sorted) complaints.push_back(std::move(one));
}

Result<LoadedConfig> Loader::load() {
    for (const auto& key : config_keys()) {
        std::visit([&](auto slot) { resolve_home(key.rule.form, slot(loaded_.config)); }, key.slot);
    }
    auto file = read_small_file(file_);
    if (!file) return tl::unexpected(file.error());
    if (*file) {
        try {
            read_sections(toml::parse(std::string_view((*file)->text)));
        } catch (const toml::parse_error& broken) {
            return fail(ErrorCode::bad_input,
                        fmt::format("{}: {}", place_of(broken.source()).text, broken.description()));
        }
    }
    read_environment();
    check_exporter_names();
    check_aliases();
    if (!errors_.empty()) {
        sort_by_place(errors_);
        StringList lines;
        for (const Complaint& complaint : errors_)
            lines.push_back(fmt::format("{}: {}", complaint.place.text, complaint.text));
        return fail(ErrorCode::bad_input, fmt::format("{}", fmt::join(lines, "\n")));
    }
    loaded_.settings = describe(loaded_.config, origins_);
    sort_by_place(warnings_);
    for (Complaint& warning : warnings_) loaded_.warnings.push_back(std::move(warning.text));
    if (*file) warn_about_readers((*file)->mode);
    return std::move(loaded_);
}

void Loader::read_sections(const toml::table& root) {
    std::set<std::string_view> sections;
    for (const auto& key : config_keys()) sections.insert(key.section);
    for (const auto& [name, node] : root) {
        const std::string section(name.str());
        if (!sections.contains(section))
            unknown(name, section, {sections.begin(), sections.end()});
        else if (!node.is_table())
            error(place_of(node.source()), fmt::format("{} must be a section: [{}]", section, section));
        else
            read_table(*node.as_table(), config_keys(), loaded_.config, section, section);
    }
    note_alias_places(root);
}

template <class Owner>
void Loader::read_table(const toml::table& table, const std::vector<Key<Owner>>& keys, Owner& out,
                        std::string_view section, const std::string& label) {
    std::vector<std::string_view> known;
    for (const auto& key : keys) {
        if (key.section == section) known.push_back(key.name);
    }
    for_each_list(loaded_.config, [&](const auto& list, const auto&) {
        if (list.front().section.starts_with(label + "."))
            known.push_back(list.front().section.substr(label.size() + 1));
    });
    for (const auto& [name, node] : table) {
        const std::string full = fmt::format("{}.{}", label, name.str());
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key<Owner>& k) {
            return k.section == section && k.name == name.str();
        });
        if (key != keys.end())
            apply(*key, node, out, full, place_of(node.source()));
        else if (!std::is_same_v<Owner, Config> || !read_list(full, node))
            unknown(name, full, known);
    }
}

bool Loader::read_list(std::string_view section, const toml::node& node) {
    bool found = false;
    for_each_list(loaded_.config, [&](const auto& keys, auto& elements) {
        if (keys.front().section != section) return;
        found = true;
        read_elements(node, keys, elements);
    });
    return found;
}

template <class Owner>
void Loader::read_elements(const toml::node& node, const std::vector<Key<Owner>>& keys,
                           std::vector<Owner>& out) {
    const std::string_view section = keys.front().section;
    const auto wrong = [&](const toml::node& at) {
        error(place_of(at.source()), fmt::format("{} must be a list of tables: [[{}]]", section, section));
    };
    if (!node.is_array()) return wrong(node);
    for (const toml::node& element : *node.as_array()) {
        if (!element.is_table()) return wrong(element);
        const std::string label = fmt::format("{}[{}]", section, out.size() + 1);
        read_table(*element.as_table(), keys, out.emplace_back(), section, label);
        check_element(*element.as_table(), keys, out.back(), label);
    }
}

template <class Owner>
bool is_empty(const Key<Owner>& key, Owner& owner) {
    const auto* slot = std::get_if<std::string& (*)(Owner&)>(&key.slot);
    if (slot != nullptr) return (*slot)(owner).empty();
    const auto* list = std::get_if<StringList& (*)(Owner&)>(&key.slot);
    return list != nullptr && (*list)(owner).empty();
}

// What can be said only when all keys of the table are known.
template <class Owner>
void Loader::check_element(const toml::table& table, const std::vector<Key<Owner>>& keys, Owner& element,
                           const std::string& label) {
    complete(element, label);
    for (const auto& key : keys) {
        const toml::node* node = table.get(key.name);
        if (node != nullptr && !applies(key.rule, element)) {
            warn(place_of(node->source()), fmt::format("{}.{} has no effect for this type", label, key.name));
        }
        const bool missing = is_empty(key, element) &&
                             (node == nullptr || node->is_array() || node->value<std::string_view>() == "");
        if (missing && key.rule.required && applies(key.rule, element))
            error(place_of(table.source()), fmt::format("{} needs {}", label, key.name));
    }
}

void Loader::complete(ExportTarget& target, const std::string& label) {
    if (target.name.empty()) target.name = target.type;
    struct Usual {
        std::string_view type, key;
        const char* variable;
    };
    constexpr Usual kUsual[] = {{"posthog", "api_key", "POSTHOG_API_KEY"},
                                {"datadog", "api_key", "DD_API_KEY"},
                                {"datadog", "site", "DD_SITE"},
                                {"otlp", "endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"}};
    for (const auto& [type, name, variable] : kUsual) {
        for (const auto& key : export_target_keys()) {
            if (target.type != type || key.name != name) continue;
            const bool said = origins_.contains(fmt::format("{}.{}", label, name)) && !is_empty(key, target);
            if (!said) take_variable(variable, name, target, label);
        }
    }
    if (target.type == "otlp") add_headers_of_environment(target, label);
}

// Its own stay, whatever the case of their names.
void Loader::add_headers_of_environment(ExportTarget& target, const std::string& label) {
    const auto origins = origins_;
    ExportTarget general;
    take_variable("OTEL_EXPORTER_OTLP_HEADERS", "headers", general, label);
    if (!target.headers.empty()) origins_ = origins;
    std::set<std::string> own;
    for (const auto& [name, value] : target.headers) own.insert(to_lower(name));
    for (const auto& [name, value] : general.headers)
        if (own.count(to_lower(name)) == 0) target.headers.emplace(name, value);
}

void Loader::take_variable(const char* variable, std::string_view name, ExportTarget& target,
                           const std::string& label) {
    const char* value = env_(variable);
    if (value == nullptr || *value == '\0') return;
    for (const auto& key : export_target_keys()) {
        if (key.name == name)
            apply(key, std::string_view(value), target, fmt::format("{}.{}", label, name),
                  environment(variable));
    }
}

// An exporter, and each of its signals, has a name of its own.
void Loader::check_exporter_names() {
    std::set<std::string> names;
    for (const ExportTarget& target : loaded_.config.exporters.to) {
        StringList all = {target.name};
        if (target.type == "otlp")
            for (const std::string& signal : target.signals) all.push_back(signal_name(target.name, signal));
        const auto taken = std::find_if(all.begin(), all.end(),
                                        [&](const auto& name) { return !names.insert(name).second; });
        if (!target.name.empty() && taken != all.end())
            error({UINT32_MAX, 0, "", file_},
                  fmt::format("two exporters are called \"{}\": give each a name", *taken));
    }
}

void Loader::note_alias_places(const toml::table& root) {
    const toml::table* aliases = root["workspace"]["aliases"].as_table();
    if (aliases == nullptr) return;
    for (const auto& [name, node] : *aliases)
        alias_places_.emplace(std::string(name.str()), place_of(name.source()));
}

// What can be said only when all of them are known, wherever they come from.
void Loader::check_aliases() {
    const auto origin = origins_.find("workspace.aliases");
    if (origin == origins_.end()) return;
    const bool in_file = origin->second != kEnvironment;
    StringMap& aliases = loaded_.config.workspace.aliases;
    std::map<std::string, Place> places;
    for (const auto& [from, to] : std::exchange(aliases, {})) {
        const Place place = in_file ? alias_places_.at(from) : environment("KAIZEN_WORKSPACE_ALIASES");
        const std::string old_end = alias_end(from, place);
        const std::string new_end = alias_end(to, place);
        if (old_end.empty() || new_end.empty()) continue;
        places.emplace(old_end, place);
        if (!aliases.emplace(old_end, new_end).second)
            error(place, fmt::format("workspace.aliases: {} has more than one", old_end));
    }
    for (const auto& [from, place] : places) {
        const std::string wrong = WorkspaceAliases::complaint(aliases, from);
        if (!wrong.empty()) error(place, fmt::format("workspace.aliases: {}", wrong));
    }
}

// As agents write directories; empty, and an error, when it is none.
std::string Loader::alias_end(const std::string& written, const Place& place) {
    std::string path = std::filesystem::path(expand_home(written, home_)).lexically_normal().string();
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path.starts_with('/')) return path;
    error(place, fmt::format("workspace.aliases: \"{}\" is neither absolute nor below ~/", written));
    return {};
}

void Loader::read_environment() {
    for (const auto& key : config_keys()) {
        const std::string name = environment_name(key);
        const char* value = env_(name.c_str());
        const std::string label = fmt::format("{}.{}", key.section, key.name);
        if (value != nullptr) apply(key, std::string_view(value), loaded_.config, label, environment(name));
    }
}

template <class Owner, class Source>
void Loader::apply(const Key<Owner>& key, const Source& source, Owner& out, const std::string& label,
                   Place place) {
    const auto read = [&](auto slot) {
        std::remove_reference_t<decltype(slot(out))> value{};
        if (!take(source, value))
            return error(std::move(place), fmt::format("{} must be {}", label, what(value)));
        resolve_home(key.rule.form, value);
        const std::string wrong = complaint(key.rule, value);
        if (!wrong.empty()) return error(std::move(place), fmt::format("{}: {}", label, wrong));
        slot(out) = std::move(value);
        origins_[label] = std::move(place.origin);
    };
    std::visit(read, key.slot);
}

template <class T>
void Loader::resolve_home(Form form, T& value) const {
    if (form != Form::path && form != Form::glob) return;
    if constexpr (std::is_same_v<T, std::string>) value = expand_home(value, home_);
    if constexpr (std::is_same_v<T, StringList>) {
        for (std::string& element : value) element = expand_home(element, home_);
    }
}

void Loader::warn_about_readers(mode_t mode) {
    const auto in_file = [&](const Setting& s) {
        return s.secret && s.value != "\"\"" && s.origin.starts_with(file_ + ":");
    };
    const auto secret = std::find_if(loaded_.settings.begin(), loaded_.settings.end(), in_file);
    if ((mode & 077) == 0 || secret == loaded_.settings.end()) return;
    loaded_.warnings.push_back(fmt::format("{}: others can read or write it, and it holds {}: chmod 600 {}",
                                           file_, secret->key, shell_quoted(file_)));
}

Place Loader::place_of(const toml::source_region& source) const {
    const toml::source_position at = source.begin;
    return {at.line, at.column, fmt::format("{}:{}", file_, at.line),
            fmt::format("{}:{}:{}", file_, at.line, at.column)};
}

void Loader::unknown(const toml::key& key, const std::string& label,
                     const std::vector<std::string_view>& known) {
    const std::string_view near = nearest(key.str(), known);
    const std::string hint = near.empty() ? "" : fmt::format(" (did you mean {}?)", near);
    warn(place_of(key.source()), fmt::format("unknown key {}{}", label, hint));
}

}  // namespace

Result<LoadedConfig> load_config(const std::string& file, const Env& env) { return Loader(file, env).load(); }

}  // namespace kaizen
