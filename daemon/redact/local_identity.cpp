#include "daemon/redact/local_identity.h"

#include <unistd.h>

namespace kaizen::redact {

Identity local_identity(const Env& env) {
    Identity identity;
    if (const char* user = env("USER")) identity.users.emplace_back(user);
    identity.homes.push_back(home_directory(env));
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) == 0) identity.hosts.emplace_back(host);
    return identity;
}

}  // namespace kaizen::redact
