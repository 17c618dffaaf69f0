#include "validate/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "validate/case.hpp"

namespace ansatz::host::validate {
namespace {

const Case& case_of(const std::string& name) {
  const auto& cases = all_cases();
  return *std::find_if(cases.begin(), cases.end(), [&](const Case& test) { return name == test.name; });
}

bool is_bad(const Outcome& outcome) {
  return outcome.verdict == Verdict::fail || outcome.verdict == Verdict::crash;
}

// A skip says less than a pass of another verb.
int rank(const Outcome& outcome) {
  return outcome.verdict == Verdict::skip ? -1 : static_cast<int>(outcome.verdict);
}

}  // namespace

std::string ReportPrinter::flush() {
  if (pending_.empty()) return {};
  const Outcome& worst = *std::max_element(pending_.begin(), pending_.end(),
                                           [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const bool alone = pending_.size() == 1 && !is_bad(worst);
  std::string text = fmt::format("{:<27}{}", worst.name, name_of(worst.verdict));
  if (alone && !worst.text.empty()) text += "   " + worst.text;
  text += "\n";
  for (const Outcome& outcome : pending_) {
    if (alone || (!is_bad(outcome) && outcome.verdict != Verdict::warn)) continue;
    text += fmt::format("    {}{}{}\n", outcome.subject, outcome.subject.empty() ? "" : ": ", outcome.text);
  }
  if (is_bad(worst)) {
    text += fmt::format("    demanded: {}\n    again:    ansatz plugin validate {} --case {} --seed {}\n",
                        case_of(worst.name).demand, request_.file.string(), worst.name, request_.seed);
  }
  pending_.clear();
  return text;
}

std::string ReportPrinter::add(const Outcome& outcome) {
  std::string text;
  if (!pending_.empty() && pending_.front().name != outcome.name) text = flush();
  pending_.push_back(outcome);
  return text;
}

std::string ReportPrinter::finish(const Report& report) {
  return flush() + fmt::format(
                       "{}: {} passed, {} failed, {} crashed, {} skipped, {} warnings; level {}, seed "
                       "{}, {:.1f} s\n",
                       request_.file.filename().string(), report.count(Verdict::pass),
                       report.count(Verdict::fail), report.count(Verdict::crash), report.count(Verdict::skip),
                       report.count(Verdict::warn), request_.level, request_.seed, report.seconds);
}

nlohmann::ordered_json report_json(const Request& request, const Report& report) {
  nlohmann::ordered_json outcomes = nlohmann::ordered_json::array();
  for (const Outcome& outcome : report.outcomes) {
    outcomes.push_back({{"case", outcome.name},
                        {"subject", outcome.subject},
                        {"outcome", name_of(outcome.verdict)},
                        {"text", outcome.text},
                        {"demand", case_of(outcome.name).demand},
                        {"seconds", outcome.seconds}});
  }
  return {{"file", request.file.string()},
          {"level", request.level},
          {"seed", request.seed},
          {"passed", report.passed()},
          {"outcomes", outcomes}};
}

}  // namespace ansatz::host::validate
