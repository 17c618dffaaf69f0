#include "run/c_values.hpp"

#include <type_traits>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

template <class T, class From>
Value list_or_scalar(const ansatz_value& value, const From* elements) {
  if (value.is_list == 0) return static_cast<T>(elements[0]);
  return std::vector<T>(elements, elements + value.count);
}

}  // namespace

Value value_from_c(const ansatz_value& value) {
  if (value.is_list == 0 && value.count != 1)
    throw Error{Exit::plugin_refused, "a scalar value has no element"};
  switch (value.kind) {
    case ANSATZ_KIND_BOOL:
      if (value.is_list == 0) return value.integers[0] != 0;
      return std::vector<bool>(value.integers, value.integers + value.count);
    case ANSATZ_KIND_INTEGER: return list_or_scalar<std::int64_t>(value, value.integers);
    case ANSATZ_KIND_REAL: return list_or_scalar<double>(value, value.reals);
    case ANSATZ_KIND_TEXT: return list_or_scalar<std::string>(value, value.texts);
    default: throw Error{Exit::plugin_refused, "a value is of unknown kind " + std::to_string(value.kind)};
  }
}

ArrayInfo info_from_c(const ansatz_array& array) {
  return {static_cast<ElementType>(array.type),
          {array.shape, array.shape + array.rank},
          {},
          array.type == ANSATZ_TEXT ? array.text_width : 0,
          {}};
}

bool is_beyond_memory(const ArrayInfo& info) {
  constexpr std::uint64_t most = std::uint64_t{1} << 46;
  std::uint64_t bytes = info.element_bytes();
  if (bytes > most) return true;
  for (const std::uint64_t size : info.shape) {
    if (__builtin_mul_overflow(bytes, size, &bytes) || bytes > most) return true;
  }
  return false;
}

const ansatz_value* CValues::add(const Value& value) {
  Memory& m = memory_.emplace_back();
  std::int32_t kind = ANSATZ_KIND_BOOL;
  bool list = false;
  const auto element = [&]<class T>(const T& x) {
    if constexpr (std::is_same_v<T, bool>) {
      m.integers.push_back(x ? 1 : 0);
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      kind = ANSATZ_KIND_INTEGER, m.integers.push_back(x);
    } else if constexpr (std::is_same_v<T, double>) {
      kind = ANSATZ_KIND_REAL, m.reals.push_back(x);
    } else {
      kind = ANSATZ_KIND_TEXT, m.texts.push_back(x);
    }
  };
  std::visit(
      [&]<class T>(const T& x) {
        if constexpr (is_vector<T>::value) {
          using Element = typename T::value_type;
          list = true;
          if (std::is_same_v<Element, std::int64_t>) kind = ANSATZ_KIND_INTEGER;
          if (std::is_same_v<Element, double>) kind = ANSATZ_KIND_REAL;
          if (std::is_same_v<Element, std::string>) kind = ANSATZ_KIND_TEXT;
          for (std::size_t i = 0; i < x.size(); ++i) element(Element{x[i]});
        } else {
          element(x);
        }
      },
      value);
  for (const std::string& text : m.texts) m.pointers.push_back(text.c_str());
  const std::uint64_t count = m.integers.size() + m.reals.size() + m.texts.size();
  m.value = {sizeof(ansatz_value), kind, list, 0, count, m.integers.data(), m.reals.data(),
             m.pointers.data()};
  return &m.value;
}

CSettings::CSettings(const std::map<std::string, Value>& settings) {
  for (const auto& [name, value] : settings) {
    const char* c_name = names_.emplace_back(name).c_str();
    pointers_.push_back(
        &settings_.emplace_back(ansatz_setting{sizeof(ansatz_setting), 0, c_name, values_.add(value)}));
  }
}

}  // namespace ansatz::host
