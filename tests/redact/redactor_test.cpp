#include "daemon/redact/redactor.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "common/blake3.h"
#include "tests/redact/cases.h"
#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

using redact::Identity;
using redact::Redactor;
using redact::SessionSecrets;
using redact::Settings;

constexpr std::uint64_t kSeed = 4711;

std::string hash8(std::string_view path) {
    Blake3 hash;
    hash.update(std::string(32, '\0'));
    hash.update("path:");
    hash.update(path);
    return hash.hex().substr(0, 8);
}

// A name of a variable looks like that, too; in a sentence `x=y` is what somebody typed.
TEST(Redactor, takes_a_password_of_letters_alone_in_backticks) {
    const std::string out = redacted("I use `password=ElslzbsLDhaxCE` now.");
    EXPECT_EQ(out.find("ElslzbsL"), std::string::npos) << out;
}

TEST(Redactor, says_when_a_text_may_leave_as_it_is) {
    SessionSecrets secrets;
    EXPECT_EQ(plain_redactor().changed("assistant", secrets), std::nullopt);
    EXPECT_EQ(plain_redactor().changed("The tokens, all 12 of them: see a.cpp", secrets), std::nullopt);
    EXPECT_EQ(plain_redactor().changed("Ada", secrets), "<REDACTED:user#1>");
    secrets.remember("password", "plainly!said");
    EXPECT_EQ(plain_redactor().changed("plainly!said", secrets), "<REDACTED:password#2>");
}

TEST(Redactor, gives_a_secret_one_number_in_a_session) {
    Shapes shapes(kSeed);
    const std::string one = shapes.make("ghp_{a36}");
    const std::string other = shapes.make("ghp_{a36}");
    SessionSecrets secrets;
    EXPECT_EQ(plain_redactor().text(one + " " + other + " " + one, secrets),
              "<REDACTED:github-pat#1> <REDACTED:github-pat#2> <REDACTED:github-pat#1>");
    EXPECT_EQ(plain_redactor().text("again " + other, secrets), "again <REDACTED:github-pat#2>");
    EXPECT_EQ(redacted(other), "<REDACTED:github-pat#1>");
}

TEST(Redactor, finds_a_value_again_where_nothing_tells_it) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{l6}-{d4}+{l4}");
    SessionSecrets secrets;
    EXPECT_EQ(plain_redactor().text("DB_PASSWORD=" + password, secrets), "DB_PASSWORD=<REDACTED:password#1>");
    EXPECT_EQ(plain_redactor().text("connect(" + password + ") failed", secrets),
              "connect(<REDACTED:password#1>) failed");
    std::string encoded = password;
    encoded.replace(encoded.find('+'), 1, "%2B");
    EXPECT_EQ(plain_redactor().text("q=" + encoded, secrets), "q=<REDACTED:password#1>");
    EXPECT_FALSE(leaks(plain_redactor().text("echo " + redact::encode_base64(password), secrets),
                       redact::encode_base64(password), 12));
}

TEST(Redactor, finds_a_value_before_the_place_that_tells_it) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{l6}-{d4}-{l4}");
    EXPECT_EQ(redacted("tried " + password + "\nDB_PASSWORD=" + password),
              "tried <REDACTED:password#1>\nDB_PASSWORD=<REDACTED:password#1>");
}

TEST(Redactor, does_not_make_a_secret_of_a_word) {
    SessionSecrets secrets;
    EXPECT_EQ(plain_redactor().text("DB_PASSWORD=production", secrets), "DB_PASSWORD=<REDACTED:password#1>");
    EXPECT_EQ(plain_redactor().text("deploy to production", secrets), "deploy to production");
}

TEST(Redactor, never_touches_what_is_allowed) {
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a36}");
    const Redactor redactor({}, Settings{{token, "build@acme.io", "52.10.20.30"}, {}, std::string(32, '\0')});
    SessionSecrets secrets;
    const std::string text = "TOKEN=" + token + " by build@acme.io on 52.10.20.30";
    EXPECT_EQ(redactor.text(text, secrets), text);
    EXPECT_EQ(redactor.text("xbuild@acme.io", secrets), "<REDACTED:email#1>");
    EXPECT_EQ(redactor.json(R"({"token":")" + token + "\"}", secrets).value(),
              R"({"token":")" + token + "\"}");
}

