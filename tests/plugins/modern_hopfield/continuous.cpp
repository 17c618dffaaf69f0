// Model `continuous` against its definitions, written out as plain sums.
#include <algorithm>
#include <ansatz/num/gradient_check.hpp>
#include <limits>

#include "call.hpp"

using namespace modern_hopfield_test;

namespace {

const std::size_t n = 23, d = 7, q = 40;
const Numbers patterns = random_reals(n * d, 1), states = random_reals(q * d, 2);

struct Definition {
  const Numbers& x;
  std::size_t d;
  double beta;

  [[nodiscard]] std::size_t size() const { return x.size() / d; }
  [[nodiscard]] Numbers weights(const double* state) const {
    Numbers p(size());
    double most = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t i = 0; i < p.size(); ++i) most = std::max(most, p[i] = beta * dot(&x[i * d], state, d));
    for (double& w : p) total += w = std::exp(w - most);
    for (double& w : p) w /= total;
    return p;
  }
  [[nodiscard]] Numbers update(const double* state) const {
    const Numbers p = weights(state);
    Numbers y(d);
    for (std::size_t i = 0; i < p.size(); ++i) {
      for (std::size_t j = 0; j < d; ++j) y[j] += p[i] * x[i * d + j];
    }
    return y;
  }
  [[nodiscard]] double largest_norm() const {
    double most = 0;
    for (std::size_t i = 0; i < size(); ++i) most = std::max(most, std::sqrt(dot(&x[i * d], &x[i * d], d)));
    return most;
  }
  [[nodiscard]] double energy(const double* state) const {
    long double sum = 0;
    for (std::size_t i = 0; i < size(); ++i)
      sum += std::exp(static_cast<long double>(beta * dot(&x[i * d], state, d)));
    const auto top = static_cast<double>(std::log(sum / static_cast<long double>(size())) / beta);
    return -top + dot(state, state, d) / 2 + largest_norm() * largest_norm() / 2;
  }
  [[nodiscard]] double diameter() const {
    double most = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) most = std::max(most, distance(&x[i * d], &x[j * d], d));
    }
    return most;
  }
};

VerbResult store(const Numbers& x = patterns, std::size_t columns = d) {
  return run("continuous", "store", {{"x", rows(x, columns)}});
}
VerbResult retrieve(const VerbResult& stored, const Numbers& x, const Settings& settings,
                    std::size_t columns = d, unsigned threads = 1) {
  return on(stored, "continuous", "retrieve", {{"x", rows(x, columns)}}, settings, threads);
}
Numbers updated(const VerbResult& stored, const Numbers& x, double beta, std::size_t columns = d) {
  return values_of<double>(retrieve(stored, x, {{"beta", beta}}, columns), "x");
}
VerbResult evaluate(const VerbResult& stored, const Numbers& x, double beta, std::size_t columns = d) {
  return on(stored, "continuous", "evaluate", {{"x", rows(x, columns)}}, {{"beta", beta}});
}

}  // namespace

