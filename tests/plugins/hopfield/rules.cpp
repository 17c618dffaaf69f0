// The learning rules against their definitions, and how much they keep.
#include "call.hpp"

using namespace hopfield_test;

namespace {

const std::size_t n = 30, p = 12;
const Signs x = random_signs(p * n, 11);

Numbers weights(const Signs& patterns, const Settings& settings) {
  return values_of<double>(store(patterns, n, settings), "weights");
}

Numbers product(const Numbers& a, const Numbers& b) {
  Numbers c(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return c;
}
double trace(const Numbers& a) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i * n + i];
  return sum;
}
// Least over patterns and neurons of xi_i h_i over the norm of the neuron's weights.
double kappa(const Numbers& w, const Signs& patterns) {
  double least = 1e9;
  for (std::size_t i = 0; i < n; ++i) {
    double square = 0;
    for (std::size_t j = 0; j < n; ++j) square += w[i * n + j] * w[i * n + j];
    for (std::size_t mu = 0; mu < patterns.size() / n; ++mu) {
      least = std::min(least, patterns[mu * n + i] * field(w, &patterns[mu * n], n, i) / std::sqrt(square));
    }
  }
  return least;
}

}  // namespace

TEST_CASE("hopfield: the pseudo-inverse is the projector on the patterns") {
  const Settings keep{{"rule", word("pseudo-inverse")}, {"diagonal", word("keep")}};
  const Numbers w = weights(x, keep);
  CHECK(largest_difference(product(w, w), w) < 1e-10);
  CHECK(trace(w) == Approx(static_cast<double>(p)).epsilon(1e-10));
  for (std::size_t mu = 0; mu < p; ++mu) {
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(field(w, &x[mu * n], n, i) == Approx(x[mu * n + i]).margin(1e-10));
  }
  const auto margins = values_of<double>(store(x, n, {{"rule", word("pseudo-inverse")}}), "margin");
  for (std::size_t k = 0; k < margins.size(); ++k) {
    REQUIRE(margins[k] == Approx(1 - w[(k % n) * (n + 1)]).margin(1e-10));
  }
  // A pattern that is the negative of another adds nothing.
  Signs more = x;
  for (std::size_t i = 0; i < n; ++i) more.push_back(-x[i]);
  CHECK(largest_difference(weights(more, keep), w) < 1e-10);
}

TEST_CASE("hopfield: dreaming goes from Hebb to the pseudo-inverse as 1/t") {
  const auto dream = [](double t) {
    return weights(x, {{"rule", word("dreaming")}, {"diagonal", word("keep")}, {"dream_time", t}});
  };
  const Numbers h = weights(x, {{"representation", word("dense")}, {"diagonal", word("keep")}});
  CHECK(largest_difference(dream(0), h) < 1e-12);
  // W (I + tH) = (1 + t) H: each eigenvalue l of H becomes l (1 + t) / (1 + t l).
  const double t = 2.5;
  Numbers shifted = h, scaled = h;
  for (std::size_t k = 0; k < n * n; ++k)
    shifted[k] = t * h[k] + (k % (n + 1) == 0 ? 1 : 0), scaled[k] *= 1 + t;
  CHECK(largest_difference(product(dream(t), shifted), scaled) < 1e-10);
  const Numbers projector = weights(x, {{"rule", word("pseudo-inverse")}, {"diagonal", word("keep")}});
  const double near = largest_difference(dream(1e4), projector),
               nearer = largest_difference(dream(1e5), projector);
  CHECK(std::log10(nearer / near) == Approx(-1).margin(0.05));
}

TEST_CASE("hopfield: Storkey's rules are their definitions element by element, and forget by decay") {
  for (const bool second : {false, true}) {
    for (const double decay : {0.0, 0.1}) {
      Numbers w(n * n);
      for (std::size_t mu = 0; mu < p; ++mu) {
        const std::int32_t* xi = &x[mu * n];
        for (double& v : w) v *= 1 - decay;
        Numbers next = w;
        const auto local = [&](std::size_t i, std::size_t j) {
          double h = 0;
          for (std::size_t k = 0; k < n; ++k) h += k != i && k != j ? w[i * n + k] * xi[k] : 0;
          return h;
        };
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = 0; j < n; ++j) {
            if (i == j) continue;
            double change = xi[i] * xi[j] - xi[i] * local(j, i) - local(i, j) * xi[j];
            if (second) change += local(i, j) * local(j, i);
            next[i * n + j] += change / static_cast<double>(n);
          }
        }
        w = next;
      }
      const Settings settings{{"rule", word(second ? "storkey-2" : "storkey")}, {"decay", decay}};
      CHECK(largest_difference(weights(x, settings), w) < 1e-12);
      const VerbResult half = store(Signs(x.begin(), x.begin() + 5 * n), n, settings);
      const VerbResult rest = store(Signs(x.begin() + 5 * n, x.end()), n, settings, &half);
      CHECK(largest_difference(values_of<double>(rest, "weights"), w) < 1e-12);
    }
  }
  Numbers faded(n * n);
  for (std::size_t mu = 0; mu < p; ++mu) {
    for (std::size_t k = 0; k < n * n; ++k) {
      faded[k] = 0.8 * faded[k] +
                 (k / n != k % n ? x[mu * n + k / n] * x[mu * n + k % n] / static_cast<double>(n) : 0);
    }
  }
  CHECK(largest_difference(weights(x, {{"decay", 0.2}}), faded) < 1e-12);
}