TEST(Redactor, takes_out_who_sits_here) {
    EXPECT_EQ(redacted("Ada Lovelace (ada) on LOVELACE-LAPTOP"),
              "<REDACTED:person#1> (<REDACTED:user#2>) on <REDACTED:host#3>");
    EXPECT_EQ(redacted("an adapter, ada2, Canada"), "an adapter, ada2, Canada");
    EXPECT_EQ(redacted("ls -l: ada_old ada\\nada"),
              "ls -l: <REDACTED:user#1>_old <REDACTED:user#1>\\n<REDACTED:user#1>");
}

// As the README says.
TEST(Redactor, knows_nobody_else_by_name) {
    EXPECT_EQ(redacted("Author: Grace Hopper <grace@navy.mil> on navy-laptop, /home/grace"),
              "Author: Grace Hopper <<REDACTED:email#1>> on navy-laptop, /home/<REDACTED:user#2>");
    EXPECT_EQ(redacted("Lovelace wrote it"), "Lovelace wrote it");
}

TEST(Redactor, leaves_accounts_that_every_machine_has) {
    const Redactor redactor({{"root", "runner"}, {"/root"}, {"localhost"}, {}, {}},
                            Settings{{}, {}, std::string(32, '\0')});
    SessionSecrets secrets;
    EXPECT_EQ(redactor.text("root and runner on localhost", secrets), "root and runner on localhost");
}

TEST(Redactor, keeps_paths_in_the_workspace_and_hashes_others) {
    EXPECT_EQ(redacted("/home/ada/work/app/src/main.rs:12"),
              "/home/<REDACTED:user#1>/work/app/src/main.rs:12");
    EXPECT_EQ(redacted("cd /home/ada/work && ls"), "cd /home/<REDACTED:user#1>/work && ls");
    EXPECT_EQ(redacted("/home/ada/work/apple/x"),
              "/home/<REDACTED:user#1>/" + hash8("/home/ada/work/apple/x"));
    EXPECT_EQ(redacted("see /home/ada/private/diary.txt."),
              "see /home/<REDACTED:user#1>/" + hash8("/home/ada/private/diary.txt") + ":txt.");
    EXPECT_EQ(redacted(R"(C:\Users\Ada King\x.txt)"),
              R"(C:\Users\<REDACTED:user#1>\)" + hash8("C:/Users/Ada King/x.txt") + ":txt");
    EXPECT_EQ(redacted("-home-ada-work-app"), "-home-<REDACTED:user#1>-work-app");
    EXPECT_EQ(redacted("-home-ada-diary"), "-home-<REDACTED:user#1>-" + hash8("-home-ada-diary"));
    EXPECT_EQ(redacted("/root/.ssh/config"), "/<REDACTED:user#1>/" + hash8("/root/.ssh/config"));
}

TEST(Redactor, knows_homes_in_unusual_places) {
    const Redactor redactor({{"ada"}, {"/srv/people/ada"}, {}, {}, {}},
                            Settings{{}, {}, std::string(32, '\0')});
    SessionSecrets secrets("/srv/people/ada/app");
    EXPECT_EQ(redactor.text("/srv/people/ada/app/x", secrets), "/srv/people/<REDACTED:user#1>/app/x");
    EXPECT_EQ(redactor.text("/srv/people/grace/x", secrets),
              "/srv/people/<REDACTED:user#2>/" + hash8("/srv/people/grace/x"));
}

TEST(Redactor, trusts_only_marks_of_its_own) {
    EXPECT_EQ(redacted("password=<REDACTED:password#3> ok"), "password=<REDACTED:password#3> ok");
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a36}");
    EXPECT_EQ(redacted("<REDACTED:" + token + ">"), "<REDACTED:<REDACTED:github-pat#1>>");
    EXPECT_FALSE(leaks(redacted("<REDACTED:email " + token + ">"), token));
    const std::string random = shapes.make("{a24}");
    EXPECT_FALSE(leaks(redacted("<REDACTED:token#" + random + ", " + random), random));
}

