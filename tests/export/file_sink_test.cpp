// On real files. Nothing waits: a send is over when the worker is.

#include "daemon/export/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <exception>
#include <filesystem>
#include <optional>

#include "common/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace kaizen::exporting {
namespace {

namespace fs = std::filesystem;
using flush::Reply;
using flush::Trouble;
using test::read_file;
using test::write_file;
using testing::HasSubstr;

class FileSinkTest : public testing::Test {
  protected:
    FileSinkTest() { open(1'000'000); }
    ~FileSinkTest() override { worker_.stop(); }

    void open(std::int64_t max_bytes) { sink_ = make_file_sink(worker_, path_, max_bytes); }

    Reply send(std::string body) {
        flush::Request request("APPEND", "");
        request.body = std::move(body);
        std::optional<Reply> result;
        boost::asio::co_spawn(context_, sink_->send(std::move(request)),
                              [&](std::exception_ptr error, Reply reply) {
                                  if (error) std::rethrow_exception(error);
                                  result = std::move(reply);
                              });
        context_.restart();
        context_.run();
        return std::move(result).value();
    }

    void expect_taken(std::string body) {
        const Reply reply = send(std::move(body));
        EXPECT_FALSE(reply.failure) << reply.failure->text;
        EXPECT_EQ(reply.status, 200U);
    }

    void expect_failure(Trouble trouble, const std::string& text, const std::string& fix) {
        const Reply reply = send("secret line\n");
        ASSERT_TRUE(reply.failure);
        EXPECT_EQ(reply.failure->trouble, trouble);
        EXPECT_THAT(reply.failure->text, testing::AllOf(HasSubstr(path_), HasSubstr(text)));
        EXPECT_THAT(reply.failure->fix, HasSubstr(fix));
        EXPECT_THAT(reply.failure->text + reply.failure->fix, testing::Not(HasSubstr("secret")));
    }

    [[nodiscard]] mode_t mode(const std::string& path) const {
        struct stat status {};
        EXPECT_EQ(::lstat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

    test::TempDir dir_;
    const std::string path_ = dir_ / "out.ndjson";
    runtime::Worker worker_;
    boost::asio::io_context context_{1};
    std::unique_ptr<flush::Sink> sink_;
};

TEST_F(FileSinkTest, appends_to_a_file_that_only_we_may_read) {
    expect_taken("1\n");
    expect_taken("2\n3\n");
    EXPECT_EQ(read_file(path_), "1\n2\n3\n");
    EXPECT_EQ(mode(path_), 0600U);
}

TEST_F(FileSinkTest, survives_that_the_file_is_deleted_or_replaced) {
    expect_taken("1\n");
    fs::remove(path_);
    expect_taken("2\n");
    EXPECT_EQ(read_file(path_), "2\n");
    fs::rename(path_, path_ + ".moved");
    expect_taken("3\n");
    EXPECT_EQ(read_file(path_), "3\n");
    EXPECT_EQ(read_file(path_ + ".moved"), "2\n");
}

TEST_F(FileSinkTest, rotates_before_the_file_would_be_too_large) {
    open(10);
    expect_taken("12345678\n");
    expect_taken("\n");
    EXPECT_FALSE(fs::exists(path_ + ".1")) << "ten bytes are not too many";
    expect_taken("b\n");
    EXPECT_EQ(read_file(path_), "b\n");
    EXPECT_EQ(read_file(path_ + ".1"), "12345678\n\n");
    expect_taken("larger than ten bytes\n");
    EXPECT_EQ(read_file(path_ + ".1"), "b\n") << "the older one has gone";
    EXPECT_EQ(read_file(path_), "larger than ten bytes\n");
    EXPECT_EQ(mode(path_), 0600U);
}

TEST_F(FileSinkTest, says_when_it_cannot_rotate) {
    open(10);
    expect_taken("12345678\n");
    fs::create_directories(path_ + ".1/x");
    expect_failure(Trouble::file_refused, "cannot become", "ls -ld");
    EXPECT_EQ(read_file(path_), "12345678\n");
}

TEST_F(FileSinkTest, rotation_follows_no_link) {
    open(10);
    write_file(dir_ / "precious", "precious");
    fs::create_symlink(dir_ / "precious", path_ + ".1");
    expect_taken("12345678\n");
    expect_taken("12345678\n");
    EXPECT_EQ(read_file(dir_ / "precious"), "precious");
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(path_ + ".1")));
}

TEST_F(FileSinkTest, follows_no_link) {
    write_file(dir_ / "precious", "precious");
    fs::create_symlink(dir_ / "precious", path_);
    expect_failure(Trouble::file_refused, "symbolic link", "name the file itself");
    EXPECT_EQ(read_file(dir_ / "precious"), "precious");
    fs::remove(path_);
    fs::create_symlink(dir_ / "nothing", path_);
    expect_failure(Trouble::file_refused, "symbolic link", "name the file itself");
    EXPECT_FALSE(fs::exists(dir_ / "nothing"));
}

TEST_F(FileSinkTest, refuses_what_is_no_file) {
    fs::create_directory(path_);
    expect_failure(Trouble::file_refused, "it is a directory", "name a file");
    fs::remove(path_);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    expect_failure(Trouble::file_refused, "not a regular file", "name a file");
    fs::remove(path_);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    expect_failure(Trouble::file_refused, "not a regular file", "name a file");
}

TEST_F(FileSinkTest, refuses_a_file_that_others_may_write) {
    write_file(path_, "theirs\n");
    ASSERT_EQ(::chmod(path_.c_str(), 0620), 0);
    expect_failure(Trouble::file_refused, "others may write", "chmod go-w");
    EXPECT_EQ(read_file(path_), "theirs\n");
    ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
    expect_taken("ours\n");
}

TEST_F(FileSinkTest, refuses_a_file_of_another_user) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make one";
    write_file(path_, "theirs\n");
    ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
    expect_failure(Trouble::file_refused, "another user", "mv ");
    EXPECT_EQ(read_file(path_), "theirs\n");
}

