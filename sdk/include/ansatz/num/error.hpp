// What goes wrong in numerics and verbs.  Each type becomes one status at the C boundary; the text says what
// was wrong, where, what was expected and what to do.
#pragma once

#include <stdexcept>

namespace ansatz {

// An input array or a parameter; the text names it.
struct BadArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// A call that is not allowed now: predict before fit, state that does not fit the model.
struct BadState : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Not finite, not positive definite, no convergence.
struct NumericalError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The user asked to stop.
struct Cancelled : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ansatz
