// What holds exactly for every network: descent, periods, gauge, coding, representation, and laws over random ones.
#include <functional>
#include <set>

#include "call.hpp"
#include "rules.hpp"
#include "theory.hpp"

using namespace hopfield_test;

namespace {

// A learned network whose weights are these: a small dense one, the matrix of its state replaced.
VerbResult network_of(const Numbers& w, std::size_t n) {
  VerbResult made = store(random_signs(2 * n, 3), n,
                          {{"scale", word("1")},
                           {"representation", word("dense")},
                           {"diagonal", word("keep")},
                           {"coding", word("sign")}});
  const auto held = made.state.array("network/weights").as<double>();
  std::copy(w.begin(), w.end(), held.begin());
  return made;
}

template <class Draw>
Numbers symmetric_weights(std::size_t n, const Draw& off_diagonal, const Draw& diagonal) {
  Numbers w(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) w[i * n + j] = w[j * n + i] = off_diagonal();
    w[i * (n + 1)] = diagonal();
  }
  return w;
}

Signs all_states(std::size_t n) {
  Signs s(n << n);
  for (std::size_t k = 0; k < s.size(); ++k) s[k] = (k / n >> k % n & 1) != 0 ? 1 : -1;
  return s;
}

Signs gauged(Signs x, const Signs& e) {
  for (std::size_t k = 0; k < x.size(); ++k) x[k] *= e[k % e.size()];
  return x;
}
Numbers gauged(Numbers w, const Signs& e) {  // e_i e_j W_ij of a matrix, e_j x_kj of rows of n
  const bool matrix = w.size() == e.size() * e.size();
  for (std::size_t k = 0; k < w.size(); ++k) w[k] *= e[k % e.size()] * (matrix ? e[k / e.size()] : 1);
  return w;
}

Signs binary(Signs x) {
  for (auto& s : x) s = (s + 1) / 2;
  return x;
}

Signs rows_of(const Signs& x, std::size_t n, std::size_t first, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(first * n),
          x.begin() + static_cast<std::ptrdiff_t>((first + count) * n)};
}

Settings settings_of(const std::string& rule) {
  Settings settings{{"rule", rule}};
  if (rule == "dreaming") settings["dream_time"] = 3.0;
  if (rule == "flow" || rule == "pseudo-likelihood") settings["penalty"] = 0.1;
  return settings;
}

// Mean and its standard error.
std::pair<double, double> mean_of(const Numbers& values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0, square = 0;
  for (const double v : values) sum += v / count;
  for (const double v : values) square += (v - sum) * (v - sum);
  return {sum, std::sqrt(square / (count - 1) / count)};
}

}  // namespace

TEST_CASE("hopfield: over random integer weights nothing climbs, and no period is longer than two") {
  const std::size_t n = 7, states = std::size_t{1} << n;
  const Signs from = all_states(n);
  std::mt19937_64 engine{41};
  std::set<std::int64_t> periods;
  for (int draw = 0; draw < 25; ++draw) {
    const std::function<double()> any = [&] { return static_cast<double>(engine() % 5) - 2; };
    const std::function<double()> not_negative = [&] { return static_cast<double>(engine() % 3); };
    const Numbers w = symmetric_weights(n, any, not_negative);
    const VerbResult network = network_of(w, n);
    for (const char* ties : {"keep", "up"}) {
      for (const char* order : {"random", "fixed", "greedy"}) {
        if (order == word("greedy") && ties == word("up")) continue;  // it keeps ties
        CAPTURE(draw, ties, order);
        const VerbResult down = retrieve(network, from, n, {{"ties", word(ties)}, {"order", word(order)}});
        const auto trace = values_of<double>(down, "trace");
        for (std::size_t k = 0; k < states; ++k) REQUIRE(trace[k] == energy(w, &from[k * n], n));
        for (std::size_t k = states; k < trace.size(); ++k) REQUIRE(trace[k] <= trace[k - states]);
        for (const auto period : values_of<std::int64_t>(down, "period")) REQUIRE(period == 1);
      }
      const VerbResult together = retrieve(
          network, from, n, {{"ties", word(ties)}, {"dynamics", word("synchronous")}, {"record", true}});
      const auto path = values_of<std::int32_t>(together, "path");
      const auto found = values_of<std::int64_t>(together, "period"),
                 sweeps = values_of<std::int64_t>(together, "sweeps");
      const auto lyapunov = [&](std::size_t t, std::size_t k) {  // -s(t)'W s(t-1): Goles, Fogelman, Pellegrin
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i)
          sum -= path[(t * states + k) * n + i] * field(w, &path[((t - 1) * states + k) * n], n, i);
        return sum;
      };
      for (std::size_t k = 0; k < states; ++k) {
        REQUIRE((found[k] == 1 || found[k] == 2));
        periods.insert(found[k]);
        for (std::size_t t = 2; t <= static_cast<std::size_t>(sweeps[k]); ++t)
          REQUIRE(lyapunov(t, k) <= lyapunov(t - 1, k));
      }
    }
  }
  CHECK(periods == std::set<std::int64_t>{1, 2});
}

