// Model `continuous` against its definitions: updates, energies, derivatives, limits.
#include <ansatz/num/gradient_check.hpp>

#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

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
