#include "daemon/flush/reply.h"

namespace kaizen::flush {

std::string_view name_of(Trouble trouble) {
    switch (trouble) {
        case Trouble::resolve:
            return "resolve";
        case Trouble::refused:
            return "refused";
        case Trouble::unreachable:
            return "unreachable";
        case Trouble::reset:
            return "reset";
        case Trouble::timeout:
            return "timeout";
        case Trouble::tls_certificate:
            return "tls_certificate";
        case Trouble::tls:
            return "tls";
        case Trouble::bad_http:
            return "bad_http";
        case Trouble::too_large:
            return "too_large";
        case Trouble::proxy:
            return "proxy";
        case Trouble::unsendable:
            return "unsendable";
        case Trouble::file_refused:
            return "file_refused";
        case Trouble::file_unwritable:
            return "file_unwritable";
        case Trouble::cancelled:
            return "cancelled";
    }
    return {};
}

}  // namespace kaizen::flush
