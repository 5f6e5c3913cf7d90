// How fast waiting rows leave: a real outbox, the real sink with gzip, a server on loopback that reads and
// answers 202.
//
//   kaizen_flush_bench [ROWS]     rows that wait, default 100,000
//
// Prints rows and megabytes (uncompressed) a second, CPU per million rows of this process without the server,
// requests, rows read from the store for each row sent, how long the I/O thread was ever busy, and resident
// memory.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/log.h"
#include "daemon/flush/endpoint.h"
#include "daemon/flush/flusher.h"
#include "daemon/flush/http_sink.h"
#include "daemon/flush/ingest_carrier.h"
#include "daemon/outbox/outbox.h"
#include "daemon/outbox/queue.h"
#include "daemon/redact/projection.h"
#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mb() {
    std::ifstream in("/proc/self/statm");
    long total = 0;
    long resident = 0;
    in >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// Reads a request and answers, until the peer leaves.
void serve(int peer) {
    std::string buffer;
    std::vector<char> piece(1 << 16);
    const auto read_more = [&] {
        const ssize_t bytes = ::read(peer, piece.data(), piece.size());
        if (bytes > 0) buffer.append(piece.data(), static_cast<std::size_t>(bytes));
        return bytes > 0;
    };
    constexpr std::string_view kAnswer =
        "HTTP/1.1 202 Accepted\r\nX-Kaizen-Ingest: 1\r\nContent-Length: 2\r\n\r\n{}";
    while (true) {
        std::size_t end = 0;
        while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) return;
        }
        const std::size_t at = buffer.find("Content-Length: ");
        const std::size_t body = at < end ? std::strtoul(buffer.c_str() + at + 16, nullptr, 10) : 0;
        while (buffer.size() < end + 4 + body) {
            if (!read_more()) return;
        }
        buffer.erase(0, end + 4 + body);
        if (::write(peer, kAnswer.data(), kAnswer.size()) < 0) return;
    }
}

// A process of its own, so that its CPU is not ours; ends with us. The port it listens on.
std::uint16_t start_server() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, raw, size) != 0 || ::listen(listener, 16) != 0) std::abort();
    ::getsockname(listener, raw, &size);
    int alive[2];  // the child sees our end by it
    if (::pipe(alive) != 0) std::abort();
    if (::fork() == 0) {
        ::close(alive[1]);
        std::thread([&] {
            char byte = 0;
            while (::read(alive[0], &byte, 1) > 0) {
            }
            ::_exit(0);
        }).detach();
        while (true) {
            const int peer = ::accept(listener, nullptr, nullptr);
            std::thread([peer] { serve(peer), ::close(peer); }).detach();
        }
    }
    ::close(alive[0]);
    ::close(listener);
    return ntohs(address.sin_port);
}

