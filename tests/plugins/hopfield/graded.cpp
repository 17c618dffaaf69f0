// Neurons with graded response: closed forms, energies that fall, fixed points, the limit of a steep response, bad input.
#include <algorithm>
#include <limits>

#include "call.hpp"

using namespace hopfield_test;
using Catch::Contains;

namespace {

const std::size_t n = 40, p = 3, q = 6;
const Signs patterns = random_signs(p * n, 51);
const Numbers from = random_reals(q * n, 52, -0.9, 0.9), drive = random_reals(n, 53, -0.3, 0.3);

VerbResult store_graded(const Signs& x, std::size_t size, Settings settings = {}) {
  settings["coding"] = word("sign");
  return done(plugin().run("graded", "store", {{"x", rows(x, size)}}, {}, {1, 1, nullptr, settings}));
}
Inputs driven(const Numbers& x, const Numbers& i) {
  return {{"x", reals({x.size() / i.size(), i.size()}, x)}, {"i", reals({i.size()}, i)}};
}
VerbResult graded(const VerbResult& stored, const std::string& verb, const Inputs& inputs,
                  const Settings& options = {}, unsigned threads = 1) {
  return done(plugin().run("graded", verb, inputs, options, {1, threads, &stored.state, {}}));
}
// Sum over j of W_ij V_j.
double weighted(const Numbers& w, const double* v, std::size_t size, std::size_t i) {
  double sum = 0;
  for (std::size_t j = 0; j < size; ++j) sum += w[i * size + j] * v[j];
  return sum;
}
double energy_of(const Numbers& w, const Numbers& i, const double* v, double gain) {
  double e = 0;
  for (std::size_t k = 0; k < i.size(); ++k) {
    e += -0.5 * v[k] * weighted(w, v, i.size(), k) - i[k] * v[k] +
         (v[k] * std::atanh(v[k]) + 0.5 * std::log(1 - v[k] * v[k])) / gain;
  }
  return e;
}

}  // namespace

TEST_CASE("hopfield: graded energies, fields and residuals are their sums, with weights and without") {
  const Numbers w = hebb(patterns, n);
  const double gain = 2.5;
  const VerbResult packed = store_graded(patterns, n);
  const VerbResult dense = store_graded(patterns, n, {{"representation", word("dense")}});
  for (const VerbResult* stored : {&packed, &dense}) {
    const VerbResult seen = graded(*stored, "evaluate", driven(from, drive), {{"gain", gain}});
    for (std::size_t k = 0; k < q; ++k) {
      double worst = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double field = weighted(w, &from[k * n], n, i) + drive[i];
        CHECK(values_of<double>(seen, "field")[k * n + i] == Approx(field).margin(1e-13));
        worst = std::max(worst, std::abs(from[k * n + i] - std::tanh(gain * field)));
      }
      CHECK(values_of<double>(seen, "residual")[k] == Approx(worst).epsilon(1e-12));
      CHECK(values_of<double>(seen, "energy")[k] ==
            Approx(energy_of(w, drive, &from[k * n], gain)).epsilon(1e-12));
    }
  }
  // At the corners the last term is log 2 a neuron, its limit.
  const Numbers corner(patterns.begin(), patterns.begin() + n);
  const double ends = graded(packed, "evaluate", driven(corner, Numbers(n)), {{"gain", gain}})
                          .outputs.array("energy")
                          .number(0);
  const double binary = energy(w, patterns.data(), n);
  CHECK(ends == Approx(binary + static_cast<double>(n) * std::log(2.0) / gain).epsilon(1e-12));
  // Thresholds are a drive of the other sign.
  const VerbResult shifted =
      store_graded(patterns, n, {{"rule", word("covariance")}, {"thresholds", word("learned")}});
  const auto weights = values_of<double>(shifted, "weights"),
             thresholds = values_of<double>(shifted, "thresholds");
  const auto fields = values_of<double>(graded(shifted, "evaluate", driven(from, drive)), "field");
  for (std::size_t i = 0; i < n; ++i)
    CHECK(fields[i] == Approx(weighted(weights, from.data(), n, i) - thresholds[i] + drive[i]).margin(1e-13));
}

