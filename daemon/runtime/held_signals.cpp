#include "daemon/runtime/held_signals.h"

#include <csignal>
#include <initializer_list>

namespace kaizen::runtime {
namespace {

void change_mask(int how) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    ::pthread_sigmask(how, &signals, nullptr);
}

}  // namespace

void hold_signals() { change_mask(SIG_BLOCK); }

SignalsComeIn::SignalsComeIn() { change_mask(SIG_UNBLOCK); }

}  // namespace kaizen::runtime