TEST_CASE("modern-hopfield continuous: updates, energies and weights are their sums") {
  const VerbResult stored = store();
  for (const double beta : {1e-9, 0.01, 0.5, 3.0, 400.0}) {
    CAPTURE(beta);
    const Definition by_hand{patterns, d, beta};
    const VerbResult result = retrieve(stored, states, {{"beta", beta}, {"top", whole(4)}});
    const VerbResult seen = evaluate(stored, states, beta);
    const auto x = values_of<double>(result, "x"), energy = values_of<double>(result, "energy"),
               weight = values_of<double>(result, "weight");
    const auto index = values_of<std::int64_t>(result, "index");
    const auto effective = values_of<std::int64_t>(seen, "effective_count");
    for (std::size_t i = 0; i < q; ++i) {
      const double* state = &states[i * d];
      const Numbers y = by_hand.update(state);
      REQUIRE(largest_difference(part(x, i * d, d), y) < 1e-13);
      if (beta > 1e-3) {
        REQUIRE(energy[i] == Approx(by_hand.energy(y.data())).epsilon(1e-12));
        REQUIRE(values_of<double>(seen, "energy")[i] == Approx(by_hand.energy(state)).epsilon(1e-12));
      }
      REQUIRE(values_of<double>(seen, "gradient_norm")[i] ==
              Approx(distance(state, y.data(), d)).epsilon(1e-12));
      Numbers p = by_hand.weights(y.data());
      for (std::size_t r = 0; r < 4; ++r) {
        REQUIRE(weight[i * 4 + r] == Approx(p[static_cast<std::size_t>(index[i * 4 + r])]).epsilon(1e-10));
      }
      REQUIRE(values_of<std::int64_t>(result, "match")[i] == index[i * 4]);
      REQUIRE(weight[i * 4] == Approx(*std::max_element(p.begin(), p.end())).epsilon(1e-10));
      p = by_hand.weights(state);
      double entropy = 0, total = 0;
      for (const double w : p) entropy -= w > 0 ? w * std::log(w) : 0;
      REQUIRE(values_of<double>(seen, "entropy")[i] == Approx(std::exp(entropy)).epsilon(1e-9));
      std::sort(p.rbegin(), p.rend());
      for (std::int64_t k = 0; k + 1 < effective[i]; ++k) total += p[static_cast<std::size_t>(k)];
      REQUIRE(total < 0.9);
      REQUIRE(total + p[static_cast<std::size_t>(effective[i] - 1)] > 0.9 - 1e-12);
    }
  }
}

TEST_CASE("modern-hopfield continuous: without temperature the energy is that of the mean product") {
  // Where log N / beta is 10^9 times the rest.
  const auto energy = values_of<double>(evaluate(store(), states, 1e-9), "energy");
  const Definition by_hand{patterns, d, 1};
  for (std::size_t i = 0; i < q; ++i) {
    double mean = 0;
    for (std::size_t k = 0; k < n; ++k) mean += dot(&patterns[k * d], &states[i * d], d) / n;
    const double m = by_hand.largest_norm();
    REQUIRE(energy[i] ==
            Approx(-mean + dot(&states[i * d], &states[i * d], d) / 2 + m * m / 2).epsilon(1e-8));
  }
}

TEST_CASE("modern-hopfield continuous: every update lowers the energy by half its squared length") {
  const VerbResult stored = store();
  const std::size_t many = 600;
  std::size_t updates = 0;
  for (const double beta : {0.01, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0}) {
    const Definition by_hand{patterns, d, beta};
    for (const double damping : {1.0, 0.7, 0.1}) {
      Numbers x = random_reals(many * d, 3, -3, 3);
      for (int step = 0; step < 8; ++step) {
        const auto next = values_of<double>(
            retrieve(stored, x, {{"beta", beta}, {"damping", damping}, {"top", whole(0)}}), "x");
        for (std::size_t i = 0; i < many; ++i, ++updates) {
          const double length = distance(&x[i * d], &next[i * d], d);
          const double drop = by_hand.energy(&x[i * d]) - by_hand.energy(&next[i * d]);
          REQUIRE(drop >= (1 / damping - 0.5) * length * length - 1e-10);
          REQUIRE(drop >= 0.5 * length * length - 1e-10);
        }
        x = next;
      }
    }
  }
  CHECK(updates >= 100000);
}