TEST_CASE("hopfield: a graded neuron alone relaxes to its drive, u(t) = I + (u(0) - I) exp(-t / tau)") {
  const VerbResult one = store_graded({1}, 1);
  const double gain = 1.7, tau = 3, start = -0.6, to = 0.4, u0 = std::atanh(start) / gain;
  const auto energy_at = [&](double u) {
    const double v = std::tanh(gain * u);
    return energy_of({0}, {to}, &v, gain);
  };
  for (const char* method : {"euler", "rk45"}) {
    const double step = 0.25;
    const VerbResult result =
        graded(one, "retrieve", driven({start}, {to}),
               {{"gain", gain}, {"time_constant", tau}, {"method", word(method)}, {"step_size", step}});
    const auto time = values_of<double>(result, "time"), energies = values_of<double>(result, "energy");
    REQUIRE(time.size() > 10);
    CHECK(static_cast<std::int64_t>(time.size()) == values_of<std::int64_t>(result, "steps")[0] + 1);
    for (std::size_t t = 0; t < time.size(); ++t) {
      CAPTURE(method, t);
      // Euler's own recursion is as exact.
      const double left =
          word(method) == "euler" ? std::pow(1 - step, static_cast<double>(t)) : std::exp(-time[t] / tau);
      CHECK(energies[t] == Approx(energy_at(to + (u0 - to) * left)).margin(2e-6));
      if (word(method) == "euler") CHECK(time[t] == Approx(tau * step * static_cast<double>(t)));
    }
    CHECK(values_of<double>(result, "x")[0] == Approx(std::tanh(gain * to)).epsilon(1e-9));
  }
}

TEST_CASE("hopfield: graded energies never rise and end where V = tanh(gain (WV + I))") {
  const Numbers w = hebb(patterns, n);
  for (const char* method : {"euler", "rk45"}) {
    for (const double gain : {0.5, 1.0, 3.0, 30.0}) {
      CAPTURE(method, gain);
      const Settings options{{"gain", gain}, {"method", word(method)}, {"step_size", 1.0}};
      const VerbResult result = graded(store_graded(patterns, n), "retrieve", driven(from, drive), options);
      const auto energies = values_of<double>(result, "energy"), x = values_of<double>(result, "x");
      for (std::size_t t = q; t < energies.size(); ++t)
        REQUIRE(energies[t] <= energies[t - q] + 1e-12 * std::abs(energies[t]));
      for (std::size_t k = 0; k < q; ++k) {
        CHECK(energies[k] == Approx(energy_of(w, drive, &from[k * n], gain)).epsilon(1e-10));
        CHECK(energies[energies.size() - q + k] < energies[k]);
        for (std::size_t i = 0; i < n; ++i) {
          const double field = weighted(w, &x[k * n], n, i) + drive[i];
          REQUIRE(std::abs(x[k * n + i] - std::tanh(gain * field)) <= 1.01e-10);
        }
      }
    }
  }
  // Weights of the other sign, which plain steps of 1 would carry round a cycle of two (u -> WV): steps are halved.
  // n = 2, W = 1/2: from V = (a, -a) a step of 1 turns the signs.
  const VerbResult pair = store_graded({1, 1}, 2);
  const VerbResult turned =
      graded(pair, "retrieve", driven({0.9, -0.9}, {0, 0}), {{"gain", 20.0}, {"step_size", 1.0}});
  const auto falls = values_of<double>(turned, "energy"), times = values_of<double>(turned, "time");
  for (std::size_t t = 1; t < falls.size(); ++t) REQUIRE(falls[t] <= falls[t - 1] + 1e-14);
  bool halved = false;
  for (std::size_t t = 1; t < times.size(); ++t)
    halved = halved || (times[t] > times[t - 1] && times[t] - times[t - 1] < 0.9);
  CHECK(halved);
}

