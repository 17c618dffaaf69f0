#include "ansatz/num/vector_math.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <string>

#include "ansatz/num/error.hpp"
#include "ulps.hpp"
#include "vector_table.hpp"

namespace {

using ansatz::detail::UnaryPair;
using ansatz::detail::VectorTable;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Wide sigmoid_l(Wide x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Wide softplus_l(Wide x) { return std::fmax(x, Wide{0}) + std::log1p(std::exp(-std::fabs(x))); }

// Phi(z) = p by bisection, then Halley's method, which triples the digits at each step.
Wide quantile_l(Wide p) {
  if (std::isnan(p) || p < 0 || p > 1) return kNan;
  if (p == 0 || p == 1) return p == 0 ? -kInf : kInf;
  if (p == 0.5) return 0;
  const Wide root_half = std::sqrt(Wide{0.5});
  const Wide norm = 1 / std::sqrt(8 * std::atan(Wide{1}));
  const bool upper = p > 0.5;
  const Wide tail = upper ? 1 - p : p;  // exact
  // Phi(z) - tail; about 1/2 as the difference of distances from 1/2, which keeps the digits.
  const auto excess = [&](Wide z) {
    return tail < 0.1 ? std::erfc(-z * root_half) / 2 - tail
                      : std::erf(z * root_half) / 2 - (tail - Wide{0.5});
  };
  Wide low = -40, high = 0;
  for (int i = 0; i < 14; ++i) {
    const Wide middle = (low + high) / 2;
    (excess(middle) < 0 ? low : high) = middle;
  }
  Wide z = (low + high) / 2;
  for (int i = 0; i < 4; ++i) {
    const Wide step = excess(z) / (norm * std::exp(-z * z / 2));
    z -= step / (1 + z * step / 2);
  }
  return upper ? -z : z;
}

struct Function {
  const char* name;
  UnaryPair VectorTable::*table;
  std::function<Wide(Wide)> exact;
  double low, high;           // where results are neither 0 nor inf
  double f64_ulps, f32_ulps;  // promised
};

const std::vector<Function> functions = {
    {"exp", &VectorTable::exp, expl, -750, 720, 1, 0.6},
    {"expm1", &VectorTable::expm1, expm1l, -60, 720, 1, 0.6},
    {"log", &VectorTable::log, logl, 0, 1e300, 1, 0.6},
    {"log near 1", &VectorTable::log, logl, 0.4, 3, 1, 0.6},
    {"log1p", &VectorTable::log1p, log1pl, -1, 1e300, 1, 0.6},
    {"log1p near 0", &VectorTable::log1p, log1pl, -1, 4, 1, 0.6},
    {"tanh", &VectorTable::tanh, tanhl, -25, 25, 1, 0.6},
    {"sigmoid", &VectorTable::sigmoid, sigmoid_l, -740, 50, 1, 0.6},
    {"sigmoid near 0", &VectorTable::sigmoid, sigmoid_l, -20, 20, 1, 0.6},
    {"softplus", &VectorTable::softplus, softplus_l, -740, 50, 1, 0.6},
    {"softplus near 0", &VectorTable::softplus, softplus_l, -20, 20, 1, 0.6},
    {"sin", &VectorTable::sin, sinl, -100, 100, 1, 0.6},
    {"sin of large", &VectorTable::sin, sinl, -3e8, 3e8, 1, 0.6},
    {"sin of huge", &VectorTable::sin, sinl, -1e300, 1e300, 1, 0.6},
    {"cos", &VectorTable::cos, cosl, -100, 100, 1, 0.6},
    {"cos of large", &VectorTable::cos, cosl, -3e8, 3e8, 1, 0.6},
    {"cos of huge", &VectorTable::cos, cosl, -1e300, 1e300, 1, 0.6},
    {"erf", &VectorTable::erf, erfl, -7, 7, 1, 0.6},
    {"erfc", &VectorTable::erfc, erfcl, -7, 28, 1.2, 0.6},
    {"normal_quantile", &VectorTable::normal_quantile, quantile_l, 0, 1, 6, 0.6},
};

std::vector<const VectorTable*> tables() {
  std::vector<const VectorTable*> result = {&ansatz::detail::vector_table_scalar};
#if defined(__x86_64__)
  const std::string best = ansatz::vec::instruction_set();
  if (best != "scalar") {
    result.push_back(&ansatz::detail::vector_table_fma);
    result.push_back(&ansatz::detail::vector_table_avx2);
  }
  if (best == "avx512") result.push_back(&ansatz::detail::vector_table_avx512);
#endif
  return result;
}

template <class T>
auto member(const UnaryPair& pair) {
  if constexpr (sizeof(T) == 8) {
    return pair.f64;
  } else {
    return pair.f32;
  }
}

template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof(T)) == 0;
}

