#include "tests/runtime/fake_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace kaizen::test {

FakeManager::FakeManager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), std::begin(address.sun_path));
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
        throw std::system_error(errno, std::generic_category(), name);
}

std::string FakeManager::receive(int flags) {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), flags);
    return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::vector<std::string> FakeManager::heard() {
    std::vector<std::string> messages;
    for (std::string message = receive(MSG_DONTWAIT); !message.empty(); message = receive(MSG_DONTWAIT))
        messages.push_back(message);
    return messages;
}

std::string FakeManager::next() { return receive(0); }

}  // namespace kaizen::test
