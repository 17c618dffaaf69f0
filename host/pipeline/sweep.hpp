// `sweep:` expanded to its points, before any value is checked against the plugins.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/node.hpp"
#include "pipeline/report.hpp"

namespace ansatz::host {

inline constexpr std::size_t most_points = 100000;

struct SweepTarget {
  std::string name;  // "ridge.penalty"
  Location place;    // of the key that names it
};

// Every point gives each target a value.
struct SweepPoints {
  std::vector<SweepTarget> targets;
  std::deque<Node> made;  // values that stand nowhere in the file (of logspace and the like)
  std::vector<std::vector<const Node*>> values;  // of each point, one for each target
  std::vector<std::int64_t> seeds;               // of each point
  std::vector<const Node*> skips;                // entries of `skip`, to be compared with
};

// Numbered by list, grid, zip, random and seeds in this order, the later ones faster; the keys of a grid in
// the order of the file.  No points, with findings, if anything is wrong.  The nodes of the file must outlive
// the result.
[[nodiscard]] SweepPoints expand_sweep(const Node& sweep, std::int64_t seed, Report& report);

}  // namespace ansatz::host
