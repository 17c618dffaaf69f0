// One case of the validator: a demand on a plugin and the function that tries to catch the plugin breaking
// it.
//
//   void no_rows(Subject& subject) {
//     subject.at("x without rows");                    // named if the plugin crashes here
//     const VerbResult result = subject.run(setup);
//     if (!is_answer(result)) throw Failed{"x without rows: " + words(result)};
//   }
//
// All cases stand in one table (cases.cpp).  Each runs in a child process of its own, so it may leave the
// process in any state.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace ansatz::host::validate {

class Subject;

// What a case looks at: the file, one model, or one verb.
enum class Scope { library, model, verb };

struct Case {
  const char* name;    // "state.resume"
  const char* demand;  // what is demanded, and why
  int level;           // 1 to 3: run from this level on
  Scope scope;
  void (*run)(Subject&);
  std::vector<const char*> needs;  // cases that must have passed before; otherwise this one is skipped
};

// In the order in which they run: a case stands behind those that it needs.
[[nodiscard]] const std::vector<Case>& all_cases();

// Thrown by cases; the text says what was done and what came of it.
struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ansatz::host::validate
