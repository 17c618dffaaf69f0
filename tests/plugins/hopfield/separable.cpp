// The perceptron converges exactly where a linear program separates, and that share is Cover's; the pseudo-inverse
// over loads, patterns added one by one, and patterns that depend on others.
#include <Eigen/Core>
#include <numeric>

#include "call.hpp"
#include "theory.hpp"

using namespace hopfield_test;

namespace {

// Phase one of the simplex method with Bland's rule: is there y >= 0 with sum of y = 1 and A y = 0?  If so no J has
// J'a > 0 for all columns a (Gordan); if not the multipliers of the optimum are such a J.
struct Separation {
  bool separable;
  double margin;  // least J'a over |J|, of a separable one: a lower bound of the largest
};
Separation separate(const Eigen::MatrixXd& a) {
  const Eigen::Index m = a.rows() + 1, p = a.cols();
  // Rows: constraints, then the reduced costs of the sum of the artificial variables; columns: y, artificial, right side.
  Eigen::MatrixXd t = Eigen::MatrixXd::Zero(m + 1, p + m + 1);
  t.topLeftCorner(m - 1, p) = a;
  t.row(m - 1).head(p).setOnes();
  t.block(0, p, m, m).setIdentity();
  t(m - 1, p + m) = 1;
  for (Eigen::Index r = 0; r < m; ++r) t.row(m) -= t.row(r);
  t.row(m).segment(p, m).setZero();
  std::vector<Eigen::Index> basis;
  for (Eigen::Index r = 0; r < m; ++r) basis.push_back(p + r);
  while (true) {
    Eigen::Index in = 0, out = -1;
    while (in < p && t(m, in) > -1e-9) ++in;
    if (in == p) break;
    for (Eigen::Index r = 0; r < m; ++r) {
      if (t(r, in) < 1e-9) continue;
      const double change = out < 0 ? -1 : t(r, p + m) / t(r, in) - t(out, p + m) / t(out, in);
      const auto at = [&](Eigen::Index row) { return basis[static_cast<std::size_t>(row)]; };
      if (out < 0 || change < -1e-12 || (change < 1e-12 && at(r) < at(out))) out = r;
    }
    REQUIRE(out >= 0);
    t.row(out) /= t(out, in);
    for (Eigen::Index r = 0; r <= m; ++r) {
      if (r != out && t(r, in) != 0) t.row(r) -= (t(r, in) * t.row(out)).eval();
    }
    basis[static_cast<std::size_t>(out)] = in;
  }
  // Reduced cost of artificial r: 1 - multiplier r.
  const Eigen::VectorXd j = (t.row(m).segment(p, m - 1).array() - 1).transpose();
  const double least = (j.transpose() * a).minCoeff();
  const bool separable = -t(m, p + m) > 1e-7;
  if (separable) REQUIRE(least > 0);
  return {separable, separable ? least / j.norm() : 0};
}

// Points of neuron i: the patterns without it, each times the neuron's sign.
Eigen::MatrixXd points_of(const Signs& x, std::size_t n, std::size_t i) {
  const std::size_t p = x.size() / n;
  Eigen::MatrixXd a(static_cast<Eigen::Index>(n - 1), static_cast<Eigen::Index>(p));
  for (std::size_t mu = 0; mu < p; ++mu) {
    Eigen::Index row = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (j != i) a(row++, static_cast<Eigen::Index>(mu)) = x[mu * n + i] * x[mu * n + j];
    }
  }
  return a;
}

}  // namespace

TEST_CASE(
    "hopfield: the perceptron converges where a linear program separates, as often as Cover's formula says") {
  const std::int64_t epochs = 200;
  for (const auto& [inputs, p, networks] : {std::tuple<std::size_t, std::size_t, unsigned>{20, 34, 16},
                                            {20, 44, 16},
                                            {30, 60, 12},
                                            {40, 76, 10}}) {
    const std::size_t n = inputs + 1;
    Numbers shares;  // of a network: its neurons share their patterns and are not independent
    std::size_t undecided = 0;
    for (unsigned draw = 0; draw < networks; ++draw) {
      const Signs x = random_signs(p * n, static_cast<unsigned>(100 * inputs + p + 10000 * draw));
      const VerbResult stored = store(x, n, {{"rule", word("perceptron")}, {"epochs", whole(epochs)}});
      const auto margins = values_of<double>(stored, "margin");
      double share = 0;
      for (std::size_t i = 0; i < n; ++i) {
        CAPTURE(inputs, p, draw, i);
        const Separation expected = separate(points_of(x, n, i));
        const bool converged = stored.state.array("learning/settled").number(i) != 0;
        double least = 1e9;
        for (std::size_t mu = 0; mu < p; ++mu) least = std::min(least, margins[mu * n + i]);
        // The last epoch may have moved the neuron to weights that it had no more time to look at.
        if (converged) REQUIRE(least > 1e-9);
        if (least > 1e-9) REQUIRE(expected.separable);
        // At most inputs / margin^2 updates (Novikoff 1962), whether it has ended or not.
        const auto strengths = stored.state.array("learning/strengths").as<double>().subspan(i * p, p);
        const double made = std::accumulate(strengths.begin(), strengths.end(), 0.0);
        if (expected.separable)
          REQUIRE(made * expected.margin * expected.margin <= static_cast<double>(inputs) * (1 + 1e-9));
        undecided += expected.separable && !converged ? 1 : 0;
        share += expected.separable ? 1 / static_cast<double>(n) : 0;
      }
      shares.push_back(share);
    }
    double mean = 0, square = 0;
    for (const double share : shares) mean += share / networks;
    for (const double share : shares) square += (share - mean) * (share - mean);
    const double error = std::sqrt(square / (networks - 1.0) / networks);
    CAPTURE(inputs, p, mean, error, undecided);
    CHECK(std::abs(mean - ansatz::hopfield::separable_share(p, inputs)) < 3 * error);
    CHECK(error < 0.08);
    CHECK(static_cast<double>(undecided) < 0.4 * static_cast<double>(networks * n));
  }
}