// Rows as the product makes them, in a process of its own, so that its memory is not ours.
void fill(const std::string& path, int rows) {
    if (const pid_t child = ::fork(); child != 0) {
        int status = 0;
        ::waitpid(child, &status, 0);
        if (status != 0) std::abort();
        return;
    }
    store::Store store(path);
    outbox::Outbox outbox(store);
    outbox.use_receivers({outbox::kIngest});
    const redact::Redactor redactor({}, {});
    const proto::TeamHash hash = *proto::TeamHash::with_salt(std::string(64, '1'));
    const redact::Projection projection(redactor, hash, {}, 1);
    redact::SessionSecrets secrets;
    session::SessionState session;
    session.agent = "claude";
    session.id = "5b1c9f0e-1111-2222-3333-444455556666";
    parse::Event event;
    event.kind = parse::EventKind::tool_call;
    event.name = "Bash";
    event.call_id = "toolu_01";
    event.response_id = "msg_01";
    event.model = "claude-opus-4-5";
    event.text = R"({"command":"cargo test -p engine -- --nocapture","description":"Run the tests"})";
    event.text_bytes = static_cast<std::int64_t>(event.text.size());
    const std::string workspace_hash = hash.workspace("/w/a");
    for (int done = 0; done < rows;) {
        store::Transaction transaction(store.database);
        for (int i = 0; i < 10'000 && done < rows; ++i, ++done)
            outbox.enqueue(projection.event({session, workspace_hash, 1},
                                            {event, done, nullptr, {}, {}, nullptr, 1}, secrets),
                           1);
        outbox.write_counts();
        transaction.commit();
    }
    std::exit(0);
}

int count_row(unsigned, void* rows, void* statement, void*) {
    const char* const sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (std::strstr(sql, "FROM outbox WHERE") != nullptr) ++*static_cast<std::int64_t*>(rows);
    return 0;
}

// How long what is posted to the I/O thread waits there: what it is busy for.
class Pulse {
  public:
    explicit Pulse(asio::io_context& io) : io_(io), thread_([this] { beat(); }) {}
    ~Pulse() {
        stopping_ = true;
        thread_.join();
    }
    Pulse(const Pulse&) = delete;
    Pulse& operator=(const Pulse&) = delete;

    std::vector<double> sorted() {
        std::sort(waits_.begin(), waits_.end());
        return waits_;
    }

  private:
    void beat() {
        while (!stopping_) {
            asio::post(io_, [this, at = Clock::now()] { waits_.push_back(seconds_since(at) * 1000); });
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
    }

    asio::io_context& io_;
    std::vector<double> waits_;  // ms; I/O thread
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

asio::awaitable<void> step(flush::Flusher& flusher, bool& done) {
    co_await flusher.step();
    done = true;
}

int run(int rows) {
    log::start(log::Level::error, log::Format::text);
    const test::TempDir dir;
    const std::string path = dir / "kaizen.db";
    fill(path, rows);
    const std::uint16_t port = start_server();
    asio::io_context io(1);
    runtime::Worker worker;
    store::Store store(path);
    outbox::Outbox outbox(store);
    std::int64_t rows_read = 0;
    sqlite3_trace_v2(store.database.handle().getHandle(), SQLITE_TRACE_ROW, count_row, &rows_read);
    flush::Dispatch dispatch{outbox::Queue(store, outbox::kIngest)};
    flush::Flusher flusher(
        io.get_executor(), worker, dispatch, [] { return now(); }, [](asio::awaitable<void>) {},
        [](const auto&) {});
    flush::Settings settings;
    settings.endpoint = "http://127.0.0.1:" + std::to_string(port);
    settings.carrier = flush::ingest_carrier("team", "token", {500, 1'000'000}, false);
    settings.sink = flush::make_http_sink(io.get_executor(), worker,
                                          {*flush::parse_endpoint(settings.endpoint), {}, {}}, {});
    flusher.use(std::move(settings));

    const double megabytes =
        static_cast<double>(
            store.database.handle().execAndGet("SELECT sum(length(row)) FROM outbox").getInt64()) /
        1e6;
    const double cpu = cpu_seconds();
    const Clock::time_point begin = Clock::now();
    std::vector<double> waits;
    double seconds = 0;
    {
        Pulse pulse(io);
        bool done = false;
        asio::co_spawn(io, step(flusher, done), asio::detached);
        while (!done) io.run_one();
        seconds = seconds_since(begin);
        waits = pulse.sorted();
    }
    const double used = cpu_seconds() - cpu;
    const auto balance = outbox.summary().balance;
    const auto receiver = outbox::Queue(store, outbox::kIngest).receiver();
    std::printf("%d rows in %.2f s: %.0f rows/s, %.1f MB/s, %.1f CPU s per million rows\n", rows, seconds,
                rows / seconds, megabytes / seconds, used * 1e6 / rows);
    std::printf("%lld requests, %.3f rows read for each sent\n",
                static_cast<long long>(receiver.batches_sent), static_cast<double>(rows_read) / rows);
    std::printf("I/O thread busy at most: p99 %.2f ms, max %.2f ms (%zu looks)\n",
                waits[waits.size() * 99 / 100], waits.back(), waits.size());
    std::printf("resident %.1f MB\n", resident_mb());
    worker.stop();
    return balance.delivered == rows && balance.pending == 0 ? 0 : 1;
}

}  // namespace
}  // namespace kaizen

int main(int argc, char** argv) { return kaizen::run(argc > 1 ? std::atoi(argv[1]) : 100'000); }