TEST_CASE("hopfield: graded neurons of steep response end in fixed points of binary ones") {
  const VerbResult stored = store_graded(patterns, n), binary = store(patterns, n);
  const Numbers w = hebb(patterns, n);
  double before = std::numeric_limits<double>::infinity();
  for (const double gain : {20.0, 200.0, 2000.0}) {
    const VerbResult result =
        graded(stored, "retrieve", {{"x", reals({q, n}, from)}}, {{"gain", gain}, {"method", word("rk45")}});
    const auto x = values_of<double>(result, "x");
    Signs s(q * n);
    double apart = 0;
    for (std::size_t k = 0; k < q * n; ++k) {
      s[k] = x[k] > 0 ? 1 : -1;
      apart = std::max(apart, std::abs(x[k] - s[k]));
    }
    for (const bool stable : values_of<bool>(on(binary, "evaluate", {{"x", rows(s, n)}}), "stable"))
      CHECK(stable);
    // The corner is nearer the steeper the response: 1 - |V| = 2 exp(-2 gain |h|) or so.
    CHECK(apart < before);
    before = apart > 0 ? apart : before;
    const auto energies = values_of<double>(result, "energy");
    for (std::size_t k = 0; k < q; ++k) {
      const double corner = energy(w, &s[k * n], n);
      CHECK(std::abs(energies[energies.size() - q + k] - corner) <=
            static_cast<double>(n) * std::log(2.0) / gain + 1e-9);
    }
  }
}

TEST_CASE("hopfield: graded retrieval is the same for any number of threads, and when taken up again") {
  const VerbResult stored = store_graded(patterns, n);
  for (const char* method : {"euler", "rk45"}) {
    const Settings options{{"gain", 3.0}, {"method", word(method)}};
    const VerbResult whole = graded(stored, "retrieve", driven(from, drive), options);
    CHECK(same_bytes(whole, graded(stored, "retrieve", driven(from, drive), options, 3)));
    for (const std::uint64_t stop : {1, 7}) {
      CHECK(same_bytes(whole, done(plugin().resumed(stop, "graded", "retrieve", driven(from, drive), options,
                                                    {1, 1, &stored.state, {}}))));
    }
  }
}

TEST_CASE("hopfield: bad input of graded neurons is refused by name") {
  const VerbResult stored = store_graded(patterns, n);
  const auto refused = [](const VerbResult& model, const std::string& verb, const Inputs& inputs,
                          const Settings& options, int status, const std::string& part) {
    const VerbResult result = plugin().run("graded", verb, inputs, options, {1, 1, &model.state, {}});
    CHECK(result.status == status);
    CHECK_THAT(result.text, Contains(part));
  };
  Numbers outside = from;
  outside[n + 2] = 1.5;
  for (const char* verb : {"retrieve", "evaluate"}) {
    refused(stored, verb, driven(outside, drive), {}, ANSATZ_BAD_ARGUMENT, "'x' has 1.5 at row 1, column 2");
    refused(stored, verb, {{"x", reals({1, 3}, {0, 0, 0})}}, {}, ANSATZ_BAD_ARGUMENT, "1 x 3");
    refused(stored, verb, {{"x", reals({q, n}, from)}, {"i", reals({2}, {0, 0})}}, {}, ANSATZ_BAD_ARGUMENT,
            "input 'i' has n = 2");
    refused(stored, verb, driven(from, drive), {{"gain", 0.0}}, ANSATZ_BAD_ARGUMENT, "gain");
  }
  const VerbResult skew = store_graded(patterns, n, {{"rule", word("perceptron")}});
  refused(skew, "evaluate", driven(from, drive), {}, ANSATZ_BAD_STATE, "symmetric: true");
  CHECK(graded(skew, "evaluate", driven(from, drive), {{"energy", false}}).outputs.find_array("energy") ==
        nullptr);
  CHECK(graded(skew, "retrieve", driven(from, drive)).outputs.find_array("energy") == nullptr);
  // A response so flat that energies overflow.
  refused(stored, "retrieve", driven(from, drive), {{"gain", 1e-308}}, ANSATZ_NUMERICAL, "residual");
  // What has not arrived is said, not hidden.
  const VerbResult early = graded(stored, "retrieve", driven(from, drive), {{"max_steps", whole(3)}});
  std::string log;
  for (const std::string& entry : early.log) log += entry;
  CHECK_THAT(log, Contains("6 of 6 states have not arrived"));
}
