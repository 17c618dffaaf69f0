#include "pipeline/sweep.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "pipeline/language.hpp"
#include "pipeline/sweep_values.hpp"

namespace ansatz::host {
namespace {

// A block of the sweep: what it sets, and its points.
struct Block {
  std::vector<SweepTarget> targets;
  std::vector<SweepValues> points;
};

class Expansion {
 public:
  Expansion(std::int64_t seed, Report& report)
      : seed_{seed}, report_{report}, reader_{seed, result_.made, report} {}

  SweepPoints expand(const Node& sweep) {
    if (!report_.is_map(sweep, "`sweep`", SweepReader::rule)) return {};
    report_.check_keys(sweep, "`sweep`", {sweep_keys.begin(), sweep_keys.end()});
    std::vector<Block> blocks;
    const auto add = [&](const char* key, auto read) {
      if (const Node* node = sweep.find(key)) blocks.push_back((this->*read)(*node));
    };
    add("list", &Expansion::list), add("grid", &Expansion::grid), add("zip", &Expansion::zip);
    add("random", &Expansion::random);
    std::vector<std::int64_t> seeds{seed_};
    if (const Node* node = sweep.find("seeds")) {
      seeds = reader_.seeds(*node);
    } else if (blocks.empty() && reader_.good()) {
      reader_.bad(sweep, "the sweep varies nothing", "give it a grid, a zip, a list, random draws or seeds");
    }
    check_targets(blocks);
    if (reader_.good()) multiply(sweep, blocks, seeds);
    if (const Node* skip = sweep.find("skip")) apply_skips(*skip);
    if (!reader_.good()) return {};
    return std::move(result_);
  }

 private:
  // --- blocks ---

  // Every combination; the last key varies fastest.
  Block grid(const Node& node) {
    Block block;
    if (!reader_.is_map(node, "`grid`", "{step.parameter: [value, ...]}")) return block;
    block.points = {{}};
    for (const Entry& entry : node.entries) {
      block.targets.push_back({entry.key, entry.place});
      const SweepValues axis = reader_.values_of(entry);
      if (too_many(node, block.points.size(), axis.size())) return block;
      std::vector<SweepValues> longer;
      for (const SweepValues& point : block.points) {
        for (const Node* value : axis) {
          longer.push_back(point);
          longer.back().push_back(value);
        }
      }
      block.points = std::move(longer);
    }
    return block;
  }

  // The first values together, then the second ones, ...
  Block zip(const Node& node) {
    Block block;
    if (!reader_.is_map(node, "`zip`", "{step.parameter: [value, ...]}")) return block;
    for (const Entry& entry : node.entries) {
      block.targets.push_back({entry.key, entry.place});
      const SweepValues axis = reader_.values_of(entry);
      if (block.targets.size() == 1) block.points.resize(axis.size());
      if (axis.size() != block.points.size() && !axis.empty()) {
        reader_.bad(entry.value,
                    fmt::format("{} has {} values and {} has {}", in_quotes(entry.key), axis.size(),
                                in_quotes(block.targets[0].name), block.points.size()),
                    "a zip takes one value from each, so all have the same number", "lists of one length");
        return block;
      }
      for (std::size_t i = 0; i < axis.size(); ++i) block.points[i].push_back(axis[i]);
    }
    return block;
  }

  Block list(const Node& node) {
    Block block;
    if (!reader_.is_list(node, "`list`", "[{step.parameter: value, ...}, ...]")) return block;
    for (const Node& item : node.items) {
      if (!reader_.is_map(item, "an entry of `list`", "{step.parameter: value, ...}")) continue;
      if (block.targets.empty()) {
        for (const Entry& entry : item.entries) block.targets.push_back({entry.key, entry.place});
      }
      SweepValues point;
      for (const SweepTarget& target : block.targets) {
        if (const Node* value = item.find(target.name)) {
          point.push_back(value);
        } else {
          reader_.bad(item, fmt::format("the entry does not set {}", in_quotes(target.name)),
                      "every entry sets the same parameters");
        }
      }
      for (const Entry& entry : item.entries) {
        const auto known = [&](const SweepTarget& target) { return target.name == entry.key; };
        if (std::none_of(block.targets.begin(), block.targets.end(), known))
          reader_.bad(entry.value, fmt::format("the first entry does not set {}", in_quotes(entry.key)),
                      "every entry sets the same parameters");
      }
      block.points.push_back(std::move(point));
    }
    return block;
  }

  // Independent draws.
  Block random(const Node& node) {
    Block block;
    const char* expected = "{draws: 20, step.parameter: {log_uniform: [1.0e-6, 1.0]}}";
    if (!reader_.is_map(node, "`random`", expected)) return block;
    const Node* draws = node.find("draws");
    if (draws == nullptr) {
      reader_.fail();
      report_.error(code::missing_key, node, "`random` has no key 'draws'", expected);
      return block;
    }
    const auto count = reader_.whole(*draws, "`draws`", 1, most_points);
    if (!count) return block;
    block.points.resize(*count);
    for (const Entry& entry : node.entries) {
      if (entry.key == "draws") continue;
      block.targets.push_back({entry.key, entry.place});
      reader_.draw(entry, block.points);
    }
    return block;
  }

  // --- all blocks together ---

  void check_targets(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      for (const SweepTarget& target : block.targets) {
        const auto same = [&](const SweepTarget& other) { return other.name == target.name; };
        if (std::any_of(result_.targets.begin(), result_.targets.end(), same)) {
          reader_.fail();
          report_.error(code::bad_sweep, target.place,
                        fmt::format("{} is swept twice", in_quotes(target.name)), SweepReader::rule,
                        "name it in one of list, grid, zip and random");
        }
        result_.targets.push_back(target);
      }
    }
  }

  bool too_many(const Node& node, std::size_t a, std::size_t b) {
    if (b == 0 || a <= most_points / b) return false;
    reader_.bad(node, fmt::format("the sweep has more than {} points", most_points),
                "draw from it with random:, or split it");
    return true;
  }

  void multiply(const Node& sweep, const std::vector<Block>& blocks, const std::vector<std::int64_t>& seeds) {
    std::vector<SweepValues> points{{}};
    for (const Block& block : blocks) {
      if (too_many(sweep, points.size(), block.points.size())) return;
      std::vector<SweepValues> longer;
      for (const SweepValues& point : points) {
        for (const SweepValues& more : block.points) {
          longer.push_back(point);
          longer.back().insert(longer.back().end(), more.begin(), more.end());
        }
      }
      points = std::move(longer);
    }
    if (too_many(sweep, points.size(), seeds.size())) return;
    for (const SweepValues& point : points) {
      for (const std::int64_t seed : seeds) result_.values.push_back(point), result_.seeds.push_back(seed);
    }
    if (points.empty()) reader_.bad(sweep, "the sweep has no points");
  }

  void apply_skips(const Node& node) {
    if (!reader_.is_list(node, "`skip`", "[{step.parameter: value, ...}, ...]")) return;
    for (const Node& item : node.items) {
      if (!reader_.is_map(item, "an entry of `skip`", "{step.parameter: value, ...}") || !reader_.good())
        continue;
      skip_points(item, result_, reader_);
    }
    if (reader_.good() && result_.values.empty()) reader_.bad(node, "`skip` leaves no point of the sweep");
  }

  std::int64_t seed_;
  Report& report_;
  SweepPoints result_;
  SweepReader reader_;
};

}  // namespace

SweepPoints expand_sweep(const Node& sweep, std::int64_t seed, Report& report) {
  return Expansion{seed, report}.expand(sweep);
}

}  // namespace ansatz::host