template <class T>
std::vector<T> special_values() {
  using L = std::numeric_limits<T>;
  std::vector<T> x = {0,        L::infinity(), L::quiet_NaN(), L::denorm_min(), L::min(),
                      L::max(), L::epsilon(),  T{1},           T{0.5},          T{0.25},
                      T{2},     T{4},          T(5.96e-8),     T(0.70710678),   T(1.41421356)};
  if (sizeof(T) == 8) x.push_back(static_cast<T>(std::ldexp(6381956970095103.0, 797)));  // nearest to k pi/2
  for (const double border :
       {709.782712893384, 745.13321910194, 708.3964185322641, 88.72284, 103.97208, 87.33655, 6.0, 26.5, 27.2,
        9.19, 10.05, 22.0, 17.3, 0.6931471805599453, 0.34657359, 1.5707963}) {
    T step = static_cast<T>(border);
    for (int i = 0; i < 3; ++i) step = std::nextafter(step, T{0});
    for (int i = 0; i < 7; ++i) {
      x.push_back(step);
      step = std::nextafter(step, L::infinity());
    }
  }
  const std::size_t count = x.size();
  for (std::size_t i = 0; i < count; ++i) x.push_back(-x[i]);
  return x;
}

template <class T>
double worst(const Function& f, const std::vector<T>& x, T& where) {
  std::vector<T> y(x.size());
  member<T>(ansatz::detail::vector_table().*f.table)(x.data(), y.data(), x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = ulps(y[i], f.exact(static_cast<Wide>(x[i])));
    if (!(error <= worst)) worst = error, where = x[i];
  }
  return worst;
}

template <class T>
void check_accuracy(std::size_t count) {
  for (const Function& f : functions) {
    const double reach = sizeof(T) == 4 ? 1e38 : kInf;
    T where{};
    const double error = worst(f, samples<T>(std::max(f.low, -reach), std::min(f.high, reach), count), where);
    INFO(f.name << " at " << static_cast<double>(where));
    CHECK(error <= (sizeof(T) == 8 ? f.f64_ulps : f.f32_ulps));
  }
}

}  // namespace

TEST_CASE("functions of f64 arrays are right in the last place") { check_accuracy<double>(20000); }
TEST_CASE("functions of f32 arrays are right in the last place") { check_accuracy<float>(20000); }

TEST_CASE("special values are those of C") {
  for (const Function& f : functions) {
    const auto check = [&f]<class T>(T) {
      T where{};
      const double error = worst(f, special_values<T>(), where);
      INFO(f.name << " at " << static_cast<double>(where));
      CHECK(error <= (sizeof(T) == 8 ? f.f64_ulps : f.f32_ulps));
    };
    check(double{});
    check(float{});
  }
}

TEST_CASE("a result depends on its argument alone") {
  const std::vector<double> x = samples<double>(-3, 3, 40);
  for (const Function& f : functions) {
    const std::vector<float> x32{x.begin(), x.end()};
    const auto check = [&f]<class T>(const std::vector<T>& arguments) {
      const auto function = member<T>(ansatz::detail::vector_table().*f.table);
      std::vector<T> one(arguments.size());
      for (std::size_t i = 0; i < one.size(); ++i) function(&arguments[i], &one[i], 1);
      for (std::size_t first = 0; first < 9; ++first) {
        for (std::size_t count = 0; count <= 20; ++count) {
          std::vector<T> y{arguments.begin() + first, arguments.begin() + first + count + 1};
          const T guard = y.back();
          function(y.data(), y.data(), count);  // in place
          for (std::size_t i = 0; i < count; ++i) {
            if (!same(y[i], one[first + i])) FAIL_CHECK(f.name << ' ' << first << ' ' << count << ' ' << i);
          }
          if (y.back() != guard) FAIL_CHECK(f.name << " wrote beyond " << count);
        }
      }
    };
    check(x);
    check(x32);
  }
}

