// `ansatz plugin validate`: every case on everything in a plugin's file that it applies to, each in a process
// of its own.  Same plugin, same seed: same verdicts.
//
//   const Report report = validate_plugin({.file = "my-model.ansatz.so", .level = 3});
//   if (!report.passed()) ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ansatz::host::validate {

struct Request {
  std::filesystem::path file;
  int level = 2;            // 1 quick, 2 what a plugin must pass before others use it, 3 everything
  std::string only;         // one case by name, with those that it needs; empty: all
  bool in_process = false;  // no child processes, for a debugger: a crash ends the host
  std::uint64_t seed = 1;
  unsigned jobs = 1;  // cases at once
  double limit = 30;  // seconds that one case may last on one verb
};

enum class Verdict { pass, warn, skip, fail, crash };
[[nodiscard]] const char* name_of(Verdict verdict);

struct Outcome {
  std::string name, subject;  // case, and "model.verb" where it looks at a verb
  Verdict verdict = Verdict::skip;
  std::string text;  // why; for a pass what was measured
  double seconds = 0;
  bool judged = true;  // false: skipped because a case that it needs did not pass
};

struct Report {
  std::vector<Outcome> outcomes;  // in the order of the table
  double seconds = 0;
  [[nodiscard]] bool passed() const;
  [[nodiscard]] std::size_t count(Verdict verdict) const;
};

// Throws Error (usage) for a file that is not there, a level or a case that there is not.  `tell` hears the
// outcomes case by case.
[[nodiscard]] Report validate_plugin(const Request& request,
                                     const std::function<void(const Outcome&)>& tell = {});

}  // namespace ansatz::host::validate
