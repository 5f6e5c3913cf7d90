// Where people write a password down in passing: sentences, passphrases, and short values of URLs and
// environments.

#include "tests/redact/cases.h"

namespace kaizen::test {
namespace {

void add(Cases& cases, std::string_view kind, const std::vector<std::string>& contexts,
         const std::vector<std::string>& secrets) {
    for (const std::string& context : contexts) {
        for (const std::string& secret : secrets)
            cases.push_back({std::string(kind) + " in " + context, filled(context, secret), secret});
    }
}

std::vector<std::string> made(Shapes& shapes, std::size_t count, const std::vector<std::string>& choices) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(shapes.make(shapes.one_of(choices)));
    return out;
}

}  // namespace

Cases sentences(Shapes& shapes) {
    Cases cases;
    add(cases, "sentence",
        {"the password is {}", "The password was changed to {}", "password is now {}, tell nobody",
         "the new password is {}.", "I set the password to {} for now", "password has been reset to {}",
         "your password will be {}", "new passphrase: {}", "the passphrase is still {}",
         "the password for the staging server is {}", "DB password of the replica is now {}.",
         "the password is: {}", "the password is `{}`", "the password is \"{}\".", "Password for ada: {}\n",
         "[sudo] password for ada: {}\n", "Password for user postgres: {}",
         "Password for 'https://ada@git.acme.test': {}\n", "Enter passphrase for key '/k/id_rsa': {}\n"},
        made(shapes, 40,
             {"{l6}{d2}!{l3}", "X{l2}{d2}!{l3}B{l3}", "Tr0ub4dor&{d3}", "{a16}", "hunter{d2}",
              "{l5}-{l5}-{d4}", "K{l4}!{l2}Q{l2}", "Summer{d4}!"}));
    return cases;
}

Cases passphrases(Shapes& shapes) {
    static const std::vector<std::string> kWords = {
        "correct", "horse",  "battery", "staple",  "velvet", "anchor",  "puddle", "mango",
        "lantern", "cactus", "orbit",   "wrinkle", "pebble", "saffron", "glider", "thimble"};
    std::vector<std::string> phrases;
    for (std::size_t i = 0; i < 10; ++i) {
        std::string phrase = shapes.one_of(kWords);
        for (std::size_t word = 0; word < 3 + i % 4; ++word) phrase += " " + shapes.one_of(kWords);
        phrases.push_back(phrase);
    }
    Cases cases;
    add(cases, "passphrase",
        {"password: '{}'", "passphrase = \"{}\"", "PASSPHRASE='{}'", "\"password\": \"{}\",",
         R"({\"passphrase\":\"{}\"})", "--passphrase '{}'", "the passphrase is \"{}\"", "secret: \"{}\""},
        phrases);
    return cases;
}

Cases short_fields(Shapes& shapes) {
    Cases cases;
    add(cases, "field",
        {"https://x.test/a?access_token={}", "GET /a?b=1&token={} HTTP/1.1",
         "curl 'https://x.test/?api_key={}&b=1'", "-d 'user=ada&auth_token={}'", "TOKEN={}",
         "export API_TOKEN={}", "API_KEY={} ./run.sh", "docker run -e AUTH_TOKEN={} image",
         "https://x.test/#id=1&access_token={}"},
        made(shapes, 10, {"{l3}{d3}{l3}", "{L3}{d3}{l2}", "{a4}{d2}{a3}", "{h4}{d2}{l2}", "{l4}{d2}"}));
    add(cases, "digits", {"https://x.test/a?access_token={}", "/login?user=ada&token={}"},
        made(shapes, 5, {"{d6}", "{d8}"}));
    return cases;
}

}  // namespace kaizen::test
