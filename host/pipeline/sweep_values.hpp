// The values that a sweep gives to its parameters: lists, ranges, draws and seeds, with the findings about them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/node.hpp"
#include "pipeline/report.hpp"
#include "pipeline/sweep.hpp"

namespace ansatz::host {

using SweepValues = std::vector<const Node*>;

// Reports as Report does, and remembers whether anything was wrong.
class SweepReader {
 public:
  // Values that stand nowhere in the file are put into `made`.
  SweepReader(std::int64_t seed, std::deque<Node>& made, Report& report)
      : seed_{seed}, made_{made}, report_{report} {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] Report& report() { return report_; }
  void fail() { good_ = false; }
  void bad(const Node& node, const std::string& message, const std::string& hint = {},
           const char* expected = rule);
  bool is_map(const Node& node, const std::string& what, const char* expected);
  bool is_list(const Node& node, const std::string& what, const char* expected);
  std::optional<std::size_t> whole(const Node& node, const char* what, std::int64_t least, std::size_t most);

  // An axis: a list, a linspace or a logspace.
  SweepValues values_of(const Entry& entry);
  // One value for each of `points`, from the distribution that the entry names.
  void draw(const Entry& entry, std::vector<SweepValues>& points);
  std::vector<std::int64_t> seeds(const Node& node);

  static constexpr const char* rule =
      "{grid: {step.parameter: [value, ...]}, seeds: 3}; also zip, random, list and skip";

 private:
  SweepValues spaced(const Node& node, const std::string& what);
  const Node* made(const Node& origin, double value);
  std::optional<double> real(const Node& node, const char* expected);
  std::optional<std::pair<double, double>> two_numbers(const Node& node, const std::string& kind,
                                                       const char* expected);

  std::int64_t seed_;
  std::deque<Node>& made_;
  Report& report_;
  bool good_ = true;
};

// Leaves out the points that an entry of `skip` matches; findings about the entry.
void skip_points(const Node& entry, SweepPoints& points, SweepReader& reader);

}  // namespace ansatz::host
