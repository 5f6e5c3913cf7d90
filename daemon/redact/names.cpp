#include "daemon/redact/names.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "daemon/redact/alphabet.h"

namespace kaizen::redact {
namespace {

constexpr std::size_t kLongestName = 96;

constexpr std::string_view kPasswordNames[] = {
    "password",   "passwords", "pgpass",   "passwd",      "passwort",     "pwd",
    "passphrase", "secret",    "secrets",  "secretkey",   "credential",   "credentials",
    "storepass",  "keypass",   "userpass", "secretvalue", "secretkeybase"};

constexpr std::string_view kKeyNames[] = {"token",
                                          "apikey",
                                          "apikeys",
                                          "accesskey",
                                          "accesskeyid",
                                          "privatekey",
                                          "authorization",
                                          "auth",
                                          "cookie",
                                          "cookies",
                                          "sessionkey",
                                          "signature",
                                          "connectionstring",
                                          "dsn",
                                          "salt",
                                          "accountkey",
                                          "sharedaccesskey",
                                          "encryptionkey",
                                          "signingkey",
                                          "masterkey",
                                          "licensekey",
                                          "servicekey",
                                          "storagekey",
                                          "deploykey",
                                          "appkey",
                                          "applicationkey",
                                          "authkey",
                                          "adminkey",
                                          "presharedkey",
                                          "keydata",
                                          "webhookurl",
                                          "authtokens",
                                          "accesstokens",
                                          "apitokens",
                                          "subscriptionkey",
                                          "writekey",
                                          "ingestkey",
                                          "integrationkey",
                                          "consumerkey",
                                          "sharedkey",
                                          "instrumentationkey",
                                          "serverkey",
                                          "devkey",
                                          "rootkey",
                                          "hmackey",
                                          "unsealkey",
                                          "recoverykey",
                                          "dockerconfigjson",
                                          "dockercfg",
                                          "honeycombteam",
                                          "jwt"};

constexpr std::string_view kWordsBeside[] = {"password", "passwd",    "passphrase", "secret",    "token",
                                             "apikey",   "accesskey", "privatekey", "credential"};

// Short ones must be a word of their own: "bypass", "design", "compass".
constexpr std::string_view kPasswordWords[] = {"pass", "pw", "psk"};
constexpr std::string_view kKeyWords[] = {"sig"};

// Beside "key" alone, which names much that is harmless (primary_key, cacheKey): these make it no secret.
constexpr std::string_view kHarmlessKeys[] = {
    "primary", "foreign", "public",  "cache", "partition",   "sort",   "idempotency", "unique", "hot",
    "object",  "map",     "dict",    "i18n",  "translation", "lookup", "index",       "query",  "route",
    "item",    "group",   "storage", "hash",  "range",       "s3",     "bucket",      "row",    "config"};

// Lower case without separators, and where its last word begins.
struct FoldedName {
    std::array<char, kLongestName> buffer{};
    std::size_t size = 0;
    std::size_t last_word = 0;
    [[nodiscard]] std::string_view all() const { return {buffer.data(), size}; }
    [[nodiscard]] std::string_view last() const { return all().substr(last_word); }
    [[nodiscard]] std::string_view rest() const { return all().substr(0, last_word); }
};

FoldedName fold_name(std::string_view name) {
    if (name.size() > kLongestName) name.remove_prefix(name.size() - kLongestName);
    FoldedName folded;
    char previous = '\0';
    for (const char c : name) {
        const bool hump = c >= 'A' && c <= 'Z' && previous >= 'a' && previous <= 'z';
        if (in(Alphabet::alnum, c)) {
            if (hump || !in(Alphabet::alnum, previous)) folded.last_word = folded.size;
            folded.buffer[folded.size++] = fold(c);
        }
        previous = c;
    }
    return folded;
}

template <std::size_t kCount>
bool ends_in(std::string_view name, const std::string_view (&endings)[kCount]) {
    if (name.empty()) return false;
    return std::any_of(std::begin(endings), std::end(endings), [name](std::string_view ending) {
        return name.back() == ending.back() && name.ends_with(ending);
    });
}

template <std::size_t kCount>
bool is_one_of(std::string_view word, const std::string_view (&words)[kCount]) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool holds_word_beside(std::string_view name) {
    constexpr std::size_t kShortest = 5;
    return name.size() >= kShortest &&
           std::any_of(std::begin(kWordsBeside), std::end(kWordsBeside),
                       [name](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

// X-Gotify-Key
bool is_header(std::string_view name) { return equal_folded(name.substr(0, 2), "x-"); }

}  // namespace

Sensitivity sensitivity(std::string_view name) {
    const FoldedName folded = fold_name(name);
    if (ends_in(folded.all(), kPasswordNames) || is_one_of(folded.last(), kPasswordWords))
        return Sensitivity::password;
    if (ends_in(folded.all(), kKeyNames) || is_one_of(folded.last(), kKeyWords)) return Sensitivity::key;
    if (folded.last() == "key") {
        const bool harmless = folded.rest().empty() || ends_in(folded.rest(), kHarmlessKeys);
        if (harmless) return Sensitivity::none;
        return is_header(name) ? Sensitivity::key : Sensitivity::beside;
    }
    return holds_word_beside(folded.all()) && !folded.all().ends_with("tokens") ? Sensitivity::beside
                                                                                : Sensitivity::none;
}

bool names_environment(std::string_view name) {
    return equal_folded(name, "env") || equal_folded(name, "environment") || equal_folded(name, "environ");
}

}  // namespace kaizen::redact
