// Parameters: fields of a plain struct, bound once to name, text, range and unit.  Defaults live in the
// struct.
//
//   struct Config { double penalty = 1e-3; Kernel kernel = Kernel::gaussian; };
//   static constexpr auto params = std::tuple{
//       param(&Config::penalty, "penalty", "Weight of the squared norm", at_least(0)),
//       param(&Config::kernel, "kernel", "Kernel function")};
//
// A field may be bool, an integer, double, std::string, an enum, std::vector of double, integer or
// std::string, or a std::variant of these ("a number, a list, or the word median").  An enum names its words
// in a function found by argument-dependent lookup, in the order of its values, which start at 0:
//
//   enum class Kernel { gaussian, laplacian };
//   constexpr auto choices(Kernel) { return std::array{"gaussian", "laplacian"}; }
#pragma once

#include <ansatz/abi.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ansatz/num/error.hpp"

namespace ansatz {

// What is said about a parameter beside its field.
struct ParameterTraits {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool minimum_excluded = false, maximum_excluded = false;
  bool required = false, affects_result = true;
  const char* unit = "dimensionless";
  const char* used_if = nullptr;
};

// Options of param(): the range of a number, or of every number in a list, and the rest.
constexpr auto above(double bound) {
  return [bound](ParameterTraits& t) { t.minimum = bound, t.minimum_excluded = true; };
}
constexpr auto at_least(double bound) {
  return [bound](ParameterTraits& t) { t.minimum = bound; };
}
constexpr auto below(double bound) {
  return [bound](ParameterTraits& t) { t.maximum = bound, t.maximum_excluded = true; };
}
constexpr auto at_most(double bound) {
  return [bound](ParameterTraits& t) { t.maximum = bound; };
}
constexpr auto between(double low, double high) {
  return [low, high](ParameterTraits& t) { t.minimum = low, t.maximum = high; };
}
constexpr auto unit(const char* name) {
  return [name](ParameterTraits& t) { t.unit = name; };
}
// "kernel=polynomial|sigmoid": the host refuses the parameter in any other case, so that nothing is ignored.
// "kernel=gaussian&solver=cg" asks for both; "verb=fit|tune" is about the verb that the step runs.
constexpr auto used_if(const char* condition) {
  return [condition](ParameterTraits& t) { t.used_if = condition; };
}
// It has no sensible default: the pipeline must give it.
inline constexpr auto required = [](ParameterTraits& t) { t.required = true; };
// Memory budgets and the like: results do not depend on it, and neither does the key of a step.
inline constexpr auto no_effect_on_result = [](ParameterTraits& t) { t.affects_result = false; };

template <class Struct, class Field>
struct Parameter {
  Field Struct::*field;
  const char* name;
  const char* text;
  ParameterTraits traits;
};

template <class Struct, class Field, class... Option>
constexpr auto param(Field Struct::*field, const char* name, const char* text, Option... option) {
  Parameter<Struct, Field> parameter{field, name, text, {}};
  (option(parameter.traits), ...);
  return parameter;
}

// The parameters of a struct that is itself a field: shared groups, such as a kernel with its length.
template <class Struct, class Field>
struct ParameterGroup {
  Field Struct::*field;
};

template <class Struct, class Field>
constexpr auto params_of(Field Struct::*field) {
  return ParameterGroup<Struct, Field>{field};
}

namespace detail {

template <class E>
concept Choice = std::is_enum_v<E> && requires {
  choices(E{});
};
template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

template <class T>
constexpr std::uint32_t kinds_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return ANSATZ_BIT(ANSATZ_KIND_BOOL);
  } else if constexpr (Integer<T>) {
    return ANSATZ_BIT(ANSATZ_KIND_INTEGER);
  } else if constexpr (std::is_floating_point_v<T>) {
    return ANSATZ_BIT(ANSATZ_KIND_REAL);
  } else if constexpr (std::is_same_v<T, std::string> || Choice<T>) {
    return ANSATZ_BIT(ANSATZ_KIND_TEXT);
  } else if constexpr (is_list<T>) {
    return kinds_of<typename T::value_type>() | ANSATZ_BIT(ANSATZ_KIND_LIST);
  } else {
    static_assert(is_variant<T>,
                  "a parameter field is bool, integer, double, string, enum, vector or variant");
    return []<class... A>(std::variant<A...>*) { return (kinds_of<A>() | ...); }(static_cast<T*>(nullptr));
  }
}

// The words a field accepts; empty: any text, or none.
template <class T>
void add_choices(std::vector<const char*>& words) {
  if constexpr (Choice<T>) {
    for (const char* word : choices(T{})) words.push_back(word);
  } else if constexpr (is_list<T>) {
    add_choices<typename T::value_type>(words);
  } else if constexpr (is_variant<T>) {
    [&]<class... A>(std::variant<A...>*) { (add_choices<A>(words), ...); }(static_cast<T*>(nullptr));
  }
}

// Memory behind an ansatz_value.
struct OwnedValue {
  std::int32_t kind = 0;
  bool list = false;
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<const char*> text_pointers;

  template <class T>
  void append(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      kind = ANSATZ_KIND_BOOL, integers.push_back(value);
    } else if constexpr (Integer<T>) {
      kind = ANSATZ_KIND_INTEGER, integers.push_back(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      kind = ANSATZ_KIND_REAL, reals.push_back(value);
    } else if constexpr (Choice<T>) {
      kind = ANSATZ_KIND_TEXT, texts.emplace_back(choices(value)[static_cast<std::size_t>(value)]);
    } else {
      kind = ANSATZ_KIND_TEXT, texts.push_back(value);
    }
  }

