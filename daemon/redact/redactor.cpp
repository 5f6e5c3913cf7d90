#include "daemon/redact/redactor.h"

#include <algorithm>
#include <stdexcept>

#include "common/text.h"
#include "daemon/redact/find.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestText = 256u << 20;
constexpr std::size_t kShortestWord = 3;
constexpr std::size_t kLongestMark = 64;
constexpr std::size_t kLongestPlain = 64;

// Marks that no rule puts.
constexpr std::string_view kOtherMarks[] = {"env", "key"};

// Accounts and machines that are called so everywhere.
bool is_common(std::string_view word) {
    static constexpr std::string_view kCommon[] = {
        "root",   "user",   "admin",     "ubuntu",  "debian",     "runner",
        "node",   "vscode", "guest",     "test",    "home",       "docker",
        "build",  "master", "main",      "server",  "local",      "fedora",
        "arch",   "mac",    "linux",     "app",     "dev",        "git",
        "nobody", "daemon", "www-data",  "vagrant", "github.com", "gitlab.com",
        "host",   "laptop", "localhost", "desktop", "macbook",    "localhost.localdomain"};
    return std::any_of(std::begin(kCommon), std::end(kCommon),
                       [word](std::string_view one) { return equal_folded(word, one); });
}

// /home/, /Users/, /var/home/: what stands below is called like a person, which /var/lib/ does not say.
bool holds_homes(std::string_view directory) {
    return directory.ends_with("/home/") || directory.ends_with("/homes/") ||
           directory.ends_with("/Users/") || directory.ends_with("/users/") ||
           directory.ends_with("/people/");
}

// One call for each kind of byte that begins something without a literal.
constexpr std::array<Trigger, 256> make_triggers() {
    std::array<Trigger, 256> triggers{};
    for (char c = '0'; c <= '9'; ++c) triggers[static_cast<unsigned char>(c)] = Trigger::digit;
    triggers[':'] = Trigger::colon;
    triggers['.'] = Trigger::dot;
    triggers['-'] = Trigger::dash;
    triggers['@'] = Trigger::at;
    return triggers;
}
constexpr std::array<Trigger, 256> kTriggers = make_triggers();

}  // namespace

std::string mark(std::string_view label) { return std::string(kMarkBegin).append(label).append(">"); }

Redactor::Redactor(const Identity& local, Settings settings)
    : settings_(std::move(settings)), rules_(all_rules()) {
    add_rule_literals();
    add_identity(local);
    for (std::size_t i = 0; i < settings_.rules.size(); ++i) {
        literals_.push_back({settings_.rules.literal(i), Target::user_rule, i, Case::exact});
        mark_names_.push_back(settings_.rules.name(i));
    }
    for (const std::string& value : settings_.allow) {
        if (!value.empty()) literals_.push_back({value, Target::allowed, 0, Case::exact});
    }
    literals_.push_back({std::string(kMarkBegin), Target::mark, 0, Case::exact});
    mark_names_.insert(mark_names_.end(), std::begin(kOtherMarks), std::end(kOtherMarks));
    std::sort(mark_names_.begin(), mark_names_.end());

    std::vector<std::string> texts;
    for (const Literal& literal : literals_) texts.push_back(literal.text);
    table_ = LiteralTable(texts);
}

void Redactor::add_rule_literals() {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const Rule& rule = rules_[i];
        mark_names_.push_back(rule.name);
        if (rule.more.trigger != Trigger::literal)
            called_[static_cast<std::size_t>(rule.more.trigger)].push_back(&rule);
        for (const std::string_view literal : split(rule.literals, ' ')) {
            if (!literal.empty()) add_literal(literal, rule);
        }
    }
}

void Redactor::add_literal(std::string_view literal, const Rule& rule) {
    literals_.push_back({std::string(literal), Target::rule, static_cast<std::size_t>(&rule - rules_.data()),
                         rule.more.letters});
}

void Redactor::add_word(std::string_view rule_name, std::string_view word) {
    if (word.size() < kShortestWord || is_common(word)) return;
    const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& one) {
        return one.name == rule_name && one.more.find == find_word;
    });
    add_literal(word, *rule);
}

void Redactor::add_identity(const Identity& local) {
    for (const std::string& user : local.users) add_word(kUserRule, user);
    for (const std::string& person : local.persons) add_word(kPersonRule, person);
    for (const std::string& mail : local.mails) add_word(kPersonRule, mail);
    for (const std::string& host : local.hosts) {
        add_word(kHostRule, host);
        const std::size_t dot = host.find('.');
        // The first label of a full name, unless the name is an address.
        if (dot != std::string::npos && !all_in(Alphabet::digit, host.substr(0, dot)))
            add_word(kHostRule, host.substr(0, dot));
    }
    const auto is_literal = [this](std::string_view literal) {
        return std::any_of(literals_.begin(), literals_.end(),
                           [literal](const Literal& one) { return one.text == literal; });
    };
    const auto home_rule = std::find_if(rules_.begin(), rules_.end(),
                                        [](const Rule& one) { return one.more.find == find_home; });
    for (const std::string& home : local.homes) {
        const std::size_t slash = home.rfind('/');
        if (slash == std::string::npos || slash == 0 || slash + 1 == home.size()) continue;
        const std::string parent = home.substr(0, slash + 1);
        if (holds_homes(parent)) add_word(kUserRule, home.substr(slash + 1));
        if (!is_literal(parent)) add_literal(parent, *home_rule);
        // The rule for slugs takes the user to end at a dash.
        if (all_in(Alphabet::alnum, std::string_view(home).substr(slash + 1))) continue;
        std::string slug = home;
        std::replace_if(
            slug.begin(), slug.end(), [](char c) { return !in(Alphabet::alnum, c); }, '-');
        add_word(kUserRule, slug);
    }
}

