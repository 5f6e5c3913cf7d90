// Persons and places.

#include "daemon/redact/find.h"
#include "daemon/redact/rules.h"

namespace kaizen::redact {
namespace {
using enum Alphabet;

constexpr RuleExtra person(Find find, Trigger trigger, Case letters = Case::exact) {
    return {.find = find, .trigger = trigger, .kind = Kind::person, .letters = letters};
}

constexpr Rule kRules[] = {
    {kUserRule,
     "/home/ /Users/ \\Users\\ \\\\Users\\\\ \\home\\ \\\\home\\\\ %2Fhome%2F %2FUsers%2F %5CUsers%5C "
     "%2fhome%2f %2fUsers%2f %5cUsers%5c",
     path, 0,
     "/home/{y8}/x | /Users/{y8} | C:\\Users\\{y8}\\x | C:\\\\Users\\\\{y8}\\\\x | %2Fhome%2F{y8}%2Fx | "
     "file:///Users/{y8}/x | /mnt/c/Users/{y8}/x",
     "src/home/index.ts", person(find_home, Trigger::literal)},
    {kUserRule, "/var/mail/ /var/spool/mail/ /run/media/ /media/", path, 0,
     "/var/mail/{y8} | /media/{y8}/disk | /var/home/{y8}/x", "/media/cdrom/x",
     person(find_home, Trigger::literal)},
    {kUserRule, "-home- -Users- -run-media- /-media-", path, 0,
     "-home-{y8}-work-app | -Users-{y8}-work | -var-home-{y8}-x | C--Users-{y8}-x | -mnt-c-Users-{y8}-x | "
     "-run-media-{y8}-disk | projects/-media-{y8}-disk | projects/-home-{y8}",
     "take-home-pay", person(find_home_slug, Trigger::literal)},
    {kUserRule, "~", path, 0, "~u{y8}/bin", "~/bin", person(find_tilde_user, Trigger::literal)},
    {kUserRule, "/root", path, 0, "/root/.ssh/id", "/rootfs/x", person(find_root_home, Trigger::literal)},
    {kHostRule, "", path, 0, "", "", person(find_word, Trigger::literal, Case::any)},
    {kPersonRule, "", path, 0, "", "", person(find_word, Trigger::literal, Case::any)},
    {kUserRule, "", path, 0, "", "", person(find_word, Trigger::literal, Case::any)},
    {"email", "", mail_local, 0, "{y8}.{y8}@{y10}.com", "user@example.com", person(find_mail, Trigger::at)},
    {"email", "%40 %2540 &#64; \\u0040", mail_local, 0, "to={y8}.{y8}%40{y10}.com | {y8}&#64;{y10}.org",
     "user%40example.com", person(find_mail, Trigger::literal)},
    {"phone", "", digit, 0, "+1 (415) 555-0132 | +49 30 23125 123 | +447700900123", "+1700000000",
     person(find_phone, Trigger::digit)},
    {"card", "", digit, 0, "{card} | {card-spaced} | n={card-joined}", "4111111111111112",
     person(find_card, Trigger::digit)},
    {"iban", "", digit, 0, "{iban}", "DE00123456781234567890", person(find_iban, Trigger::digit)},
    {"ipv4", "", digit, 0, "{ipv4}", "192.168.1.20", person(find_ipv4, Trigger::digit)},
    {"ipv6", "", address, 0, "{ipv6}", "fe80::1ff:fe23:4567:890a", person(find_ipv6, Trigger::colon)},
    {"mac", "", address, 0, "{mac}", "12:34:56", person(find_mac, Trigger::colon)},
    {"mac", "", address, 0, "{mac-dashed}", "2026-11-25-17-50-25", person(find_mac, Trigger::dash)},
};

}  // namespace

std::span<const Rule> person_rules() { return kRules; }

}  // namespace kaizen::redact
