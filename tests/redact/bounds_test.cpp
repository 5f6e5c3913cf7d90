// Secrets that are longer than anybody expects, the second of two, and characters at the edges of what goes.

#include <gtest/gtest.h>

#include "common/text.h"
#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

constexpr std::uint64_t kSeed = 1024;
constexpr std::size_t kPiece = 12;  // bytes in a row of a secret that nobody may read

std::string times(std::string_view unit, std::size_t count) {
    std::string out;
    for (; count > 0; --count) out += unit;
    return out;
}

// `text` with {} for the secret.
std::string around(std::string_view text, std::string_view secret) {
    const std::size_t at = text.find("{}");
    return std::string(text.substr(0, at)).append(secret).append(text.substr(at + 2));
}

TEST(Bounds, findings_end_between_characters) {
    const std::string cjk = times("\xE6\xBC\xA2", 2000);
    for (const std::string& text :
         {"/home/" + cjk, "/home/ada/" + cjk, "C:\\Users\\" + cjk + "\\x", "~ada/" + cjk, "PASSWORD=a1" + cjk,
          "password=\"a1" + cjk + "\"", "Cookie: a=b1" + cjk + times(cjk, 2),
          "postgres://app:a" + cjk + "@h/x", "db:5432:app:app:s1" + cjk, "curl -u ada:a1" + cjk}) {
        ASSERT_TRUE(is_utf8(text));
        const std::string out = redacted(text);
        EXPECT_TRUE(is_utf8(out)) << text.substr(0, 32);
        EXPECT_EQ(out.find("\xE6\xBC\xA2\xE6\xBC\xA2"), std::string::npos) << text.substr(0, 32);
    }
}

