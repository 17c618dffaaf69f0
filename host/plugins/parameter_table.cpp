#include <algorithm>
#include <cmath>
#include <type_traits>

#include "plugins/tables.hpp"

namespace ansatz::host::tables {
namespace {

constexpr std::uint32_t numbers = ANSATZ_BIT(ANSATZ_KIND_INTEGER) | ANSATZ_BIT(ANSATZ_KIND_REAL);
constexpr std::uint32_t scalars = numbers | ANSATZ_BIT(ANSATZ_KIND_BOOL) | ANSATZ_BIT(ANSATZ_KIND_TEXT);
constexpr std::uint32_t lists = ANSATZ_BIT(ANSATZ_KIND_LIST);

template <class T>
constexpr std::uint32_t kinds_that_take() {
  if constexpr (std::is_same_v<T, bool>) return ANSATZ_BIT(ANSATZ_KIND_BOOL);
  if constexpr (std::is_same_v<T, std::int64_t>) return numbers;
  if constexpr (std::is_same_v<T, double>) return ANSATZ_BIT(ANSATZ_KIND_REAL);
  return ANSATZ_BIT(ANSATZ_KIND_TEXT);
}

template <class T, class From>
Value elements(const ansatz_value& value, const From* from, const Place& place) {
  if (value.count > longest_list) refuse(place, fmt::format("its default has {} elements", value.count));
  if (value.is_list == 0 && value.count != 1) refuse(place, "its default is a scalar without its element");
  if (value.count > 0 && from == nullptr) refuse(place, "its default points nowhere (null)");
  std::vector<T> items;
  for (std::uint64_t i = 0; i < value.count; ++i) {
    if constexpr (std::is_same_v<T, std::string>) {
      items.push_back(text(from[i], place, "default"));
    } else {
      items.push_back(static_cast<T>(from[i]));
    }
  }
  if (value.is_list != 0) return items;
  return T{items[0]};
}

Value initial_value(const ansatz_value& value, const Place& place) {
  switch (value.kind) {
    case ANSATZ_KIND_BOOL: return elements<bool>(value, value.integers, place);
    case ANSATZ_KIND_INTEGER: return elements<std::int64_t>(value, value.integers, place);
    case ANSATZ_KIND_REAL: return elements<double>(value, value.reals, place);
    case ANSATZ_KIND_TEXT: return elements<std::string>(value, value.texts, place);
    default: refuse(place, fmt::format("its default is of unknown kind {}", value.kind));
  }
}

// A pipeline could not say the default itself if it broke the parameter's own rules.
template <class T>
void check_scalar(const ParameterInfo& p, const T& x, const Place& place) {
  if ((p.kinds & kinds_that_take<T>()) == 0) refuse(place, "its default is of a kind that it does not take");
  if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>) {
    const auto real = static_cast<double>(x);
    const bool low = p.minimum_excluded ? real > p.minimum : real >= p.minimum;
    const bool high = p.maximum_excluded ? real < p.maximum : real <= p.maximum;
    if (!low || !high) {
      refuse(place, fmt::format("its default {} is outside its range ({})", x, p.expectation()));
    }
  }
  if constexpr (std::is_same_v<T, std::string>) {
    if (!p.choices.empty() && std::find(p.choices.begin(), p.choices.end(), x) == p.choices.end()) {
      refuse(place, fmt::format("its default '{}' is none of its choices ({})", x, p.expectation()));
    }
  }
}

void check_initial(const ParameterInfo& p, const Place& place) {
  std::visit(
      [&]<class T>(const T& value) {
        if constexpr (requires { typename T::allocator_type; } && !std::is_same_v<T, std::string>) {
          if ((p.kinds & lists) == 0) refuse(place, "its default is a list, which it does not take");
          for (std::size_t i = 0; i < value.size(); ++i) {
            check_scalar<typename T::value_type>(p, value[i], place);
          }
        } else {
          check_scalar(p, value, place);
        }
      },
      *p.initial);
}

void read_choices(const ansatz_parameter& table, const Place& place, ParameterInfo& p) {
  if (table.choice_count > longest_list || (table.choice_count > 0 && table.choices == nullptr)) {
    refuse(place, "its choices are missing (null) or too many");
  }
  if (table.choice_count > 0 && (p.kinds & ANSATZ_BIT(ANSATZ_KIND_TEXT)) == 0) {
    refuse(place, "it has choices but takes no text");
  }
  for (std::uint64_t i = 0; i < table.choice_count; ++i) {
    p.choices.push_back(text(table.choices[i], place, "choice"));
    if (std::count(p.choices.begin(), p.choices.end(), p.choices.back()) > 1) {
      refuse(place, fmt::format("the choice '{}' occurs twice", p.choices.back()));
    }
  }
}

void check_condition(const ParameterInfo& p, const std::vector<const ParameterInfo*>& others,
                     const Place& outer) {
  const Place place = fmt::format("{} parameter '{}'", outer, p.name);
  for (const Condition& condition : p.conditions()) {
    if (condition.values.empty()) {
      refuse(place,
             fmt::format("used_if is '{}', expected 'name=value|value', several joined by '&'", p.used_if));
    }
    const auto other = std::find_if(others.begin(), others.end(),
                                    [&](const ParameterInfo* q) { return q->name == condition.parameter; });
    if (other == others.end() && condition.parameter == "verb") continue;
    if (other == others.end() || condition.parameter == p.name) {
      refuse(place, fmt::format("used_if names '{}', which is no other parameter", condition.parameter));
    }
    // Values of other kinds (a bool, a number) are compared as text and may be anything.
    if ((*other)->choices.empty() || ((*other)->kinds & scalars) != ANSATZ_BIT(ANSATZ_KIND_TEXT)) continue;
    for (const std::string& value : condition.values) {
      const auto& choices = (*other)->choices;
      if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
        refuse(place, fmt::format("used_if asks for {}={}, which is none of its choices", condition.parameter,
                                  value));
      }
    }
  }
}

}  // namespace

