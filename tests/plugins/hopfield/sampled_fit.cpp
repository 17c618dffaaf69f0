// Flow to states sampled from the model.
#include "sampled_fit.hpp"

#include "call.hpp"

using namespace hopfield_test;
using namespace ansatz::hopfield;

namespace {

using Rows = ansatz::Matrix<double>;

double random_real(std::mt19937_64& engine) { return static_cast<double>(engine() >> 11) * 0x1p-53; }

// Symmetric with a zero diagonal; the last column holds thresholds reversed.
Rows random_weights(Eigen::Index size, double largest, std::uint64_t seed) {
  std::mt19937_64 engine{seed};
  Rows w = Rows::Zero(size, size + 1);
  for (Eigen::Index i = 0; i < size; ++i) {
    w(i, size) = largest * (2 * random_real(engine) - 1);
    for (Eigen::Index j = 0; j < i; ++j) w(i, j) = w(j, i) = largest * (2 * random_real(engine) - 1);
  }
  return w;
}

Signs state_of(unsigned number, Eigen::Index size) {
  Signs s(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = (number >> i & 1) != 0 ? 1 : -1;
  return s;
}

double energy_of(const Rows& w, const Signs& s) {
  double energy = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    energy -= w(row, w.rows()) * s[i];
    for (std::size_t j = 0; j < i; ++j) energy -= w(row, static_cast<Eigen::Index>(j)) * s[i] * s[j];
  }
  return energy;
}

Numbers gibbs_law(const Rows& w) {
  Numbers law;
  double total = 0;
  for (unsigned k = 0; k < 1U << w.rows(); ++k)
    total += law.emplace_back(std::exp(-energy_of(w, state_of(k, w.rows()))));
  for (double& p : law) p /= total;
  return law;
}

// <s_i s_j> and <s_i> under the law.
Rows moments(const Numbers& law, Eigen::Index size) {
  Rows means = Rows::Zero(size, size + 1);
  for (unsigned k = 0; k < law.size(); ++k) {
    const Signs s = state_of(k, size);
    for (Eigen::Index i = 0; i < size; ++i) {
      means(i, size) += law[k] * s[static_cast<std::size_t>(i)];
      for (Eigen::Index j = 0; j < size; ++j)
        means(i, j) += i == j ? 0 : law[k] * s[static_cast<std::size_t>(i)] * s[static_cast<std::size_t>(j)];
    }
  }
  return means;
}

Signs drawn_from(const Numbers& law, Eigen::Index size, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 engine{seed};
  Signs all;
  for (std::size_t c = 0; c < count; ++c) {
    double left = random_real(engine);
    unsigned k = 0;
    while (k + 1 < law.size() && (left -= law[k]) >= 0) ++k;
    const Signs s = state_of(k, size);
    all.insert(all.end(), s.begin(), s.end());
  }
  return all;
}

Rows with_ones(const Signs& signs, Eigen::Index size) {
  Rows x = Rows::Ones(static_cast<Eigen::Index>(signs.size()) / size, size + 1);
  for (Eigen::Index k = 0; k < x.rows() * size; ++k)
    x(k / size, k % size) = signs[static_cast<std::size_t>(k)];
  return x;
}

Rows fitted(const VerbResult& stored, Eigen::Index size) {
  const Numbers w = values_of<double>(stored, "weights"),
                thresholds = values_of<double>(stored, "thresholds");
  Rows all(size, size + 1);
  for (Eigen::Index k = 0; k < size * size; ++k) all(k / size, k % size) = w[static_cast<std::size_t>(k)];
  for (Eigen::Index i = 0; i < size; ++i) all(i, size) = -thresholds[static_cast<std::size_t>(i)];
  return all;
}

}  // namespace