TEST_F(FileSinkTest, refuses_a_file_that_is_read_only) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write to any";
    write_file(path_, "");
    ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
    expect_failure(Trouble::file_refused, "Permission denied", "ls -ld");
}

TEST_F(FileSinkTest, says_that_a_directory_is_missing_and_makes_none) {
    sink_ = make_file_sink(worker_, dir_ / "a b/out.ndjson", 1000);
    const Reply reply = send("1\n");
    ASSERT_TRUE(reply.failure);
    EXPECT_EQ(reply.failure->trouble, Trouble::file_refused);
    EXPECT_THAT(reply.failure->text, HasSubstr("its directory is missing"));
    EXPECT_EQ(reply.failure->fix, "mkdir -p '" + (dir_ / "a b") + "'");
    EXPECT_FALSE(fs::exists(dir_ / "a b"));
}

TEST_F(FileSinkTest, cuts_off_half_a_line_of_a_crash) {
    write_file(path_, "1\n{\"half\":");
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    expect_taken("2\n");
    EXPECT_EQ(read_file(path_), "1\n2\n");
    write_file(path_, "1\n" + std::string(200'000, 'x'));
    expect_taken("2\n");
    EXPECT_EQ(read_file(path_), "1\n2\n");
    write_file(path_, std::string(70'000, 'x'));
    expect_taken("2\n");
    EXPECT_EQ(read_file(path_), "2\n");
}

// Files of this process may have so many bytes, as on a disk that is full.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &limit_);
        const rlimit low{bytes, limit_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &low);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &limit_);
        std::signal(SIGXFSZ, before_);
    }

  private:
    rlimit limit_{};
    void (*before_)(int);
};

TEST_F(FileSinkTest, leaves_nothing_of_what_could_not_be_written_in_full) {
    expect_taken("1\n");
    {
        const FileSizeLimit limit(8);
        expect_failure(Trouble::file_unwritable, "write: File too large", "tried again");
    }
    EXPECT_EQ(read_file(path_), "1\n");
    expect_taken("2\n");
    EXPECT_EQ(read_file(path_), "1\n2\n");
}

TEST_F(FileSinkTest, writes_nothing_once_it_is_stopped) {
    sink_->stop();
    const Reply reply = send("1\n");
    ASSERT_TRUE(reply.failure);
    EXPECT_EQ(reply.failure->trouble, Trouble::cancelled);
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(FileSinkTest, several_at_once_do_not_mix_their_lines) {
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
        flush::Request request("APPEND", "");
        request.body = std::string(10'000, static_cast<char>('a' + i)) + "\n";
        boost::asio::co_spawn(context_, sink_->send(std::move(request)),
                              [&](std::exception_ptr, const Reply& reply) { taken += reply.status == 200; });
    }
    context_.run();
    EXPECT_EQ(taken, 20);
    const std::string text = read_file(path_);
    EXPECT_EQ(text.size(), 20U * 10'001);
    for (std::size_t i = 0; i < 20; ++i)
        EXPECT_EQ(text.substr(i * 10'001, 10'000).find_first_not_of(text[i * 10'001]), std::string::npos);
}

}  // namespace
}  // namespace kaizen::exporting
