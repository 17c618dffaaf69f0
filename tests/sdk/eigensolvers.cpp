// Eigensolvers against known spectra and against Jacobi's rotations.
#include <ansatz/num/block_lanczos.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/randomised_range.hpp>
#include <ansatz/num/symmetric_eigen.hpp>

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <string>
#include <thread>

#include "dense.hpp"

using namespace ansatz;
using dense::Square;
using dense::Vector;

namespace {

Vector geometric(std::size_t n, double ratio) {
  Vector values(n);
  double value = 1;
  for (double& v : values) v = value, value *= ratio;
  return values;
}

Rng draws(std::uint64_t index) { return {7, "lanczos", index}; }

struct Solved {
  Vector values, residuals, vectors;
  std::size_t converged;
  std::uint64_t steps;
};
Solved solve(const Square& a, const LanczosOptions& options, int most_steps = 200) {
  SerialExecutor serial;
  const dense::Operator op{a};
  BlockLanczos solver{a.n, options};
  for (int i = 0; i < most_steps && solver.step(op, draws, serial); ++i) {
  }
  return {{solver.values().begin(), solver.values().end()},
          {solver.residuals().begin(), solver.residuals().end()},
          solver.vectors(serial),
          solver.converged(),
          solver.steps()};
}

// Threads that take every other task, to see whether their number shows.
class Threads final : public Executor {
 public:
  explicit Threads(std::uint32_t count) : count_{count} {}
  void run(std::uint64_t tasks, const Task& body) override {
    std::vector<std::thread> threads;
    for (std::uint32_t worker = 0; worker < count_; ++worker) {
      threads.emplace_back([&, worker] {
        for (std::uint64_t task = worker; task < tasks; task += count_) body(task, worker);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  [[nodiscard]] std::uint32_t workers() const override { return count_; }

 private:
  std::uint32_t count_;
};

// An Archive in memory.
struct Store {
  std::map<std::string, Vector> lists;
  std::map<std::string, double> numbers;
  bool writing = true;
  void operator()(const std::string& name, Vector& value) {
    if (writing) lists[name] = value;
    if (!writing) value = lists.at(name);
  }
  template <class T>
  void operator()(const std::string& name, T& value) {
    if (writing) numbers[name] = static_cast<double>(value);
    if (!writing) value = static_cast<T>(numbers.at(name));
  }
};

}  // namespace

TEST_CASE("the small dense solver finds known spectra with orthonormal vectors") {
  const std::vector<Vector> spectra{{3},
                                    {2, -1},
                                    {1, 1, 1},
                                    {5, 0, 0, 0},
                                    {4, 4, 2, 1, -3},
                                    Vector(6, 0.0),
                                    geometric(40, 0.5),
                                    geometric(97, 0.9)};
  for (const Vector& spectrum : spectra) {
    const std::size_t n = spectrum.size();
    CAPTURE(n);
    const Square a = dense::with_spectrum(spectrum, n);
    Vector work = a.values, values(n), y(n * n);
    for (std::size_t i = 0; i < n; ++i) y[i * n + i] = 1;
    symmetric_eigen(n, work.data(), values.data(), n, y.data());
    Vector wanted = spectrum;
    std::sort(wanted.rbegin(), wanted.rend());
    for (std::size_t i = 0; i < n; ++i) CHECK(values[i] == Approx(wanted[i]).margin(1e-13));
    Vector vectors(n * n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) vectors[j * n + i] = y[i * n + j];
    }
    const dense::Defects found = dense::defects(a, values, vectors);
    CHECK(found.residual < 1e-13);
    CHECK(found.orthogonality < 1e-13);
    // Some rows of the vectors are those rows of all.
    work = a.values;
    Vector last(2 * n);
    last[n - 1] = last[n] = 1;  // the last row and the first
    symmetric_eigen(n, work.data(), values.data(), 2, last.data());
    for (std::size_t j = 0; j < n; ++j) {
      CHECK(last[j] == Approx(y[(n - 1) * n + j]).margin(1e-13));
      CHECK(last[n + j] == Approx(y[j]).margin(1e-13));
    }
  }
}

TEST_CASE("the small dense solver agrees with Jacobi, and refuses what is not finite") {
  Square a{30};
  Rng random{3, "matrix"};
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t j = 0; j <= i; ++j) a(i, j) = a(j, i) = random.normal();
  }
  const Vector wanted = dense::jacobi(a);
  Vector work = a.values, values(30);
  symmetric_eigen(30, work.data(), values.data(), 0, nullptr);
  for (std::size_t i = 0; i < 30; ++i) CHECK(values[i] == Approx(wanted[i]).margin(1e-12));
  a(4, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(symmetric_eigen(30, a.values.data(), values.data(), 0, nullptr), NumericalError);
}

TEST_CASE("block Lanczos finds the leading part of known spectra") {
  struct Case {
    Vector spectrum;
    LanczosOptions options;
  };
  Vector twice(120);  // every value double, as for points on a circle
  for (std::size_t i = 0; i < 120; ++i) twice[i] = std::pow(0.8, static_cast<double>(i / 2));
  Vector flat(90, 1e-3);
  for (std::size_t i = 0; i < 5; ++i) flat[i] = 1 + static_cast<double>(i);
  const std::vector<Case> cases{{geometric(150, 0.9), {.components = 10, .block = 4, .tolerance = 1e-10}},
                                {geometric(150, 0.9), {.components = 3, .block = 32, .tolerance = 1e-10}},
                                {geometric(200, 0.97), {.components = 12, .block = 2, .tolerance = 1e-9}},
                                {twice, {.components = 9, .block = 3, .tolerance = 1e-10}},
                                {twice, {.components = 8, .block = 1, .tolerance = 1e-10}},
                                {flat, {.components = 5, .block = 2, .tolerance = 1e-12}}};
  for (const Case& c : cases) {
    const std::size_t q = c.options.components;
    CAPTURE(q, c.options.block);
    const Square a = dense::with_spectrum(c.spectrum, q);
    Vector wanted = c.spectrum;
    std::sort(wanted.rbegin(), wanted.rend());
    const Solved solved = solve(a, c.options);
    REQUIRE(solved.values.size() == q);
    CHECK(solved.converged == q);
    for (std::size_t j = 0; j < q; ++j) CHECK(solved.values[j] == Approx(wanted[j]).epsilon(1e-12));
    const dense::Defects found = dense::defects(a, solved.values, solved.vectors);
    CHECK(found.residual < 2 * c.options.tolerance * wanted[0]);
    CHECK(found.orthogonality < 1e-12);
  }
}

TEST_CASE("the residuals that block Lanczos reports are the true ones") {
  const Square a = dense::with_spectrum(geometric(180, 0.95), 21);
  for (const int steps : {1, 3, 5, 9}) {  // the last ones after a restart
    const Solved solved = solve(a, {.components = 6, .block = 3, .tolerance = 1e-14}, steps);
    for (std::size_t j = 0; j < solved.values.size(); ++j) {
      const Vector value{solved.values[j]},
          vector(solved.vectors.begin() + static_cast<std::ptrdiff_t>(j * a.n),
                 solved.vectors.begin() + static_cast<std::ptrdiff_t>((j + 1) * a.n));
      CHECK(solved.residuals[j] ==
            Approx(dense::defects(a, value, vector).residual).epsilon(1e-6).margin(1e-14));
    }
  }
}

TEST_CASE("copies beyond the width of the block are found by the random restart") {
  Vector spectrum(80, 0.05);
  for (std::size_t i = 0; i < 6; ++i) spectrum[i] = 2;  // six copies, blocks of two
  const Square a = dense::with_spectrum(spectrum, 5);
  const Solved solved = solve(a, {.components = 6, .block = 2, .tolerance = 1e-10});
  REQUIRE(solved.values.size() == 6);
  for (const double value : solved.values) CHECK(value == Approx(2).epsilon(1e-10));
}

TEST_CASE("ranks and sizes too small for what is asked") {
  for (std::size_t n = 1; n <= 5; ++n) {
    const Square a = dense::with_spectrum(geometric(n, 0.5), n);
    for (const std::size_t block : {1, 2, 7}) {
      for (const std::size_t components : {1, 3, 9}) {
        const Solved solved = solve(a, {.components = components, .block = block});
        REQUIRE(solved.values.size() == std::min(n, components));
        for (std::size_t j = 0; j < solved.values.size(); ++j) {
          CHECK(solved.values[j] == Approx(std::pow(0.5, static_cast<double>(j))).epsilon(1e-12));
        }
        CHECK(dense::defects(a, solved.values, solved.vectors).residual < 1e-8);
      }
    }
  }
  // Rank 4 of 60, ten asked: four and zeros; zero altogether.
  Vector spectrum(60, 0.0);
  for (std::size_t i = 0; i < 4; ++i) spectrum[i] = 4 - static_cast<double>(i);
  for (const std::size_t block : {1, 3, 32}) {
    const Solved solved =
        solve(dense::with_spectrum(spectrum, 9), {.components = 10, .block = block, .zero = 1e-13});
    CHECK(solved.converged == 10);
    for (std::size_t j = 0; j < 10; ++j) CHECK(solved.values[j] == Approx(spectrum[j]).margin(1e-12));
    CHECK(dense::defects(dense::with_spectrum(spectrum, 9), solved.values, solved.vectors).orthogonality <
          1e-12);
  }
  const Solved nothing = solve(Square{20}, {.components = 3, .block = 2});
  CHECK(nothing.converged == 3);
  for (const double value : nothing.values) CHECK(value == 0);
  CHECK_THROWS_AS(BlockLanczos(0, {}), BadArgument);
  CHECK_THROWS_AS(BlockLanczos(3, {.components = 0}), BadArgument);
}

TEST_CASE("a product that is not finite stops block Lanczos with its element") {
  Square a{10};
  a(3, 3) = std::numeric_limits<double>::infinity();
  SerialExecutor serial;
  BlockLanczos solver{10, {}};
  CHECK_THROWS_AS(solver.step(dense::Operator{a}, draws, serial), NumericalError);
}

TEST_CASE(
    "block Lanczos: the same bytes for any number of threads, and through a saved state after any step") {
  const Square a = dense::with_spectrum(geometric(300, 0.97), 33);
  const dense::Operator op{a};
  const LanczosOptions options{.components = 8, .block = 4, .tolerance = 1e-9};
  SerialExecutor serial;
  BlockLanczos solver{300, options};
  while (solver.step(op, draws, serial)) {
  }
  const Vector vectors = solver.vectors(serial);
  REQUIRE(solver.steps() > 10);  // some restarts
  for (const std::uint32_t count : {2U, 4U}) {
    Threads threads{count};
    BlockLanczos other{300, options};
    while (other.step(op, draws, threads)) {
    }
    CHECK(other.vectors(threads) == vectors);
  }
  BlockLanczos broken{300, options};
  bool more = true;
  while (more) {
    more = broken.step(op, draws, serial);
    Store store;
    broken.state(store);
    store.writing = false;
    BlockLanczos fresh;
    fresh.state(store);
    broken = fresh;
  }
  CHECK(broken.steps() == solver.steps());
  CHECK(broken.vectors(serial) == vectors);
}

TEST_CASE("a start within an invariant subspace still finds what lies outside") {
  Square a{50};
  for (std::size_t i = 0; i < 50; ++i) a(i, i) = static_cast<double>(i + 1);
  Vector start(2 * 50);
  start[0] = 1, start[50 + 1] = 1;  // the two smallest
  SerialExecutor serial;
  const dense::Operator op{a};
  BlockLanczos solver{50, {.components = 3, .block = 2, .tolerance = 1e-10}};
  solver.start_with(2, start);
  while (solver.step(op, draws, serial)) {
  }
  for (std::size_t j = 0; j < 3; ++j)
    CHECK(solver.values()[j] == Approx(50 - static_cast<double>(j)).epsilon(1e-12));
}

TEST_CASE("the randomised range: values below the true ones, better with each power, exact at low rank") {
  const Vector spectrum = geometric(120, 0.9);
  const Square a = dense::with_spectrum(spectrum, 44);
  const dense::Operator op{a};
  SerialExecutor serial;
  double last = 1;
  for (std::size_t powers = 0; powers < 5; ++powers) {
    const RandomisedRange range = randomised_range(op, 20, powers, Rng{5, "range"}, serial);
    double error = 0;
    for (std::size_t j = 0; j < 10; ++j) {
      CHECK(range.values[j] <= spectrum[j] * (1 + 1e-12));
      error = std::max(error, 1 - range.values[j] / spectrum[j]);
    }
    CHECK(error < last);
    last = error;
    const dense::Defects found = dense::defects(a, range.values, range.vectors);
    CHECK(found.residual ==
          Approx(*std::max_element(range.residuals.begin(), range.residuals.end())).epsilon(1e-8));
    CHECK(found.orthogonality < 1e-12);
  }
  CHECK(last < 1e-3);
  Vector low(60, 0.0);
  for (std::size_t i = 0; i < 5; ++i) low[i] = 5 - static_cast<double>(i);
  const RandomisedRange exact =
      randomised_range(dense::Operator{dense::with_spectrum(low, 6)}, 8, 0, Rng{5, "range"}, serial);
  for (std::size_t j = 0; j < 8; ++j) CHECK(exact.values[j] == Approx(low[j]).margin(1e-12));
  CHECK_THROWS_AS(randomised_range(op, 121, 0, Rng{5, "range"}, serial), BadArgument);
}
