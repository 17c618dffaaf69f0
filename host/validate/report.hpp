// The validator's outcomes for people and for scripts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "validate/validate.hpp"

namespace ansatz::host::validate {

// One line a case, as soon as all it looks at is judged; what failed with its demand and how to see it again.
class ReportPrinter {
 public:
  explicit ReportPrinter(const Request& request) : request_{request} {}
  // Lines that are complete with this outcome, or "".
  [[nodiscard]] std::string add(const Outcome& outcome);
  // The rest, and the counts.
  [[nodiscard]] std::string finish(const Report& report);

 private:
  [[nodiscard]] std::string flush();

  const Request& request_;
  std::vector<Outcome> pending_;  // of one case
};

[[nodiscard]] nlohmann::ordered_json report_json(const Request& request, const Report& report);

}  // namespace ansatz::host::validate