TEST(Redactor, leaves_base64_data_alone) {
    Shapes shapes(kSeed);
    for (int i = 0; i < 20; ++i) {
        const std::string blob = "data:image/png;base64," + shapes.make("{b20000}") + "==";
        EXPECT_EQ(redacted(blob), blob) << "seed " << kSeed;
    }
}

TEST(Redactor, leaves_lines_of_base64_data_alone) {
    Shapes shapes(kSeed);
    for (int i = 0; i < 300; ++i) {
        std::string data = shapes.make("{b20}");
        while (data.size() < 2000) {
            const char padding = "A/c+"[shapes.below(4)];  // digits behind a plus would be a phone number
            data += std::string(shapes.below(60), padding);
            data += shapes.make("{b1-90}");
        }
        std::string lines = "-----BEGIN CERTIFICATE-----\n";
        for (std::size_t at = 0; at < data.size(); at += 64) lines += data.substr(at, 64) + "\n";
        lines += "-----END CERTIFICATE-----\n";
        for (const std::string& text : {lines, "the token icon: data:image/png;base64," + data,
                                        "{\"key\": \"logo\", \"image\": \"" + data + "\"}"})
            EXPECT_EQ(redacted(text), text) << "seed " << kSeed;
    }
}

// Encrypted, and meant to be kept beside the code: what protects it is the password, not who can read it.
TEST(Redactor, leaves_what_is_encrypted) {
    const std::string vault =
        "db: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n"
        "  66386439653236336462626566653063336164663966303231363934653561363964363833313662\n"
        "  6431626536303530376336343832656537303632313433360a626438346336353331386135323734\n";
    EXPECT_EQ(redacted(vault), vault);
}

TEST(Redactor, leaves_blocks_without_a_secret) {
    for (const std::string text :
         {"variable \"db_password\" {\n  type = string\n}\nvariable \"region\" {\n  default = "
          "\"eu-central-1\"\n}",
          "variable \"db_password\" {\n  default = \"\"\n}", "token: |\n  see the manual\n",
          "expect \"assword:\"\nsend \"$password\\r\"", "expect \"login:\"\nsend \"grace\\r\"",
          "cat config/master.key\ncat: config/master.key: No such file\n",
          "$ net use\nNew connections will be saved\n", "a\tTRUE\tb\tFALSE\t12\tname\tvalue",
          "acme.test\tTRUE\t/\tFALSE\t0\tname\t"})
        EXPECT_EQ(redacted(text), text);
}

TEST(Redactor, keeps_references_in_json) {
    for (const std::string value : {"file:///etc/app/x", "/etc/ssl/private/x.key", "none", "env:APP_TOKEN",
                                    "@secrets.txt", "$(cat token.txt)"}) {
        const std::string text = R"({"private_key":")" + value + R"(","password":")" + value + "\"}";
        EXPECT_EQ(redacted_json(text), text);
    }
    EXPECT_FALSE(leaks(redacted_json(R"({"token":"/7cB3kPq9ZxW2mT8vLr5NdY1sGhJ6f="})"), "7cB3kPq9ZxW2mT8"));
}

// The name of a home directory is a name of its owner, also where it is not the login.
TEST(Redactor, knows_who_a_home_directory_is_called_after) {
    const Redactor redactor({{"al"}, {"/var/home/lovelace"}, {}, {}, {}},
                            Settings{{}, {}, std::string(32, '\0')});
    for (const std::string text :
         {"/media/lovelace", "-var-home-lovelace-app", "lovelace's tree", "/mnt/x/lovelace/y"}) {
        SessionSecrets secrets;
        EXPECT_FALSE(leaks(redactor.text(text, secrets), "lovelace")) << text;
    }
    const Redactor service({{}, {"/var/lib/postgresql"}, {}, {}, {}},
                           Settings{{}, {}, std::string(32, '\0')});
    SessionSecrets secrets;
    EXPECT_EQ(service.text("postgresql is up", secrets), "postgresql is up");
}

