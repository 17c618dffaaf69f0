// Model `continuous`: what the theory promises of energies, fixed points and errors.
#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

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
