#include "run/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "archive/step_results.hpp"
#include "archive/store.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What of /environment and /plugins is not as it was.
std::vector<std::string> changes(const fs::path& before, const fs::path& after) {
  std::vector<std::string> list;
  const auto compare_groups = [&](const std::string& group, const std::string& prefix) {
    const Attributes a = read_head(before, group).attributes, b = read_head(after, group).attributes;
    Attributes all = a;
    all.insert(b.begin(), b.end());
    for (const auto& [name, value] : all) {
      if (name == "git_commit" || name == "git_dirty") continue;
      const std::string x = text_of(a, name), y = text_of(b, name);
      if (x != y) list.push_back(fmt::format("{}{}: '{}' -> '{}'", prefix, name, x, y));
    }
  };
  compare_groups("/environment", "");
  for (const std::string& id : read_head(before, "/plugins").groups)
    compare_groups("/plugins/" + id, id + " ");
  return list;
}

std::string step_name(const std::string& group) { return group.substr(group.rfind('/') + 1); }

bool within(const ArrayDifference& d, std::uint64_t ulp) {
  return d.bitwise || (d.comparable && ulp > 0 && d.max_ulp <= ulp &&
                       d.max_absolute < std::numeric_limits<double>::infinity());
}

}  // namespace

ReplayReport compare_replay(const ReplaySource& source, const RunResult& result, std::uint64_t ulp) {
  ReplayReport report;
  report.archive = source.archive;
  report.notes = source.notes;
  report.environment = changes(source.archive, result.archive);
  // In the order in which the steps depend on each other, so that the first to differ is the cause.
  std::vector<std::string> groups = step_groups(source.archive);
  const auto rank = [&](const std::string& group) {
    const auto& steps = source.pipeline.steps;
    return std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.id == step_name(group); }) -
           steps.begin();
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const std::string& group : groups) {
    const std::string before = text_of(read_head(source.archive, "/" + group).attributes, "status"),
                      after = text_of(read_head(result.archive, "/" + group).attributes, "status");
    if (before != "done") {
      report.notes.push_back(fmt::format("{}: was {} in the archive, is {} now", group, before, after));
      continue;
    }
    if (after != "done") {
      ReplayedResult failed{group, "status", {}};
      failed.difference.comparable = failed.difference.bitwise = false;
      failed.difference.text = fmt::format("done -> {}", after);
      report.results.push_back(std::move(failed));
    } else {
      for (StepComparison& c : compare_steps(source.archive, group, result.archive, group))
        report.results.push_back({group, c.name, std::move(c.difference)});
    }
  }
  for (const ReplayedResult& r : report.results) {
    if (r.difference.bitwise) continue;
    if (report.first_to_differ.empty()) report.first_to_differ = r.step;
    if (!within(r.difference, ulp)) report.code = Exit::differs;
  }
  if (report.results.empty()) report.code = Exit::differs;  // nothing is confirmed
  if (result.code == Exit::io_error) report.code = result.code;
  return report;
}

std::string replay_text(const ReplayReport& report) {
  std::string text;
  for (const std::string& note : report.notes) text += note + "\n";
  std::size_t width = 10, equal = 0;
  const auto name = [](const ReplayedResult& r) { return step_name(r.step) + " " + r.name; };
  for (const ReplayedResult& r : report.results) width = std::max(width, name(r).size());
  for (const ReplayedResult& r : report.results) {
    equal += r.difference.bitwise ? 1 : 0;
    // Of a sweep with thousands of equal results, those that are not.
    if (report.results.size() > 200 && r.difference.bitwise) continue;
    text += fmt::format("{:<{}}  {}\n", name(r), width, r.difference.text);
  }
  for (const std::string& change : report.environment) text += "changed   " + change + "\n";
  if (!report.first_to_differ.empty())
    text += fmt::format("the first step to differ is {}; what it read was bitwise equal\n",
                        report.first_to_differ);
  if (report.results.empty())
    return text + "there is nothing to compare: no step of the archive has results\n";
  return text + fmt::format("{} of {} results are bitwise equal\n", equal, report.results.size());
}

Json replay_json(const ReplayReport& report) {
  Json results = Json::array();
  for (const ReplayedResult& r : report.results) {
    results.push_back({{"step", r.step},
                       {"name", r.name},
                       {"bitwise", r.difference.bitwise},
                       {"comparable", r.difference.comparable},
                       {"differing", r.difference.differing},
                       {"elements", r.difference.elements},
                       {"max_absolute", to_json(Value{r.difference.max_absolute})},
                       {"max_relative", to_json(Value{r.difference.max_relative})},
                       {"max_ulp", r.difference.max_ulp},
                       {"text", r.difference.text}});
  }
  return {{"archive", report.archive.string()},
          {"equal", report.first_to_differ.empty() && !report.results.empty()},
          {"exit_code", static_cast<int>(report.code)},
          {"first_to_differ", report.first_to_differ},
          {"environment", report.environment},
          {"notes", report.notes},
          {"results", results}};
}

}  // namespace ansatz::host
