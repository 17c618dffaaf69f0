// What a plugin could leave behind in its process, counted before and after.
#pragma once

#include <map>
#include <set>
#include <string>

namespace ansatz::host::validate {

struct ProcessState {
  std::set<std::string> threads;                 // kernel's numbers
  std::map<std::string, std::string> files;      // open descriptors and what they are
  std::map<int, std::string> signals;            // handlers and flags, by signal; 0: the blocked signals
  std::map<std::string, std::string> variables;  // of the environment
  bool children = false;                         // it has child processes, running or ended

  [[nodiscard]] static ProcessState now();
};

// "" or what `after` has more, less or else, in words.
[[nodiscard]] std::string new_threads(
    const ProcessState& before);  // waits a moment for those that are ending
[[nodiscard]] std::string changed_files(const ProcessState& before, const ProcessState& after);
[[nodiscard]] std::string changed_signals(const ProcessState& before, const ProcessState& after);
[[nodiscard]] std::string changed_variables(const ProcessState& before, const ProcessState& after);
[[nodiscard]] std::string new_children(const ProcessState& before, const ProcessState& after);

// Takes the place of stdout and stderr while it lives.
class PrintCatcher {
 public:
  PrintCatcher();
  ~PrintCatcher();
  PrintCatcher(const PrintCatcher&) = delete;
  PrintCatcher& operator=(const PrintCatcher&) = delete;
  // What was written since, at most 200 bytes.
  [[nodiscard]] std::string caught() const;

 private:
  int file_, stdout_, stderr_;
};

// Bytes of the heap in use; 0 under a sanitizer, which has a heap of its own.
[[nodiscard]] std::size_t heap_in_use();
// Highest resident memory since the last call, in bytes.
[[nodiscard]] std::size_t peak_memory();
void reset_peak_memory();

}  // namespace ansatz::host::validate
