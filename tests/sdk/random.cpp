#include "ansatz/num/random.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "ansatz/num/error.hpp"
#include "ansatz/num/vector_math.hpp"
#include "statistics.hpp"
#include "vector_table.hpp"

using ansatz::BadArgument;
using ansatz::philox4x32_10;
using ansatz::Rng;

// Random123 1.14, tests/kat_vectors, lines "philox4x32 10".
static_assert(philox4x32_10({0, 0, 0, 0}, {0, 0}) ==
              ansatz::PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              ansatz::PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              ansatz::PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

namespace {

std::vector<const ansatz::detail::VectorTable*> tables() {
  std::vector<const ansatz::detail::VectorTable*> result = {&ansatz::detail::vector_table_scalar};
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

std::vector<double> uniforms(Rng rng, std::size_t n) {
  std::vector<double> u(n);
  for (double& x : u) x = rng.uniform();
  return u;
}

}  // namespace

TEST_CASE("arrays of Philox blocks are the blocks one by one") {
  const std::uint64_t key = 0x299f31d0a4093822;
  const std::uint64_t index = 0x0370734413198a2e;
  // The published block in the array functions, and a counter that carries into its upper half.
  for (const std::uint64_t first : {std::uint64_t{0x85a308d3243f6a88}, (std::uint64_t{1} << 32) - 5}) {
    for (const auto* table : tables()) {
      for (std::size_t blocks = 0; blocks < 20; ++blocks) {
        std::vector<std::uint64_t> draws(2 * blocks + 1, 7);
        table->philox(key, index, first, blocks, draws.data());
        CHECK(draws.back() == 7);
        for (std::size_t i = 0; i < blocks; ++i) {
          const std::uint64_t counter = first + i;
          const auto w = philox4x32_10({static_cast<std::uint32_t>(counter),
                                        static_cast<std::uint32_t>(counter >> 32), 0x13198a2e, 0x03707344},
                                       {0xa4093822, 0x299f31d0});
          if (draws[2 * i] != (w[0] | std::uint64_t{w[1]} << 32)) FAIL_CHECK(table->name << ' ' << i);
          if (draws[2 * i + 1] != (w[2] | std::uint64_t{w[3]} << 32)) FAIL_CHECK(table->name << ' ' << i);
        }
      }
    }
  }
}

TEST_CASE("every instruction set makes the same numbers of the same draws") {
  std::vector<std::uint64_t> draws(1003);
  Rng{1, "draws"}.fill_bits(draws);
  draws[0] = 0;
  draws[1] = ~std::uint64_t{0};
  for (const auto* table : tables()) {
    std::vector<double> u(draws.size()), z(draws.size()), expected(draws.size());
    std::vector<float> u32(draws.size()), z32(draws.size());
    table->uniform_f64(draws.data(), u.data(), draws.size());
    table->normal_f64(draws.data(), z.data(), draws.size());
    table->uniform_f32(draws.data(), u32.data(), draws.size());
    table->normal_f32(draws.data(), z32.data(), draws.size());
    for (std::size_t i = 0; i < draws.size(); ++i) {
      CHECK(u[i] == static_cast<double>(draws[i] >> 11) / std::exp2(53));
      CHECK(static_cast<double>(u32[i]) == static_cast<double>(draws[i] >> 40) / std::exp2(24));
      CHECK(z[i] == ansatz::normal_quantile((static_cast<double>(draws[i] >> 12) + 0.5) / std::exp2(52)));
      CHECK(z32[i] == static_cast<float>(z[i]));
    }
    CHECK(u[1] < 1);
    CHECK(u32[1] < 1);
    CHECK(z[0] == -z[1]);
  }
}

TEST_CASE("filling an array is drawing its elements") {
  for (std::size_t first = 0; first < 3; ++first) {
    for (const std::size_t n : {0, 1, 2, 3, 7, 16, 17, 33, 511, 512, 513, 1030}) {
      Rng filled{3, "fill", 9}, single{3, "fill", 9};
      filled.seek(first);
      single.seek(first);
      std::vector<double> u(n), z(n);
      std::vector<float> u32(n), z32(n);
      filled.fill_uniform(u);
      filled.fill_normal(z);
      for (const double x : u) CHECK(x == single.uniform());
      for (const double x : z) CHECK(x == single.normal());
      CHECK(filled.position() == first + 2 * n);
      filled.seek(first);
      filled.fill_uniform(u32);
      filled.fill_normal(z32);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(static_cast<double>(u32[i]) == std::floor(u[i] * 0x1p24) / 0x1p24);
        CHECK(z32[i] == static_cast<float>(z[i]));
      }
    }
  }
}

TEST_CASE("a draw depends on its position alone") {
  Rng rng{5, "seek"};
  std::vector<std::uint64_t> draws(50);
  for (auto& d : draws) d = rng.bits64();
  for (const std::uint64_t i : {49, 0, 1, 30, 31, 7}) {
    rng.seek(i);
    CHECK(rng.bits64() == draws[i]);
    CHECK(rng.position() == i + 1);
    rng.seek(i);
    CHECK(rng.bits32() == draws[i] >> 32);
  }
  // A first block that was never computed must not be taken from the cache.
  Rng fresh{5, "seek"};
  fresh.seek(~std::uint64_t{0} - 1);
  const std::uint64_t last = fresh.bits64();
  CHECK(last != 0);
}

TEST_CASE("uniform numbers are uniform") {
  CHECK(kolmogorov(uniforms(Rng{1, "u"}, 100000), [](double x) { return x; }) < kKolmogorov);
  std::vector<std::uint64_t> cells(1000);
  Rng rng{2, "u"};
  for (int i = 0; i < 200000; ++i) ++cells[static_cast<std::size_t>(rng.uniform() * 1000)];
  CHECK(std::fabs(chi_square_sigmas(cells)) < kSigmas);

  const std::vector<double> u = uniforms(Rng{3, "u"}, 100001);
  const std::vector<double> before{u.begin(), u.end() - 1}, after{u.begin() + 1, u.end()};
  CHECK(std::fabs(correlation_sigmas(before, after)) < kSigmas);

  // Each of the 53 bits is set half the time.
  for (int bit = 0; bit < 53; ++bit) {
    double ones = 0;
    for (const double x : u) ones += static_cast<double>(static_cast<std::uint64_t>(x * 0x1p53) >> bit & 1);
    const double n = static_cast<double>(u.size());
    CHECK(std::fabs(ones - n / 2) < kSigmas * std::sqrt(n) / 2);
  }
}

TEST_CASE("uniform numbers keep to their bounds") {
  Rng rng{4, "bounds"};
  for (int i = 0; i < 2000; ++i) {
    const double x = rng.uniform(-3, 5);
    CHECK((x >= -3 && x < 5));
    CHECK(rng.uniform(1, std::nextafter(1, 2)) == 1);  // nothing lies between
    CHECK(std::isfinite(rng.uniform(-1.7e308, 1.7e308)));
  }
  std::vector<double> x(20000);
  for (double& v : x) v = rng.uniform(-3, 5);
  CHECK(kolmogorov(x, [](double v) { return (v + 3) / 8; }) < kKolmogorov);
  CHECK_THROWS_AS(rng.uniform(1, 1), BadArgument);
  CHECK_THROWS_AS(rng.uniform(0, std::numeric_limits<double>::infinity()), BadArgument);
  CHECK_THROWS_AS(rng.uniform(std::nan(""), 1), BadArgument);
}

TEST_CASE("normal numbers are normal") {
  std::vector<double> z(200000);
  Rng{6, "z"}.fill_normal(z);
  CHECK(kolmogorov(z, [](double x) { return std::erfc(-x / std::sqrt(2)) / 2; }) < kKolmogorov);
  const double n = static_cast<double>(z.size());
  double sum = 0, squares = 0, fourth = 0, beyond = 0;
  for (const double x : z) {
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
    beyond += std::fabs(x) > 3 ? 1 : 0;
  }
  // Variances of x, x^2, x^4: 1, 2, 105 - 9; of the tail count: n p (1 - p).
  CHECK(std::fabs(sum) < kSigmas * std::sqrt(n));
  CHECK(std::fabs(squares - n) < kSigmas * std::sqrt(2 * n));
  CHECK(std::fabs(fourth - 3 * n) < kSigmas * std::sqrt(96 * n));
  const double p = std::erfc(3 / std::sqrt(2));
  CHECK(std::fabs(beyond - n * p) < kSigmas * std::sqrt(n * p * (1 - p)));

  CHECK_THROWS_AS(ansatz::normal_quantile(0), BadArgument);
  CHECK_THROWS_AS(ansatz::normal_quantile(std::nan("")), BadArgument);
}

TEST_CASE("integers are unbiased") {
  Rng rng{7, "n"};
  std::vector<std::uint64_t> faces(6);
  for (int i = 0; i < 60000; ++i) ++faces[rng.integer(6)];
  CHECK(std::fabs(chi_square_sigmas(faces)) < kSigmas);

  // For n = 3 2^62 a product without rejection gives multiples of 3 twice as often as the others.
  std::vector<std::uint64_t> residues(3);
  const std::uint64_t n = std::uint64_t{3} << 62;
  const std::uint64_t before = rng.position();
  for (int i = 0; i < 30000; ++i) {
    const std::uint64_t x = rng.integer(n);
    REQUIRE(x < n);
    ++residues[x % 3];
  }
  CHECK(std::fabs(chi_square_sigmas(residues)) < kSigmas);
  // A quarter of the draws is rejected: 30000 / (3/4) draws on average, variance 30000 (1/4) / (3/4)^2.
  const double used = static_cast<double>(rng.position() - before);
  CHECK(std::fabs(used - 40000) < kSigmas * std::sqrt(30000 * 0.25) / 0.75);

  CHECK(rng.integer(1) == 0);
  CHECK_THROWS_AS(rng.integer(0), BadArgument);
}

TEST_CASE("permutations are equally likely") {
  std::map<std::vector<std::uint64_t>, std::size_t> number;
  std::vector<std::uint64_t> counts, shuffled;
  Rng rng{8, "p"};
  for (int i = 0; i < 24000; ++i) {
    const auto [found, fresh] = number.try_emplace(rng.permutation(4), number.size());
    if (fresh) counts.push_back(0), shuffled.push_back(0);
    ++counts[found->second];
  }
  REQUIRE(counts.size() == 24);
  CHECK(std::fabs(chi_square_sigmas(counts)) < kSigmas);
  for (int i = 0; i < 24000; ++i) {
    std::vector<std::uint64_t> order = {0, 1, 2, 3};
    rng.shuffle(std::span{order});
    ++shuffled[number.at(order)];
  }
  CHECK(std::fabs(chi_square_sigmas(shuffled)) < kSigmas);

  CHECK(rng.permutation(0).empty());
  CHECK(rng.permutation(1) == std::vector<std::uint64_t>{0});
  std::vector<std::uint64_t> many = rng.permutation(1000);
  std::sort(many.begin(), many.end());
  for (std::uint64_t i = 0; i < many.size(); ++i) CHECK(many[i] == i);
}

TEST_CASE("choices are equally likely and without repetition") {
  Rng rng{9, "c"};
  std::vector<std::uint64_t> pairs(25);
  for (int i = 0; i < 20000; ++i) {
    const auto pair = rng.choice(5, 2);
    ++pairs[pair.at(0) * 5 + pair.at(1)];
  }
  std::vector<std::uint64_t> ordered;
  for (std::size_t i = 0; i < 25; ++i) {
    if (i / 5 == i % 5) {
      CHECK(pairs[i] == 0);
    } else {
      ordered.push_back(pairs[i]);
    }
  }
  CHECK(std::fabs(chi_square_sigmas(ordered)) < kSigmas);

  // Few of many takes another path, which must choose as the first steps of a whole permutation do.
  for (std::uint64_t k = 0; k <= 100; ++k) {
    Rng few{10, "c", k}, all{10, "c", k};
    const auto chosen = few.choice(100, k);
    auto whole = all.choice(100, 100);
    CHECK(std::set<std::uint64_t>(chosen.begin(), chosen.end()).size() == k);
    whole.resize(k);
    CHECK(chosen == whole);
  }
  for (std::uint64_t i = 0; i < 20; ++i) {  // many moved places, still few of many
    Rng few{11, "c", i}, all{11, "c", i};
    auto whole = all.choice(1000, 1000);
    whole.resize(124);
    CHECK(few.choice(1000, 124) == whole);
  }
  CHECK(rng.choice(std::uint64_t{1} << 60, 3).size() == 3);
  CHECK_THROWS_AS(rng.choice(3, 4), BadArgument);
}

TEST_CASE("streams are independent") {
  const std::size_t n = 50000;
  const std::vector<double> base = uniforms(Rng{11, "a", 0}, n);
  for (const Rng& other :
       {Rng{11, "b", 0}, Rng{11, "a", 1}, Rng{12, "a", 0}, Rng{11, "", 0}, Rng{11, "aa", 0},
        Rng{11, std::string_view("a\0", 2), 0}, Rng{11, "a", std::uint64_t{1} << 32}}) {
    const std::vector<double> u = uniforms(other, n);
    CHECK(std::fabs(correlation_sigmas(base, u)) < kSigmas);
    std::vector<double> difference(n);
    for (std::size_t i = 0; i < n; ++i) difference[i] = base[i] - u[i] + (base[i] < u[i] ? 1 : 0);
    CHECK(kolmogorov(difference, [](double x) { return x; }) < kKolmogorov);
  }
  // Names of a run do not share keys.
  std::set<std::uint64_t> firsts;
  for (int i = 0; i < 10000; ++i) firsts.insert(Rng{1, "layer" + std::to_string(i)}.bits64());
  CHECK(firsts.size() == 10000);
}
