#pragma once

// The signals that end or reload us are held back, from the first lines of main() on, except while somebody
// is there to take them: none of them is lost, and none kills the process half-way.

namespace kaizen::runtime {

void hold_signals();  // in this thread and those that it starts

// While it stands they come in, in this thread.
class SignalsComeIn {
  public:
    SignalsComeIn();
    ~SignalsComeIn() { hold_signals(); }
    SignalsComeIn(const SignalsComeIn&) = delete;
    SignalsComeIn& operator=(const SignalsComeIn&) = delete;
};

}  // namespace kaizen::runtime
