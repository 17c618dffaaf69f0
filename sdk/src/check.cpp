#include "ansatz/num/check.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "ansatz/num/error.hpp"

namespace ansatz {
namespace {

// The shortest text that reads back as x, so that a value just outside a bound does not look inside it.
std::string text(double x) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return {buffer, end};
}

[[noreturn]] void refuse(std::string_view where, std::string_view name, std::string_view rule,
                         std::string_view got) {
  std::string message;
  message.append(where).append(": ").append(name).append(" must be ").append(rule);
  throw BadArgument(message.append(", got ").append(got));
}

std::string shape_text(const std::int64_t* sizes, std::size_t rank) {
  std::string result = "(";
  for (std::size_t i = 0; i < rank; ++i) {
    if (i > 0) result += ", ";
    result += sizes[i] < 0 ? "any" : std::to_string(sizes[i]);
  }
  return result + ")";
}

template <class T>
void refuse_not_finite(std::string_view where, std::string_view name, std::span<const T> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    std::string message;
    message.append(where).append(": ").append(name).append(" must be finite, got ");
    throw NumericalError(message + text(values[i]) + " at index " + std::to_string(i));
  }
}

}  // namespace

void check_positive(std::string_view where, std::string_view name, double x) {
  if (!(x > 0 && std::isfinite(x))) refuse(where, name, std::isinf(x) ? "finite" : "positive", text(x));
}

void check_nonnegative(std::string_view where, std::string_view name, double x) {
  if (!(x >= 0 && std::isfinite(x))) refuse(where, name, x > 0 ? "finite" : "zero or positive", text(x));
}

void check_range(std::string_view where, std::string_view name, double x, double lowest, double highest) {
  if (!(x >= lowest && x <= highest)) {
    refuse(where, name, "in [" + text(lowest) + ", " + text(highest) + "]", text(x));
  }
}

void check_between(std::string_view where, std::string_view name, double x, double lowest, double highest) {
  if (!(x > lowest && x < highest)) {
    refuse(where, name, "strictly between " + text(lowest) + " and " + text(highest), text(x));
  }
}

void check_finite(std::string_view where, std::string_view name, double x) {
  if (!std::isfinite(x)) refuse(where, name, "finite", text(x));
}

void check_at_least(std::string_view where, std::string_view name, std::int64_t n, std::int64_t lowest) {
  if (n < lowest) refuse(where, name, "at least " + std::to_string(lowest), std::to_string(n));
}

void check_index(std::string_view where, std::string_view name, std::int64_t i, std::int64_t size) {
  if (i >= 0 && i < size) return;
  refuse(where, name, "an index into " + std::to_string(size) + " elements", std::to_string(i));
}

void check_same(std::string_view where, std::string_view name, std::int64_t n, std::string_view other_name,
                std::int64_t other) {
  if (n == other) return;
  std::string message;
  message.append(where).append(": ").append(name).append(" must equal ").append(other_name).append(": ");
  throw BadArgument(message + std::to_string(n) + " and " + std::to_string(other));
}

void check_shape(std::string_view where, std::string_view name, std::span<const std::int64_t> shape,
                 std::initializer_list<std::int64_t> expected) {
  bool fits = shape.size() == expected.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    const std::int64_t wanted = expected.begin()[i];
    fits = wanted < 0 || wanted == shape[i];
  }
  if (fits) return;
  refuse(where, name, "of shape " + shape_text(expected.begin(), expected.size()),
         shape_text(shape.data(), shape.size()));
}

void check_nonempty(std::string_view where, std::string_view name, std::size_t size) {
  if (size == 0) refuse(where, name, "at least one element long", "none");
}

// One pass without branches, which vectorises; the index is looked for only if there is one.
void check_finite(std::string_view where, std::string_view name, std::span<const double> values) {
  constexpr double largest = std::numeric_limits<double>::max();
  bool good = true;
  for (const double x : values) good &= std::fabs(x) <= largest;
  if (!good) refuse_not_finite(where, name, values);
}

void check_finite(std::string_view where, std::string_view name, std::span<const float> values) {
  constexpr float largest = std::numeric_limits<float>::max();
  bool good = true;
  for (const float x : values) good &= std::fabs(x) <= largest;
  if (!good) refuse_not_finite(where, name, values);
}

}  // namespace ansatz
