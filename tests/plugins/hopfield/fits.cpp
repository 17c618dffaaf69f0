// Rules that fit weights: their objectives against differences, laws and bounds, and what they store.
#include "call.hpp"
#include "data_fit.hpp"

#include <Eigen/LU>

using namespace hopfield_test;
using namespace ansatz::hopfield;

namespace {

using Rows = ansatz::Matrix<double>;

double value_of(const FitProblem& problem, const Rows& x, const Rows& w, Rows& gradient) {
  ansatz::SerialExecutor serial;
  std::vector<double> margins;
  return evaluate_fit(problem, x, w, gradient, margins, serial);
}

Rows with_ones(const Signs& signs, Eigen::Index size) {
  Rows x = Rows::Ones(static_cast<Eigen::Index>(signs.size()) / size, size + 1);
  for (Eigen::Index k = 0; k < x.rows() * size; ++k)
    x(k / size, k % size) = signs[static_cast<std::size_t>(k)];
  return x;
}

Rows random_weights(Eigen::Index size, bool symmetric, unsigned seed) {
  const Numbers values = random_reals(static_cast<std::size_t>(size * (size + 1)), seed, -0.5, 0.5);
  Rows w(size, size + 1);
  for (Eigen::Index k = 0; k < w.size(); ++k) w.data()[k] = values[static_cast<std::size_t>(k)];
  if (symmetric) w.leftCols(size) = (0.5 * (w.leftCols(size) + w.leftCols(size).transpose())).eval();
  w.leftCols(size).diagonal().setZero();
  return w;
}

const Signs few = random_signs(std::size_t{15} * 40, 21);  // 15 patterns of 40

}  // namespace

TEST_CASE(
    "hopfield: flow and pseudo-likelihood are their sums, their gradients their differences, and convex") {
  const Eigen::Index size = 7;
  const Rows x = with_ones(random_signs(static_cast<std::size_t>(5 * size), 22), size);
  for (const Objective objective : {Objective::flow, Objective::pseudo_likelihood}) {
    for (const bool symmetric : {true, false}) {
      const FitProblem problem{objective, symmetric, true, 0.3};
      const Rows w = random_weights(size, symmetric, 23);
      Rows gradient, unused;
      const double value = value_of(problem, x, w, gradient);
      double sum = 0;
      for (Eigen::Index mu = 0; mu < 5; ++mu) {
        for (Eigen::Index i = 0; i < size; ++i) {
          double h = w(i, size);
          for (Eigen::Index j = 0; j < size; ++j) h += w(i, j) * x(mu, j);
          const double aligned = x(mu, i) * h;
          sum +=
              (objective == Objective::flow ? std::exp(-aligned) : std::log(1 + std::exp(-2 * aligned))) / 5;
        }
      }
      for (Eigen::Index i = 0; i < size; ++i) {
        for (Eigen::Index j = 0; j < size; ++j) sum += 0.15 * w(i, j) * w(i, j);
      }
      CHECK(value == Approx(sum).epsilon(1e-12));
      for (Eigen::Index i = 0; i < size; ++i) {
        CHECK(gradient(i, i) == 0);
        for (Eigen::Index j = 0; j <= size; ++j) {
          if (j == i) continue;
          const double step = 1e-5;
          Rows up = w, down = w;
          up(i, j) += step, down(i, j) -= step;
          const bool both = symmetric && j < size;
          if (both) up(j, i) += step, down(j, i) -= step;
          const double slope =
              (value_of(problem, x, up, unused) - value_of(problem, x, down, unused)) / (2 * step);
          CHECK(gradient(i, j) * (both ? 2 : 1) == Approx(slope).margin(1e-7));
        }
      }
      const Rows other = random_weights(size, symmetric, 24);
      for (const double share : {0.2, 0.5, 0.9}) {
        const Rows between = share * w + (1 - share) * other;
        CHECK(value_of(problem, x, between, unused) <=
              share * value + (1 - share) * value_of(problem, x, other, unused) + 1e-12);
      }
    }
  }
}

