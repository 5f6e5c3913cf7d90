#include "daemon/redact/shell_outline.h"

#include <gtest/gtest.h>

#include <random>

namespace kaizen::redact {
namespace {

TEST(ShellOutline, keeps_programs_options_and_names) {
    for (const char* command :
         {"git log --oneline -10", "cargo test -p engine -- --nocapture",
          "ls -la src && wc -l src/*.rs | sort -n", "grep -rn 'TODO' daemon --include=*.cpp",
          "for f in *.md; do wc -l $f; done", "FOO=bar ./run.sh > out.txt 2>&1", "cd /tmp && npm install",
          "diff <(sort a) <(sort b)", "echo \"$HOME\"", "cat <<< word"})
        EXPECT_EQ(shell_outline(command), command);
}

TEST(ShellOutline, leaves_out_what_is_said) {
    EXPECT_EQ(shell_outline("git commit -m 'Fix the flaky test' --no-verify"),
              "git commit -m <TEXT:20> --no-verify");
    EXPECT_EQ(shell_outline("python3 -c \"import os; print(os.getcwd())\""), "python3 -c <TEXT:31>");
    EXPECT_EQ(shell_outline("make test # because the last change broke it"), "make test <TEXT:34>");
    EXPECT_EQ(shell_outline("echo now all of this is read by somebody else"), "echo <TEXT:40>");
    EXPECT_EQ(shell_outline("git tag 版本發佈說明"), "git tag <TEXT:18>");
    EXPECT_EQ(shell_outline("curl -H \"X-Note: a b\" localhost"), "curl -H <TEXT:13> localhost");
}

TEST(ShellOutline, leaves_out_here_documents) {
    EXPECT_EQ(shell_outline("cat > a.txt <<'EOF'\nfirst line\nsecond\nEOF\nls -l"),
              "cat > a.txt <<'EOF' <TEXT:21>\nls -l");
    EXPECT_EQ(shell_outline("cat <<-END | wc -l\n\tsome text\n\tEND\nls"),
              "cat <<-END | wc -l <TEXT:15>\nls");
    EXPECT_EQ(shell_outline("git commit -m \"$(cat <<'EOF'\nSay \"why\" (it's so)\nEOF\n)\" && git push"),
              "git commit -m <TEXT:41> && git push");
    EXPECT_EQ(shell_outline("cat <<EOF\nnever closed, and so it goes on"), "cat <<EOF <TEXT:31>");
}

TEST(ShellOutline, leaves_out_each_of_several_here_documents) {
    EXPECT_EQ(shell_outline("diff - /dev/fd/3 <<A 3<<B\nwhat was\nA\nwhat will be\nB\nls"),
              "diff - /dev/fd/3 <<A 3<<B <TEXT:25>\nls");
    EXPECT_EQ(shell_outline("cat <<A <<B\none of them\nA\nnever closed"), "cat <<A <<B <TEXT:26>");
}

TEST(ShellOutline, keeps_commands_in_lines_of_their_own) {
    EXPECT_EQ(shell_outline("cd x\n\n  DB_PASSWORD=a\necho 'it is said'\nls"),
              "cd x\nDB_PASSWORD=a\necho <TEXT:12>\nls");
}

TEST(ShellOutline, quotes_with_escapes_end_where_the_shell_ends_them) {
    EXPECT_EQ(shell_outline("echo $'it\\'s said by me' && ls"), "echo <TEXT:19> && ls");
    EXPECT_EQ(shell_outline("printf $'\\t' && ls"), "printf $'\\t' && ls");
    EXPECT_EQ(shell_outline("echo $'no end; ls"), "echo <TEXT:12>");
}

TEST(ShellOutline, leaves_out_sentences_in_addresses) {
    EXPECT_EQ(shell_outline("curl https://s.example/?q=why%20is%20the%20sky%20blue%20at%20noon -o x"),
              "curl <TEXT:60> -o x");
    EXPECT_EQ(shell_outline("open 'https://s.example/?q=why+is+the+sky+blue+at+noon'"), "open <TEXT:50>");
    for (const char* command :
         {"curl https://s.example/a%20b/c.txt", "g++ -o c++ a+b.cpp", "npm i libstdc++"})
        EXPECT_EQ(shell_outline(command), command);
}

TEST(ShellOutline, what_cannot_be_read_is_text_to_the_end) {
    EXPECT_EQ(shell_outline("echo 'it does not end; ls -l"), "echo <TEXT:23>");
    EXPECT_EQ(shell_outline("echo \"$(date; whoami"), "echo <TEXT:15>");
    EXPECT_EQ(shell_outline("echo `date and more"), "echo <TEXT:14>");
    EXPECT_EQ(shell_outline("echo \\"), "echo \\");
    EXPECT_EQ(shell_outline(""), "");
}

TEST(ShellOutline, survives_anything) {
    const auto seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string_view pieces[] = {"'", "\"", "$(", ")", "`",    "\\", "<<", "<<-E",
                                       "E", "\n", " ",  "#", "word", "|",  "(",  "é"};
    for (int round = 0; round < 3000; ++round) {
        std::string command;
        for (auto n = random() % 24; n > 0; --n) command += pieces[random() % std::size(pieces)];
        EXPECT_LE(shell_outline(command).size(), command.size() * 12 + 16);
    }
}

}  // namespace
}  // namespace kaizen::redact