TEST_CASE("modern-hopfield continuous: gradient, Jacobian and its norm are the energy's derivatives") {
  const VerbResult stored = store();
  const double beta = 1.3;
  const Definition by_hand{patterns, d, beta};
  for (std::size_t i = 0; i < 5; ++i) {
    const Numbers x = part(states, i * d, d);
    const auto check =
        ansatz::check_gradient([&](std::span<const double> at) { return by_hand.energy(at.data()); },
                               [&](std::span<const double> at) {
                                 Numbers y = updated(stored, {at.begin(), at.end()}, beta);
                                 for (std::size_t j = 0; j < d; ++j) y[j] = at[j] - y[j];
                                 return y;
                               },
                               x);
    INFO(check.text());
    CHECK(check.error < 1e-9);
    // The Jacobian of the update by differences of the plugin's update; its largest eigenvalue by powers of the matrix.
    const double h = 1e-5;
    Numbers moved;
    for (std::size_t j = 0; j < d; ++j) {
      for (const double sign : {1.0, -1.0}) {
        Numbers at = x;
        at[j] += sign * h;
        moved.insert(moved.end(), at.begin(), at.end());
      }
    }
    const Numbers y = updated(stored, moved, beta);
    Numbers v(d, 1);
    double norm = 0;
    for (int power = 0; power < 500; ++power) {
      Numbers w(d);
      for (std::size_t j = 0; j < d; ++j) {
        for (std::size_t k = 0; k < d; ++k)
          w[k] += v[j] * (y[2 * j * d + k] - y[(2 * j + 1) * d + k]) / (2 * h);
      }
      norm = std::sqrt(dot(w.data(), w.data(), d));
      for (std::size_t k = 0; k < d; ++k) v[k] = w[k] / norm;
    }
    CHECK(values_of<double>(evaluate(stored, x, beta), "jacobian_norm")[0] == Approx(norm).epsilon(1e-6));
  }
  // More columns than patterns: the same eigenvalue from the matrix of products; here of two patterns, whose covariance
  // has one direction.
  const std::size_t wide = 30;
  const Numbers two = random_reals(2 * wide, 4), state = random_reals(wide, 5);
  const Numbers p = Definition{two, wide, beta}.weights(state.data());
  const double apart = distance(two.data(), &two[wide], wide);
  CHECK(values_of<double>(evaluate(store(two, wide), state, beta, wide), "jacobian_norm")[0] ==
        Approx(beta * p[0] * p[1] * apart * apart).epsilon(1e-12));
}

TEST_CASE(
    "modern-hopfield continuous: hot states go to the mean, cold ones to the pattern of the largest "
    "product") {
  const VerbResult stored = store();
  Numbers mean(d);
  for (std::size_t k = 0; k < n * d; ++k) mean[k % d] += patterns[k] / n;
  double last = 0;
  for (const double beta : {1e-4, 1e-3, 1e-2}) {
    const Numbers x = updated(stored, states, beta);
    double most = 0;
    for (std::size_t i = 0; i < q; ++i) most = std::max(most, distance(&x[i * d], mean.data(), d));
    if (last > 0) CHECK(most / last == Approx(10).epsilon(0.1));  // O(beta)
    last = most;
  }
  CHECK(largest_difference(part(updated(stored, states, 1e-12), 0, d), mean) < 1e-11);
  // Equal norms: the largest product is the nearest pattern.
  const Numbers equal = with_norm(patterns, d, 2);
  for (const double beta : {5.0, 50.0, 1e6, 1e300}) {
    const Numbers x = updated(store(equal), states, beta);
    const double diameter = Definition{equal, d, 1}.diameter();
    for (std::size_t i = 0; i < q; ++i) {
      std::size_t nearest = 0;
      double gap = std::numeric_limits<double>::infinity();
      for (std::size_t k = 1; k < n; ++k) {
        if (distance(&equal[k * d], &states[i * d], d) < distance(&equal[nearest * d], &states[i * d], d))
          nearest = k;
      }
      for (std::size_t k = 0; k < n; ++k) {
        if (k != nearest)
          gap = std::min(gap,
                         dot(&equal[nearest * d], &states[i * d], d) - dot(&equal[k * d], &states[i * d], d));
      }
      REQUIRE(gap > 0);
      REQUIRE(distance(&x[i * d], &equal[nearest * d], d) <=
              (n - 1) * diameter * std::exp(-beta * gap) + 1e-12);
    }
  }
}