TEST_CASE("hopfield: the pseudo-inverse is a projector at every load, and grows pattern by pattern") {
  const std::size_t n = 60;
  const Settings keep{{"rule", word("pseudo-inverse")}, {"diagonal", word("keep")}};
  for (const std::size_t p : {1U, 6U, 30U, 54U, 60U, 90U}) {
    CAPTURE(p);
    const Signs x = random_signs(p * n, static_cast<unsigned>(200 + p));
    const Numbers w = values_of<double>(store(x, n, keep), "weights");
    // W += e e' / |e|^2 with e = xi - W xi, where anything is left of it (Personnaz, Guyon, Dreyfus 1985).
    Eigen::MatrixXd grown = Eigen::MatrixXd::Zero(60, 60);
    double rank = 0;
    for (std::size_t mu = 0; mu < p; ++mu) {
      Eigen::VectorXd e(60);
      for (std::size_t i = 0; i < n; ++i) e(static_cast<Eigen::Index>(i)) = x[mu * n + i];
      e -= (grown * e).eval();
      if (e.squaredNorm() < 1e-8) continue;
      grown += (e * e.transpose() / e.squaredNorm()).eval();
      rank += 1;
    }
    CHECK(rank == static_cast<double>(std::min(p, n)));
    const Eigen::Map<const Eigen::MatrixXd> ours{w.data(), 60, 60};
    CHECK((ours - grown).cwiseAbs().maxCoeff() < 1e-10);
    CHECK((ours * ours - ours).cwiseAbs().maxCoeff() < 1e-10);
    CHECK(ours.trace() == Approx(rank).epsilon(1e-10));
    for (std::size_t k = 0; k < x.size(); ++k)
      REQUIRE(field(w, &x[k / n * n], n, k % n) == Approx(x[k]).margin(1e-10));
    const auto margins = values_of<double>(store(x, n, {{"rule", word("pseudo-inverse")}}), "margin");
    for (std::size_t k = 0; k < margins.size(); ++k)
      REQUIRE(margins[k] == Approx(1 - w[k % n * (n + 1)]).margin(1e-10));
    if (p < 2) continue;
    const auto half = static_cast<std::ptrdiff_t>(p / 2 * n);
    const VerbResult first = store(Signs(x.begin(), x.begin() + half), n, keep);
    CHECK(largest_difference(
              values_of<double>(store(Signs(x.begin() + half, x.end()), n, keep, &first), "weights"), w) <
          1e-10);
  }
  // a + b - c is a pattern where c is a wherever a and b agree: it depends on the three, and changes nothing.
  Signs x = random_signs(5 * n, 299);
  for (std::size_t i = 0; i < n; ++i) {
    if (x[i] == x[n + i]) x[2 * n + i] = x[i];
  }
  const Numbers before = values_of<double>(store(x, n, keep), "weights");
  for (std::size_t i = 0; i < n; ++i) x.push_back(x[i] + x[n + i] - x[2 * n + i]);
  const VerbResult after = store(x, n, keep);
  CHECK(largest_difference(values_of<double>(after, "weights"), before) < 1e-10);
  std::string log;
  for (const std::string& line : after.log) log += line;
  CHECK_THAT(log, Catch::Contains("rank 5 of 6"));
}

TEST_CASE("hopfield: a neuron that alone tells two patterns apart has no weights, and both stay") {
  // W xi = xi of both, so W also keeps their difference: row and column of that neuron are those of 1.
  const std::size_t n = 60, p = 12;
  for (unsigned draw = 0; draw < 10; ++draw) {
    Signs x = random_signs(p * n, 300 + draw);
    std::copy_n(x.begin(), n, x.begin() + n);
    const std::size_t alone = draw * 5;
    x[n + alone] = -x[alone];
    const VerbResult stored = store(x, n, {{"rule", word("pseudo-inverse")}});
    const Numbers w = values_of<double>(stored, "weights"), margins = values_of<double>(stored, "margin");
    for (std::size_t j = 0; j < n; ++j) {
      REQUIRE(w[alone * n + j] == 0);
      REQUIRE(w[j * n + alone] == 0);
    }
    for (std::size_t mu = 0; mu < p; ++mu) REQUIRE(margins[mu * n + alone] == 0);
    CHECK(values_of<std::int32_t>(retrieve(stored, x, n), "x") == x);
  }
}