TEST_CASE("hopfield: one pattern of n even neurons: two fixed points, and states of overlap 0 turn round") {
  for (std::size_t n = 2; n <= 12; n += 2) {
    CAPTURE(n);
    const Signs xi = random_signs(n, static_cast<unsigned>(50 + n));
    const VerbResult stored = store(xi, n, {{"coding", word("sign")}});
    Signs between, reversed, minus = xi;
    for (auto& s : minus) s = -s;
    const Signs all = all_states(n);
    for (std::size_t k = 0; k < all.size() / n; ++k) {
      int overlap = 0;
      for (std::size_t i = 0; i < n; ++i) overlap += xi[i] * all[k * n + i];
      if (overlap != 0) continue;
      for (std::size_t i = 0; i < n; ++i)
        between.push_back(all[k * n + i]), reversed.push_back(-all[k * n + i]);
    }
    REQUIRE(between.size() >= 2 * n);
    const VerbResult one =
        retrieve(stored, between, n, {{"dynamics", word("synchronous")}, {"max_sweeps", whole(1)}});
    CHECK(values_of<std::int32_t>(one, "x") == reversed);
    for (const auto period :
         values_of<std::int64_t>(retrieve(stored, between, n, {{"dynamics", word("synchronous")}}), "period"))
      REQUIRE(period == 2);
    const auto ends = values_of<std::int32_t>(retrieve(stored, between, n), "x");
    for (std::size_t k = 0; k < ends.size() / n; ++k) {
      const Signs end = rows_of(ends, n, k, 1);
      REQUIRE((end == xi || end == minus));
    }
    const auto fixed = values_of<std::int32_t>(on(stored, "enumerate", {}), "x");
    REQUIRE(fixed.size() == 2 * n);
    CHECK(std::set<Signs>{rows_of(fixed, n, 0, 1), rows_of(fixed, n, 1, 1)} == std::set<Signs>{xi, minus});
  }
}

TEST_CASE("hopfield: a gauge commutes with every rule and verb, bit for bit") {
  // Signs pass through products, sums and roundings: everything is equal exactly.
  const std::size_t n = 13, p = 4;
  const Signs x = random_signs(p * n, 61), from = random_signs(30 * n, 62), e = random_signs(n, 63);
  Signs opposite = from;
  for (auto& s : opposite) s = -s;
  for (const std::string rule : choices(ansatz::hopfield::Rule{})) {
    CAPTURE(rule);
    Settings settings = settings_of(rule);
    if (rule == "hebb") settings["representation"] = word("dense");
    const VerbResult a = store(x, n, settings), b = store(gauged(x, e), n, settings);
    CHECK(gauged(values_of<double>(a, "weights"), e) == values_of<double>(b, "weights"));
    CHECK(values_of<double>(a, "margin") == values_of<double>(b, "margin"));
    CHECK(values_of<bool>(a, "stable") == values_of<bool>(b, "stable"));
    const bool symmetric = a.state.array("network/symmetric").number(0) != 0;
    const Settings plain{{"energy", symmetric}};
    const VerbResult seen = on(a, "evaluate", {{"x", rows(from, n)}}, plain),
                     turned = on(b, "evaluate", {{"x", rows(gauged(from, e), n)}}, plain),
                     reversed = on(a, "evaluate", {{"x", rows(opposite, n)}}, plain);
    CHECK(gauged(values_of<double>(seen, "field"), e) == values_of<double>(turned, "field"));
    for (const VerbResult* other : {&turned, &reversed}) {  // without thresholds s and -s are stable together
      CHECK(values_of<double>(seen, "margin") == values_of<double>(*other, "margin"));
      CHECK(values_of<bool>(seen, "stable") == values_of<bool>(*other, "stable"));
      if (symmetric) CHECK(values_of<double>(seen, "energy") == values_of<double>(*other, "energy"));
    }
    for (const char* dynamics : {"asynchronous", "synchronous", "block", "glauber"}) {
      const Settings options{{"dynamics", word(dynamics)}, {"record", true}};
      const VerbResult way = retrieve(a, from, n, options), other = retrieve(b, gauged(from, e), n, options);
      CHECK(gauged(values_of<std::int32_t>(way, "path"), e) == values_of<std::int32_t>(other, "path"));
      for (const char* port : {"sweeps", "period", "match"})
        CHECK(values_of<std::int64_t>(way, port) == values_of<std::int64_t>(other, port));
      CHECK(values_of<double>(way, "overlap") == values_of<double>(other, "overlap"));
      if (symmetric) CHECK(values_of<double>(way, "trace") == values_of<double>(other, "trace"));
    }
    const VerbResult wide = on(a, "basins", {{"x", rows(x, n)}}, {{"trials", whole(3)}}),
                     other = on(b, "basins", {{"x", rows(gauged(x, e), n)}}, {{"trials", whole(3)}});
    for (const char* port : {"radius", "final", "low", "high"})
      CHECK(values_of<double>(wide, port) == values_of<double>(other, port));
    if (!symmetric) continue;
    const auto points = [&](const VerbResult& network, const Signs& gauge) {
      const VerbResult found = on(network, "enumerate", {});
      const Signs fixed = gauged(values_of<std::int32_t>(found, "x"), gauge);
      std::map<Signs, std::string> kinds;
      for (std::size_t k = 0; k < fixed.size() / n; ++k)
        kinds[rows_of(fixed, n, k, 1)] = texts_of(found, "kind")[k];
      return kinds;
    };
    CHECK(points(a, Signs(n, 1)) == points(b, e));
  }
}