TEST_CASE(
    "modern-hopfield continuous: energies in the ball, the Jacobian's bound, one fixed point where it "
    "contracts") {
  for (const double beta : {0.1, 1.0, 8.0}) {
    const Definition by_hand{patterns, d, beta};
    const double m = by_hand.largest_norm(), diameter = by_hand.diameter();
    const Numbers inside = with_norm(random_reals(300 * d, 6), d, m);
    const VerbResult seen = evaluate(store(), inside, beta);
    for (const double e : values_of<double>(seen, "energy")) {
      REQUIRE(e >= 0);
      REQUIRE(e <= 2 * m * m);
    }
    for (const double norm : values_of<double>(seen, "jacobian_norm")) {
      REQUIRE(norm <= beta * diameter * diameter / 4);
    }
  }
  const double diameter = Definition{patterns, d, 1}.diameter(), beta = 3.6 / (diameter * diameter);
  const VerbResult result = retrieve(store(), random_reals(100 * d, 7, -5, 5),
                                     {{"beta", beta}, {"updates", whole(1000)}, {"tolerance", 1e-12}});
  const auto x = values_of<double>(result, "x");
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(distance(&x[i * d], x.data(), d) < 1e-8);
  for (const double residual : values_of<double>(result, "residual")) CHECK(residual <= 1e-12);
  for (const auto steps : values_of<std::int64_t>(result, "steps")) CHECK((steps > 1 && steps < 1000));
}

TEST_CASE("modern-hopfield continuous: one update and truncated updates err no more than their bounds") {
  std::size_t cases = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    const std::size_t size = 2 + seed % 30, columns = 2 + seed % 9, many = 100;
    const Numbers x = random_reals(size * columns, 100 + seed, -2, 2);
    // Near patterns, where bounds are small, and anywhere.
    Numbers from = random_reals(many * columns, 300 + seed, -1, 1);
    for (std::size_t i = 0; i < many / 2; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        from[i * columns + j] = 0.1 * from[i * columns + j] + x[(i % size) * columns + j];
      }
    }
    const double beta = std::pow(10, -1 + 0.02 * seed);
    const Definition by_hand{x, columns, beta};
    const VerbResult stored = store(x, columns);
    const auto whole_update = updated(stored, from, beta, columns);
    const VerbResult seen = evaluate(stored, from, beta, columns);
    const std::size_t k = 1 + seed % 5;
    const VerbResult few =
        retrieve(stored, from, {{"beta", beta}, {"truncate", whole(static_cast<std::int64_t>(k))}}, columns);
    const auto cut = values_of<double>(few, "x"), error = values_of<double>(few, "error"),
               bound = values_of<double>(seen, "bound"), separation = values_of<double>(seen, "separation");
    for (std::size_t i = 0; i < many; ++i, ++cases) {
      const double* state = &from[i * columns];
      std::vector<std::pair<double, std::size_t>> s;
      for (std::size_t j = 0; j < size; ++j) s.emplace_back(dot(&x[j * columns], state, columns), j);
      std::sort(s.rbegin(), s.rend());
      const double gap = s[0].first - s[1].first;
      REQUIRE(separation[i] == Approx(gap).margin(1e-12));
      const double err = distance(&whole_update[i * columns], &x[s[0].second * columns], columns);
      const auto others = static_cast<double>(size - 1);
      REQUIRE(err <= others * by_hand.diameter() * std::exp(-beta * gap) + 1e-12);
      REQUIRE(bound[i] >= others * by_hand.diameter() * std::exp(-beta * gap) * (1 - 1e-12));
      REQUIRE(bound[i] <= 2 * others * by_hand.diameter() * std::exp(-beta * gap) * (1 + 1e-12));
      const double lost = distance(&whole_update[i * columns], &cut[i * columns], columns);
      REQUIRE(lost <= error[i] + 1e-12);
      if (k >= size) REQUIRE(lost < 1e-13);
      // The truncated update is the average of the k best.
      Numbers y(columns);
      double total = 0;
      for (std::size_t j = 0; j < std::min(k, size); ++j) total += std::exp(beta * (s[j].first - s[0].first));
      for (std::size_t j = 0; j < std::min(k, size); ++j) {
        for (std::size_t c = 0; c < columns; ++c) {
          y[c] += std::exp(beta * (s[j].first - s[0].first)) / total * x[s[j].second * columns + c];
        }
      }
      REQUIRE(largest_difference(y, part(cut, i * columns, columns)) < 1e-12);
    }
  }
  CHECK(cases >= 10000);
}