ParameterInfo parameter(const ansatz_parameter& table, const Place& outer) {
  ParameterInfo p;
  p.name = name(table.name, outer + " parameter");
  const Place place = fmt::format("{} parameter '{}'", outer, p.name);
  p.text = text(table.text, place, "text");
  p.unit = text(table.unit, place, "unit");
  p.kinds = table.kinds;
  if ((p.kinds & scalars) == 0 || (p.kinds & ~(scalars | lists)) != 0) {
    refuse(place, fmt::format("its kinds {:#x} are none, unknown or a list of nothing", p.kinds));
  }
  p.minimum = table.minimum, p.maximum = table.maximum;
  p.minimum_excluded = table.minimum_excluded != 0, p.maximum_excluded = table.maximum_excluded != 0;
  const bool empty =
      p.minimum == p.maximum ? p.minimum_excluded || p.maximum_excluded : !(p.minimum < p.maximum);
  if (empty) refuse(place, fmt::format("its range from {} to {} is empty", p.minimum, p.maximum));
  read_choices(table, place, p);
  if (table.initial != nullptr) {
    p.initial = initial_value(checked(table.initial, place + " default"), place);
    check_initial(p, place);
  }
  p.affects_result = table.affects_result != 0;
  if (table.used_if != nullptr) p.used_if = text(table.used_if, place, "used_if");
  return p;
}

void check_conditions(const std::vector<ParameterInfo>& own, const std::vector<ParameterInfo>& model,
                      const Place& place) {
  std::vector<const ParameterInfo*> all;
  for (const auto* list : {&own, &model}) {
    for (const ParameterInfo& p : *list) all.push_back(&p);
  }
  for (const ParameterInfo& p : own) {
    if (!p.used_if.empty()) check_condition(p, all, place);
  }
}

}  // namespace ansatz::host::tables
