#include "pipeline/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "archive/store.hpp"
#include "pipeline/language.hpp"
#include "pipeline/scalar.hpp"
#include "pipeline/values.hpp"

namespace ansatz::host {
namespace {

constexpr const char* rule =
    "{grid: {step.parameter: [value, ...]}, seeds: 3}; also zip, random, list and skip";
constexpr const char* axis_rule =
    "[value, ...], {linspace: [from, to, count]} or {logspace: [from, to, count]}";
constexpr const char* draw_rule =
    "{uniform: [from, to]}, {log_uniform: [from, to]}, {integer: [from, to]} or {choice: [value, ...]}";

using Values = std::vector<const Node*>;

// Draw `index` of a parameter: 64 bits that the pipeline's seed and the parameter's name determine, so that
// another parameter beside it changes nothing.
std::uint64_t draw_bits(std::int64_t seed, const std::string& target, std::size_t index) {
  Digest digest;
  digest.text("ansatz-sweep-draw-1");
  digest.number(static_cast<std::uint64_t>(seed));
  digest.text(target);
  digest.number(index);
  return std::strtoull(digest.hex().substr(0, 16).c_str(), nullptr, 16);
}

// In [0, 1), with 53 random bits.
double uniform(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// In [0, n).
std::uint64_t below(std::uint64_t bits, std::uint64_t n) {
  return std::min(n - 1, static_cast<std::uint64_t>(uniform(bits) * static_cast<double>(n)));
}

// A block of the sweep: what it sets, and its points.
struct Block {
  std::vector<SweepTarget> targets;
  std::vector<Values> points;
};

class Expansion {
 public:
  Expansion(std::int64_t seed, Report& report) : seed_{seed}, report_{report} {}

  SweepPoints expand(const Node& sweep) {
    if (!report_.is_map(sweep, "`sweep`", rule)) return {};
    report_.check_keys(sweep, "`sweep`", {sweep_keys.begin(), sweep_keys.end()});
    std::vector<Block> blocks;
    const auto add = [&](const char* key, auto read) {
      if (const Node* node = sweep.find(key)) blocks.push_back((this->*read)(*node));
    };
    add("list", &Expansion::list), add("grid", &Expansion::grid), add("zip", &Expansion::zip);
    add("random", &Expansion::random);
    std::vector<std::int64_t> seeds{seed_};
    if (const Node* node = sweep.find("seeds")) {
      seeds = read_seeds(*node);
    } else if (blocks.empty() && good_) {
      bad(sweep, "the sweep varies nothing", "give it a grid, a zip, a list, random draws or seeds");
    }
    check_targets(blocks);
    if (good_) multiply(sweep, blocks, seeds);
    if (const Node* skip = sweep.find("skip")) apply_skips(*skip);
    if (!good_) return {};
    return std::move(result_);
  }

 private:
  void bad(const Node& node, const std::string& message, const std::string& hint = {},
           const char* expected = rule) {
    good_ = false;
    report_.error(code::bad_sweep, node, message, expected, hint);
  }

  bool is_map(const Node& node, const std::string& what, const char* expected) {
    const bool yes = report_.is_map(node, what, expected);
    good_ = good_ && yes;
    return yes;
  }
  bool is_list(const Node& node, const std::string& what, const char* expected) {
    const bool yes = report_.is_list(node, what, expected);
    good_ = good_ && yes;
    return yes;
  }

  // --- blocks ---

  // Every combination; the last key varies fastest.
  Block grid(const Node& node) {
    Block block;
    if (!is_map(node, "`grid`", "{step.parameter: [value, ...]}")) return block;
    block.points = {{}};
    for (const Entry& entry : node.entries) {
      block.targets.push_back({entry.key, entry.place});
      const Values axis = values_of(entry);
      if (too_many(node, block.points.size(), axis.size())) return block;
      std::vector<Values> longer;
      for (const Values& point : block.points) {
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
    if (!is_map(node, "`zip`", "{step.parameter: [value, ...]}")) return block;
    for (const Entry& entry : node.entries) {
      block.targets.push_back({entry.key, entry.place});
      const Values axis = values_of(entry);
      if (block.targets.size() == 1) block.points.resize(axis.size());
      if (axis.size() != block.points.size() && !axis.empty()) {
        bad(entry.value,
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
    if (!is_list(node, "`list`", "[{step.parameter: value, ...}, ...]")) return block;
    for (const Node& item : node.items) {
      if (!is_map(item, "an entry of `list`", "{step.parameter: value, ...}")) continue;
      if (block.targets.empty()) {
        for (const Entry& entry : item.entries) block.targets.push_back({entry.key, entry.place});
      }
      Values point;
      for (const SweepTarget& target : block.targets) {
        if (const Node* value = item.find(target.name)) {
          point.push_back(value);
        } else {
          bad(item, fmt::format("the entry does not set {}", in_quotes(target.name)),
              "every entry sets the same parameters");
        }
      }
      for (const Entry& entry : item.entries) {
        const auto known = [&](const SweepTarget& target) { return target.name == entry.key; };
        if (std::none_of(block.targets.begin(), block.targets.end(), known))
          bad(entry.value, fmt::format("the first entry does not set {}", in_quotes(entry.key)),
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
    if (!is_map(node, "`random`", expected)) return block;
    const Node* draws = node.find("draws");
    if (draws == nullptr) {
      good_ = false;
      report_.error(code::missing_key, node, "`random` has no key 'draws'", expected);
      return block;
    }
    const auto count = whole(*draws, "`draws`", 1, most_points);
    if (!count) return block;
    block.points.resize(*count);
    for (const Entry& entry : node.entries) {
      if (entry.key == "draws") continue;
      block.targets.push_back({entry.key, entry.place});
      draw(entry, block.points);
    }
    return block;
  }

  void draw(const Entry& entry, std::vector<Values>& points) {
    const Node& map = entry.value;
    const std::string what = fmt::format("what {} is drawn from", in_quotes(entry.key));
    if (!is_map(map, what, draw_rule)) return;
    const std::vector<std::string> kinds{"uniform", "log_uniform", "integer", "choice"};
    report_.check_keys(map, what, kinds);
    if (map.entries.size() != 1 || std::find(kinds.begin(), kinds.end(), map.entries[0].key) == kinds.end()) {
      if (map.entries.size() != 1) bad(map, what + " is not one distribution", "", draw_rule);
      good_ = false;
      return;
    }
    const std::string kind = map.entries[0].key;
    const Node& argument = map.entries[0].value;
    if (!is_list(argument, fmt::format("`{}`", kind), draw_rule)) return;
    std::size_t index = 0;
    const auto bits = [&] { return draw_bits(seed_, entry.key, index++); };
    if (kind == "choice") {
      if (argument.items.empty()) return bad(argument, "there is nothing to choose from", "", draw_rule);
      for (Values& point : points) point.push_back(&argument.items[below(bits(), argument.items.size())]);
      return;
    }
    const auto range = two_numbers(argument, kind, draw_rule);
    if (!range) return;
    const auto [from, to] = *range;
    if (kind == "log_uniform" && from <= 0)
      return bad(argument, "a logarithmic range starts at or below zero", "", draw_rule);
    if (kind == "integer" && (from != std::floor(from) || to != std::floor(to) || std::max(-from, to) > 1e15))
      return bad(argument, "the ends of a range of integers are no integers", "", draw_rule);
    for (Values& point : points) {
      const std::uint64_t random = bits();
      const auto count = static_cast<std::uint64_t>(to - from) + 1;  // of integers
      const double value = kind == "uniform"       ? from + uniform(random) * (to - from)
                           : kind == "log_uniform" ? from * std::pow(to / from, uniform(random))
                                                   : from + static_cast<double>(below(random, count));
      point.push_back(made(argument, value));
    }
  }

  // --- values ---

  Values values_of(const Entry& entry) {
    const Node& node = entry.value;
    const std::string what = fmt::format("the values of {}", in_quotes(entry.key));
    if (node.kind == Node::Kind::map) return spaced(node, what);
    Values values;
    if (!is_list(node, what, axis_rule)) return values;
    if (node.items.empty()) bad(node, what + " are an empty list", "", axis_rule);
    for (const Node& item : node.items) values.push_back(&item);
    return values;
  }

  Values spaced(const Node& node, const std::string& what) {
    Values values;
    report_.check_keys(node, what, {"linspace", "logspace"});
    const Node* linear = node.find("linspace");
    const Node* logarithmic = node.find("logspace");
    if (node.entries.size() != 1 || (linear == nullptr && logarithmic == nullptr)) {
      if (node.entries.size() != 1) bad(node, what + " are not one range", "", axis_rule);
      good_ = false;
      return values;
    }
    const Node& argument = linear != nullptr ? *linear : *logarithmic;
    const char* kind = linear != nullptr ? "linspace" : "logspace";
    if (!is_list(argument, fmt::format("`{}`", kind), axis_rule)) return values;
    if (argument.items.size() != 3) {
      bad(argument, fmt::format("`{}` has {} numbers", kind, argument.items.size()),
          "the first value, the last one, and how many", axis_rule);
      return values;
    }
    const auto from = real(argument.items[0], axis_rule), to = real(argument.items[1], axis_rule);
    const auto count = whole(argument.items[2], "the number of values", 1, most_points);
    if (!from || !to || !count) return values;
    if (logarithmic != nullptr && !(*from > 0 && *to > 0)) {
      bad(argument, "a logarithmic range has an end at or below zero",
          "give both ends as they are, not their exponents", axis_rule);
      return values;
    }
    for (std::size_t i = 0; i < *count; ++i) {
      const double t = *count == 1 ? 0 : static_cast<double>(i) / static_cast<double>(*count - 1);
      const double value = linear != nullptr ? *from + t * (*to - *from) : *from * std::pow(*to / *from, t);
      // The ends as they were written; between them 12 digits, which rounding in pow() does not reach.
      const bool last = *count > 1 && i + 1 == *count;
      values.push_back(made(argument, i == 0 ? *from
                                      : last ? *to
                                             : std::stod(fmt::format("{:.12g}", value))));
    }
    return values;
  }

  // A value as if it stood in the file at the place of what made it.
  const Node* made(const Node& origin, double value) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.place = origin.place;
    node.text = fmt::format("{}", value);
    return &result_.made.emplace_back(std::move(node));
  }

  std::optional<double> real(const Node& node, const char* expected) {
    const auto number = read_number(node, "an end of a range", expected, report_);
    if (number && std::isfinite(*number)) return number;
    if (number) bad(node, "an end of a range is infinite", "", expected);
    good_ = false;
    return std::nullopt;
  }

  std::optional<std::size_t> whole(const Node& node, const char* what, std::int64_t least, std::size_t most) {
    const std::string expected = fmt::format("an integer from {} to {}", least, most);
    const auto number = read_integer(node, what, expected, report_);
    if (number && *number >= least && *number <= static_cast<std::int64_t>(most))
      return static_cast<std::size_t>(*number);
    if (number)
      report_.error(code::out_of_range, node, fmt::format("{} is {}, out of range", what, *number), expected);
    good_ = false;
    return std::nullopt;
  }

  std::optional<std::pair<double, double>> two_numbers(const Node& node, const std::string& kind,
                                                       const char* expected) {
    if (node.items.size() != 2) {
      bad(node, fmt::format("`{}` has {} numbers", kind, node.items.size()),
          "the least and the greatest value", expected);
      return std::nullopt;
    }
    const auto from = real(node.items[0], expected), to = real(node.items[1], expected);
    if (!from || !to) return std::nullopt;
    if (*from > *to) {
      bad(node, "the range ends before it starts", "swap its ends", expected);
      return std::nullopt;
    }
    return std::pair{*from, *to};
  }

  std::vector<std::int64_t> read_seeds(const Node& node) {
    std::vector<std::int64_t> seeds;
    const char* expected = "seeds: how many, from the pipeline's seed on; or a list of them";
    if (node.kind == Node::Kind::list) {
      if (node.items.empty()) bad(node, "`seeds` is an empty list", "", expected);
      for (const Node& item : node.items) {
        const auto seed = read_integer(item, "a seed", expected, report_);
        if (!seed) good_ = false;
        if (seed && std::find(seeds.begin(), seeds.end(), *seed) != seeds.end())
          bad(item, fmt::format("the seed {} stands there twice", *seed), "", expected);
        seeds.push_back(seed.value_or(0));
      }
      return seeds;
    }
    const auto count = read_integer(node, "`seeds`", expected, report_);
    const std::int64_t most =
        std::min<std::int64_t>(most_points, INT64_MAX - std::max<std::int64_t>(0, seed_));
    if (!count || *count < 1 || *count > most) {
      if (count)
        report_.error(code::out_of_range, node, fmt::format("`seeds` is {}, out of range", *count), expected);
      good_ = false;
      return seeds;
    }
    for (std::int64_t i = 0; i < *count; ++i) seeds.push_back(seed_ + i);
    return seeds;
  }

  // --- all blocks together ---

  void check_targets(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      for (const SweepTarget& target : block.targets) {
        const auto same = [&](const SweepTarget& other) { return other.name == target.name; };
        if (std::any_of(result_.targets.begin(), result_.targets.end(), same)) {
          good_ = false;
          report_.error(code::bad_sweep, target.place,
                        fmt::format("{} is swept twice", in_quotes(target.name)), rule,
                        "name it in one of list, grid, zip and random");
        }
        result_.targets.push_back(target);
      }
    }
  }

  bool too_many(const Node& node, std::size_t a, std::size_t b) {
    if (b == 0 || a <= most_points / b) return false;
    bad(node, fmt::format("the sweep has more than {} points", most_points),
        "draw from it with random:, or split it");
    return true;
  }

  void multiply(const Node& sweep, const std::vector<Block>& blocks, const std::vector<std::int64_t>& seeds) {
    std::vector<Values> points{{}};
    for (const Block& block : blocks) {
      if (too_many(sweep, points.size(), block.points.size())) return;
      std::vector<Values> longer;
      for (const Values& point : points) {
        for (const Values& more : block.points) {
          longer.push_back(point);
          longer.back().insert(longer.back().end(), more.begin(), more.end());
        }
      }
      points = std::move(longer);
    }
    if (too_many(sweep, points.size(), seeds.size())) return;
    for (const Values& point : points) {
      for (const std::int64_t seed : seeds) result_.values.push_back(point), result_.seeds.push_back(seed);
    }
    if (points.empty()) bad(sweep, "the sweep has no points");
  }

  // --- skip ---

  void apply_skips(const Node& node) {
    if (!is_list(node, "`skip`", "[{step.parameter: value, ...}, ...]")) return;
    for (const Node& item : node.items) {
      if (!is_map(item, "an entry of `skip`", "{step.parameter: value, ...}") || !good_) continue;
      skip(item);
    }
    if (good_ && result_.values.empty()) bad(node, "`skip` leaves no point of the sweep");
  }

  void skip(const Node& item) {
    std::vector<std::pair<std::size_t, const Node*>>
        wanted;  // target, value; the seed stands behind the targets
    for (const Entry& entry : item.entries) {
      std::size_t target = 0;
      while (target < result_.targets.size() && result_.targets[target].name != entry.key) ++target;
      if (target == result_.targets.size() && entry.key != "seed") {
        std::vector<std::string> names = names_of(result_.targets);
        names.emplace_back("seed");
        good_ = false;
        report_.error(code::bad_sweep, entry.place,
                      fmt::format("the sweep does not vary {}", in_quotes(entry.key)),
                      "one of " + listed(names), report_.suggest(entry.key, names));
        return;
      }
      wanted.emplace_back(target, &entry.value);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < result_.values.size(); ++i) {
      const bool skipped = std::all_of(wanted.begin(), wanted.end(), [&](const auto& w) {
        return w.first < result_.targets.size() ? matches(*w.second, *result_.values[i][w.first])
                                                : is_seed(*w.second, result_.seeds[i]);
      });
      if (skipped) continue;
      if (kept != i) result_.values[kept] = std::move(result_.values[i]);
      result_.seeds[kept++] = result_.seeds[i];
    }
    if (kept == result_.values.size())
      report_.warning(code::idle_skip, item.place, "the entry of `skip` leaves no point out",
                      "values that the sweep takes");
    result_.values.resize(kept), result_.seeds.resize(kept);
  }

  // A list in `skip` stands for any of its values.
  static bool matches(const Node& wanted, const Node& value) {
    if (wanted.kind == Node::Kind::list && value.kind != Node::Kind::list)
      return std::any_of(wanted.items.begin(), wanted.items.end(),
                         [&](const Node& item) { return same(item, value); });
    return same(wanted, value);
  }

  static bool same(const Node& a, const Node& b) {
    if (a.kind != b.kind || a.items.size() != b.items.size()) return false;
    for (std::size_t i = 0; i < a.items.size(); ++i) {
      if (!same(a.items[i], b.items[i])) return false;
    }
    if (a.kind != Node::Kind::scalar) return true;
    const Scalar x = read_scalar(a.text, a.quoted), y = read_scalar(b.text, b.quoted);
    const auto is_number = [](const Scalar& s) {
      return s.kind == Scalar::Kind::integer || s.kind == Scalar::Kind::real;
    };
    // Numbers that were computed (logspace) are met by what people write for them.
    if (is_number(x) && is_number(y))
      return std::abs(x.real - y.real) <= 1e-9 * std::max(std::abs(x.real), std::abs(y.real));
    return a.text == b.text;
  }

  static bool is_seed(const Node& wanted, std::int64_t seed) {
    const auto one = [&](const Node& node) {
      const Scalar scalar = node.kind == Node::Kind::scalar ? read_scalar(node.text, node.quoted) : Scalar{};
      return scalar.kind == Scalar::Kind::integer && scalar.integer == seed;
    };
    return wanted.kind == Node::Kind::list ? std::any_of(wanted.items.begin(), wanted.items.end(), one)
                                           : one(wanted);
  }

  std::int64_t seed_;
  Report& report_;
  SweepPoints result_;
  bool good_ = true;
};

}  // namespace

SweepPoints expand_sweep(const Node& sweep, std::int64_t seed, Report& report) {
  return Expansion{seed, report}.expand(sweep);
}

}  // namespace ansatz::host
