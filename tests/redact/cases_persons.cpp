#include "tests/redact/cases.h"

namespace kaizen::test {
namespace {

// `secret` is what may not be left; `shape` what is written.
void add(Cases& cases, const std::string& context, const std::string& written, const std::string& secret) {
    cases.push_back({context, filled(context, written), secret});
}

const std::vector<std::string> kContexts = {"{}",
                                            "see {} for it",
                                            "\"{}\"",
                                            "<{}>",
                                            "({})",
                                            "{}, then",
                                            "at {}.",
                                            "\\n{}\\n",
                                            "\x1b[32m{}\x1b[0m",
                                            "\xE8\xAF\xB7{}\xE8\xB0\xA2",
                                            "a\t{}\tb",
                                            "x={}",
                                            "line\n{}\nline"};

}  // namespace

Cases mails(Shapes& shapes) {
    Cases cases;
    std::vector<std::string> contexts = kContexts;
    contexts.insert(contexts.end(), {"Author: Ada <{}>", "Co-Authored-By: X <{}>", "mailto:{}",
                                     "git config user.email {}", "https://x.test/?email={}&a=b"});
    for (const std::string& context : contexts) {
        for (const std::string ending : {"com", "org", "de", "io", "co.uk", "dev", "edu", "fr", "tech"}) {
            const std::string mail = shapes.make("{y3}{y5}.{y8}+x@{y3}-{y6}.") + ending;
            add(cases, context, mail, mail);
        }
    }
    for (const std::string context :
         {"to={}&subject=x", "https://x.test/?email={}", "%22{}%22", "mailto:{}", "a%3D{}%26b", "{}"}) {
        for (const std::string sign : {"%40", "%2540", "&#64;"}) {
            const std::string mail = shapes.make("{y5}.{y6}") + sign + shapes.make("{y8}.org");
            add(cases, context, mail, mail);
        }
    }
    return cases;
}

Cases cards(Shapes& shapes) {
    Cases cases;
    for (const std::string& context : kContexts) {
        for (int i = 0; i < 8; ++i) {
            static const std::vector<std::string> kShapes = {"{card}", "{card-spaced}", "{card-joined}"};
            const std::string card = shapes.make(kShapes[static_cast<std::size_t>(i) % kShapes.size()]);
            add(cases, context, card, card);
        }
    }
    for (const std::string context : {"{} 123", "{} 12/27", "card={}+1+x"}) {
        const std::string card =
            shapes.make(context.find('+') == std::string::npos ? "{card-spaced}" : "{card-joined}");
        add(cases, context, card, card);
    }
    for (const std::string context : {"{}", "IBAN: {}", "pay to {} today", "\"iban\":\"{}\""}) {
        for (int i = 0; i < 5; ++i) {
            const std::string iban = shapes.make("{iban}");
            add(cases, context, iban, iban);
        }
    }
    return cases;
}

Cases addresses(Shapes& shapes) {
    Cases cases;
    std::vector<std::string> contexts = kContexts;
    contexts.insert(contexts.end(), {"ssh deploy@{}", "http://{}:8080/x", "{}:443", "Connected to {}",
                                     "{}/32", "from {} port 22"});
    for (const std::string& context : contexts) {
        for (int i = 0; i < 8; ++i) {
            const std::string ip = shapes.make("{ipv4}");
            add(cases, context, ip, ip);
        }
    }
    for (const std::string context : {"{}", "[{}]:443", "inet6 {} prefixlen 64", "see {} there", "\"{}\""}) {
        for (int i = 0; i < 5; ++i) {
            const std::string ip = shapes.make("{ipv6}");
            add(cases, context, ip, ip);
            const std::string mac = shapes.make(i % 2 == 0 ? "{mac}" : "{mac-dashed}");
            add(cases, context == "[{}]:443" ? "ether {} txqueuelen 1000" : context, mac, mac);
        }
    }
    return cases;
}

Cases home_paths(Shapes& shapes) {
    static const std::vector<std::string> kPaths = {"/home/@/x.txt",         "/home/@",
                                                    "/Users/@/Library/x",    "/Users/@",
                                                    "C:\\Users\\@\\Desktop", "C:\\\\Users\\\\@\\\\x",
                                                    "c:/Users/@/x",          "/mnt/c/Users/@/x",
                                                    "/c/Users/@/x",          "\\\\wsl$\\Ubuntu\\home\\@\\x",
                                                    "file:///home/@/x",      "file:///C:/Users/@/x",
                                                    "D:/Users/@/x",          "%2Fhome%2F@%2Fx",
                                                    "/var/mail/@",           "~@/bin",
                                                    "-home-@-work-app",      "-Users-@-Projects-app",
                                                    "/usr/home/@/x",         "host:/home/@/x",
                                                    "/run/media/@/disk",     "vscode://file/Users/@/x",
                                                    "/media/@/disk/x",       "/media/@/ESD-USB",
                                                    "/var/home/@/x",         "/mnt/home/@/x",
                                                    "-var-home-@-work",      "-mnt-c-Users-@-work",
                                                    "C--Users-@-work",       "-run-media-@-disk",
                                                    "/p/-media-@-disk",      "/p/-home-@/x.jsonl"};
    Cases cases;
    for (const std::string& context : kContexts) {
        for (const std::string& path : kPaths) {
            const std::string user =
                shapes.make(path.find("-@") == std::string::npos ? "u{y3}{y5}.{y3}" : "u{y9}");
            std::string written = path;
            written.replace(written.find('@'), 1, user);
            add(cases, context, written, user);
        }
        for (const std::string path : {"C%3A%5CUsers%5C@%5Cx", "c%3A%2FUsers%2F@%2Fx", "file:///C:/Users/@/x",
                                       "vscode://file/c%3A/Users/@/x", "%5cUsers%5c@%5cx"}) {
            const std::string last_name = shapes.make("K{y8}");
            std::string written = path;
            written.replace(written.find('@'), 1, "Ada%20" + last_name);
            add(cases, context, written, last_name);
        }
    }
    return cases;
}

}  // namespace kaizen::test
