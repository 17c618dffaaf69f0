// Model `dense`: trained memories against their definition, and basins.
#include <ansatz/num/gradient_check.hpp>

#include "dense_definition.hpp"

using namespace modern_hopfield_test;

namespace {

const std::size_t rows_count = 12, inputs = 5, memories = 4, classes = 3;

struct Activation {
  const char* kind;
  double power;
  [[nodiscard]] double f(double x) const {
    if (word(kind) == "exponential") return std::exp(x);
    if (word(kind) == "rectified" && x < 0) return 0;
    return std::pow(x, word(kind) == "quadratic" ? 2 : power);
  }
};

// The score of every class, as the energy's change when its unit goes from -1 to +1; xi: memories x (inputs + classes).
Numbers scores(const Activation& energy, double gain, const double* xi, std::size_t k, const double* x,
               std::size_t d, std::size_t c) {
  Numbers result(c);
  for (std::size_t a = 0; a < c; ++a) {
    double sum = 0;
    for (std::size_t mu = 0; mu < k; ++mu) {
      const double* memory = xi + mu * (d + c);
      double up = dot(memory, x, d), down = up;
      for (std::size_t g = 0; g < c; ++g) {
        up += g == a ? memory[d + g] : -memory[d + g];
        down -= memory[d + g];
      }
      const double s = gain / static_cast<double>(d);
      sum += energy.f(s * up) - energy.f(s * down);
    }
    result[a] = std::tanh(sum);
  }
  return result;
}

Numbers trained(const VerbResult& fitted) {
  const auto in = values_of<double>(fitted, "memories"), unit = values_of<double>(fitted, "unit");
  Numbers xi;
  for (std::size_t mu = 0; mu < memories; ++mu) {
    const Numbers first = part(in, mu * inputs, inputs), rest = part(unit, mu * classes, classes);
    xi.insert(xi.end(), first.begin(), first.end());
    xi.insert(xi.end(), rest.begin(), rest.end());
  }
  return xi;
}

}  // namespace

TEST_CASE("modern-hopfield dense: trained memories step along the gradient of their loss") {
  const Numbers x = random_reals(rows_count * inputs, 30);
  const std::vector<std::int64_t> y = random_labels(rows_count, 31, classes);
  const Inputs data{{"x", rows(x, inputs)}, {"y", labels(y)}};
  for (const Activation& energy : {Activation{"quadratic", 2}, Activation{"polynomial", 4},
                                   Activation{"rectified", 3}, Activation{"exponential", 1}}) {
    for (const std::int64_t loss_power : {1, 2}) {
      CAPTURE(energy.kind, loss_power);
      Settings config{{"energy", word(energy.kind)}};
      if (energy.power > 2) config["power"] = whole(static_cast<std::int64_t>(energy.power));
      const double gain = 3, step = 1e-4;
      Settings settings{{"memories", whole(memories)}, {"epochs", whole(30)},      {"gain", gain},
                        {"batch", whole(rows_count)},  {"loss_power", loss_power}, {"step_size", 0.02}};
      const VerbResult first = run("dense", "fit", data, settings, {1, 1, nullptr, config});
      const Numbers xi = trained(first);
      // Scores and classes.
      const VerbResult told = on(first, "dense", "predict", {{"x", rows(x, inputs)}});
      const auto score = values_of<double>(told, "score");
      const auto guess = values_of<std::int64_t>(told, "y");
      for (std::size_t i = 0; i < rows_count; ++i) {
        const Numbers c = scores(energy, gain, xi.data(), memories, &x[i * inputs], inputs, classes);
        REQUIRE(largest_difference(part(score, i * classes, classes), c) < 1e-12);
        REQUIRE(guess[i] == std::max_element(c.begin(), c.end()) - c.begin());
      }
      // One step from there, of all rows at once and without momentum.
      settings["epochs"] = whole(1), settings["momentum"] = 0.0, settings["step_size"] = step;
      const Numbers next = trained(run("dense", "fit", data, settings, {1, 1, &first.state, config}));
      const auto loss = [&](std::span<const double> at) {
        double sum = 0;
        for (std::size_t i = 0; i < rows_count; ++i) {
          const Numbers c = scores(energy, gain, at.data(), memories, &x[i * inputs], inputs, classes);
          for (std::size_t a = 0; a < classes; ++a) {
            sum += std::pow(c[a] - (static_cast<std::size_t>(y[i]) == a ? 1 : -1),
                            2 * static_cast<double>(loss_power));
          }
        }
        return sum;
      };
      Numbers at = xi;
      const std::size_t width = inputs + classes;
      for (std::size_t mu = 0; mu < memories; ++mu) {
        Numbers down(width);
        double most = 0;
        for (std::size_t j = 0; j < width; ++j) {
          down[j] = -ansatz::central_difference(loss, at, mu * width + j);
          most = std::max(most, std::abs(down[j]));
        }
        for (std::size_t j = 0; j < width; ++j) {
          REQUIRE((next[mu * width + j] - xi[mu * width + j]) / step == Approx(down[j] / most).margin(1e-7));
        }
      }
      // The last metric of an epoch is the loss before its step.
      CHECK(scalar(run("dense", "fit", data, settings, {1, 1, &first.state, config}), "loss") ==
            Approx(loss(xi) / rows_count).epsilon(1e-12));
    }
  }
}

