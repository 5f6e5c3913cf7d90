// A database in which bytes are not what they were is moved aside, and a new one takes over what it can: it
// may lose rows, it makes none up that its books do not know, and it is sound.

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/outbox/outbox.h"
#include "daemon/store/aside.h"
#include "daemon/store/file_check.h"
#include "daemon/store/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/outbox/waiting_rows.h"

using namespace kaizen;

namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

// A database with rows that wait.
const std::string& sound() {
    static const std::string kBytes = [] {
        test::WaitingRows rows;
        rows.add_events("/w/a", 30);
        rows.add_spans("/w/b", 30);
        rows.store().database.handle().exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return bytes_of(rows.store().database.path());
    }();
    return kBytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::TempDir kPlace;
    log::set_level(log::Level::error);
    fuzz::Input input(data, size);
    std::string bytes = sound();
    while (!input.rest().empty()) {  // each: a place, and what stands there
        const std::size_t at = (input.number() * 256 + input.byte()) % bytes.size();
        const std::size_t count = std::min<std::size_t>(1 + input.byte() % 16, bytes.size() - at);
        for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<char>(input.byte());
    }
    const std::string path = kPlace / "kaizen.db";
    for (const auto& entry : std::filesystem::directory_iterator(kPlace.path()))
        std::filesystem::remove(entry.path());
    std::ofstream(path, std::ios::binary) << bytes;
    store::set_aside(path, now());
    const std::atomic<bool> cancelled = false;
    {
        store::Store store(path);
        outbox::Outbox outbox(store);
        const auto balance = outbox.summary().balance;
        fuzz::claim(balance.pending >= 0 && balance.pending <= 60, "no more waits than did");
        fuzz::claim(balance.enqueued == balance.delivered + balance.pending + balance.dead + balance.dropped,
                    "the books agree");
    }
    fuzz::claim(store::full_check(path, cancelled).outcome == store::FileCheck::Outcome::sound,
                "the new one is sound");
    return 0;
}
