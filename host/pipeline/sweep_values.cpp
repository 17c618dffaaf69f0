#include "pipeline/sweep_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "archive/store.hpp"
#include "pipeline/values.hpp"

namespace ansatz::host {
namespace {

constexpr const char* axis_rule =
    "[value, ...], {linspace: [from, to, count]} or {logspace: [from, to, count]}";
constexpr const char* draw_rule =
    "{uniform: [from, to]}, {log_uniform: [from, to]}, {integer: [from, to]} or {choice: [value, ...]}";

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

}  // namespace

void SweepReader::bad(const Node& node, const std::string& message, const std::string& hint,
                      const char* expected) {
  good_ = false;
  report_.error(code::bad_sweep, node, message, expected, hint);
}

bool SweepReader::is_map(const Node& node, const std::string& what, const char* expected) {
  const bool yes = report_.is_map(node, what, expected);
  good_ = good_ && yes;
  return yes;
}
bool SweepReader::is_list(const Node& node, const std::string& what, const char* expected) {
  const bool yes = report_.is_list(node, what, expected);
  good_ = good_ && yes;
  return yes;
}

void SweepReader::draw(const Entry& entry, std::vector<SweepValues>& points) {
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
    for (SweepValues& point : points) point.push_back(&argument.items[below(bits(), argument.items.size())]);
    return;
  }
  const auto range = two_numbers(argument, kind, draw_rule);
  if (!range) return;
  const auto [from, to] = *range;
  if (kind == "log_uniform" && from <= 0)
    return bad(argument, "a logarithmic range starts at or below zero", "", draw_rule);
  if (kind == "integer" && (from != std::floor(from) || to != std::floor(to) || std::max(-from, to) > 1e15))
    return bad(argument, "the ends of a range of integers are no integers", "", draw_rule);
  for (SweepValues& point : points) {
    const std::uint64_t random = bits();
    const auto count = static_cast<std::uint64_t>(to - from) + 1;  // of integers
    const double value = kind == "uniform"       ? from + uniform(random) * (to - from)
                         : kind == "log_uniform" ? from * std::pow(to / from, uniform(random))
                                                 : from + static_cast<double>(below(random, count));
    point.push_back(made(argument, value));
  }
}

SweepValues SweepReader::values_of(const Entry& entry) {
  const Node& node = entry.value;
  const std::string what = fmt::format("the values of {}", in_quotes(entry.key));
  if (node.kind == Node::Kind::map) return spaced(node, what);
  SweepValues values;
  if (!is_list(node, what, axis_rule)) return values;
  if (node.items.empty()) bad(node, what + " are an empty list", "", axis_rule);
  for (const Node& item : node.items) values.push_back(&item);
  return values;
}

SweepValues SweepReader::spaced(const Node& node, const std::string& what) {
  SweepValues values;
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
    values.push_back(made(argument, i == 0 ? *from : last ? *to : std::stod(fmt::format("{:.12g}", value))));
  }
  return values;
}

// A value as if it stood in the file at the place of what made it.
const Node* SweepReader::made(const Node& origin, double value) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = origin.place;
  node.text = fmt::format("{}", value);
  return &made_.emplace_back(std::move(node));
}

std::optional<double> SweepReader::real(const Node& node, const char* expected) {
  const auto number = read_number(node, "an end of a range", expected, report_);
  if (number && std::isfinite(*number)) return number;
  if (number) bad(node, "an end of a range is infinite", "", expected);
  good_ = false;
  return std::nullopt;
}

std::optional<std::size_t> SweepReader::whole(const Node& node, const char* what, std::int64_t least,
                                              std::size_t most) {
  const std::string expected = fmt::format("an integer from {} to {}", least, most);
  const auto number = read_integer(node, what, expected, report_);
  if (number && *number >= least && *number <= static_cast<std::int64_t>(most))
    return static_cast<std::size_t>(*number);
  if (number)
    report_.error(code::out_of_range, node, fmt::format("{} is {}, out of range", what, *number), expected);
  good_ = false;
  return std::nullopt;
}

std::optional<std::pair<double, double>> SweepReader::two_numbers(const Node& node, const std::string& kind,
                                                                  const char* expected) {
  if (node.items.size() != 2) {
    bad(node, fmt::format("`{}` has {} numbers", kind, node.items.size()), "the least and the greatest value",
        expected);
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

std::vector<std::int64_t> SweepReader::seeds(const Node& node) {
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
  const std::int64_t most = std::min<std::int64_t>(most_points, INT64_MAX - std::max<std::int64_t>(0, seed_));
  if (!count || *count < 1 || *count > most) {
    if (count)
      report_.error(code::out_of_range, node, fmt::format("`seeds` is {}, out of range", *count), expected);
    good_ = false;
    return seeds;
  }
  for (std::int64_t i = 0; i < *count; ++i) seeds.push_back(seed_ + i);
  return seeds;
}

}  // namespace ansatz::host