std::string Redactor::text(std::string_view text, SessionSecrets& secrets) const {
    return changed(text, secrets).value_or(std::string(text));
}

// Nothing begins in it, which spares keys and short values all the rest; longer texts are hardly ever so.
bool Redactor::is_plain(std::string_view text, const SessionSecrets& secrets) const {
    if (text.size() > kLongestPlain) return false;
    const bool calls = std::any_of(text.begin(), text.end(), [](char c) {
        return kTriggers[static_cast<unsigned char>(c)] != Trigger::literal;
    });
    return !calls && !table_.finds_any(text) && !secrets.finds_any(text);
}

std::optional<std::string> Redactor::changed(std::string_view text, SessionSecrets& secrets) const {
    if (text.size() > kLongestText) throw std::length_error("a text too long to redact");
    if (is_plain(text, secrets)) return std::nullopt;
    Scan scan(text, {secrets.workspace(), settings_.salt}, rules_.data(), rules_.size());
    search(scan);
    walk_bytes(scan);
    for (const Finding& finding : scan.settle()) {
        const bool secret = finding.rule != nullptr && finding.rule->more.kind == Kind::secret;
        if (secret) secrets.remember(scan.name(finding), scan.text(finding.value));
    }
    secrets.find(
        text, [&](Place place) { scan.replace(place, mark(secrets.known_label(scan.text(place)))); },
        [&](std::size_t bytes) { scan.spend(bytes); });
    if (scan.settle().empty()) return std::nullopt;
    return render(scan, secrets);
}

void Redactor::search(Scan& scan) const {
    table_.scan(scan.text(), [&](std::uint32_t index, std::size_t end) {
        const Literal& literal = literals_[index];
        const Place place{end - literal.text.size(), end};
        if (literal.letters == Case::any || stands_at(scan.text(), place.begin, literal.text))
            take_literal(scan, literal, place);
    });
}

void Redactor::take_literal(Scan& scan, const Literal& literal, Place place) const {
    switch (literal.target) {
        case Target::rule:
            rules_[literal.index].more.find(scan, rules_[literal.index], place);
            return;
        case Target::user_rule:
            if (const auto match = settings_.rules.match(literal.index, scan, place))
                scan.add_named(*match, settings_.rules.name(literal.index));
            return;
        case Target::allowed:
            scan.keep(place);
            return;
        case Target::mark:
            if (const std::size_t mark_ends = mark_end(scan.text(), place.begin); mark_ends != 0)
                scan.keep_mark({place.begin, mark_ends});
            return;
    }
}

void Redactor::call(Scan& scan, Trigger trigger, Place place) const {
    for (const Rule* rule : called_[static_cast<std::size_t>(trigger)]) rule->more.find(scan, *rule, place);
}

void Redactor::walk_bytes(Scan& scan) const {
    const std::string_view text = scan.text();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const Trigger trigger = kTriggers[static_cast<unsigned char>(text[i])];
        if (trigger == Trigger::literal) continue;
        // What a dash calls has a hexadecimal digit before it, and there are many dashes.
        if (trigger == Trigger::dash && (i == 0 || !in(Alphabet::any_hex, text[i - 1]))) continue;
        std::size_t end = i + 1;
        if (trigger == Trigger::digit) {
            while (end < text.size() && in(Alphabet::digit, text[end])) ++end;
        }
        call(scan, trigger, {i, end});
        i = end - 1;
    }
}

std::string Redactor::render(Scan& scan, SessionSecrets& secrets) const {
    const std::string_view text = scan.text();
    std::string out;
    std::size_t done = 0;
    for (const Finding& finding : scan.settle()) {
        out.append(text.substr(done, finding.place.begin - done));
        if (finding.rule == nullptr && finding.as == Finding::stands)
            out.append(scan.name(finding));
        else
            out.append(kMarkBegin)
                .append(secrets.label(scan.name(finding), scan.text(finding.value)))
                .append(">");
        done = finding.place.end;
    }
    return out.append(text.substr(done));
}

// 0 when no mark begins there.
std::size_t Redactor::mark_end(std::string_view text, std::size_t begin) const {
    constexpr std::size_t kMostDigits = 6;
    const std::string_view front = text.substr(begin, kLongestMark);
    const std::size_t close = front.find('>');
    if (!front.starts_with(kMarkBegin) || close == std::string_view::npos) return 0;
    const std::string_view label = front.substr(kMarkBegin.size(), close - kMarkBegin.size());
    const std::size_t hash = label.find('#');
    if (!std::binary_search(mark_names_.begin(), mark_names_.end(), label.substr(0, hash))) return 0;
    if (hash != std::string_view::npos) {
        const std::string_view number = label.substr(hash + 1);
        if (number.empty() || number.size() > kMostDigits || !all_in(Alphabet::digit, number)) return 0;
    }
    return begin + close + 1;
}

bool Redactor::is_mark(std::string_view text) const {
    return !text.empty() && mark_end(text, 0) == text.size();
}

bool Redactor::is_allowed(std::string_view value) const {
    return std::find(settings_.allow.begin(), settings_.allow.end(), value) != settings_.allow.end();
}

}  // namespace kaizen::redact