TEST_CASE("hopfield: 0/1 and -1/+1 networks take the same way, their energies apart by a constant, exactly") {
  const std::size_t n = 21, p = 5, q = 40;
  const Signs x = random_signs(p * n, 71), from = random_signs(q * n, 72);
  const Settings integers{{"scale", word("1")}, {"representation", word("dense")}};
  const VerbResult sign = store(x, n, integers), zero_one = store(binary(x), n, integers);
  for (const char* dynamics : {"asynchronous", "synchronous", "block", "glauber"}) {
    for (const char* ties : {"keep", "up", "random"}) {
      CAPTURE(dynamics, ties);
      Settings options{{"dynamics", word(dynamics)}, {"ties", word(ties)}, {"record", true}};
      if (word(dynamics) == "glauber") options["temperature"] = 4.0;
      const VerbResult a = retrieve(sign, from, n, options), b = retrieve(zero_one, binary(from), n, options);
      CHECK(binary(values_of<std::int32_t>(a, "path")) == values_of<std::int32_t>(b, "path"));
      CHECK(values_of<double>(a, "trace") == values_of<double>(b, "trace"));
    }
  }
  // E_x = -1/2 x'W_x x + theta_x'x with W_x = 4W and theta_x = 2 theta + 1/2 W_x 1, in whole numbers.  Without
  // thresholds in 0/1 form theta_x = 0.
  const Numbers w = values_of<double>(sign, "weights");
  Settings without = integers;
  without["thresholds"] = word("zero");
  const VerbResult bare = store(binary(x), n, without);
  for (const bool matched : {true, false}) {
    const auto energies = values_of<double>(
        on(matched ? zero_one : bare, "evaluate", {{"x", rows(binary(from), n)}}), "energy");
    std::set<double> apart;
    for (std::size_t k = 0; k < q; ++k) {
      const Signs now = binary(rows_of(from, n, k, 1));
      double e = 0;
      for (std::size_t i = 0; i < n; ++i) {
        double half_row = 0;
        for (std::size_t j = 0; j < n; ++j) half_row += 2 * w[i * n + j];
        e += now[i] * ((matched ? half_row : 0) - 2 * field(w, now.data(), n, i));
      }
      apart.insert(energies[k] - e);
    }
    CHECK(apart.size() == 1);
  }
  // And the way by the definition: x_i = 1 where sum over j of W_x,ij x_j > 0, kept where it is 0.
  const VerbResult way =
      retrieve(bare, binary(from), n, {{"order", word("fixed")}, {"max_sweeps", whole(2)}});
  Signs now = binary(from);
  for (int sweep = 0; sweep < 2; ++sweep) {
    for (std::size_t k = 0; k < q; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        const double h = field(w, &now[k * n], n, i);
        if (h != 0) now[k * n + i] = h > 0 ? 1 : 0;
      }
    }
  }
  CHECK(values_of<std::int32_t>(way, "x") == now);
}

