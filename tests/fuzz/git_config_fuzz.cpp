// Git's configuration files, of a repository and of the user.

#include <filesystem>
#include <fstream>

#include "common/text.h"
#include "daemon/ingest/git_remote.h"
#include "daemon/redact/local_identity.h"
#include "tests/fuzz/fuzz.h"

using namespace kaizen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string kRepository = [] {
        std::string place = "/tmp/kaizen-fuzz-git-XXXXXX";
        fuzz::claim(::mkdtemp(place.data()) != nullptr, "a directory can be made");
        std::filesystem::create_directory(place + "/.git");
        return place;
    }();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::ofstream(kRepository + "/.git/config", std::ios::binary | std::ios::trunc) << text;
    static_cast<void>(ingest::git_remote(kRepository));
    redact::Identity identity;
    redact::add_git_author(text, identity);
    return 0;
}