TEST_CASE(
    "hopfield: the objective of flow to samples slopes at its weights by half the difference of mean "
    "products") {
  const Eigen::Index size = 5;
  const Rows at = random_weights(size, 0.5, 1);
  const Signs patterns = random_signs(std::size_t{9} * 5, 2), samples = random_signs(std::size_t{7} * 5, 3);
  const auto objective = [&](const Rows& w) {
    const auto mean = [&](const Signs& states, double sign) {
      const std::size_t count = states.size() / 5;
      double sum = 0;
      for (std::size_t k = 0; k < count; ++k) {
        const Signs s{states.begin() + static_cast<std::ptrdiff_t>(5 * k),
                      states.begin() + static_cast<std::ptrdiff_t>(5 * k + 5)};
        sum += std::exp(sign * (energy_of(w, s) - energy_of(at, s)) / 2);
      }
      return sum / static_cast<double>(count);
    };
    return mean(patterns, 1) * mean(samples, -1);
  };
  CHECK(objective(at) == Approx(1));
  const Rows difference = mean_products(with_ones(samples, size)) - mean_products(with_ones(patterns, size));
  for (Eigen::Index i = 0; i < size; ++i) {
    CHECK(difference(i, i) == 0);
    for (Eigen::Index j = i + 1; j <= size; ++j) {
      Rows up = at, down = at;
      up(i, j) += 1e-5, down(i, j) -= 1e-5;
      if (j < size) up(j, i) += 1e-5, down(j, i) -= 1e-5;
      CHECK(difference(i, j) / 2 == Approx((objective(up) - objective(down)) / 2e-5).margin(1e-8));
    }
  }
}

TEST_CASE("hopfield: flow to samples finds the network whose law has the patterns' mean products") {
  const Eigen::Index size = 6;
  const Rows truth = random_weights(size, 0.6, 4);
  const Signs patterns = drawn_from(gibbs_law(truth), size, 3000, 5);
  Settings settings{{"rule", word("flow")},
                    {"neighbours", word("sampled")},
                    {"thresholds", word("learned")},
                    {"samples", whole(500)},
                    {"epochs", whole(600)}};
  const VerbResult stored = store(patterns, 6, settings);
  CHECK(values_of<bool>(stored, "converged")[0]);
  const Rows found = fitted(stored, size), wanted = mean_products(with_ones(patterns, size));
  CHECK((moments(gibbs_law(found), size) - wanted).cwiseAbs().maxCoeff() < 0.01);
  CHECK((moments(gibbs_law(Rows::Zero(size, size + 1)), size) - wanted).cwiseAbs().maxCoeff() > 0.2);
  // The likelihood's maximum, which the pseudo-likelihood's is near, and the truth within what 3000 patterns tell.
  const Rows pseudo =
      fitted(store(patterns, 6,
                   {{"rule", word("pseudo-likelihood")}, {"thresholds", word("learned")}, {"kappa", 100.0}}),
             size);
  CHECK((found - pseudo).cwiseAbs().maxCoeff() < 0.06);
  CHECK((found - truth).cwiseAbs().maxCoeff() < 0.15);
  for (Eigen::Index i = 0; i < size; ++i) {
    for (Eigen::Index j = 0; j < size; ++j) CHECK(found(i, j) == found(j, i));
  }
  // Without thresholds the pairs' means alone are those of the patterns; a penalty shrinks.
  settings["thresholds"] = word("zero");
  const Rows even = fitted(store(patterns, 6, settings), size);
  CHECK(even.col(size).cwiseAbs().maxCoeff() == 0);
  CHECK((moments(gibbs_law(even), size) - wanted).leftCols(size).cwiseAbs().maxCoeff() < 0.01);
  settings["penalty"] = 1.0;
  const Rows shrunk = fitted(store(patterns, 6, settings), size);
  CHECK(shrunk.col(size).cwiseAbs().maxCoeff() == 0);
  CHECK(shrunk.leftCols(size).norm() < 0.7 * found.leftCols(size).norm());
}

TEST_CASE(
    "hopfield: flow to samples gives the same bytes when taken up again and with any number of threads") {
  const Signs patterns = random_signs(std::size_t{8} * 12, 6);
  const Settings settings{
      {"rule", word("flow")}, {"neighbours", word("sampled")}, {"samples", whole(30)}, {"epochs", whole(20)}};
  const VerbResult whole_fit = store(patterns, 12, settings);
  for (const std::uint64_t steps : {1U, 9U, 10U, 19U}) {
    CHECK(same_bytes(done(plugin().resumed(steps, "network", "store", {{"x", rows(patterns, 12)}}, {},
                                           {1, 1, nullptr, settings})),
                     whole_fit));
  }
  CHECK(same_bytes(whole_fit, done(plugin().run("network", "store", {{"x", rows(patterns, 12)}}, {},
                                                {1, 3, nullptr, settings}))));
  Settings skew = settings;
  skew["symmetric"] = false;
  const VerbResult refused =
      plugin().run("network", "store", {{"x", rows(patterns, 12)}}, {}, {1, 1, nullptr, skew});
  CHECK(refused.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(refused.text, Catch::Contains("symmetric"));
}
