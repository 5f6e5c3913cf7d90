#!/usr/bin/env python3
"""The coroutine lint flags each kind of statement that g++ 12 and Boost 1.81 break on, and leaves good code alone."""

import unittest

from coroutine_lint import check_text

FLAGGED_IN_A_BODY = {  # statement -> rule
    "co_await f([x] { return x; });": 1,
    "co_await f([&] { return 1; });": 1,
    "co_await f([this, a](int i) mutable { return i; });": 1,
    "auto r = co_await f([&]() -> int { return 1; });": 1,
    "co_await f(Config{1, 2});": 1,
    "co_await f({});": 1,
    "co_await f({1, 2, 3});": 1,
    "co_await f(std::vector<int>{1, 2});": 1,
    "Reply r{co_await f()};": 1,
    "co_await f(a ? b : c);": 1,
    "auto x = ok ? co_await f() : co_await g();": 1,
    "if (co_await f(Config{1})) g();": 1,
    "while ((co_await next(Page{n})).more) ++n;": 1,
    "for (auto x : co_await list({1, 2})) use(x);": 1,
    "co_return co_await f(Config{1});": 1,
    "co_return co_await f(\n    a,\n    Config{1});": 1,
    "return_if(co_await f(), [x] { g(x); });": 1,
    "co_spawn(co_await this_coro::executor, [x] { return x; }, detached);": 1,
    "switch (co_await f(Key{a})) { default: break; }": 1,
    "else_part: co_await f(Config{1});": 1,
    "if (a) co_await f(Config{1}); else g();": 1,
    "auto job = [x]() -> awaitable<void> { co_await f(x); };": 3,
    "auto job = [] { co_return; };": 3,
    "spawn([this](Socket s) -> boost::asio::awaitable<void> { co_return co_await serve(s); });": 3,
    "auto job = []<class T>(T t) -> awaitable<T> { co_return t; };": 3,
    "asio::thread_pool workers(2);": 5,
    "co_spawn(pool_, run(), detached);": 5,
    "asio::post(pool_.get_executor(), job);": 5,
    "using namespace boost::asio::experimental::awaitable_operators;": 6,
    "auto g = make_parallel_group(a, b);": 6,
}

FLAGGED_AT_FILE_LEVEL = {
    "awaitable<void> f(int a, Options o = {});": 2,
    "boost::asio::awaitable<std::vector<int>> Sink::send(std::string s = \"x\") { co_return; }": 2,
    "#include <boost/asio/experimental/channel.hpp>": 6,
    "#include <boost/asio/experimental/awaitable_operators.hpp>  // just once": 6,
}

CLEAN = (
    "awaitable<void> f() { auto job = [x] { return x; }; co_await run(std::move(job)); }",
    "awaitable<void> f() { const auto key = Key{1, 2}; co_await g(key, 1, \"{?}\", 'x'); }",
    "awaitable<void> f() { if (co_await g()) h(Config{1}); }",
    "awaitable<void> f() { if (co_await g()) { h({1, 2}); } else { h(a ? b : c); } }",
    "awaitable<void> f() { while (co_await g()) a = b ? c : d; }",
    "awaitable<void> f() { auto [a, b] = co_await g(); use(a ? 1 : 2); }",
    "awaitable<void> f() { const auto& [a, b] = co_await g(x[i], y[0]); }",
    "awaitable<void> f() { Config c{1}; co_await g(c); Config d{2}; co_return; }",
    "awaitable<void> f() { try { co_await g(); } catch (const Error& e) { log(Line{e}); } }",
    "awaitable<void> f() { co_await g([](int i) { return i; }); }  // captures nothing",
    "awaitable<void> f() { for (int i = a ? 1 : 2; i < n; ++i) { co_await g(i); } }",
    "awaitable<void> f() { switch (a ? 1 : 2) { case 1: co_await g(); break; default: break; } }",
    "awaitable<void> f(std::vector<int> v) { // co_await g(Config{1});\n co_await g(v); }",
    "awaitable<void> f() { /* ? */ co_await g(R\"({\"a\": ?})\"); }",
    "struct A { A() : a_{1}, b_{2} {} awaitable<void> f() const { co_await g(a_); } int a_{3}; };",
    "class A final : public B<int> { public: awaitable<int> f() noexcept override { co_return co_await g(); } };",
    "namespace a::b { awaitable<void> f() { [[maybe_unused]] int x = co_await g(); } }",
    "auto f(int i) -> awaitable<int> { co_return i; }",
    "int plain(int a = 1) { return a ? 1 : 2; }",
    "void spawn() { co_spawn(context_, serve(std::move(socket)), detached); }",
    "constexpr int n = 1'000'000; awaitable<void> f() { co_await g(n); }",
)


class CoroutineLint(unittest.TestCase):
    def assert_flagged(self, text, rule):
        findings = check_text("daemon/x/x.cpp", text)
        self.assertTrue(findings, "not flagged: " + text)
        self.assertTrue(all(f"rule {rule}:" in finding for finding in findings), findings)

    def test_flags_what_breaks(self):
        for statement, rule in FLAGGED_IN_A_BODY.items():
            for body in ("{ STATEMENT }", "{ int a{1}; { g({1}); } STATEMENT h(); }", "{ while (more) { STATEMENT } }"):
                with self.subTest(statement=statement, body=body):
                    self.assert_flagged("awaitable<void> A::f(int n) " + body.replace("STATEMENT", statement), rule)
        for text, rule in FLAGGED_AT_FILE_LEVEL.items():
            with self.subTest(text=text):
                self.assert_flagged(text, rule)

    def test_leaves_good_code_alone(self):
        for text in CLEAN:
            with self.subTest(text=text):
                self.assertEqual(check_text("daemon/x/x.cpp", text), [])

    def test_names_file_and_line(self):
        findings = check_text("ctl/client.cpp", "awaitable<void> f() {\n    co_await g(\n        Config{1});\n}\n")
        self.assertEqual(len(findings), 1)
        self.assertTrue(findings[0].startswith("ctl/client.cpp:3: rule 1"), findings)

    def test_the_pool_is_at_home_in_runtime(self):
        text = "awaitable<void> run() { return co_spawn(pool_, job(), token); } asio::thread_pool pool_;"
        self.assertEqual(check_text("daemon/runtime/worker.h", text), [])
        self.assertEqual(len(check_text("daemon/flush/flusher.cpp", text)), 2)

    def test_unbalanced_text_does_no_harm(self):
        for text in ("}}}", "{{{ co_await", "(]) co_await f({", "", "\"", "#include"):
            check_text("daemon/x/x.cpp", text)


if __name__ == "__main__":
    unittest.main()