TEST_CASE("modern-hopfield continuous: the update is the score of a Gaussian mixture at the patterns") {
  const Numbers equal = with_norm(patterns, d, 1.7);
  const double variance = 0.4;
  const Numbers y = updated(store(equal), states, 1 / variance);
  for (std::size_t i = 0; i < q; ++i) {
    Numbers score(d);
    double total = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double r = distance(&equal[k * d], &states[i * d], d), w = std::exp(-r * r / (2 * variance));
      total += w;
      for (std::size_t j = 0; j < d; ++j) score[j] += w * (equal[k * d + j] - states[i * d + j]) / variance;
    }
    for (std::size_t j = 0; j < d; ++j) {
      REQUIRE((y[i * d + j] - states[i * d + j]) / variance == Approx(score[j] / total).margin(1e-12));
    }
  }
}

TEST_CASE("modern-hopfield continuous: orthogonal patterns, and counts that never rise with beta") {
  const double r = 1.5;
  Numbers axes(d * d);
  for (std::size_t i = 0; i < d; ++i) axes[i * d + i] = r;
  for (const double beta : {0.2, 1.0, 4.0}) {
    const double p = 1 / (1 + (d - 1) * std::exp(-beta * r * r));
    const Numbers x = updated(store(axes), axes, beta);
    for (std::size_t i = 0; i < d; ++i) REQUIRE(x[i * d + i] / r == Approx(p).epsilon(1e-12));
  }
  std::vector<std::int64_t> last(q, n);
  for (double beta = 0.01; beta < 200; beta *= 1.3) {
    const auto now = values_of<std::int64_t>(evaluate(store(), states, beta), "effective_count");
    for (std::size_t i = 0; i < q; ++i) REQUIRE(now[i] <= last[i]);
    last = now;
  }
}

TEST_CASE("modern-hopfield continuous: a state alone, in a batch, with any threads: the same bytes") {
  const std::size_t many = 250;  // more than one task, and a ragged tile
  const Numbers x = random_reals(many * d, 8, -2, 2);
  const VerbResult stored = store();
  for (const char* precision : {"f64", "f32"}) {
    for (const std::int64_t truncate : {0, 3}) {
      const Settings settings{{"beta", 2.0},
                              {"updates", whole(50)},
                              {"tolerance", 1e-4},
                              {"truncate", truncate},
                              {"precision", word(precision)}};
      const VerbResult all = retrieve(stored, x, settings);
      CHECK(same_bytes(all, retrieve(stored, x, settings, d, 3)));
      for (const std::uint64_t steps : {1U, 4U}) {
        REQUIRE(all.steps > steps);
        const Around model{1, 1, &stored.state, {}};
        CHECK(same_bytes(all, done(plugin().resumed(steps, "continuous", "retrieve", {{"x", rows(x, d)}},
                                                    settings, model))));
      }
      const auto together = values_of<double>(all, "x"), energy = values_of<double>(all, "energy");
      const auto steps = values_of<std::int64_t>(all, "steps");
      CHECK(*std::max_element(steps.begin(), steps.end()) > *std::min_element(steps.begin(), steps.end()));
      for (const std::size_t i : {0U, 17U, 95U, 96U, 249U}) {
        const VerbResult alone = retrieve(stored, part(x, i * d, d), settings);
        CHECK(values_of<double>(alone, "x") == part(together, i * d, d));
        CHECK(values_of<double>(alone, "energy")[0] == energy[i]);
        CHECK(values_of<std::int64_t>(alone, "steps")[0] == steps[i]);
      }
    }
  }
  // Where some products of beta, norm and largest norm are below 1 and others above.
  const auto energy = values_of<double>(evaluate(stored, x, 0.3), "energy");
  for (std::size_t i = 0; i < many; ++i) {
    REQUIRE(values_of<double>(evaluate(stored, part(x, i * d, d), 0.3), "energy")[0] == energy[i]);
  }
}