TEST_CASE("hopfield: perceptron rules reach their margins, and AdaTron the largest") {
  const Signs many = random_signs(24 * n, 12);
  const auto by = [&](const char* rule, Settings more = {}) {
    more["rule"] = word(rule);
    return weights(many, more);
  };
  const Numbers best = by("adatron", {{"tolerance", 1e-10}, {"epochs", whole(100000)}});
  const double largest = kappa(best, many);
  CHECK(largest > 0);
  double least = 1e9;
  for (std::size_t mu = 0; mu < 24; ++mu) {
    for (std::size_t i = 0; i < n; ++i)
      least = std::min(least, many[mu * n + i] * field(best, &many[mu * n], n, i));
  }
  CHECK(least == Approx(1).margin(1e-6));
  const double aim = 0.3 * largest;
  CHECK(kappa(by("perceptron", {{"kappa", aim}}), many) > aim);
  for (const char* rule : {"perceptron", "diederich-opper-1", "diederich-opper-2"}) {
    const double other = kappa(by(rule), many);
    CHECK(other > 0);
    CHECK(other <= largest + 1e-6);
  }
  CHECK(kappa(by("pseudo-inverse"), many) <= largest + 1e-6);
  // Diederich and Opper's second rule: every aligned field is 1.
  const Numbers equal = by("diederich-opper-2", {{"tolerance", 1e-11}, {"epochs", whole(100000)}});
  for (std::size_t mu = 0; mu < 24; ++mu) {
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(many[mu * n + i] * field(equal, &many[mu * n], n, i) == Approx(1).margin(1e-8));
  }
  // Symmetrised on demand.
  const Numbers both = by("perceptron", {{"symmetric", true}}), skew = by("perceptron");
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      REQUIRE(both[i * n + j] == Approx((skew[i * n + j] + skew[j * n + i]) / 2).margin(1e-14));
  }
}

TEST_CASE("hopfield: patterns that are not separable end the perceptron with a warning") {
  const Signs many =
      random_signs(5 * n * n, 13);  // 5 patterns a weight; beyond 2 none are separable (Cover 1965)
  const VerbResult result = store(many, n, {{"rule", word("perceptron")}, {"epochs", whole(20)}});
  CHECK_FALSE(values_of<bool>(result, "converged")[0]);
  CHECK(result.log.size() >= 1);
  CHECK(values_of<bool>(store(x, n, {{"rule", word("perceptron")}}), "converged")[0]);
}

TEST_CASE("hopfield: the first synchronous step errs as often as the binomial law says") {
  const std::int64_t size = 101, count = 20;
  const VerbResult result =
      done(plugin().run("network", "capacity", {},
                        {{"n", whole(size)},
                         {"loads", std::vector<double>{static_cast<double>(count) / size}},
                         {"draws", whole(400)},
                         {"probes", whole(5)},
                         {"sweeps", word("one")}}));
  // A bit flips where sum S of M = (p-1)(n-1) signs is below -(n-1).
  const double m = static_cast<double>((count - 1) * (size - 1));
  double chance = 0;
  for (double b = 0; 2 * b - m < -static_cast<double>(size - 1); ++b) {
    chance += std::exp(std::lgamma(m + 1) - std::lgamma(b + 1) - std::lgamma(m - b + 1) - m * std::log(2.0));
  }
  const double error = values_of<double>(result, "bit_error")[0];
  const double deviation =
      (values_of<double>(result, "high")[0] - values_of<double>(result, "low")[0]) / 3.92 / 2;
  CHECK(std::abs(error - chance) < 4 * deviation);
  CHECK(deviation < 0.05 * chance);
}

TEST_CASE("hopfield: overlaps of the Hebb rule follow the replica-symmetric curve") {
  const VerbResult result = done(plugin().run("network", "capacity", {},
                                              {{"n", whole(4000)},
                                               {"loads", std::vector<double>{0.06, 0.1}},
                                               {"draws", whole(4)},
                                               {"probes", whole(5)},
                                               {"work", 10.0}}));
  const auto overlap = values_of<double>(result, "overlap"), theory = values_of<double>(result, "theory");
  for (std::size_t l = 0; l < 2; ++l) CHECK(overlap[l] == Approx(theory[l]).margin(0.003));
}