TEST_CASE("modern-hopfield dense: training separates classes, the same bytes resumed and with any threads") {
  // Three corners and noise about them.
  Numbers x = random_reals(60 * inputs, 32, -0.4, 0.4);
  std::vector<std::int64_t> y(60);
  for (std::size_t i = 0; i < 60; ++i) {
    y[i] = static_cast<std::int64_t>(10 * (i % 3) + 5);
    x[i * inputs + i % 3] += 1;
  }
  const Inputs data{{"x", rows(x, inputs)}, {"y", labels(y)}};
  const Settings settings{
      {"memories", whole(20)}, {"epochs", whole(40)}, {"batch", whole(7)}, {"gain", 5.0}, {"clip", 0.5}};
  const VerbResult fitted = run("dense", "fit", data, settings);
  CHECK(same_bytes(fitted, run("dense", "fit", data, settings, {1, 3, nullptr, {}})));
  CHECK(same_bytes(fitted, done(plugin().resumed(13, "dense", "fit", data, settings))));
  CHECK(scalar(fitted, "error") < 0.02);
  CHECK(values_of<std::int64_t>(on(fitted, "dense", "predict", {{"x", rows(x, inputs)}}), "y") == y);
  double most = 0;
  for (const double m : values_of<double>(fitted, "memories")) most = std::max(most, std::abs(m));
  CHECK(most == Approx(0.5));  // clipped
  const auto unit = values_of<double>(fitted, "unit");
  const auto votes = values_of<std::int64_t>(fitted, "votes");
  double single = 0, telling = 0;
  for (std::size_t mu = 0; mu < 20; ++mu) {
    const auto own = std::count_if(&unit[mu * 3], &unit[mu * 3] + 3, [](double u) { return u > 0; });
    CHECK(votes[mu] == own);
    single += own == 1 ? 1 : 0;
    telling += own == 1 || own == 2 ? 1 : 0;
  }
  CHECK(single > 0);
  CHECK(telling < 20);  // some vote for all or none, which tells no class
  CHECK(scalar(fitted, "single") == Approx(single / telling));

  std::vector<std::int64_t> one(60, 7);
  refused(plugin().run("dense", "fit", {{"x", rows(x, inputs)}, {"y", labels(one)}}), ANSATZ_BAD_ARGUMENT,
          {"one class alone", "7"});
  const Around model{1, 1, &fitted.state, {}};
  refused(plugin().run("dense", "predict", {{"x", rows({1, 2}, 2)}}, {}, model), ANSATZ_BAD_ARGUMENT,
          {"'x' has 2 columns", "on 5"});
  const VerbResult stored = store(random_signs(10, 33), 5, {"rectified", 3});
  refused(plugin().run("dense", "predict", {{"x", rows(x, inputs)}}, {}, {1, 1, &stored.state, {}}),
          ANSATZ_BAD_STATE, {"no memories were trained"});
  refused(plugin().run("dense", "fit", data, {{"gain", 1e30}}, {1, 1, nullptr, {{"power", whole(64)}}}),
          ANSATZ_NUMERICAL, {"epoch 0", "step size"});
}