TEST_CASE(
    "modern-hopfield continuous: known elements stay, values are read, f32 is near f64, types do not "
    "matter") {
  const VerbResult stored = store();
  const double beta = 1.5;
  const Definition by_hand{patterns, d, beta};
  Array mask{ElementType::boolean, {d}};
  for (std::size_t j = 0; j < d; ++j) mask.as<bool>()[j] = j % 3 == 0;
  const auto kept = values_of<double>(
      on(stored, "continuous", "retrieve", {{"x", rows(states, d)}, {"mask", mask}}, {{"beta", beta}}), "x");
  for (std::size_t i = 0; i < q; ++i) {
    const Numbers y = by_hand.update(&states[i * d]);
    for (std::size_t j = 0; j < d; ++j) {
      if (j % 3 == 0) REQUIRE(kept[i * d + j] == states[i * d + j]);
      if (j % 3 != 0) REQUIRE(kept[i * d + j] == Approx(y[j]).margin(1e-13));
    }
  }
  // With values: all updates but the last move the state.
  const std::size_t v = 3;
  const Numbers values = random_reals(n * v, 9);
  const VerbResult pairs = run("continuous", "store", {{"x", rows(patterns, d)}, {"value", rows(values, v)}});
  for (const std::int64_t updates : {1, 3}) {
    const VerbResult read = retrieve(pairs, states, {{"beta", beta}, {"updates", updates}});
    for (std::size_t i = 0; i < q; ++i) {
      Numbers x = part(states, i * d, d);
      for (std::int64_t step = 1; step < updates; ++step) x = by_hand.update(x.data());
      const Numbers p = by_hand.weights(x.data());
      for (std::size_t c = 0; c < v; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += p[k] * values[k * v + c];
        REQUIRE(values_of<double>(read, "x")[i * v + c] == Approx(sum).margin(1e-12));
      }
      REQUIRE(values_of<std::int64_t>(read, "steps")[i] == updates);
    }
  }
  const auto exact = updated(stored, states, beta);
  CHECK(largest_difference(
            exact, values_of<double>(retrieve(stored, states, {{"beta", beta}, {"precision", word("f32")}}),
                                     "x")) < 2e-6);
  // Bytes are numbers.
  Numbers small(n * d);
  std::vector<std::uint8_t> bytes(n * d);
  for (std::size_t k = 0; k < n * d; ++k)
    small[k] = bytes[k] = static_cast<std::uint8_t>(10 + 10 * patterns[k]);
  const VerbResult of_bytes = run("continuous", "store", {{"x", array_of({n, d}, bytes)}});
  CHECK(updated(of_bytes, states, beta) == updated(store(small), states, beta));
}

TEST_CASE("modern-hopfield continuous: separating temperatures, one pattern, bad input") {
  const VerbResult stored = store(with_norm(patterns, d, 1));
  const Numbers x = with_norm(patterns, d, 1);
  const auto y = values_of<double>(retrieve(stored, x, {{"beta", word("separating")}}), "x");
  const double diameter = Definition{x, d, 1}.diameter();
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) worst = std::max(worst, distance(&x[i * d], &y[i * d], d));
  CHECK(worst <= 1e-3 * diameter);
  CHECK(worst > 1e-7 * diameter);
  const Numbers one = part(patterns, 0, d);
  CHECK(largest_difference(updated(store(one), part(states, 0, d), 0.3), one) < 1e-15);

  const auto bad = [](const char* verb, const Inputs& inputs, const Settings& settings = {},
                      const VerbResult* model = nullptr) {
    return plugin().run("continuous", verb, inputs, settings,
                        {1, 1, model != nullptr ? &model->state : nullptr, {}});
  };
  refused(bad("store", {{"x", reals({0, 3}, {})}}), ANSATZ_BAD_ARGUMENT, {"'x' is 0 x 3", "at least one"});
  refused(bad("store", {{"x", reals({2, 1}, {1, 1e200})}}), ANSATZ_BAD_ARGUMENT,
          {"row 1 of 'x'", "1e+200", "scale"});
  refused(bad("retrieve", {{"x", reals({1, 2}, {1, 1})}}, {}, &stored), ANSATZ_BAD_ARGUMENT,
          {"'x' has 2 columns", "have 7"});
  refused(bad("retrieve", {{"x", rows(states, d)}}), ANSATZ_BAD_STATE, {"needs a model"});
  refused(bad("retrieve", {{"x", rows(states, d)}}, {{"beta", 0.0}}, &stored), ANSATZ_BAD_ARGUMENT, {"beta"});
  Numbers twice = x;
  std::copy_n(twice.begin(), d, twice.begin() + d);
  const VerbResult same = store(twice);
  refused(bad("retrieve", {{"x", rows(states, d)}}, {{"beta", word("separating")}}, &same),
          ANSATZ_BAD_ARGUMENT, {"separating", "pattern", "equal norms"});
}