// Redacted once, the quotes around the pipe were seen as closed, and another word was taken for its input.
TEST(Redactor, sees_a_pipe_in_open_quotes_alike_the_second_time) {
    using namespace std::string_view_literals;
    const std::string once = redacted("printf \0*-H \"pass|sudo -S Tz4LdW8sPj1Ncker"sv);
    EXPECT_EQ(redacted(once), once);
    EXPECT_EQ(once, "printf \0*-H \"pass|sudo -S <REDACTED:password#1>"sv);
}

// Each was another text behind its own marks: what told it before was hidden, or lay nearer, by then.
TEST(Redactor, looks_no_further_than_a_mark) {
    const std::string hex = Shapes(kSeed).make("{h32}");
    for (const std::string text :
         {"net use \\\\files\\home version 4.18.0.25", "curl -Hu \"Authorization: Bearer Ysword: *KEN }}\"",
          "X-Amz-Security-Token: q7Rk2MvX9bTz4LdW = pass variable",
          "user: grace, pass: kestrel9. = X-Request-Id:",
          "Cookie: theme=\"dark\"; session=kestrel password: 2024-01-01 key=\"x\" "
          "\tTRUE\t/\tTRUE\t1\ta\tmain (x)",
          "Cookie: a=$X; b= /x token: q7Rk2MvX9bTz4LdW example.test",
          "\tTRUE\t/\tTRUE\t1\ta\t Cookie: a=$X; b=kestrel $(< x)",
          "curl -b 'theme \"max_tokens\": 1 --password --token=$TOKEN card=411120111 kestrel9",
          "Authorization: Digest response=\"a3239 -----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA "
          "PRIVATE KEY----- x9y=7",
          "-----BEGIN CERTIFC KEIP\n-----BEGIN CERT PRIVATE KEYPUBLIC KEIP\n-----BEGIN 4PRIVATE KEY "
          "KEIP\n-----BEGIN C",
          "send \"ost\n password: q7Rk2MvX9bTz4LdW\nsend \"/x\n",
          "variable \"token\" { description = \"KEY\" default = \"a1b2c3d4e5\" }"}) {
        std::string written = text;
        if (const std::size_t at = text.find("KEY\""); at != std::string::npos)
            written = filled(written.replace(at, 3, "{}"), hex);
        const std::string once = redacted(written);
        EXPECT_EQ(redacted(once), once) << written;
    }
}

// The beginning of a mark alone hides nothing.
TEST(Redactor, is_not_blinded_by_half_a_mark) {
    EXPECT_FALSE(leaks(redacted("<REDACTED:\nssh 142.58.206.29"), "142.58.206.29"));
    EXPECT_FALSE(
        leaks(redacted("<REDACTED:x child.expect('assword:')\nchild.sendline('kestrel9x')"), "kestrel9x"));
}

TEST(Redactor, takes_a_valid_checksum_for_proof_in_any_surroundings) {
    Shapes shapes(kSeed);
    const std::string token = shapes.make("ghp_{a30}{crc62}");
    EXPECT_EQ(redacted("glued" + token), "glued<REDACTED:github-pat#1>");
    EXPECT_EQ(redacted("glued" + token.substr(0, 30)), "glued" + token.substr(0, 30));
}

TEST(Redactor, finds_the_secret_beside_an_aws_id) {
    Shapes shapes(kSeed);
    const std::string secret = shapes.make("{b40}");
    EXPECT_EQ(redacted(shapes.make("AKIA{z16}") + " / " + secret),
              "<REDACTED:aws-akid#1> / <REDACTED:aws-akid#2>");
}

TEST(Redactor, takes_arguments_by_their_position) {
    EXPECT_EQ(redacted("htpasswd -b users.txt ada hunter22"),
              "htpasswd -b users.txt <REDACTED:user#2> <REDACTED:argument#1>");
    EXPECT_EQ(redacted("htpasswd -nbB grace hunter22 > f"), "htpasswd -nbB grace <REDACTED:argument#1> > f");
    EXPECT_EQ(redacted("htpasswd -c users.txt grace"), "htpasswd -c users.txt grace");
    EXPECT_EQ(redacted("echo hunter22 | sudo -S ls"), "echo <REDACTED:argument#1> | sudo -S ls");
    EXPECT_EQ(redacted("cat pw.txt | sudo -S ls"), "cat pw.txt | sudo -S ls");
}

