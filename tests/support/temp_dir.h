#pragma once

// A directory of its own for one test, removed with it, and small file helpers. Failures abort the test by
// exception.

#include <string>
#include <string_view>

namespace kaizen::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string_view name) const {
        return path_ + "/" + std::string(name);
    }

  private:
    std::string path_;
};

void write_file(const std::string& path,
                std::string_view content);  // makes the directories, replaces in place
void append_file(const std::string& path, std::string_view content);  // one write()
[[nodiscard]] std::string read_file(const std::string& path);

// ../shared/corpus, or empty where it is not there; tests then run on tests/fixtures alone and say so.
[[nodiscard]] std::string corpus_dir();
[[nodiscard]] std::string fixtures_dir();

}  // namespace kaizen::test
