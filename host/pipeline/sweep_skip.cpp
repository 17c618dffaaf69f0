// `skip`: which points an entry leaves out.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "pipeline/scalar.hpp"
#include "pipeline/sweep_values.hpp"

namespace ansatz::host {
namespace {

bool same(const Node& a, const Node& b) {
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

// A list in `skip` stands for any of its values.
bool matches(const Node& wanted, const Node& value) {
  if (wanted.kind == Node::Kind::list && value.kind != Node::Kind::list)
    return std::any_of(wanted.items.begin(), wanted.items.end(),
                       [&](const Node& item) { return same(item, value); });
  return same(wanted, value);
}

bool is_seed(const Node& wanted, std::int64_t seed) {
  const auto one = [&](const Node& node) {
    const Scalar scalar = node.kind == Node::Kind::scalar ? read_scalar(node.text, node.quoted) : Scalar{};
    return scalar.kind == Scalar::Kind::integer && scalar.integer == seed;
  };
  return wanted.kind == Node::Kind::list ? std::any_of(wanted.items.begin(), wanted.items.end(), one)
                                         : one(wanted);
}

}  // namespace

void skip_points(const Node& item, SweepPoints& points, SweepReader& reader) {
  std::vector<std::pair<std::size_t, const Node*>>
      wanted;  // target, value; the seed stands behind the targets
  for (const Entry& entry : item.entries) {
    std::size_t target = 0;
    while (target < points.targets.size() && points.targets[target].name != entry.key) ++target;
    if (target == points.targets.size() && entry.key != "seed") {
      std::vector<std::string> names = names_of(points.targets);
      names.emplace_back("seed");
      reader.fail();
      reader.report().error(code::bad_sweep, entry.place,
                            fmt::format("the sweep does not vary {}", in_quotes(entry.key)),
                            "one of " + listed(names), reader.report().suggest(entry.key, names));
      return;
    }
    wanted.emplace_back(target, &entry.value);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const bool skipped = std::all_of(wanted.begin(), wanted.end(), [&](const auto& w) {
      return w.first < points.targets.size() ? matches(*w.second, *points.values[i][w.first])
                                             : is_seed(*w.second, points.seeds[i]);
    });
    if (skipped) continue;
    if (kept != i) points.values[kept] = std::move(points.values[i]);
    points.seeds[kept++] = points.seeds[i];
  }
  if (kept == points.values.size())
    reader.report().warning(code::idle_skip, item.place, "the entry of `skip` leaves no point out",
                            "values that the sweep takes");
  points.values.resize(kept), points.seeds.resize(kept);
}

}  // namespace ansatz::host
