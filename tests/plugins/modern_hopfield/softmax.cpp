// The average by tiles against two passes and the definition, and its loops on every set of instructions.
#include <ansatz/num/softmax_average.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "softmax_kernel.hpp"
#include "tile_kernel.hpp"

using namespace ansatz;

namespace {

template <class T>
std::vector<T> random_numbers(std::size_t count, unsigned seed) {
  std::mt19937_64 engine{seed};
  std::vector<T> values(count);
  for (T& x : values) x = static_cast<T>(4 * (static_cast<double>(engine() >> 11) * 0x1p-53) - 2);
  return values;
}

// Element type, and how near f32 comes.
template <class T>
void check_tiles(double near) {
  const std::size_t keys = 700, depth = 37, width = 21, queries = 101;
  const auto key = random_numbers<T>(keys * depth, 1), value = random_numbers<T>(keys * width, 2),
             query = random_numbers<T>(queries * depth, 3);
  SoftmaxJob<T> job{.keys = keys,
                    .depth = depth,
                    .width = width,
                    .key = key.data(),
                    .key_stride = depth,
                    .value = value.data(),
                    .value_stride = width,
                    .queries = queries,
                    .query = query.data(),
                    .query_stride = depth,
                    .beta = 0.16};
  SoftmaxScratch<T> scratch;
  for (const std::size_t block : {1U, 3U, 64U, 128U, 699U, 5000U}) {
    CAPTURE(block);
    job.key_block = block;
    std::vector<T> y(queries * width);
    std::vector<double> top(queries);
    softmax_average(job, y.data(), width, top.data(), scratch);
    std::vector<double> products(queries * keys);
    softmax_scan<T>(job, scratch, [&](const SoftmaxScores<T>& tile) {
      for (std::size_t k = 0; k < tile.keys; ++k) {
        for (std::size_t j = 0; j < tile.queries; ++j) {
          products[(tile.first_query + j) * keys + tile.first_key + k] =
              tile.log_weight(static_cast<double>(tile.s[k * tile.stride + j]), top[tile.first_query + j]);
        }
      }
    });
    double worst = 0, worst_weight = 0;
    for (std::size_t i = 0; i < queries; ++i) {
      std::vector<double> s(keys);
      double most = -1e300, total = 0;
      for (std::size_t j = 0; j < keys; ++j) {
        for (std::size_t k = 0; k < depth; ++k)
          s[j] += 0.16 * static_cast<double>(key[j * depth + k]) * static_cast<double>(query[i * depth + k]);
        most = std::max(most, s[j]);
      }
      for (double& x : s) total += x = std::exp(x - most);
      REQUIRE(top[i] == Approx((most + std::log(total)) / 0.16).epsilon(near));
      for (std::size_t c = 0; c < width; ++c) {
        double average = 0;
        for (std::size_t j = 0; j < keys; ++j)
          average += s[j] / total * static_cast<double>(value[j * width + c]);
        worst = std::max(worst, std::abs(average - static_cast<double>(y[i * width + c])));
      }
      for (std::size_t j = 0; j < keys; ++j) {
        worst_weight = std::max(worst_weight, std::abs(s[j] / total - std::exp(products[i * keys + j])));
      }
    }
    CHECK(worst < 2 * near);
    CHECK(worst_weight < 10 * near);
    // One query alone, and in a narrower tile.
    for (const std::size_t count : {1U, 9U, 17U, 33U}) {
      SoftmaxJob<T> few = job;
      few.queries = count;
      few.query = query.data() + 40 * depth;
      std::vector<T> alone(count * width);
      softmax_average(few, alone.data(), width, nullptr, scratch);
      CHECK(std::equal(alone.begin(), alone.end(), y.begin() + static_cast<std::ptrdiff_t>(40 * width)));
    }
  }
}

template <class T>
void check_loops(double near) {
  int sets = 0;
  for (const auto* tiles : detail::tile_kernels<T>()) {
    if (!tiles->supported()) continue;
    ++sets;
    CAPTURE(tiles->name);
    const detail::SoftmaxKernel<T>& loops = detail::softmax_kernel<T>(tiles->name);
    REQUIRE(loops.lanes == tiles->lanes);
    const std::size_t keys = 13, width = 3 * tiles->lanes;
    const auto s = random_numbers<T>(keys * width, 4), p = random_numbers<T>(keys * width, 5);
    std::vector<T> most(width, T{0}), e = s, sum(width), y = s, d = s;
    loops.largest(keys, width, s.data(), most.data());
    loops.exponentials(keys, width, T{30}, most.data(), e.data(), sum.data());
    loops.accumulate(keys, width, most.data(), p.data(), y.data());
    loops.derivatives(keys, width, T{3}, p.data(), most.data(), d.data());
    for (std::size_t j = 0; j < width; ++j) {
      T top = 0;
      double total = 0;
      for (std::size_t k = 0; k < keys; ++k) top = std::max(top, s[k * width + j]);
      REQUIRE(most[j] == top);
      for (std::size_t k = 0; k < keys; ++k) {
        const std::size_t at = k * width + j;
        const double x = static_cast<double>(s[at]), shift = static_cast<double>(top);
        const double exact = std::exp(30 * (x - shift));
        REQUIRE(static_cast<double>(e[at]) == Approx(exact).epsilon(100 * near).margin(1e-37));
        total += static_cast<double>(e[at]);
        REQUIRE(static_cast<double>(y[at]) ==
                Approx(shift * x + static_cast<double>(p[at])).margin(10 * near));
        REQUIRE(static_cast<double>(d[at]) ==
                Approx(3 * static_cast<double>(p[at]) * (x - shift)).margin(100 * near));
      }
      REQUIRE(static_cast<double>(sum[j]) == Approx(total).epsilon(10 * near));
    }
    // A key without weight adds nothing, though its product with dy overflowed.
    const std::vector<T> none(keys * width, T{0});
    std::vector<T> infinite(keys * width, std::numeric_limits<T>::infinity());
    loops.derivatives(keys, width, T{3}, none.data(), most.data(), infinite.data());
    CHECK(infinite == none);
  }
  CHECK(sets >= 1);
}

}  // namespace

TEST_CASE("modern-hopfield softmax: blocks of keys of any size give the average over all") {
  check_tiles<double>(1e-13);
  check_tiles<float>(1e-6);
}

TEST_CASE("modern-hopfield softmax: the loops of every set of instructions") {
  check_loops<double>(1e-15);
  check_loops<float>(1e-7);
}