// Each is longer than a glance would take in, and goes to its end.
TEST(Bounds, long_values_go_to_their_end) {
    Shapes shapes(kSeed);
    for (const std::string_view text : {"postgres://app:{}@db/x",
                                        "https://{}@host/x",
                                        "redis://:a/{}@db",
                                        "jdbc:oracle:thin:scott/{}@//db:1521/x",
                                        "app:{}@tcp(db:3306)/app",
                                        "db.internal:5432:app:app:{}",
                                        "PASSWORD={}",
                                        "password: \"{}\"",
                                        "the password is now {} and so on",
                                        "token={}",
                                        "?token={}",
                                        "curl -u ada:{} https://x",
                                        "mysql -p{} app",
                                        "echo {} | docker login --password-stdin",
                                        "echo '{}'|sudo -S ls",
                                        "docker login --password-stdin <<< {}",
                                        "htpasswd -b users grace {}",
                                        "Authorization: Bearer {}",
                                        "Authorization: Digest a=\"b\", response=\"{}\"",
                                        "Bearer {}",
                                        "Cookie: a={}",
                                        "Cookie: a=b1; c={}",
                                        "IDENTIFIED BY '{}'",
                                        "CREATE USER grace IDENTIFIED BY {}",
                                        "INSERT INTO u (name, password) VALUES ('grace', '{}')",
                                        "sqlplus -s scott/{}@orcl",
                                        "sqlplus scott/\"{}\"@orcl",
                                        "mc alias set m http://h KEY1 {}",
                                        "ssh-keygen -N '{}' -f k",
                                        "xfreerdp /u:grace /p:{} /v:h",
                                        "lftp -u grace,{} h",
                                        "<entry key=\"password\">{}</entry>",
                                        "<password>{}</password>",
                                        "<name>password</name>\n<value>{}</value>",
                                        "ConvertTo-SecureString '{}' -AsPlainText",
                                        "'{}' | ConvertTo-SecureString -AsPlainText",
                                        "smtp.login('grace', '{}')",
                                        "kind: Secret\ndata:\n  app: {}\n",
                                        "xoxb-{}",
                                        "token-abcde:{}",
                                        "ghp_{}",
                                        "/home/{}/x",
                                        "C:\\Users\\{}\\x",
                                        "-home-{}-work",
                                        "~u{}/bin",
                                        "/home/ada/{}.txt",
                                        "{}@lovelace.com",
                                        "x@{}.com",
                                        "sk-ant-api03-{}",
                                        "pat0123456789abcd.{}"}) {
        for (const std::size_t bytes : {std::size_t{600}, std::size_t{5000}, std::size_t{300'000}}) {
            const bool hex = text.starts_with("pat0") || text.starts_with("token-");
            const std::string secret = shapes.make((hex ? "{h" : "{a") + std::to_string(bytes) + "}");
            EXPECT_FALSE(leaks(redacted(around(text, secret)), secret, kPiece))
                << "seed " << kSeed << ", " << bytes << " bytes: " << text;
        }
    }
}

TEST(Bounds, a_long_basic_header_goes_to_its_end) {
    Shapes shapes(kSeed);
    const std::string secret = redact::encode_base64("ada:" + shapes.make("{a6000}"));
    EXPECT_FALSE(leaks(redacted("Basic " + secret + " x"), secret, kPiece));
}

TEST(Bounds, a_token_with_certificates_in_its_header_is_one) {
    Shapes shapes(kSeed);
    std::string header =
        redact::encode_base64(R"({"x5c":[")" + shapes.make("{a6000}") + R"("],"alg":"RS256"})");
    header = header.substr(0, header.find('='));
    const std::string token = header + "." + shapes.make("{u200}") + "." + shapes.make("{u342}");
    EXPECT_EQ(redacted("got " + token), "got <REDACTED:jwt#1>");
}

TEST(Bounds, the_tail_of_a_discord_token_goes) {
    Shapes shapes(kSeed);
    const std::string tail = shapes.make("{a400}");
    EXPECT_FALSE(leaks(redacted(shapes.make("{discord}.{u6}.") + tail), tail, kPiece));
}

TEST(Bounds, a_name_may_be_long) {
    Shapes shapes(kSeed);
    const std::string secret = shapes.make("{a24}");
    EXPECT_FALSE(leaks(redacted(times("VERY_", 30) + "PASSWORD=" + secret), secret, kPiece));
    EXPECT_FALSE(leaks(redacted("--token" + times("-of-it", 20) + "-secret " + secret), secret, kPiece));
    EXPECT_FALSE(leaks(redacted_json("{\"" + times("very_", 30) + "password\":\"" + secret + "\"}"), secret));
}

TEST(Bounds, a_command_may_be_long) {
    Shapes shapes(kSeed);
    const std::string secret = shapes.make("{a20}");
    const std::string url = "https://h.example/" + shapes.make("{l9}/{l9}/{l9}?q=") + times("word+", 400);
    EXPECT_FALSE(leaks(redacted("curl " + url + " -u ada:" + secret), secret, kPiece));
    EXPECT_FALSE(leaks(redacted("curl " + url + " \\\n  -u ada:" + secret), secret, kPiece));
    EXPECT_FALSE(
        leaks(redacted("echo " + secret + " | docker login " + url + " --password-stdin"), secret, kPiece));
    EXPECT_FALSE(leaks(redacted("htpasswd -b " + url + " grace " + secret), secret, kPiece));
    EXPECT_FALSE(leaks(redacted("machine h login " + times("grace", 60) + " password " + secret), secret));
}

TEST(Bounds, colours_may_be_long) {
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a36}");
    const std::string colour = "\x1b[0;1;4;38;2;255;100;100;48;2;10;10;10m";
    EXPECT_FALSE(leaks(redacted(colour + token), token));
    EXPECT_FALSE(leaks(redacted("PASSWORD" + colour + "=" + colour + "hunter!22x"), "hunter!22x"));
    EXPECT_FALSE(leaks(redacted("PASSWORD" + times("\x1b[1m", 200'000) + "=hunter!22x"), "hunter!22x"));
}

TEST(Bounds, private_keys_of_any_length_go) {
    Shapes shapes(kSeed);
    std::string body;
    for (int line = 0; line < 6000; ++line) body += shapes.make("{b64}") + "\n";
    const std::string begin = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n";
    const std::string end = "-----END PGP PRIVATE KEY BLOCK-----\n";
    for (const std::string& text :
         {begin + body + end, body + end, "MIIEpAIBAAKCAQEA" + shapes.make("{b48}") + "\n" + body,
          begin + "Comment: " + times("made by us ", 30) + "\n\n" + body + end})
        EXPECT_FALSE(leaks(redacted(text), body.substr(body.size() - 130), kPiece)) << text.substr(0, 60);
}

TEST(Bounds, every_line_of_a_wrapped_key_goes) {
    Shapes shapes(kSeed);
    const std::string key = shapes.make("{wrapped-key}");
    std::string lines;
    for (std::size_t i = 0; i < key.size(); i += 76) lines += key.substr(i, 76) + "\n";
    EXPECT_FALSE(leaks(redacted("base64 key.pem\n" + lines), key, kPiece));
}

TEST(Bounds, all_values_of_a_long_secret_of_kubernetes_go) {
    Shapes shapes(kSeed);
    std::string text = "apiVersion: v1\nkind: Secret\ndata:\n";
    for (int i = 0; i < 200; ++i) text += "  f" + std::to_string(i) + ": " + shapes.make("{l30}") + "\n";
    const std::string last = shapes.made();
    EXPECT_FALSE(leaks(redacted(text), last, kPiece));
    EXPECT_EQ(redacted("kind: Secret\nkind: ConfigMap\ndata:\n  colour: " + last),
              "kind: Secret\nkind: ConfigMap\ndata:\n  colour: " + last);
}

TEST(Bounds, each_of_several_goes) {
    Shapes shapes(kSeed);
    for (const std::string_view text :
         {"Run htpasswd -nb grace {1} or htpasswd -nb alan {2} there.",
          "htpasswd -b users grace {1} && htpasswd -b users alan {2}",
          "echo {1} | sudo -S ls; echo {2} | sudo -S ls",
          "curl -u grace:{1} x -u alan:{2}",
          "mysql -p{1} a; mysql -p{2} b",
          "jdbc:oracle:thin:scott/{1}@{2}@//db:1521/x",
          "grace:{1}@tcp(db:1)/a, alan:{2}@tcp(db:1)/a",
          "h:5432:a:b:{1} h:5432:a:b:{2}",
          "ALTER USER a IDENTIFIED BY '{1}', b IDENTIFIED BY '{2}'",
          "kind: Secret\ndata:\n  a: {1}\n---\nkind: Secret\ndata:\n  a: {2}\n",
          "PASSWORD={1} TOKEN={2}",
          "http://a:{1}@h/x http://b:{2}@h/x",
          "Cookie: a={1}\nCookie: a={2}",
          "(echo grace:{1}; echo alan:{2}) | chpasswd",
          "sqlplus a/{1}@x; sqlplus b/{2}@x",
          "rman target a/{1}@x catalog b/{2}@y",
          "ssh-keygen -p -P '{1}' -N '{2}' -f k",
          "INSERT INTO u (name, password) VALUES ('grace', '{1}'), ('alan', '{2}')",
          "INSERT INTO u (password, token) VALUES ('{1}', '{2}')",
          "mc alias set a http://h k {1}; mc alias set b http://h k {2}",
          "<password>{1}</password><password>{2}</password>",
          "curl -d 'a;b' -u grace:{1} x; curl -d 'a;b' -u grace:{2} x"}) {
        const std::string one = shapes.make("{a10}{d2}");
        const std::string other = shapes.make("{a10}{d2}");
        std::string filled(text);
        filled.replace(filled.find("{1}"), 3, one);
        filled.replace(filled.find("{2}"), 3, other);
        const std::string out = redacted(filled);
        EXPECT_FALSE(leaks(out, one) || leaks(out, other)) << "seed " << kSeed << ": " << out;
    }
}

TEST(Bounds, nothing_is_looked_for_behind_a_mark) {
    for (const std::string_view text :
         {"ececho hunt]ho hunt]r21 | sudo -S ls",
          "htpasswd -nb \"-nb alan eeeehtpasswd -#{ grace {0} or htpasswd -nb alan esk-svcacct-nb \"-nb alan "
          "eeeeeeeehtpasswd -#{ grace",
          "smbclient //h/s -U 'ad htpasswd -bhtpassw b htpasswd grace hunter22 {-"}) {
        const std::string once = redacted(text);
        EXPECT_EQ(redacted(once), once);
    }
}

TEST(Bounds, a_long_row_of_prefixes_has_one_checksum_at_most) {
    EXPECT_EQ(redacted(times("glpat-", 100'000)), "<REDACTED:gitlab-pat#1>");
}

TEST(Bounds, any_name_of_an_entry_tells_what_its_value_is) {
    EXPECT_EQ(redacted_json(R"({"name":"x","key":"DB_PASSWORD","value":"correct"})"),
              R"({"name":"x","key":"DB_PASSWORD","value":"<REDACTED:password#1>"})");
}

TEST(Bounds, a_long_value_is_found_again) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{a3000}");
    const std::string out = redacted("DB_PASSWORD=" + password + "\nconnect(" + password + ") failed");
    EXPECT_EQ(out, "DB_PASSWORD=<REDACTED:password#1>\nconnect(<REDACTED:password#1>) failed");
}

TEST(Bounds, a_long_value_is_found_before_the_place_that_tells_it) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{a3000}");
    for (const std::string& tree :
         {R"({"a":"tried )" + password + R"( here","password":")" + password + "\"}",
          R"({"a":"{\"b\":\"tried )" + password + R"(\"}","password":")" + password + "\"}"})
        EXPECT_FALSE(leaks(redacted_json(tree), password, kPiece));
}

TEST(Bounds, what_stands_between_a_name_and_its_value_in_a_sentence_is_looked_at) {
    const std::string out = redacted("password of --password=q7Rk2MvX9bTz4LdW st: st!gim");
    EXPECT_EQ(out.find("q7Rk2MvX9bTz4LdW"), std::string::npos) << out;
    EXPECT_EQ(out.find("st!gim"), std::string::npos) << out;
}

TEST(Bounds, known_values_that_overlap_both_go) {
    redact::SessionSecrets secrets;
    secrets.remember("a", "abcdefgh-1234");
    secrets.remember("b", "gh-1234-ijkl-5678");
    EXPECT_EQ(plain_redactor().text("(abcdefgh-1234-ijkl-5678)", secrets).find("5678"), std::string::npos);
}

}  // namespace
}  // namespace kaizen::test