TEST_CASE("modern-hopfield continuous: a sweep of temperatures finds fixed points, phases and their number") {
  // Two groups of patterns: all, a group or one.
  const std::size_t groups = 8, size = 2 * groups;
  Numbers x = with_norm(random_reals(size * d, 20), d, 1);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < d; ++j)
      x[i * d + j] = 0.5 * x[i * d + j] + (j == 0 ? (i < groups ? 2 : -2) : 0);
  }
  x = with_norm(x, d, 2);
  const Numbers betas{0.01, 1, 400};
  const VerbResult stored = store(x);
  const Inputs inputs{{"x", rows(x, d)}};
  const Settings settings{{"betas", betas}, {"tolerance", 1e-8}};
  const VerbResult result = on(stored, "continuous", "sweep", inputs, settings);
  CHECK(same_bytes(result, on(stored, "continuous", "sweep", inputs, settings, 3)));
  CHECK(same_bytes(
      result, done(plugin().resumed(2, "continuous", "sweep", inputs, settings, {1, 1, &stored.state, {}}))));
  const auto count = values_of<std::int64_t>(result, "effective_count"),
             distinct = values_of<std::int64_t>(result, "distinct");
  const auto phase = texts_of(result, "phase");
  const char* words[] = {"average", "metastable", "single"};
  for (std::size_t b = 0; b < 3; ++b) {
    const Definition by_hand{x, d, betas[b]};
    std::vector<Numbers> ends;
    for (std::size_t i = 0; i < size; ++i) {
      Numbers at = part(x, i * d, d);
      for (int update = 0; update < 5000; ++update) at = by_hand.update(at.data());
      Numbers p = by_hand.weights(at.data());
      std::sort(p.rbegin(), p.rend());
      std::int64_t k = 0;
      for (double share = 0; share < 0.9; ++k) share += p[static_cast<std::size_t>(k)];
      REQUIRE(count[b * size + i] == k);
      CHECK(phase[b * size + i] == words[b]);
      const bool known = std::any_of(ends.begin(), ends.end(), [&](const Numbers& end) {
        return distance(end.data(), at.data(), d) < 1e-5;
      });
      if (!known) ends.push_back(at);
    }
    CHECK(distinct[b] == static_cast<std::int64_t>(ends.size()));
    CHECK(values_of<double>(result, words[b])[b] == Approx(1));
  }
  CHECK(distinct == std::vector<std::int64_t>{1, 2, static_cast<std::int64_t>(size)});
  CHECK(values_of<std::int64_t>(result, "phases")[0] == 3);
}

