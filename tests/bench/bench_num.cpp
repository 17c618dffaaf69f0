// What the array functions and the random numbers cost: nanoseconds an element on one core, beside a copy of
// the same array and the C library's function, all measured in turn in one run.
//
//   bench_num [elements [rounds]]      default: 4096 elements, which stay in the first cache, 200 rounds
//
// Each cell is the median over the rounds; "spread" is the distance of the quartiles over the median, of
// ours.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "ansatz/num/random.hpp"
#include "ansatz/num/vector_math.hpp"
#include "vector_table.hpp"

namespace {

using namespace ansatz;

double nanoseconds(const std::function<void()>& work, std::size_t elements) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t repeats = std::max<std::size_t>(1, 65536 / elements);
  for (std::size_t i = 0; i < repeats; ++i) work();
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
  return time.count() / static_cast<double>(elements * repeats);
}

struct Median {
  double middle, spread;
};
Median median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const double middle = times[times.size() / 2];
  return {middle, (times[times.size() * 3 / 4] - times[times.size() / 4]) / middle};
}

// One row: the contestants take turns, so that a slow moment hits all alike.
void row(const std::string& name, std::size_t elements, int rounds,
         const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> times(works.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < works.size(); ++i) times[i].push_back(nanoseconds(works[i], elements));
  }
  std::printf("%-18s", name.c_str());
  for (const auto& t : times) std::printf(" %8.3f", median(t).middle);
  std::printf("   %4.0f %%\n", 100 * median(times[0]).spread);
}

template <class T>
struct Function {
  const char* name;
  detail::UnaryPair detail::VectorTable::*table;
  T (*scalar)(T);
  double low, high;
};

template <class T>
auto of_type(const detail::UnaryPair& pair) {
  if constexpr (sizeof(T) == 8) {
    return pair.f64;
  } else {
    return pair.f32;
  }
}

template <class T>
std::vector<Function<T>> functions() {
  using V = detail::VectorTable;
  return {{"exp", &V::exp, [](T x) { return std::exp(x); }, -20, 20},
          {"expm1", &V::expm1, [](T x) { return std::expm1(x); }, -20, 20},
          {"log", &V::log, [](T x) { return std::log(x); }, 1e-3, 1e3},
          {"log1p", &V::log1p, [](T x) { return std::log1p(x); }, -0.9, 10},
          {"tanh", &V::tanh, [](T x) { return std::tanh(x); }, -5, 5},
          {"sigmoid", &V::sigmoid, [](T x) { return 1 / (1 + std::exp(-x)); }, -10, 10},
          {"softplus", &V::softplus, [](T x) { return std::log1p(std::exp(x)); }, -10, 10},
          {"sin", &V::sin, [](T x) { return std::sin(x); }, -100, 100},
          {"cos", &V::cos, [](T x) { return std::cos(x); }, -100, 100},
          {"erf", &V::erf, [](T x) { return std::erf(x); }, -3, 3},
          {"erfc", &V::erfc, [](T x) { return std::erfc(x); }, -3, 6}};
}

template <class T>
void measure(std::size_t n, int rounds) {
  std::printf("\n%s, %zu elements       best     avx2   scalar     libm     copy   spread\n",
              sizeof(T) == 8 ? "f64" : "f32", n);
  const bool has_avx2 = std::string{vec::instruction_set()} != "scalar";
  const auto& second = has_avx2 ? detail::vector_table_avx2 : detail::vector_table_scalar;
  std::vector<T> x(n), y(n);
  for (const auto& f : functions<T>()) {
    Rng rng{1, f.name};
    for (T& v : x) v = static_cast<T>(rng.uniform(f.low, f.high));
    const auto through = [&](const detail::VectorTable& table) {
      return [&x, &y, function = of_type<T>(table.*f.table)] { function(x.data(), y.data(), x.size()); };
    };
    row(f.name, n, rounds,
        {through(detail::vector_table()), through(second), through(detail::vector_table_scalar),
         [&] { std::transform(x.begin(), x.end(), y.begin(), f.scalar); },
         [&] { std::memcpy(y.data(), x.data(), n * sizeof(T)); }});
  }
  for (T& v : x) v = std::fabs(v) + 1;
  const auto raise = [&](const detail::VectorTable& table) -> std::function<void()> {
    if constexpr (sizeof(T) == 8) {
      return [&, function = table.pow_one_f64] { function(x.data(), 1.7, y.data(), n); };
    } else {
      return [&, function = table.pow_one_f32] { function(x.data(), 1.7F, y.data(), n); };
    }
  };
  row("pow(x, 1.7)", n, rounds,
      {raise(detail::vector_table()), raise(second), raise(detail::vector_table_scalar),
       [&] { std::transform(x.begin(), x.end(), y.begin(), [](T v) { return std::pow(v, T(1.7)); }); },
       [&] { std::memcpy(y.data(), x.data(), n * sizeof(T)); }});
}

template <class T>
void measure_random(std::size_t n, int rounds) {
  std::vector<T> y(n);
  Rng rng{1, "bench"};
  row(sizeof(T) == 8 ? "uniform f64" : "uniform f32", n, rounds,
      {[&] { rng.fill_uniform(y); },
       [&] {
         for (T& v : y) v = static_cast<T>(rng.uniform());
       }});
  row(sizeof(T) == 8 ? "normal f64" : "normal f32", n, rounds,
      {[&] { rng.fill_normal(y); },
       [&] {
         for (T& v : y) v = static_cast<T>(rng.normal());
       }});
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4096;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 200;
  if (n == 0 || rounds <= 0) {
    std::fprintf(stderr, "usage: bench_num [elements [rounds]]\n");
    return 2;
  }
  std::printf("Nanoseconds an element on one core; \"best\" is %s.\n", vec::instruction_set());
  measure<double>(n, rounds);
  measure<float>(n, rounds);
  std::printf("\nrandom numbers         fill   single   spread\n");
  measure_random<double>(n, rounds);
  measure_random<float>(n, rounds);
  return 0;
}