  template <class T>
  static OwnedValue of(const T& value) {
    OwnedValue owned;
    if constexpr (is_variant<T>) {
      owned = std::visit([](const auto& v) { return of(v); }, value);
    } else if constexpr (is_list<T>) {
      owned.list = true;
      using Element = typename T::value_type;
      if constexpr (std::is_floating_point_v<Element>) {
        owned.kind = ANSATZ_KIND_REAL;
      } else {
        owned.kind = Integer<Element> ? ANSATZ_KIND_INTEGER : ANSATZ_KIND_TEXT;
      }
      for (const auto& element : value) owned.append(element);
    } else {
      owned.append(value);
    }
    return owned;
  }

  // Valid while this object stays where it is and unchanged.
  ansatz_value view() {
    text_pointers.clear();
    for (const std::string& text : texts) text_pointers.push_back(text.c_str());
    const std::size_t count = integers.size() + reals.size() + texts.size();
    return {sizeof(ansatz_value), kind, list, 0, count, integers.data(), reals.data(), text_pointers.data()};
  }
};

// Try to store element `i` of `value` in `field`; false if the kinds do not fit.
template <class T>
bool assign_element(T& field, const ansatz_value& value, std::uint64_t i) {
  if constexpr (std::is_same_v<T, bool>) {
    if (value.kind != ANSATZ_KIND_BOOL) return false;
    field = value.integers[i] != 0;
  } else if constexpr (Integer<T>) {
    if (value.kind != ANSATZ_KIND_INTEGER || !std::in_range<T>(value.integers[i])) return false;
    field = static_cast<T>(value.integers[i]);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (value.kind == ANSATZ_KIND_INTEGER) {
      field = static_cast<T>(value.integers[i]);
    } else if (value.kind == ANSATZ_KIND_REAL) {
      field = static_cast<T>(value.reals[i]);
    } else {
      return false;
    }
  } else if constexpr (Choice<T>) {
    if (value.kind != ANSATZ_KIND_TEXT) return false;
    std::size_t index = 0;
    for (const char* word : choices(T{})) {
      if (std::string{word} == value.texts[i]) return field = static_cast<T>(index), true;
      ++index;
    }
    return false;
  } else {
    if (value.kind != ANSATZ_KIND_TEXT) return false;
    field = value.texts[i];
  }
  return true;
}

template <class T>
bool assign(T& field, const ansatz_value& value) {
  if constexpr (is_variant<T>) {
    // The first alternative that fits; a scalar prefers scalar alternatives, which authors list first.
    return [&]<class... A>(std::variant<A...>*) {
      const auto attempt = [&]<class Alternative>(Alternative alternative) {
        if (is_list<Alternative> != (value.is_list != 0) || !assign(alternative, value)) return false;
        field = std::move(alternative);
        return true;
      };
      return (attempt(A{}) || ...);
    }(static_cast<T*>(nullptr));
  } else if constexpr (is_list<T>) {
    T list(value.count);
    for (std::uint64_t i = 0; i < value.count; ++i) {
      if (!assign_element(list[i], value, i)) return false;
    }
    field = std::move(list);
    return true;
  } else {
    return value.is_list == 0 && value.count == 1 && assign_element(field, value, 0);
  }
}

inline bool in_range(const ParameterTraits& traits, double x) {
  const bool low = traits.minimum_excluded ? x > traits.minimum : x >= traits.minimum;
  const bool high = traits.maximum_excluded ? x < traits.maximum : x <= traits.maximum;
  return low && high;  // NaN is in no range
}

inline void check_range(const char* name, const ParameterTraits& traits, const ansatz_value& value) {
  for (std::uint64_t i = 0; i < value.count; ++i) {
    if (value.kind != ANSATZ_KIND_INTEGER && value.kind != ANSATZ_KIND_REAL) return;
    const double x = value.kind == ANSATZ_KIND_REAL ? value.reals[i] : static_cast<double>(value.integers[i]);
    if (!in_range(traits, x)) {
      std::ostringstream text;
      text << "parameter '" << name << "' is " << x
           << ", outside its range: " << (traits.minimum_excluded ? "more than " : "at least ")
           << traits.minimum << " and " << (traits.maximum_excluded ? "less than " : "at most ")
           << traits.maximum;
      throw BadArgument(text.str());
    }
  }
}

// Call visit(struct, parameter) for every parameter of a struct, groups flattened.
template <class Struct, class Visit>
void for_each_parameter(Struct& object, const Visit& visit) {
  const auto one = [&]<class Entry>(const Entry& entry) {
    if constexpr (requires { entry.name; }) {
      visit(object.*(entry.field), entry);
    } else {
      for_each_parameter(object.*(entry.field), visit);
    }
  };
  std::apply([&](const auto&... entry) { (one(entry), ...); }, std::remove_const_t<Struct>::params);
}

// Fill `object` from settings; unknown names and unfit values are BadArgument.
template <class Struct>
void assign_settings(Struct& object, const ansatz_setting* const* settings, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string name = settings[i]->name;
    bool known = false;
    for_each_parameter(object, [&](auto& field, const auto& parameter) {
      if (known || name != parameter.name) return;
      known = true;
      check_range(parameter.name, parameter.traits, *settings[i]->value);
      if (!assign(field, *settings[i]->value)) {
        throw BadArgument("parameter '" + name + "' has a value of the wrong kind or an unknown word");
      }
    });
    if (!known) throw BadArgument("there is no parameter '" + name + "'");
  }
}

}  // namespace detail

// For verbs without parameters of their own.
struct NoParameters {
  static constexpr auto params = std::tuple{};
};

}  // namespace ansatz