TEST(Redactor, leaves_the_full_stop_behind_a_password) {
    EXPECT_EQ(redacted("The password was changed to Xk29!fooBar. Bye."),
              "The password was changed to <REDACTED:password#1>. Bye.");
}

TEST(Redactor, does_not_refuse_a_header_without_a_value) {
    for (const std::string_view text :
         {"Authorization: ", "x-amz-security-token = ", "Cookie:  \nx", "Authorization:\t "})
        EXPECT_EQ(redacted(text), text);
}

TEST(Redactor, refuses_what_was_made_to_be_slow) {
    std::string text;
    while (text.size() < 4u << 20) text += "authorization:";
    SessionSecrets secrets;
    EXPECT_THROW(static_cast<void>(plain_redactor().text(text, secrets)), std::runtime_error);
}

// Found by the fuzzer: the mark is shorter than what it hides, so that more stands within some bytes.
TEST(Redactor, looks_as_far_back_as_before_when_a_secret_before_has_become_a_mark) {
    for (const char* word : {"account", "login"}) {
        const std::string text = std::string(word) +
                                 " is here\nPassword for user postgres: " + std::string(90, 'w') +
                                 "k2MvXa7 longer one\nr password wiovXa\n";
        const std::string once = redacted(text);
        EXPECT_NE(once, text);
        EXPECT_EQ(redacted(once), once) << text;
    }
}

// Found by the fuzzer: what stood in a secret of the line before told that an address is a version.
TEST(Redactor, takes_an_address_for_a_version_by_its_own_line_alone) {
    const std::string once = redacted("Authorization: = oids17\n192.0.2.1 2.0.2.1");
    EXPECT_EQ(redacted(once), once);
    EXPECT_NE(once.find("ipv4"), std::string::npos);
    EXPECT_EQ(redacted("release 4.18.0.25"), "release 4.18.0.25");
}

// Found by the fuzzer: once the value further on was a mark, what stood before it was looked at.
TEST(Redactor, looks_at_what_stands_between_a_name_and_its_value) {
    const std::string once = redacted("Passwd for uservX9bTz4Ldhnt is quire7");
    EXPECT_EQ(once, "Passwd for <REDACTED:password#1> is <REDACTED:password#2>");
    EXPECT_EQ(redacted(once), once);
}

TEST(Redactor, changes_nothing_the_second_time) {
    Shapes shapes(kSeed);
    Cases cases;
    for (const auto make : {named_tokens, connection_strings, http_auth, auth_files, cookies, command_lines,
                            assignments, mails, home_paths}) {
        const Cases some = make(shapes);
        cases.insert(cases.end(), some.begin(), some.end());
    }
    const std::vector<std::string> joints = {"\n", " ", "\\n", ", ", "; ", "\"", "=", ""};
    for (int round = 0; round < 400; ++round) {
        std::string text;
        for (int i = 0; i < 6; ++i) text += shapes.one_of(cases).text + shapes.one_of(joints);
        SessionSecrets secrets("/home/ada/work/app");
        const std::string once = plain_redactor().text(text, secrets);
        EXPECT_EQ(plain_redactor().text(once, secrets), once)
            << "seed " << kSeed << ", round " << round << ": " << text;
        EXPECT_EQ(redacted(once), once) << "seed " << kSeed << ", round " << round << ": " << text;
    }
}

TEST(Redactor, a_telegram_token_is_found_in_its_own_url) {
    const std::string token = "12345678:AAG0b1c2D3e4F5g6H7i8J9k0L1m2N3o4P5q";
    EXPECT_FALSE(leaks(redacted("curl https://api.telegram.org/bot" + token + "/getMe"), token));
    EXPECT_FALSE(leaks(redacted("TOKEN is " + token), token));
}

}  // namespace
}  // namespace kaizen::test