TEST_CASE("every instruction set gives the same bits") {
  for (const Function& f : functions) {
    const auto check = [&f]<class T>(T) {
      std::vector<T> x = samples<T>(-1e37, 1e37, 2000);
      const std::vector<T> near = samples<T>(-3, 3, 3000);
      const std::vector<T> special = special_values<T>();
      x.insert(x.end(), near.begin(), near.end());
      x.insert(x.end(), special.begin(), special.end());
      std::vector<T> expected(x.size());
      member<T>(ansatz::detail::vector_table_scalar.*f.table)(x.data(), expected.data(), x.size());
      for (const VectorTable* table : tables()) {
        std::vector<T> y(x.size());
        member<T>(table->*f.table)(x.data(), y.data(), x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
          INFO(table->name << ' ' << f.name << " of " << static_cast<double>(x[i]) << ": " << y[i] << " and "
                           << expected[i]);
          if (!same(y[i], expected[i])) FAIL_CHECK();
        }
      }
    };
    check(double{});
    check(float{});
  }
}

namespace {

// Bases over many magnitudes and exponents that keep the result finite for most.
template <class T>
void power_arguments(std::vector<T>& x, std::vector<T>& y) {
  constexpr double most = sizeof(T) == 8 ? 1080 : 152;
  Sequence random;
  for (int i = 0; i < 30000; ++i) {
    const double log2_x = i % 3 == 0 ? random.uniform() * 1e-6 : (random.uniform() - 0.5) * (most - 10);
    x.push_back(static_cast<T>(std::exp2(log2_x)));
    const double limit = std::min(most / std::fabs(log2_x), 1e30);
    y.push_back(i % 7 == 0 ? T(i % 11) - 5 : static_cast<T>((2 * random.uniform() - 1) * limit));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("powers are right in the last place", "", double, float) {
  std::vector<TestType> x, y;
  power_arguments(x, y);
  std::vector<TestType> z(x.size());
  ansatz::vec::pow(x, y, z);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, ulps(z[i], std::pow<Wide, Wide>(x[i], y[i])));
  CHECK(worst <= (sizeof(TestType) == 8 ? 1 : 0.6));

  for (const VectorTable* table : tables()) {
    std::vector<TestType> other(x.size()), one(x.size()), expected(x.size());
    const std::vector<TestType> exponent(x.size(), TestType(1.7));
    if constexpr (sizeof(TestType) == 8) {
      table->pow_f64(x.data(), y.data(), other.data(), x.size());
    } else {
      table->pow_f32(x.data(), y.data(), other.data(), x.size());
    }
    CHECK(std::equal(z.begin(), z.end(), other.begin(), same<TestType>));
    ansatz::vec::pow(x, exponent, expected);
    ansatz::vec::pow(x, exponent[0], one);
    CHECK(one == expected);
  }
}

TEMPLATE_TEST_CASE("powers of special values are those of C", "", double, float) {
  const TestType inf = std::numeric_limits<TestType>::infinity();
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  const TestType tiny = std::numeric_limits<TestType>::denorm_min();
  const TestType big = std::numeric_limits<TestType>::max();
  const TestType values[] = {0, tiny, TestType(0.5), 1,   std::nextafter(TestType{1}, inf),
                             2, 3,    big,           inf, nan};
  for (const TestType x : values) {
    for (const TestType positive : values) {
      for (const TestType y : {positive, -positive}) {
        TestType z{};
        ansatz::vec::pow(std::span{&x, 1}, y, std::span{&z, 1});
        INFO(x << " ^ " << y << " = " << z);
        CHECK(ulps(z, std::pow<Wide, Wide>(x, y)) <= 1);
      }
    }
  }
  const TestType negative = -2;
  TestType z{};
  ansatz::vec::pow(std::span{&negative, 1}, TestType{2}, std::span{&z, 1});
  CHECK(std::isnan(z));
}

TEST_CASE("arrays of different lengths are refused by name") {
  std::vector<double> x(3), y(4);
  CHECK_THROWS_WITH(ansatz::vec::tanh(x, y), Catch::Contains("tanh") && Catch::Contains("3 and 4"));
  CHECK_THROWS_AS(ansatz::vec::pow(x, y, x), ansatz::BadArgument);
  CHECK_THROWS_AS(ansatz::vec::pow(x, 2.0, y), ansatz::BadArgument);
}

TEST_CASE("many f32 arguments are right in the last place", "[.slow]") {
  check_accuracy<double>(200000);
  for (const Function& f : functions) {
    float at{};
    std::vector<float> x;
    for (std::uint64_t i = 0; i < (std::uint64_t{1} << 32); i += 4099) {
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i)));
    }
    const double error = worst(f, x, at);
    INFO(f.name << " at " << static_cast<double>(at));
    CHECK(error <= f.f32_ulps);
  }
}
