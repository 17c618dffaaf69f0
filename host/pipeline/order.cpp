// The order of steps, and the cycles that make one impossible.
#include <fmt/core.h>

#include <functional>
#include <queue>

#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_named = 12;  // steps of a cycle

// Kahn's algorithm (1962), the first in the file first among those that are free.
std::vector<std::size_t> topological(const Draft& draft) {
  std::vector<std::size_t> waits_for(draft.steps.size()), order;
  std::vector<std::vector<std::size_t>> needed_by(draft.steps.size());
  for (std::size_t i = 0; i < draft.steps.size(); ++i) {
    waits_for[i] = draft.steps[i].needs.size();
    for (const auto& [source, place] : draft.steps[i].needs) needed_by[source].push_back(i);
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free;
  for (std::size_t i = 0; i < waits_for.size(); ++i) {
    if (waits_for[i] == 0) free.push(i);
  }
  while (!free.empty()) {
    const std::size_t i = free.top();
    free.pop();
    order.push_back(i);
    for (const std::size_t next : needed_by[i]) {
      if (--waits_for[next] == 0) free.push(next);
    }
  }
  return order;
}

void report_cycle(const Draft& draft, const std::vector<std::size_t>& path, std::size_t from, Location place,
                  Report& report) {
  std::string names;
  for (std::size_t i = from; i < path.size(); ++i) {
    if (i - from == most_named) {
      names += fmt::format("... {} more ... -> ", path.size() - i);
      break;
    }
    names += draft.steps[path[i]].step.id + " -> ";
  }
  names += draft.steps[path[from]].step.id;
  report.error(code::cycle, place, fmt::format("these steps need each other: {}", names),
               "references that can be followed to the data", "remove one of these references");
}

// Depth-first over what the order left out; each reference back into the current path is a cycle.  Without
// recursion: a file can hold thousands of steps in a row.
void report_cycles(const Draft& draft, const std::vector<bool>& ordered, Report& report) {
  constexpr std::size_t not_on_path = static_cast<std::size_t>(-1);
  std::vector<bool> visited = ordered;
  std::vector<std::size_t> position(draft.steps.size(), not_on_path), next(draft.steps.size(), 0), path;
  for (std::size_t start = 0; start < draft.steps.size(); ++start) {
    if (visited[start]) continue;
    const auto enter = [&](std::size_t step) {
      visited[step] = true;
      position[step] = path.size();
      path.push_back(step);
    };
    enter(start);
    while (!path.empty()) {
      const std::size_t step = path.back();
      const auto& needs = draft.steps[step].needs;
      if (next[step] == needs.size()) {
        position[step] = not_on_path;
        path.pop_back();
        continue;
      }
      const auto& [source, place] = needs[next[step]++];
      if (position[source] != not_on_path) {
        report_cycle(draft, path, position[source], place, report);
      } else if (!visited[source]) {
        enter(source);
      }
    }
  }
}

}  // namespace

void order_steps(Draft& draft, Report& report) {
  draft.order = topological(draft);
  if (draft.order.size() == draft.steps.size()) return;
  std::vector<bool> ordered(draft.steps.size(), false);
  for (const std::size_t i : draft.order) ordered[i] = true;
  report_cycles(draft, ordered, report);
}

}  // namespace ansatz::host