TEST_CASE("modern-hopfield dense: a small class unit is one layer of a network with activation F'") {
  // F = x^3.  Krotov, Hopfield 2016, section 5.  Class units e times as large stand for units that are updated from -e to e.
  const Numbers x = random_reals(rows_count * inputs, 34);
  const std::vector<std::int64_t> y = random_labels(rows_count, 35, classes);
  const double gain = 2, s = gain / inputs;
  const auto fit = [&] {
    return run("dense", "fit", {{"x", rows(x, inputs)}, {"y", labels(y)}},
               {{"memories", whole(memories)}, {"epochs", whole(50)}, {"gain", gain}},
               {1, 1, nullptr, {{"energy", word("polynomial")}}});
  };
  const Numbers xi = trained(fit());
  const std::size_t width = inputs + classes;
  // Others at 0: no other units.  Others at -e: as trained.
  for (const bool alone : {true, false}) {
    CAPTURE(alone);
    std::vector<double> off;
    const Numbers scales{1e-2, 1e-3};
    for (const double e : scales) {
      VerbResult fitted = fit();
      Array changed{ElementType::f64, {memories, alone ? inputs + 1 : width}};
      for (std::size_t mu = 0; mu < memories; ++mu) {
        for (std::size_t j = 0; j < changed.shape[1]; ++j) {
          changed.as<double>()[mu * changed.shape[1] + j] = (j < inputs ? 1 : e) * xi[mu * width + j];
        }
      }
      fitted.state.put("classifier/memories", changed);
      fitted.state.put("classifier/velocity", changed);
      if (alone) fitted.state.put("classifier/classes/labels", labels({0}));
      const auto score = values_of<double>(
          run("dense", "predict", {{"x", rows(x, inputs)}}, {}, {1, 1, &fitted.state, {}}), "score");
      double most = 0;
      for (std::size_t i = 0; i < rows_count; ++i) {
        double network = 0, size = 0;
        for (std::size_t mu = 0; mu < memories; ++mu) {
          const double u = s * dot(&xi[mu * width], &x[i * inputs], inputs);
          const double term = 2 * s * e * xi[mu * width + inputs] * 3 * u * u;
          network += term, size += std::abs(term);
        }
        const double given = std::atanh(score[i * (alone ? 1 : classes)]);
        most = std::max(most, std::abs(given - network) / size);
      }
      off.push_back(most);
    }
    const double slope = std::log(off[0] / off[1]) / std::log(scales[0] / scales[1]);
    CHECK(slope == Approx(alone ? 2 : 1).margin(0.1));
  }
}

TEST_CASE("modern-hopfield dense: basins end where half of the cues no longer come back") {
  const std::size_t n = 40, p = 60;
  const Signs patterns = random_signs(p * n, 36);
  const Energy energy{"rectified", 3};
  const VerbResult stored = store(patterns, n, energy);
  const std::size_t asked = 6;
  const Inputs inputs_of{{"x", signs(part_of(patterns, 0, asked * n), n)}};
  const Settings settings{{"draws", whole(60)}, {"resolution", 0.05}};
  const VerbResult result = on(stored, "dense", "basins", inputs_of, settings);
  CHECK(same_bytes(result, on(stored, "dense", "basins", inputs_of, settings, 3)));
  CHECK(same_bytes(
      result, done(plugin().resumed(3, "dense", "basins", inputs_of, settings, {1, 1, &stored.state, {}}))));
  const auto recalled = values_of<double>(result, "recalled"), radius = values_of<double>(result, "radius");
  std::mt19937_64 engine{37};
  for (std::size_t k = 0; k < asked; ++k) {
    const Signs pattern = part_of(patterns, k * n, n);
    double reached = 0;
    for (std::size_t r = 0; r < 10; ++r) {
      if (r > 0 && recalled[k * 10 + r - 1] < 0.5) {
        REQUIRE(recalled[k * 10 + r] == 0);
        continue;
      }
      // By hand, from cues of our own.
      double back = 0;
      const int draws = 60;
      for (int draw = 0; draw < draws; ++draw) {
        Signs s = pattern;
        std::vector<std::size_t> order(n);
        for (std::size_t i = 0; i < n; ++i) order[i] = i;
        std::shuffle(order.begin(), order.end(), engine);
        for (std::size_t i = 0; i < 2 * (r + 1); ++i) s[order[i]] = -s[order[i]];
        for (bool moved = true; moved;) {
          moved = false;
          std::shuffle(order.begin(), order.end(), engine);
          for (const std::size_t i : order) {
            Signs turned = s;
            turned[i] = -s[i];
            if (energy.of(patterns, turned.data(), n) < energy.of(patterns, s.data(), n))
              s = turned, moved = true;
          }
        }
        back += s == pattern ? 1.0 / draws : 0;
      }
      REQUIRE(std::abs(back - recalled[k * 10 + r]) < 0.35);  // 4 standard errors of a difference
      if (recalled[k * 10 + r] >= 0.5) reached = 0.05 * static_cast<double>(r + 1);
    }
    CHECK(radius[k] == Approx(reached));
  }
  // A lone pattern comes back from anywhere on its half, the middle included: there max(m, 0)^3 falls in its direction
  // alone.  What is no pattern never does.
  const VerbResult lone = store(part_of(patterns, 0, n), n, energy);
  const VerbResult wide =
      on(lone, "dense", "basins", {{"x", signs(part_of(patterns, 0, 2 * n), n)}}, settings);
  CHECK(values_of<double>(wide, "radius")[0] == Approx(0.5));
  CHECK(values_of<double>(wide, "radius")[1] == 0);
}

