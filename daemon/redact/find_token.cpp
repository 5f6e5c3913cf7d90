#include "daemon/redact/find.h"

#include <algorithm>
#include <string>

#include "common/json.h"
#include "daemon/redact/randomness.h"
#include "daemon/redact/values.h"

namespace kaizen::redact {
namespace {

constexpr int kRandomToken = 8;            // beside a literal that says much already
constexpr std::size_t kJudgedBytes = 256;  // more says nothing new about randomness

// Padding belongs to base64, but is no part of the alphabet: it would glue `name=` to the value.
std::size_t end_with_padding(const Scan& scan, std::size_t end) {
    std::size_t padded = end;
    while (padded < end + 2 && scan.at(padded) == '=') ++padded;
    return padded;
}

bool takes_padding(Alphabet alphabet) {
    return alphabet == Alphabet::base64 || alphabet == Alphabet::base64url;
}

// A literal that begins with a sign stands apart by itself.
bool may_begin(const Scan& scan, std::size_t i) {
    return !scan.has(i, Alphabet::alnum) || begins_word(scan.text(), i);
}

// Takes the second part into `token`, if it is there; false when it has to be.
bool take_tail(Scan& scan, const Tail& tail, Place& token) {
    if (tail.separator == '\0') return true;
    if (scan.at(token.end) != tail.separator) return !tail.required;
    const std::size_t end = scan.run(tail.alphabet, token.end + 1).end;
    if (end - token.end - 1 < tail.min) return !tail.required;
    token.end = end;
    return true;
}

}  // namespace

void find_token(Scan& scan, const Rule& rule, Place literal) {
    const RuleExtra& more = rule.more;
    if (more.check == nullptr && scan.was_tried(rule, literal.begin)) return;
    Place token = literal;
    if (more.before_min > 0) {
        if (literal.begin == 0) return;
        const Place left = scan.run(more.before, literal.begin - 1);
        if (literal.begin < left.begin + more.before_min) return;
        token.begin = left.begin;
    }
    if (rule.min > 0) {
        if (!scan.has(literal.end, rule.alphabet)) return;
        token.end = scan.run(rule.alphabet, literal.end).end;
    }
    const bool certain = more.check != nullptr && more.check(scan.text(token));
    if (!certain) {
        if (token.end - literal.end < rule.min) return;
        // What stands before the literal tells by itself, also when it is glued to a word:
        // "/bot12345678:AA…".
        if (more.before_min == 0 && !may_begin(scan, token.begin)) return;
        if (!scan.first_try(rule, literal.begin, token.end) || scan.inside_blob(token.begin)) return;
        const std::string_view body =
            scan.text(more.before_min > 0 ? token : Place{literal.end, token.end}).substr(0, kJudgedBytes);
        if (more.must_look_random && randomness(body) < kRandomToken) return;
        if (is_placeholder(body)) return;
    }
    if (!take_tail(scan, more.tail, token)) return;
    while (token.end > literal.end && scan.at(token.end - 1) == '.') --token.end;
    if (takes_padding(rule.alphabet)) token.end = end_with_padding(scan, token.end);
    scan.add(rule, token);
}

void find_token_in_no_data(Scan& scan, const Rule& rule, Place literal) {
    const Place run = scan.run(rule.alphabet, literal.begin);
    const auto joins = [](char c) { return c == '+' || c == '/'; };
    if (!joins(scan.before(run.begin)) && !joins(scan.at(run.end))) find_token(scan, rule, literal);
}

void find_jwt(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kUsualHeader = 2048;  // a longer one has certificates in it
    if (!begins_word(scan.text(), literal.begin)) return;
    const std::size_t dot = scan.run(Alphabet::base64url, literal.begin).end;
    // The second part is JSON as well; an encrypted token (five parts) has a key there, or nothing.
    if (scan.at(dot) != '.' || !(scan.has(dot + 1, Alphabet::base64url) || scan.at(dot + 1) == '.')) return;
    if (dot - literal.begin > kUsualHeader && !scan.first_try(rule, literal.begin, dot)) return;
    const auto header = decode_base64(scan.text({literal.begin, dot}));
    if (!header || header->find("\"alg\"") == std::string::npos) return;
    Place token = scan.run(Alphabet::dotted, literal.begin);
    token.begin = literal.begin;
    while (scan.at(token.end - 1) == '.') --token.end;
    if (token.end > dot + 1) scan.add(rule, token);
}

void find_discord(Scan& scan, const Rule& rule, Place dot) {
    // <base64 of the user's id>.<6>.<27 or more>
    constexpr std::size_t kStamp = 6;
    if (scan.at(dot.end + kStamp) != '.') return;
    if (scan.end_of(Alphabet::base64url, dot.end, kStamp + 1) != dot.end + kStamp) return;
    const std::size_t last = dot.end + kStamp + 1;
    const std::size_t end = scan.run(Alphabet::base64url, last).end;
    if (end - last < 25 || dot.begin == 0) return;
    const Place id = scan.run(Alphabet::base64url, dot.begin - 1);
    if (id.size() < 18 || id.size() > 64) return;
    std::size_t begin = dot.begin - std::min<std::size_t>(id.size(), 28);
    for (; dot.begin - begin >= 18; ++begin) {
        const auto digits = decode_base64(scan.text({begin, dot.begin}));
        if (digits && all_in(Alphabet::digit, *digits)) return scan.add(rule, {begin, end});
    }
}

void find_mailgun(Scan& scan, const Rule& rule, Place dash) {
    // <32 hex>-<8 hex>-<8 hex>
    constexpr std::size_t kPart = 8;
    if (!in(Alphabet::hex, scan.before(dash.begin)) || scan.at(dash.end + kPart) != '-' || dash.begin < 32)
        return;
    if (scan.end_of(Alphabet::hex, dash.end, kPart + 1) != dash.end + kPart) return;
    const std::size_t last = dash.end + kPart + 1;
    if (scan.end_of(Alphabet::hex, last, kPart + 1) != last + kPart || scan.has(last + kPart, Alphabet::name))
        return;
    const Place first = scan.run(Alphabet::hex, dash.begin - 1);
    if (first.size() == 32) scan.add(rule, {first.begin, last + kPart});
}

void find_aws_id(Scan& scan, const Rule& rule, Place literal) {
    constexpr std::size_t kSecret = 40;
    constexpr std::size_t kNear = 200;
    const Place id{literal.begin, scan.run(Alphabet::upper, literal.begin).end};
    if (!begins_word(scan.text(), id.begin) || id.size() < 16 || !scan.first_try(rule, id.begin, id.end))
        return;
    if (is_placeholder(scan.text(id)) || scan.inside_blob(id.begin)) return;
    scan.add(rule, id);
    const std::size_t until = std::min(scan.text().size(), id.end + kNear);
    for (std::size_t i = id.end; i < until; ++i) {
        if (!scan.has(i, Alphabet::base64)) continue;
        const Place run{i, scan.end_of(Alphabet::base64, i, kSecret + 1)};
        if (run.size() == kSecret && randomness(scan.text(run)) >= kRandomToken) scan.add(rule, run);
        i = run.end;
    }
}

}  // namespace kaizen::redact
