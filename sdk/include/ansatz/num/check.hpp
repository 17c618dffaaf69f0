// Domain checks: the first lines of a function say what it accepts.
//
//   void fit(Session& s) {
//     check_positive("kernel-ridge.fit", "penalty", config.penalty);
//     check_same("kernel-ridge.fit", "rows of y", y.rows(), "rows of x", x.rows());
//     check_finite("kernel-ridge.fit", "x", x_values);
//   }
//
// A check that fails throws BadArgument (check_finite of arrays: NumericalError, as the host does for inputs),
// and its text names function, argument and value: "kernel-ridge.fit: penalty must be positive, got -1".
// NaN fails every check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace ansatz {

// x > 0, infinity excluded.
void check_positive(std::string_view where, std::string_view name, double x);
// x >= 0, infinity excluded.
void check_nonnegative(std::string_view where, std::string_view name, double x);
// lowest <= x <= highest.
void check_range(std::string_view where, std::string_view name, double x, double lowest, double highest);
// lowest < x < highest.
void check_between(std::string_view where, std::string_view name, double x, double lowest, double highest);
void check_finite(std::string_view where, std::string_view name, double x);

// Counts: at least `lowest`.
void check_at_least(std::string_view where, std::string_view name, std::int64_t n, std::int64_t lowest);
// An index into `size` elements.
void check_index(std::string_view where, std::string_view name, std::int64_t i, std::int64_t size);

// Two sizes that must agree; both are named: "em.fit: rows of y must equal rows of x: 5 and 7".
void check_same(std::string_view where, std::string_view name, std::int64_t n, std::string_view other_name,
                std::int64_t other);
// The same rank and sizes; -1 in `expected` stands for any size.
void check_shape(std::string_view where, std::string_view name, std::span<const std::int64_t> shape,
                 std::initializer_list<std::int64_t> expected);
void check_nonempty(std::string_view where, std::string_view name, std::size_t size);

// No NaN and no infinity; the text gives the first index where there is one.
void check_finite(std::string_view where, std::string_view name, std::span<const double> values);
void check_finite(std::string_view where, std::string_view name, std::span<const float> values);

}  // namespace ansatz