TEST_CASE("modern-hopfield continuous: capacities on cube, sphere and given patterns") {
  const auto capacity = [](const Settings& settings, const Inputs& inputs = {}, std::uint64_t stop = 0) {
    return done(plugin().resumed(stop, "continuous", "capacity", inputs, settings));
  };
  const std::vector<std::int64_t> loads{1, 12};
  const Settings cold{{"loads", loads}, {"cue", word("flip")}, {"criterion", word("exact")}};
  const VerbResult sure = capacity(cold);
  CHECK(same_bytes(sure, capacity(cold, {}, 3)));
  CHECK(values_of<double>(sure, "exact") == Numbers{1, 1});
  CHECK(values_of<double>(sure, "bounded") == Numbers{1, 1});
  CHECK(values_of<double>(sure, "error")[0] < 1e-15);
  const double tries = 5 * 12;  // all right: the lower end is tries / (tries + z^2)
  CHECK(values_of<double>(sure, "low")[1] == Approx(tries / (tries + 1.96 * 1.96)));
  CHECK(values_of<double>(sure, "high")[1] == Approx(1));
  // Hot: the mean of n corners is sqrt(1 - 1/n) of a norm away from each of them.
  Settings hot = cold;
  hot["beta"] = 1e-7, hot["d"] = whole(5000);
  CHECK(values_of<double>(capacity(hot), "error")[1] == Approx(std::sqrt(1 - 1.0 / 12)).epsilon(0.02));
  // Without temperature the pattern of the largest product comes back: the right one as often as by hand.
  const Settings crowded{{"ensemble", word("sphere")},
                         {"d", whole(5)},
                         {"radius", 2.0},
                         {"loads", std::vector<std::int64_t>{200}},
                         {"cue", word("noise")},
                         {"amount", 0.3},
                         {"beta", 1e6},
                         {"draws", whole(10)},
                         {"probes", whole(200)}};
  const VerbResult some = capacity(crowded);
  std::mt19937_64 engine{21};
  std::normal_distribution<double> normal;
  double right = 0;
  const std::size_t points = 200, dims = 5;
  for (int draw = 0; draw < 10; ++draw) {
    Numbers x(points * dims);
    for (double& v : x) v = normal(engine);
    x = with_norm(x, dims, 2 * std::sqrt(4.0));
    for (std::size_t i = 0; i < points; ++i) {
      Numbers cue = part(x, i * dims, dims);
      for (double& v : cue) v += 0.3 * 4 / std::sqrt(5.0) * normal(engine);
      std::size_t winner = 0;
      for (std::size_t k = 1; k < points; ++k) {
        if (dot(&x[k * dims], cue.data(), dims) > dot(&x[winner * dims], cue.data(), dims)) winner = k;
      }
      right += winner == i ? 1.0 / 2000 : 0;
    }
  }
  CHECK(right > 0.3);
  CHECK(std::abs(values_of<double>(some, "exact")[0] - right) <
        5 * std::sqrt(2 * right * (1 - right) / 2000));
  CHECK(values_of<double>(some, "bounded")[0] == Approx(values_of<double>(some, "exact")[0]).margin(1e-9));
  // Given rows whose second halves follow from the first; rows that share theirs do not come back.
  Numbers given;
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 12; ++j) given.push_back(j % 6 == i ? 3 : -1);
  }
  const Settings half{{"ensemble", word("given")},
                      {"loads", std::vector<std::int64_t>{6}},
                      {"cue", word("half")},
                      {"criterion", word("exact")},
                      {"beta", 5.0}};
  CHECK(values_of<double>(capacity(half, {{"x", rows(given, 12)}}), "exact")[0] == Approx(1));
  for (std::size_t j = 0; j < 6; ++j) given[12 + j] = given[j];
  CHECK(values_of<double>(capacity(half, {{"x", rows(given, 12)}}), "exact")[0] < 0.7);
  refused(plugin().run("continuous", "capacity", {}, half), ANSATZ_BAD_ARGUMENT, {"given", "'x'"});
  refused(plugin().run("continuous", "capacity", {{"x", rows(given, 12)}}, cold), ANSATZ_BAD_ARGUMENT,
          {"'x'", "unwired"});
  refused(plugin().run("continuous", "capacity", {}, {{"loads", std::vector<std::int64_t>{10000000}}}),
          ANSATZ_BAD_ARGUMENT, {"x 10^6 operations", "work"});
}