TEST_CASE("hopfield: every representation, number of threads and size of batch gives the same bytes") {
  for (const auto& [n, p] : {std::pair<std::size_t, std::size_t>{20, 6}, {65, 130}, {129, 9}}) {
    const Signs x = random_signs(p * n, 81);
    const std::size_t q = 20;
    const Signs from = random_signs(q * n, 82);
    for (const auto& [zeros, other] :
         {std::pair{false, "dense"}, {true, "dense"}, {false, "int8"}, {true, "int8"}}) {
      const Settings bits{{"thresholds", word("zero")}},
          dense{{"thresholds", word("zero")}, {"representation", word(other)}};
      const Signs patterns = zeros ? binary(x) : x, states = zeros ? binary(from) : from;
      const VerbResult packed = store(patterns, n, bits), full = store(patterns, n, dense);
      CHECK(values_of<double>(packed, "margin") == values_of<double>(full, "margin"));
      CHECK(same_bytes(on(packed, "evaluate", {{"x", rows(states, n)}}),
                       on(full, "evaluate", {{"x", rows(states, n)}}, {}, 3)));
      CHECK(same_bytes(on(packed, "basins", {{"x", rows(patterns, n)}}, {{"trials", whole(2)}}),
                       on(full, "basins", {{"x", rows(patterns, n)}}, {{"trials", whole(2)}}, 5)));
      if (n <= 20) CHECK(same_bytes(on(packed, "enumerate", {}), on(full, "enumerate", {})));
      for (const char* ties : {"keep", "up", "random"}) {
        for (const char* dynamics : {"asynchronous", "synchronous", "block", "glauber"}) {
          CAPTURE(n, p, zeros, other, ties, dynamics);
          Settings options{{"dynamics", word(dynamics)}, {"ties", word(ties)}, {"max_sweeps", whole(20)}};
          if (dynamics != word("synchronous")) options["order"] = word("fixed");
          const VerbResult all = retrieve(packed, states, n, options);
          for (const unsigned threads : {1U, 2U, 7U, 40U})
            CHECK(same_bytes(all, on(full, "retrieve", {{"x", rows(states, n)}}, options, threads)));
          if (ties == word("random")) continue;  // drawn by the place in the batch
          const Signs ends = values_of<std::int32_t>(all, "x");
          for (const std::size_t size : {std::size_t{1}, std::size_t{7}}) {
            Signs parts;
            for (std::size_t k = 0; k < q; k += size) {
              const Signs part = values_of<std::int32_t>(
                  retrieve(packed, rows_of(states, n, k, std::min(size, q - k)), n, options), "x");
              parts.insert(parts.end(), part.begin(), part.end());
            }
            CHECK(parts == ends);
          }
        }
      }
    }
  }
}

TEST_CASE("hopfield: enumeration counts as many minima of normal symmetric weights as the formula says") {
  std::mt19937_64 engine{91};
  std::normal_distribution<double> normal;
  const std::function<double()> draw = [&] { return normal(engine); }, zero = [] { return 0.0; };
  for (const auto& [n, draws] : {std::pair<std::size_t, int>{4, 300}, {8, 300}, {12, 150}, {16, 60}}) {
    Numbers counts;
    for (int d = 0; d < draws; ++d) {
      const VerbResult found = on(network_of(symmetric_weights(n, draw, zero), n), "enumerate", {});
      counts.push_back(static_cast<double>(values_of<double>(found, "energy").size()));
    }
    const auto [mean, error] = mean_of(counts);
    CAPTURE(n, mean, error);
    CHECK(std::abs(mean - std::exp(ansatz::hopfield::log_minima(n))) < 3 * error);
    CHECK(error < 0.05 * mean);
  }
}

TEST_CASE("hopfield: the first synchronous step flips and ties as often as the binomial law says") {
  const std::size_t n = 41, p = 9, draws = 400;
  // S = 2B - M signs of M = (p-1)(n-1): a bit flips where S < -(n-1), its field is 0 where S = -(n-1).
  const double m = static_cast<double>((p - 1) * (n - 1));
  double flips = 0, zeros = 0;
  for (double b = 0; 2 * b - m <= -static_cast<double>(n - 1); ++b) {
    const double chance =
        std::exp(std::lgamma(m + 1) - std::lgamma(b + 1) - std::lgamma(m - b + 1) - m * std::log(2.0));
    (2 * b - m < -static_cast<double>(n - 1) ? flips : zeros) += chance;
  }
  REQUIRE(zeros > 0.001);
  for (const char* ties : {"keep", "up", "random"}) {
    Numbers wrong;
    for (std::size_t d = 0; d < draws; ++d) {
      const Signs x = random_signs(p * n, static_cast<unsigned>(1000 + d));
      const VerbResult step =
          retrieve(store(x, n), x, n,
                   {{"dynamics", word("synchronous")}, {"ties", word(ties)}, {"max_sweeps", whole(1)}});
      const auto to = values_of<std::int32_t>(step, "x");
      double count = 0;
      for (std::size_t k = 0; k < x.size(); ++k) count += to[k] != x[k] ? 1 : 0;
      wrong.push_back(count / static_cast<double>(x.size()));
    }
    const auto [mean, error] = mean_of(wrong);
    CAPTURE(ties, mean, error, flips, zeros);
    CHECK(std::abs(mean - (flips + (ties == word("keep") ? 0 : zeros / 2))) < 3 * error);
    CHECK(error < 0.05 * flips);
  }
}