TEST_CASE("modern-hopfield dense: basins by other cues and criteria") {
  // Among a whole basis states stay what they are: a radius is where the cues themselves lose the pattern.
  const std::size_t n = 256, asked = 4;
  const Signs basis = hadamard(n);
  const VerbResult stored = store(basis, n, {"quadratic", 0});
  const auto radius = [&](const char* cue, const char* criterion) {
    Settings settings{
        {"cue", word(cue)}, {"criterion", word(criterion)}, {"draws", whole(200)}, {"resolution", 0.05}};
    if (word(criterion) == "distance") settings["distance"] = 0.11;
    const VerbResult result =
        on(stored, "dense", "basins", {{"x", signs(part_of(basis, 0, asked * n), n)}}, settings);
    const bool half = word(cue) == "flip" || word(cue) == "half";
    CHECK(values_of<double>(result, "share").size() == (half ? 10 : 20));
    return values_of<double>(result, "radius");
  };
  const Numbers exact = radius("flip", "exact"), flip = radius("flip", "distance"),
                mask = radius("mask", "distance"), half = radius("half", "distance"),
                noise = radius("noise", "distance"), nearest = radius("flip", "nearest");
  for (std::size_t k = 0; k < asked; ++k) {
    CHECK(exact[k] == 0);
    CHECK(flip[k] == Approx(0.1));
    // Half of what is drawn anew is wrong: a share of 0.2 is 0.1 of the bits, one of 0.25 is 0.125.
    CHECK(mask[k] == Approx(0.2));
    CHECK(half[k] == Approx(0.2));
    // Q(1 / 0.8) = 0.106 of the bits, Q(1 / 0.85) = 0.120.
    CHECK(noise[k] == Approx(0.8));
    // By hand: as long as half of our own cues are nearer to their pattern than to any other.
    std::mt19937_64 engine{38};
    double reached = 0;
    for (double share = 0.05; share < 0.51; share += 0.05) {
      int nearer = 0;
      for (int draw = 0; draw < 60; ++draw) {
        std::vector<std::size_t> order(n);
        for (std::size_t i = 0; i < n; ++i) order[i] = i;
        std::shuffle(order.begin(), order.end(), engine);
        Signs s = part_of(basis, k * n, n);
        for (std::size_t i = 0; i < static_cast<std::size_t>(std::llround(share * n)); ++i)
          s[order[i]] = -s[order[i]];
        const auto product = [&](std::size_t mu) {
          int sum = 0;
          for (std::size_t j = 0; j < n; ++j) sum += s[j] * basis[mu * n + j];
          return sum;
        };
        bool best = true;
        for (std::size_t mu = 0; mu < n; ++mu) best = best && (mu == k || product(mu) < product(k));
        nearer += best ? 1 : 0;
      }
      if (nearer < 30) break;
      reached = share;
    }
    CHECK(reached > 0.2);
    CHECK(nearest[k] == Approx(reached));
  }
}
