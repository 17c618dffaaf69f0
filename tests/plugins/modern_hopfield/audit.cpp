// 100,000 updates and more of every energy by every rule that promises to lower it, each looked at from outside.
#include <set>

#include "dense_definition.hpp"
#include "lagrangian_definition.hpp"
// Last: it gives the names n, d and q a meaning.
#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

namespace {

constexpr std::size_t least = 100000;

// Updates of single neurons of one memory, one a state: state k may move its neuron k mod n alone.
void audit_dense(const Energy& energy, const Settings& rule) {
  const std::size_t size = 20, count = 15;
  const Signs own = random_signs(count * size, 90), from = random_signs(least * size, 91);
  Array clamp{ElementType::boolean, {least, size}};
  for (std::size_t k = 0; k < least * size; ++k) clamp.as<bool>()[k] = k % size != k / size % size;
  Settings settings = rule;
  settings["max_sweeps"] = whole(1);
  const auto to = values_of<std::int32_t>(on(store(own, size, energy), "dense", "retrieve",
                                             {{"x", signs(from, size)}, {"clamp", clamp}}, settings, 2),
                                          "x");
  std::size_t flips = 0;
  for (std::size_t k = 0; k < least; ++k) {
    const auto before = energy.of(own, &from[k * size], size), after = energy.of(own, &to[k * size], size);
    REQUIRE(after <= before + 1e-10L * std::max(1.0L, std::abs(before)));
    flips += to[k * size + k % size] != from[k * size + k % size] ? 1 : 0;
  }
  if (energy.power != 1 || word(energy.kind) != "polynomial") CHECK(flips > least / 10);
}

// The energy of the k patterns of the largest products alone: what a truncated update lowers.
double truncated_energy(const Definition& by_hand, const double* state, std::size_t k) {
  Numbers s;
  for (std::size_t i = 0; i < by_hand.size(); ++i)
    s.push_back(dot(&by_hand.x[i * by_hand.d], state, by_hand.d));
  std::sort(s.rbegin(), s.rend());
  double sum = 0;
  for (std::size_t i = 0; i < k; ++i) sum += std::exp(by_hand.beta * (s[i] - s[0]));
  const double m = by_hand.largest_norm();
  return -(s[0] + std::log(sum / static_cast<double>(by_hand.size())) / by_hand.beta) +
         dot(state, state, by_hand.d) / 2 + m * m / 2;
}

void audit_continuous(double damping, std::size_t truncate, bool masked) {
  const VerbResult stored = store();
  const std::size_t many = 2500;
  std::size_t updates = 0;
  for (const double beta : {0.01, 0.1, 0.5, 2.0, 10.0}) {
    const Definition by_hand{patterns, d, beta};
    const auto energy = [&](const double* state) {
      return truncate > 0 ? truncated_energy(by_hand, state, truncate) : by_hand.energy(state);
    };
    Numbers x = random_reals(many * d, 92, -3, 3);
    Array mask{ElementType::boolean, {d}};
    for (std::size_t j = 0; j < d; ++j) mask.as<bool>()[j] = masked && j % 3 == 0;
    for (int step = 0; step < 8; ++step) {
      const auto next =
          values_of<double>(on(stored, "continuous", "retrieve", {{"x", rows(x, d)}, {"mask", mask}},
                               {{"beta", beta},
                                {"damping", damping},
                                {"top", whole(0)},
                                {"truncate", whole(static_cast<std::int64_t>(truncate))}},
                               2),
                            "x");
      for (std::size_t i = 0; i < many; ++i, ++updates) {
        const double length = distance(&x[i * d], &next[i * d], d);
        REQUIRE(energy(&x[i * d]) - energy(&next[i * d]) >= (1 / damping - 0.5) * length * length - 1e-10);
      }
      x = next;
    }
  }
  CHECK(updates >= least);
}

void audit_lagrangian(const char* kind, double tau_hidden, const Settings& rule) {
  const Numbers own = random_reals(lagrangian_patterns * lagrangian_d, 93),
                x = random_reals(1000 * lagrangian_d, 94, -2, 2);
  const Lagrangian by_hand{kind, 3, 1.5, 1, tau_hidden, own, {}};
  Settings settings = rule;
  settings["steps"] = whole(101);
  const VerbResult result =
      by_hand.on(by_hand.store(), "retrieve", {{"x", rows(x, lagrangian_d)}}, settings, 2);
  const auto trace = values_of<double>(result, "energy");
  std::size_t updates = 0, falls = 0;
  for (std::size_t k = 1000; k < trace.size(); ++k, ++updates) {
    REQUIRE(trace[k] <= trace[k - 1000] + 1e-10 * std::max(1.0, std::abs(trace[k - 1000])));
    falls += trace[k] < trace[k - 1000] ? 1 : 0;
  }
  CHECK(updates >= least);
  // Energies of kind A with settled neurons are steps: they fall where a sign turns.
  CHECK(falls > (word(kind) == "A" && tau_hidden == 0 ? updates / 100 : updates / 10));
  CHECK(scalar(result, "rise") <= 1e-9);
  // The energies themselves are those of the equations.
  const auto end = values_of<double>(result, "x"), hidden = values_of<double>(result, "hidden");
  if (word(kind) == "A" && tau_hidden == 0) {
    // A function of the signs alone, so a state whose signs are others at its end fell at least once.
    std::size_t turned = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
      const auto sign_differs = [&](std::size_t k) { return (x[k] > 0) != (end[k] > 0); };
      bool any = false;
      for (std::size_t k = i * lagrangian_d; k < (i + 1) * lagrangian_d; ++k) any = any || sign_differs(k);
      turned += any ? 1 : 0;
    }
    CHECK(turned > 0);
    CHECK(falls >= turned);
  }
  for (std::size_t i = 0; i < 1000; ++i) {
    REQUIRE(trace[101 * 1000 + i] ==
            Approx(by_hand.energy(part(end, i * lagrangian_d, lagrangian_d),
                                  part(hidden, i * lagrangian_patterns, lagrangian_patterns)))
                .epsilon(1e-10)
                .margin(1e-10));
  }
}

}  // namespace

TEST_CASE("modern-hopfield audit: single moves lower every dense energy", "[.][audit]") {
  for (const Energy& energy : energies) {
    CAPTURE(energy.kind, energy.power);
    audit_dense(energy, {});
    audit_dense(energy, {{"order", word("greedy")}});
    audit_dense(energy, {{"dynamics", word("glauber")}, {"temperature", 0.0}});
    audit_dense(energy, {{"dynamics", word("block")}, {"block", whole(1)}});
  }
}

TEST_CASE("modern-hopfield audit: full, damped, partial and truncated updates lower the log-sum-exp",
          "[.][audit]") {
  audit_continuous(1, 0, false);
  audit_continuous(0.7, 0, false);
  audit_continuous(0.1, 0, false);
  audit_continuous(1, 0, true);
  audit_continuous(1, 3, false);
  audit_continuous(0.4, 3, true);
}

TEST_CASE("modern-hopfield audit: steps in time lower the Lagrangian energies", "[.][audit]") {
  for (const char* kind : {"A", "B", "C"}) {
    for (const double tau_hidden : {0.1, 1.0, 0.0}) {
      CAPTURE(kind, tau_hidden);
      audit_lagrangian(kind, tau_hidden, {{"step_size", 0.05}});
    }
  }
  audit_lagrangian("B", 0, {{"method", word("euler")}, {"step_size", 0.05}});
}
