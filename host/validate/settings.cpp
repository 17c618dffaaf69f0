#include "validate/settings.hpp"

#include <ansatz/abi.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace ansatz::host::validate {
namespace {

struct Range {
  double low, high;
};

bool takes(const ParameterInfo& p, int kind) { return (p.kinds & ANSATZ_BIT(kind)) != 0; }

double size_of_default(const ParameterInfo& p) {
  if (!p.initial) return 0;
  if (const auto* real = std::get_if<double>(&*p.initial)) return std::isfinite(*real) ? std::abs(*real) : 0;
  if (const auto* integer = std::get_if<std::int64_t>(&*p.initial)) {
    return std::min(1e6, std::abs(static_cast<double>(*integer)));
  }
  return 0;
}

// A closed range within the parameter's; ends that are excluded move inwards.
Range range_of(const ParameterInfo& p) {
  const double far = 10 + 4 * size_of_default(p);
  Range range{std::isfinite(p.minimum) ? p.minimum : std::min(-far, p.maximum - far),
              std::isfinite(p.maximum) ? p.maximum : std::max(far, p.minimum + far)};
  const bool integer = !takes(p, ANSATZ_KIND_REAL);
  const double margin = integer ? 1 : 1e-3 * std::min(1.0, range.high - range.low);
  if (p.minimum_excluded) range.low += margin;
  if (p.maximum_excluded) range.high -= margin;
  if (integer) range = {std::ceil(range.low), std::floor(range.high)};
  return range;
}

Value number_at(const ParameterInfo& p, Choice choice, std::mt19937_64& engine) {
  const Range range = range_of(p);
  double x = choice == Choice::lowest ? range.low : range.high;
  const double share = static_cast<double>(engine() >> 11) * 0x1p-53;
  if (choice == Choice::random) x = range.low + share * (range.high - range.low);
  constexpr double largest = 0x1p63 - 1024;  // the last before 2^63
  if (!takes(p, ANSATZ_KIND_REAL))
    return static_cast<std::int64_t>(std::clamp(std::floor(x), -0x1p63, largest));
  return x;
}

Value value_at(const ParameterInfo& p, Choice choice, std::mt19937_64& engine) {
  const auto pick = [&](std::size_t count) -> std::size_t {
    return choice == Choice::lowest ? 0 : choice == Choice::highest ? count - 1 : engine() % count;
  };
  const bool number = takes(p, ANSATZ_KIND_REAL) || takes(p, ANSATZ_KIND_INTEGER);
  const bool text = takes(p, ANSATZ_KIND_TEXT);
  if (takes(p, ANSATZ_KIND_BOOL) && !number && !text) return pick(2) == 1;
  if (number && (!text || pick(2) == 0)) {
    Value one = number_at(p, choice, engine);
    // A list where it must be one: the kinds have no scalar in them, or the default is a list.
    if (p.initial && p.initial->index() >= 4) {
      if (const auto* integer = std::get_if<std::int64_t>(&one)) return std::vector<std::int64_t>{*integer};
      return std::vector<double>{std::get<double>(one)};
    }
    return one;
  }
  if (!p.choices.empty()) return p.choices[pick(p.choices.size())];
  if (p.initial) return *p.initial;
  return std::string{"text"};
}

std::string plain_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return to_text(value);
}

// The conditions of a parameter against the values chosen so far; which verb will be called is not asked.
bool in_use(const ParameterInfo& p, const Settings& chosen, const Settings& others) {
  const auto conditions = p.conditions();
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    const auto own = chosen.find(condition.parameter), other = others.find(condition.parameter);
    if (own == chosen.end() && other == others.end()) return condition.parameter == "verb";
    const std::string value = plain_text(own != chosen.end() ? own->second : other->second);
    return std::find(condition.values.begin(), condition.values.end(), value) != condition.values.end();
  });
}

bool depends_on_others(const ParameterInfo& p) {
  const auto conditions = p.conditions();
  return std::any_of(conditions.begin(), conditions.end(),
                     [](const Condition& condition) { return condition.parameter != "verb"; });
}

}  // namespace

Settings required_settings(const std::vector<ParameterInfo>& parameters) {
  Settings settings;
  std::mt19937_64 engine{1};
  for (const ParameterInfo& p : parameters) {
    if (p.initial || !p.used_if.empty()) continue;
    const bool near_one = p.minimum <= 1 && p.maximum >= 1 && !(p.minimum == 1 && p.minimum_excluded) &&
                          !(p.maximum == 1 && p.maximum_excluded);
    if (takes(p, ANSATZ_KIND_REAL) && near_one) {
      settings[p.name] = 1.0;
    } else if (takes(p, ANSATZ_KIND_INTEGER) && near_one) {
      settings[p.name] = std::int64_t{1};
    } else {
      settings[p.name] = value_at(p, Choice::lowest, engine);
    }
  }
  return settings;
}

Settings settings_at(const std::vector<ParameterInfo>& parameters, const Settings& others, Choice choice,
                     std::mt19937_64& engine) {
  Settings settings;
  // Conditions may name a parameter further down: those without a condition come first.
  for (const bool conditional : {false, true}) {
    for (const ParameterInfo& p : parameters) {
      if (depends_on_others(p) != conditional || !in_use(p, settings, others)) continue;
      settings[p.name] = value_at(p, choice, engine);
    }
  }
  return settings;
}

}  // namespace ansatz::host::validate