TEST_CASE("hopfield: over the Gibbs law of a network the gradients vanish at its weights") {
  const Eigen::Index size = 8;
  const Rows w = random_weights(size, true, 25);
  for (const Objective objective : {Objective::flow, Objective::pseudo_likelihood}) {
    Rows mean = Rows::Zero(size, size + 1), gradient;
    double total = 0, steep = 0;
    for (unsigned state = 0; state < 256; ++state) {
      Signs s(static_cast<std::size_t>(size));
      for (std::size_t i = 0; i < s.size(); ++i) s[i] = (state >> i & 1) != 0 ? 1 : -1;
      const Rows x = with_ones(s, size);
      double energy = 0;  // with thresholds, the last column reversed
      for (Eigen::Index i = 0; i < size; ++i) {
        for (Eigen::Index j = 0; j < size; ++j) energy -= 0.5 * w(i, j) * x(0, i) * x(0, j);
        energy -= w(i, size) * x(0, i);
      }
      value_of({objective, true, true, 0}, x, w, gradient);
      mean += std::exp(-energy) * gradient;
      total += std::exp(-energy);
      steep = std::max(steep, gradient.cwiseAbs().maxCoeff());
    }
    CHECK(steep > 0.1);
    CHECK((mean / total).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("hopfield: flow and pseudo-likelihood store patterns with symmetric weights") {
  const std::size_t size = 40;
  for (const char* rule : {"flow", "pseudo-likelihood"}) {
    const VerbResult stored = store(few, size, {{"rule", word(rule)}, {"kappa", 0.2}});
    CHECK(values_of<bool>(stored, "converged")[0]);
    const Numbers w = values_of<double>(stored, "weights");
    for (std::size_t i = 0; i < size; ++i) {
      double norm = 0;
      for (std::size_t j = 0; j < size; ++j) {
        norm += w[i * size + j] * w[i * size + j];
        REQUIRE(w[i * size + j] == w[j * size + i]);
      }
      CHECK(w[i * size + i] == 0);
      for (std::size_t mu = 0; mu < few.size() / size; ++mu) {
        REQUIRE(few[mu * size + i] * field(w, &few[mu * size], size, i) > 0.2 * std::sqrt(norm));
      }
    }
    // Stopped anywhere and taken up again, with thresholds of its own: the same bytes.
    const Settings learned{
        {"rule", word(rule)}, {"thresholds", word("learned")}, {"penalty", 0.05}, {"epochs", whole(30)}};
    const VerbResult at_once = store(few, size, learned);
    for (const std::uint64_t steps : {1U, 7U}) {
      CHECK(same_bytes(done(plugin().resumed(steps, "network", "store", {{"x", rows(few, size)}}, {},
                                             {1, 1, nullptr, learned})),
                       at_once));
    }
    CHECK(same_bytes(at_once, done(plugin().run("network", "store", {{"x", rows(few, size)}}, {},
                                                {1, 3, nullptr, learned}))));
  }
  // p K < 1 bounds every term by 1, so that every field has its sign: descended that far by a margin out of reach.
  const VerbResult far = store(few, size, {{"rule", word("flow")}, {"kappa", 100.0}, {"epochs", whole(300)}});
  double flow = 0, least = 1e9;
  for (const double margin : values_of<double>(far, "margin")) {
    flow += std::exp(-margin);
    least = std::min(least, margin);
  }
  CHECK(flow < 1);
  CHECK(least > 0);
  // With a penalty the minimum is finite: the gradient vanishes there.
  const VerbResult stored = store(few, size, {{"rule", word("flow")}, {"penalty", 0.1}, {"tolerance", 1e-8}});
  CHECK(values_of<bool>(stored, "converged")[0]);
  const Numbers w = values_of<double>(stored, "weights");
  Rows full = Rows::Zero(40, 41), gradient;
  for (Eigen::Index k = 0; k < 1600; ++k) full(k / 40, k % 40) = w[static_cast<std::size_t>(k)];
  value_of({Objective::flow, true, false, 0.1}, with_ones(few, 40), full, gradient);
  CHECK(gradient.cwiseAbs().maxCoeff() < 1e-7);
}

TEST_CASE("hopfield: the covariance rule is its sum, with thresholds of the mean pattern on demand") {
  const std::size_t size = 40, p = few.size() / size;
  Signs x = few;  // biased: some -1 become 1
  for (std::size_t k = 0; k < x.size(); k += 3) x[k] = 1;
  Numbers mean(size), w(size * size);
  for (std::size_t k = 0; k < x.size(); ++k) mean[k % size] += x[k] / static_cast<double>(p);
  for (std::size_t k = 0; k < w.size(); ++k) {
    const std::size_t i = k / size, j = k % size;
    for (std::size_t mu = 0; mu < p && i != j; ++mu) {
      w[k] += (x[mu * size + i] - mean[i]) * (x[mu * size + j] - mean[j]) / static_cast<double>(size);
    }
  }
  const VerbResult stored = store(x, size, {{"rule", word("covariance")}, {"thresholds", word("learned")}});
  CHECK(largest_difference(values_of<double>(stored, "weights"), w) < 1e-12);
  const auto thresholds = values_of<double>(stored, "thresholds");
  for (std::size_t i = 0; i < size; ++i) {
    double shift = 0;
    for (std::size_t j = 0; j < size; ++j) shift += w[i * size + j] * mean[j];
    CHECK(thresholds[i] == Approx(shift).margin(1e-12));
  }
  const VerbResult refused = plugin().run("network", "store", {{"x", rows(x, size)}}, {},
                                          {1, 1, nullptr, {{"thresholds", word("learned")}}});
  CHECK(refused.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(refused.text, Catch::Contains("rule hebb learns no thresholds"));
}

TEST_CASE(
    "hopfield: AdaTron is optimal, perceptron updates are bounded, least overlaps come near the optimum") {
  const std::size_t size = 40, p = few.size() / size;
  const VerbResult best =
      store(few, size, {{"rule", word("adatron")}, {"tolerance", 1e-12}, {"epochs", whole(100000)}});
  const VerbResult plain = store(few, size, {{"rule", word("perceptron")}});
  const Array &strengths = best.state.array("learning/strengths"),
              &updates = plain.state.array("learning/strengths");
  const Numbers w = values_of<double>(best, "weights");
  double worst = 1e9;
  for (std::size_t i = 0; i < size; ++i) {
    double norm = 0, made = 0;
    for (std::size_t j = 0; j < size; ++j) norm += w[i * size + j] * w[i * size + j];
    for (std::size_t mu = 0; mu < p; ++mu) {
      const double strength = strengths.number(i * p + mu);
      const double aligned = few[mu * size + i] * field(w, &few[mu * size], size, i);
      REQUIRE(strength >= 0);
      REQUIRE(aligned >= 1 - 1e-6);
      REQUIRE(std::abs(strength * (aligned - 1)) < 1e-6);
      made += updates.number(i * p + mu);
    }
    // The largest margin is 1 / |W_i| (Novikoff 1962: at most n / margin^2 updates).
    CHECK(made > 0);
    CHECK(made <= static_cast<double>(size) * norm);
    worst = std::min(worst, 1 / std::sqrt(norm));
  }
  const Settings near{{"rule", word("min-overlap")}, {"kappa", 0.95 * worst}, {"epochs", whole(20000)}};
  const VerbResult least = store(few, size, near);
  CHECK(values_of<bool>(least, "converged")[0]);
  const Numbers v = values_of<double>(least, "weights");
  for (std::size_t i = 0; i < size; ++i) {
    double norm = 0;
    for (std::size_t j = 0; j < size; ++j) norm += v[i * size + j] * v[i * size + j];
    for (std::size_t mu = 0; mu < p; ++mu) {
      REQUIRE(few[mu * size + i] * field(v, &few[mu * size], size, i) > 0.95 * worst * std::sqrt(norm));
    }
  }
  const Settings beyond{{"rule", word("min-overlap")}, {"kappa", 1.05 * worst}, {"epochs", whole(300)}};
  CHECK_FALSE(values_of<bool>(store(few, size, beyond), "converged")[0]);
}

TEST_CASE(
    "hopfield: Diederich and Opper's second rule ends at the least-squares weights, thresholds included") {
  const Eigen::Index size = 40, p = 15;
  const Rows x = with_ones(few, size);
  for (const bool learned : {false, true}) {
    Settings settings{{"rule", word("diederich-opper-2")}, {"tolerance", 1e-13}, {"epochs", whole(100000)}};
    if (learned) settings["thresholds"] = word("learned");
    const VerbResult stored = store(few, 40, settings);
    const Numbers w = values_of<double>(stored, "weights"),
                  thresholds = values_of<double>(stored, "thresholds");
    for (Eigen::Index i = 0; i < size; ++i) {
      // The shortest solution of sum over j of J_j xi_j = xi_i for all patterns, without neuron i.
      Rows inputs = x;
      inputs.col(i).setZero();
      if (!learned) inputs.col(size).setZero();
      const Rows gram = inputs * inputs.transpose();
      const Eigen::VectorXd solved = gram.fullPivLu().solve(x.col(i));
      const Eigen::VectorXd row = inputs.transpose() * solved;
      for (Eigen::Index j = 0; j < size; ++j) {
        REQUIRE(w[static_cast<std::size_t>(i * size + j)] == Approx(row(j)).margin(1e-8));
      }
      REQUIRE(thresholds[static_cast<std::size_t>(i)] == Approx(-row(size)).margin(1e-8));
    }
    CHECK(p * size == static_cast<Eigen::Index>(values_of<double>(stored, "margin").size()));
  }
}
