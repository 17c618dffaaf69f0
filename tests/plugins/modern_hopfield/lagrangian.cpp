// Model `lagrangian` against its equations, and its limits: the continuous memory, fixed points, scale of the visible state.
#include "lagrangian_definition.hpp"

using namespace modern_hopfield_test;

TEST_CASE("modern-hopfield lagrangian: a step of Euler and energies are their equations") {
  const Numbers patterns = random_reals(lagrangian_patterns * lagrangian_d, 60),
                x = random_reals(10 * lagrangian_d, 61), input = random_reals(lagrangian_d, 62);
  for (const char* kind : {"A", "B", "C"}) {
    for (const double tau_hidden : {0.0, 0.4}) {
      CAPTURE(kind, tau_hidden);
      const Lagrangian by_hand{kind, 4, 1.5, 2, tau_hidden, patterns, input};
      const VerbResult memory = by_hand.store();
      const double dt = 0.05;
      const VerbResult result = by_hand.on(
          memory, "retrieve", {{"x", rows(x, lagrangian_d)}, {"input", reals({lagrangian_d}, input)}},
          {{"method", word("euler")}, {"step_size", dt}, {"steps", whole(3)}});
      const auto trace = values_of<double>(result, "energy"), end = values_of<double>(result, "x"),
                 hidden = values_of<double>(result, "hidden"), speed = values_of<double>(result, "speed");
      for (std::size_t i = 0; i < 10; ++i) {
        Numbers v = part(x, i * lagrangian_d, lagrangian_d), h = by_hand.settled(v);
        for (std::size_t step = 0; step <= 3; ++step) {
          REQUIRE(trace[step * 10 + i] == Approx(by_hand.energy(v, h)).epsilon(1e-12).margin(1e-12));
          if (step == 3) break;
          const auto [dv, dh] = by_hand.derivative(v, h);
          for (std::size_t j = 0; j < v.size(); ++j) v[j] += dt * dv[j];
          for (std::size_t k = 0; k < h.size(); ++k) h[k] += dt * dh[k];
          if (tau_hidden == 0) h = by_hand.settled(v);
        }
        REQUIRE(largest_difference(part(end, i * lagrangian_d, lagrangian_d), v) < 1e-12);
        REQUIRE(largest_difference(part(hidden, i * lagrangian_patterns, lagrangian_patterns), h) < 1e-11);
        const auto [dv, dh] = by_hand.derivative(v, h);
        REQUIRE(speed[i] == Approx(std::sqrt(dot(dv.data(), dv.data(), dv.size()))).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("modern-hopfield lagrangian: Runge and Kutta's steps are the limit of Euler's") {
  const Numbers patterns = random_reals(lagrangian_patterns * lagrangian_d, 63),
                x = random_reals(4 * lagrangian_d, 64);
  for (const char* kind : {"B", "C"}) {
    CAPTURE(kind);
    const Lagrangian by_hand{kind, 3, 2, 1, 0.3, patterns, {}};
    const VerbResult memory = by_hand.store();
    const auto exact = values_of<double>(by_hand.on(memory, "retrieve", {{"x", rows(x, lagrangian_d)}},
                                                    {{"steps", whole(4)}, {"step_size", 0.25}}),
                                         "x");
    double last = 0;
    for (const std::int64_t steps : {200, 400, 800}) {
      const auto near = values_of<double>(
          by_hand.on(
              memory, "retrieve", {{"x", rows(x, lagrangian_d)}},
              {{"method", word("euler")}, {"steps", steps}, {"step_size", 1.0 / static_cast<double>(steps)}}),
          "x");
      const double off = largest_difference(near, exact);
      if (last > 0) CHECK(off == Approx(last / 2).epsilon(0.05));  // first order
      last = off;
    }
    CHECK(last < 1e-2);
    // The tolerance holds at the end of the time.
    const auto coarse =
        values_of<double>(by_hand.on(memory, "retrieve", {{"x", rows(x, lagrangian_d)}},
                                     {{"steps", whole(4)}, {"step_size", 0.25}, {"tolerance", 1e-12}}),
                          "x");
    CHECK(largest_difference(coarse, exact) < 1e-6);
  }
}

TEST_CASE("modern-hopfield lagrangian: kind B with settled hidden neurons and a step of tau is one update") {
  const VerbResult stored = run("continuous", "store", {{"x", rows(random_reals(9 * 5, 65), 5)}});
  const Numbers patterns = random_reals(9 * 5, 65), x = random_reals(20 * 5, 66);
  const auto updated =
      values_of<double>(run("continuous", "retrieve", {{"x", rows(x, 5)}},
                            {{"beta", 2.5}, {"updates", whole(3)}}, {1, 1, &stored.state, {}}),
                        "x");
  for (const double tau : {1.0, 3.0}) {
    const Lagrangian by_hand{"B", 3, 2.5, tau, 0, patterns, {}};
    const auto end =
        values_of<double>(by_hand.on(by_hand.store(5), "retrieve", {{"x", rows(x, 5)}},
                                     {{"method", word("euler")}, {"step_size", tau}, {"steps", whole(3)}}),
                          "x");
    CHECK(largest_difference(end, updated) < 1e-12);
  }
  // tau_hidden to 0: the same first step for any, and the same way as it vanishes.
  const auto path = [&](double tau_hidden) {
    const Lagrangian by_hand{"B", 3, 2.5, 1, tau_hidden, patterns, {}};
    return values_of<double>(by_hand.on(by_hand.store(5), "retrieve", {{"x", rows(x, 5)}},
                                        {{"step_size", 0.5}, {"steps", whole(2)}}),
                             "x");
  };
  const Numbers limit = path(0);
  const double far = largest_difference(path(0.02), limit), near = largest_difference(path(0.01), limit);
  CHECK(near < 0.05);
  CHECK(near == Approx(far / 2).epsilon(0.1));
  // Its energy is that of the continuous memory up to a constant: beside -(log N)/beta and -M^2/2.
  const Lagrangian by_hand{"B", 3, 2.5, 1, 0, patterns, {}};
  const auto own = values_of<double>(by_hand.on(by_hand.store(5), "evaluate", {{"x", rows(x, 5)}}), "energy"),
             other = values_of<double>(
                 on(stored, "continuous", "evaluate", {{"x", rows(x, 5)}}, {{"beta", 2.5}}), "energy");
  double most = 0;
  for (std::size_t i = 0; i < 9; ++i) most = std::max(most, dot(&patterns[i * 5], &patterns[i * 5], 5));
  for (std::size_t i = 0; i < 20; ++i)
    REQUIRE(other[i] - own[i] == Approx(std::log(9) / 2.5 + most / 2).epsilon(1e-12));
}

TEST_CASE("modern-hopfield lagrangian: kind A ends at signs of the force, kind C sees the direction alone") {
  const std::size_t width = 12, count = 3, many = 30;
  Numbers patterns(count * width);
  std::mt19937_64 engine{67};
  for (double& value : patterns) value = (engine() >> 30 & 1) != 0 ? 1 : -1;
  const Numbers x = random_reals(many * width, 68);
  const Lagrangian a{"A", 3, 1, 1, 0.1, patterns, {}};
  const VerbResult result =
      a.on(a.store(width), "retrieve", {{"x", rows(x, width)}}, {{"step_size", 0.5}, {"steps", whole(80)}});
  const auto end = values_of<double>(result, "x"), speed = values_of<double>(result, "speed");
  std::size_t driven = 0;
  for (std::size_t i = 0; i < many; ++i) {
    REQUIRE(speed[i] < 1e-3);
    Numbers force(width), sign(width);
    for (std::size_t j = 0; j < width; ++j) sign[j] = end[i * width + j] > 0 ? 1 : -1;
    for (std::size_t k = 0; k < count; ++k) {
      const double h = dot(&patterns[k * width], sign.data(), width);
      for (std::size_t j = 0; j < width; ++j) force[j] += patterns[k * width + j] * (h > 0 ? 3 * h * h : 0);
    }
    driven += force != Numbers(width) ? 1 : 0;  // not on the far side of every pattern
    for (std::size_t j = 0; j < width; ++j) {
      if (force[j] == 0) {  // nothing holds v there, and nothing turns its sign
        REQUIRE(std::abs(end[i * width + j]) < 1e-12);
        continue;
      }
      REQUIRE(sign[j] == (force[j] > 0 ? 1 : -1));
      REQUIRE(end[i * width + j] == Approx(force[j]).epsilon(1e-4));
    }
  }
  CHECK(driven > many / 2);
  Numbers longer = x;
  for (double& value : longer) value *= 3;
  const Lagrangian c{"C", 3, 1, 1, 0.1, patterns, {}};
  const VerbResult memory = c.store(width);
  for (const char* verb : {"evaluate", "retrieve"}) {
    const Settings step =
        word(verb) == "retrieve" ? Settings{{"method", word("euler")}, {"steps", whole(1)}} : Settings{};
    CHECK(largest_difference(
              values_of<double>(c.on(memory, verb, {{"x", rows(x, width)}}, step), "hidden"),
              values_of<double>(c.on(memory, verb, {{"x", rows(longer, width)}}, step), "hidden")) < 1e-12);
  }
}

TEST_CASE(
    "modern-hopfield lagrangian: alone, in a batch, resumed, with any threads: the same bytes; bad input") {
  const Numbers patterns = random_reals(lagrangian_patterns * lagrangian_d, 69),
                x = random_reals(20 * lagrangian_d, 70);
  for (const char* kind : {"A", "B", "C"}) {
    const Lagrangian by_hand{kind, 3, 2, 1, 0.1, patterns, {}};
    const VerbResult memory = by_hand.store();
    const Inputs inputs{{"x", rows(x, lagrangian_d)}};
    const Settings settings{{"steps", whole(12)}};
    const VerbResult all = by_hand.on(memory, "retrieve", inputs, settings);
    CHECK(same_bytes(all, by_hand.on(memory, "retrieve", inputs, settings, 3)));
    CHECK(same_bytes(all, done(plugin().resumed(5, "lagrangian", "retrieve", inputs, settings,
                                                {1, 1, &memory.state, by_hand.settings()}))));
    const auto end = values_of<double>(all, "x");
    for (const std::size_t i : {0U, 11U}) {
      const VerbResult alone = by_hand.on(
          memory, "retrieve", {{"x", rows(part(x, i * lagrangian_d, lagrangian_d), lagrangian_d)}}, settings);
      CHECK(values_of<double>(alone, "x") == part(end, i * lagrangian_d, lagrangian_d));
    }
  }
  const Lagrangian steep{"C", 64, 1, 1, 0.1, patterns, {}};
  Numbers large = patterns;
  for (double& value : large) value *= 1e30;
  const VerbResult huge =
      run("lagrangian", "store", {{"x", rows(large, lagrangian_d)}}, {}, {1, 1, nullptr, steep.settings()});
  refused(plugin().run("lagrangian", "retrieve", {{"x", rows(x, lagrangian_d)}}, {},
                       {1, 1, &huge.state, steep.settings()}),
          ANSATZ_NUMERICAL, {"state 0", "overflows", "scale"});
  refused(plugin().run("lagrangian", "retrieve", {{"x", rows({1, 2}, 2)}}, {},
                       {1, 1, &huge.state, steep.settings()}),
          ANSATZ_BAD_ARGUMENT, {"'x' has 2 columns"});
  refused(
      plugin().run("lagrangian", "retrieve",
                   {{"x", reals({1, 2, 3}, random_reals(6, 1))}, {"input", reals({5}, random_reals(5, 2))}},
                   {}, {1, 1, &huge.state, steep.settings()}),
      ANSATZ_BAD_ARGUMENT, {"'input' has 5 elements", "have 6"});
  // Time constants that are too far apart end with an error, not never.
  const Lagrangian stiff{"B", 3, 2, 1, 1e-12, patterns, {}};
  const VerbResult memory = stiff.store();
  refused(plugin().run("lagrangian", "retrieve", {{"x", rows(part(x, 0, lagrangian_d), lagrangian_d)}}, {},
                       {1, 1, &memory.state, stiff.settings()}),
          ANSATZ_NUMERICAL, {"state 0", "tau_hidden 0"});
}
