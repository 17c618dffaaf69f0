// What is wrong with a pipeline: every finding at once, each with its place, expectation and a stable code.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ansatz::host {

// 1-based; 0: the place is unknown or the whole file.
struct Location {
  int line = 0;
  int column = 0;
};

struct Diagnostic {
  std::string code;      // "P012": stable, explained by `ansatz explain P012`
  Location location;     // in the pipeline file
  std::string message;   // what is wrong, with the offending text
  std::string expected;  // the documentation line of what belongs here
  std::string hint;      // did-you-mean, or what to do
  bool warning = false;
};

// Collects findings.  Beyond `capacity` they are only counted: nobody reads more, and a hostile file has
// many.
class Diagnostics {
 public:
  static constexpr std::size_t capacity = 1000;

  void add(Diagnostic diagnostic);
  void sort();                                               // by place; those without one first
  [[nodiscard]] bool failed() const { return errors_ > 0; }  // any that is not a warning
  [[nodiscard]] bool full() const { return list_.size() >= capacity; }
  [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }
  // file:line:column: error[CODE]: message, the line with a caret, expectation, hint; colour if asked.
  [[nodiscard]] std::string render(const std::string& file, const std::string& source, bool colour) const;
  [[nodiscard]] nlohmann::ordered_json to_json(const std::string& file) const;

 private:
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0, warnings_ = 0;  // of all that were added
};

// The text behind `ansatz explain CODE`, or "" if there is no such code; and all codes.
[[nodiscard]] std::string explain(const std::string& code);
[[nodiscard]] std::vector<std::string> diagnostic_codes();

}  // namespace ansatz::host
