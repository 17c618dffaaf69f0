// The network of packed patterns against its definition: energies, dynamics, exhaustive enumeration, bad input.
#include <algorithm>
#include <limits>
#include <set>

#include "call.hpp"

using namespace hopfield_test;
using Catch::Contains;

namespace {

const std::size_t n = 70, p = 9, q = 40;
const Signs patterns = random_signs(p * n, 1), states = random_signs(q * n, 2);

Signs gauged(Signs x, const Signs& e) {
  for (std::size_t k = 0; k < x.size(); ++k) x[k] *= e[k % e.size()];
  return x;
}

}  // namespace

TEST_CASE("hopfield: fields, energies and margins are their sums") {
  const VerbResult stored = store(patterns, n);
  const Numbers w = hebb(patterns, n);
  const VerbResult seen = on(stored, "evaluate", {{"x", rows(states, n)}});
  const auto fields = values_of<double>(seen, "field"), energies = values_of<double>(seen, "energy"),
             margins = values_of<double>(seen, "margin");
  for (std::size_t k = 0; k < q; ++k) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < n; ++i) {
      const double h = field(w, &states[k * n], n, i);
      REQUIRE(fields[k * n + i] == Approx(h).margin(1e-12));
      least = std::min(least, h * states[k * n + i]);
    }
    CHECK(energies[k] == Approx(energy(w, &states[k * n], n)).epsilon(1e-12));
    CHECK(margins[k] == Approx(least).margin(1e-12));
  }
  CHECK(largest_difference(
            values_of<double>(store(patterns, n, {{"representation", word("dense")}}), "weights"), w) <
        1e-14);
  // Patterns added to a model are as good as stored at once.
  const VerbResult half = store(Signs(patterns.begin(), patterns.begin() + 4 * n), n);
  const VerbResult both = store(Signs(patterns.begin() + 4 * n, patterns.end()), n, {}, &half);
  CHECK(same_bytes(both, stored));
}

TEST_CASE("hopfield: packed, dense and whole weights, any number of threads: the same bytes") {
  for (const char* diagonal : {"zero", "keep"}) {
    const VerbResult packed = store(patterns, n, {{"diagonal", word(diagonal)}});
    const VerbResult dense =
        store(patterns, n, {{"diagonal", word(diagonal)}, {"representation", word("dense")}});
    const VerbResult bytes =
        store(patterns, n, {{"diagonal", word(diagonal)}, {"representation", word("int8")}});
    for (const char* dynamics : {"asynchronous", "synchronous", "block", "glauber"}) {
      for (const char* ties : {"keep", "up", "random"}) {
        CAPTURE(diagonal, dynamics, ties);
        Settings options{
            {"dynamics", word(dynamics)}, {"ties", word(ties)}, {"record", true}, {"max_sweeps", whole(20)}};
        if (word(dynamics) == "glauber") options["temperature"] = 0.3;
        const Inputs x{{"x", rows(states, n)}};
        const VerbResult one = on(packed, "retrieve", x, options);
        CHECK(same_bytes(one, on(dense, "retrieve", x, options)));
        CHECK(same_bytes(one, on(bytes, "retrieve", x, options)));
        CHECK(same_bytes(one, on(packed, "retrieve", x, options, 3)));
      }
    }
  }
}

TEST_CASE("hopfield: synchronous updates never raise -s(t)'Ws(t-1) + thresholds'(s(t) + s(t-1))") {
  // Small integers, exact (Goles, Fogelman, Pellegrin 1985); 0/1 patterns with thresholds zero have thresholds here.
  const std::size_t few = 12, count = 300;
  Signs x = random_signs(4 * few, 4);
  for (auto& one : x) one = (one + 1) / 2;
  const VerbResult stored = store(x, few, {{"scale", word("1")}, {"thresholds", word("zero")}});
  Signs signs = x;
  for (auto& one : signs) one = 2 * one - 1;
  Numbers w = hebb(signs, few);
  for (double& one : w) one *= static_cast<double>(few);
  const auto thresholds = values_of<double>(stored, "thresholds");
  Signs from = random_signs(count * few, 5);
  for (auto& one : from) one = (one + 1) / 2;
  for (const char* ties : {"keep", "up"}) {
    const VerbResult result = retrieve(
        stored, from, few, {{"dynamics", word("synchronous")}, {"ties", word(ties)}, {"record", true}});
    const auto path = values_of<std::int32_t>(result, "path");
    const std::size_t times = path.size() / (count * few);
    REQUIRE(times > 3);
    const auto value = [&](std::size_t t, std::size_t k) {  // of times t and t - 1
      Signs now(few), before(few);
      for (std::size_t i = 0; i < few; ++i) {
        now[i] = 2 * path[(t * count + k) * few + i] - 1;
        before[i] = 2 * path[((t - 1) * count + k) * few + i] - 1;
      }
      double sum = 0;
      for (std::size_t i = 0; i < few; ++i) {
        sum += thresholds[i] * (now[i] + before[i]) - now[i] * std::round(field(w, before.data(), few, i));
      }
      return sum;
    };
    const auto sweeps = values_of<std::int64_t>(result, "sweeps");
    std::size_t rises = 0, falls = 0;
    for (std::size_t t = 2; t < times; ++t) {
      for (std::size_t k = 0; k < count; ++k) {
        if (static_cast<std::int64_t>(t) > sweeps[k]) continue;  // settled
        rises += value(t, k) > value(t - 1, k) ? 1 : 0;
        falls += value(t, k) < value(t - 1, k) ? 1 : 0;
      }
    }
    CHECK(rises == 0);
    CHECK(falls > 50);
    for (const auto period : values_of<std::int64_t>(result, "period")) REQUIRE((period == 1 || period == 2));
  }
}

TEST_CASE("hopfield: asynchronous energies never rise, synchronous ones end in periods of 1 or 2") {
  const std::size_t few = 12;  // small integers: ties are frequent
  const VerbResult stored = store(random_signs(4 * few, 4), few, {{"scale", word("1")}});
  const Signs from = random_signs(500 * few, 5);
  for (const char* ties : {"keep", "up"}) {
    const VerbResult down = retrieve(stored, from, few, {{"ties", word(ties)}});
    const auto trace = values_of<double>(down, "trace");
    for (std::size_t k = 500; k < trace.size(); ++k) REQUIRE(trace[k] <= trace[k - 500]);
    for (const auto period : values_of<std::int64_t>(down, "period")) REQUIRE(period == 1);
    const VerbResult both =
        retrieve(stored, from, few, {{"ties", word(ties)}, {"dynamics", word("synchronous")}});
    std::set<std::int64_t> periods;
    for (const auto period : values_of<std::int64_t>(both, "period")) periods.insert(period);
    CHECK(periods == std::set<std::int64_t>{1, 2});
  }
  // One pattern, overlap 0: a synchronous step turns the state round, s -> -s; asynchronous steps reach the pattern.
  Signs xi(few, 1), s(few, 1);
  for (std::size_t i = 0; i < few / 2; ++i) s[2 * i] = -1;
  const VerbResult one = store(xi, few, {{"coding", word("sign")}});
  const VerbResult turned =
      retrieve(one, s, few, {{"dynamics", word("synchronous")}, {"max_sweeps", whole(1)}});
  for (std::size_t i = 0; i < few; ++i) CHECK(values_of<std::int32_t>(turned, "x")[i] == -s[i]);
  const VerbResult cycle = retrieve(one, s, few, {{"dynamics", word("synchronous")}});
  CHECK(values_of<std::int64_t>(cycle, "period")[0] == 2);
  const VerbResult found = retrieve(one, s, few);
  CHECK(std::abs(values_of<std::int32_t>(found, "x")[0] * static_cast<int>(few) - [&] {
          int sum = 0;
          for (int v : values_of<std::int32_t>(found, "x")) sum += v;
          return sum;
        }()) == 0);
}

TEST_CASE("hopfield: greedy updates take the flip that lowers the energy most, and nothing else") {
  const VerbResult stored = store(patterns, n);
  const Numbers w = hebb(patterns, n);
  const VerbResult result = retrieve(stored, states, n, {{"order", word("greedy")}});
  const auto to = values_of<std::int32_t>(result, "x");
  for (std::size_t k = 0; k < q; ++k) {
    Signs s(states.begin() + static_cast<std::ptrdiff_t>(k * n),
            states.begin() + static_cast<std::ptrdiff_t>((k + 1) * n));
    while (true) {
      double least = -1e-9;
      std::size_t steepest = n;
      for (std::size_t i = 0; i < n; ++i) {
        const double aligned = s[i] * field(w, s.data(), n, i);
        if (aligned < least - 1e-9) least = aligned, steepest = i;
      }
      if (steepest == n) break;
      s[steepest] = -s[steepest];
    }
    REQUIRE(std::equal(s.begin(), s.end(), to.begin() + static_cast<std::ptrdiff_t>(k * n)));
  }
  const VerbResult refused =
      plugin().run("network", "retrieve", {{"x", rows(states, n)}},
                   {{"order", word("greedy")}, {"dynamics", word("block")}}, {1, 1, &stored.state, {}});
  CHECK(refused.status == ANSATZ_BAD_ARGUMENT);
}

TEST_CASE("hopfield: basins are what retrieval from flipped patterns finds") {
  // One pattern: every start nearer to it than to its reverse ends there; from half of the bits either is found.
  const Signs one(patterns.begin(), patterns.begin() + n);
  const VerbResult single = store(one, n);
  const VerbResult wide = on(single, "basins", {{"x", rows(one, n)}}, {{"starts", Numbers{0.1, 0.3, 0.45}}});
  CHECK(values_of<double>(wide, "radius")[0] == Approx(std::round(0.45 * n) / n));
  for (std::size_t k = 0; k < 3; ++k) CHECK(values_of<double>(wide, "final")[k] == 1);
  CHECK(values_of<double>(wide, "start")[1] == Approx(1 - 2 * std::round(0.3 * n) / n));
  const VerbResult half =
      on(single, "basins", {{"x", rows(one, n)}}, {{"starts", Numbers{0.5}}, {"trials", whole(60)}});
  CHECK(std::abs(values_of<double>(half, "final")[0]) < 0.6);
  // A pattern that is no fixed point has no basin, those stored by the pseudo-inverse have one.
  const VerbResult stored = store(patterns, n, {{"rule", word("pseudo-inverse")}});
  const Settings options{{"starts", Numbers{0, 0.05, 0.2}}, {"trials", whole(6)}};
  const VerbResult near = on(stored, "basins", {{"x", rows(patterns, n)}}, options);
  const VerbResult far = on(stored, "basins", {{"x", rows(states, n)}}, options);
  CHECK(values_of<double>(near, "final")[0] == 1);
  double kept = 0, lost = 0;
  for (const double radius : values_of<double>(near, "radius")) kept += radius > 0 ? 1 : 0;
  for (const double radius : values_of<double>(far, "radius")) lost += radius > 0 ? 0 : 1;
  CHECK(kept == static_cast<double>(p));
  CHECK(lost > 0.9 * static_cast<double>(q));
  // The band is the standard error over patterns and trials: of a share where all agree, nothing.
  CHECK(values_of<double>(near, "low")[0] == values_of<double>(near, "high")[0]);
  CHECK(values_of<double>(far, "low")[2] < values_of<double>(far, "high")[2]);
  // Stopped and taken up again, any number of threads: the same bytes.
  const Inputs x{{"x", rows(patterns, n)}};
  CHECK(same_bytes(near, on(stored, "basins", x, options, 3)));
  CHECK(same_bytes(far, on(stored, "basins", {{"x", rows(states, n)}}, options, 3)));
  CHECK(same_bytes(near,
                   done(plugin().resumed(3, "network", "basins", x, options, {1, 1, &stored.state, {}}))));
  const VerbResult refused =
      plugin().run("network", "basins", x, {{"starts", Numbers{0.2, 0.1}}}, {1, 1, &stored.state, {}});
  CHECK(refused.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(refused.text, Contains("starts"));
}

TEST_CASE("hopfield: overlaps beyond 16 bits and many flips: packed is dense, bit for bit") {
  const std::size_t size = 2600;
  const Signs x = random_signs(20 * size, 31);
  Signs from(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(3 * size));
  for (std::size_t k = 0; k < from.size(); k += 3)
    from[k] = -from[k];  // 867 flips back, from an overlap of 866 on
  for (std::size_t k = 0; k < size; ++k) from[k] = k % 7 == 0 ? -x[k] : x[k];  // and 372, from one of 1856
  const VerbResult packed = store(x, size), dense = store(x, size, {{"representation", word("dense")}});
  for (const char* dynamics : {"asynchronous", "synchronous"}) {
    const Settings options{{"dynamics", word(dynamics)}};
    const VerbResult one = retrieve(packed, from, size, options);
    CHECK(same_bytes(one, retrieve(dense, from, size, options)));
    CHECK(values_of<double>(one, "overlap")[0] > 0.99);
    CHECK(values_of<double>(one, "overlap")[1] > 0.99);
  }
}

TEST_CASE("hopfield: enumeration finds the fixed points that trying every state finds") {
  const std::size_t few = 10;
  const Signs x = random_signs(2 * few, 6);
  const Numbers w = hebb(x, few);
  const VerbResult found = on(store(x, few), "enumerate", {});
  const auto listed = values_of<std::int32_t>(found, "x");
  const auto energies = values_of<double>(found, "energy");
  std::set<Signs> ours, all;
  for (std::size_t k = 0; k < energies.size(); ++k) {
    const Signs s(listed.begin() + static_cast<std::ptrdiff_t>(k * few),
                  listed.begin() + static_cast<std::ptrdiff_t>((k + 1) * few));
    CHECK(energies[k] == Approx(energy(w, s.data(), few)).epsilon(1e-12));
    ours.insert(s);
  }
  for (unsigned state = 0; state < 1U << few; ++state) {
    Signs s(few);
    for (std::size_t i = 0; i < few; ++i) s[i] = (state >> i & 1) != 0 ? 1 : -1;
    bool fixed = true;
    for (std::size_t i = 0; i < few; ++i) fixed = fixed && s[i] * field(w, s.data(), few, i) > -1e-12;
    if (fixed) all.insert(s);
  }
  CHECK(ours == all);
  std::int64_t total = 0;
  for (const auto basin : values_of<std::int64_t>(found, "basin")) total += basin;
  CHECK(total == 1 << few);
  // One pattern, n even: the pattern and its reverse, which share all states but those of overlap 0 by symmetry.
  const VerbResult two = on(store(Signs(x.begin(), x.begin() + few), few), "enumerate", {});
  CHECK(texts_of(two, "kind").size() == 2);
  const auto kinds = texts_of(two, "kind");
  CHECK(std::set<std::string>(kinds.begin(), kinds.end()) == std::set<std::string>{"stored", "reversed"});
}

TEST_CASE(
    "hopfield: changing the sign of a neuron in patterns and states changes it in results, and nothing "
    "else") {
  const Signs e = random_signs(n, 7);
  for (const char* rule : {"hebb", "pseudo-inverse", "storkey"}) {
    const VerbResult plain = store(patterns, n, {{"rule", word(rule)}});
    const VerbResult turned = store(gauged(patterns, e), n, {{"rule", word(rule)}});
    const VerbResult a = retrieve(plain, states, n), b = retrieve(turned, gauged(states, e), n);
    CHECK(gauged(values_of<std::int32_t>(a, "x"), e) == values_of<std::int32_t>(b, "x"));
    CHECK(largest_difference(values_of<double>(a, "energy"), values_of<double>(b, "energy")) < 1e-10);
  }
}

TEST_CASE("hopfield: a network of 0 and 1 moves like that of -1 and 1") {
  const auto binary = [](Signs x) {
    for (auto& s : x) s = (s + 1) / 2;
    return x;
  };
  const VerbResult sign = store(patterns, n), zero_one = store(binary(patterns), n);
  const VerbResult a = retrieve(sign, states, n), b = retrieve(zero_one, binary(states), n);
  CHECK(binary(values_of<std::int32_t>(a, "x")) == values_of<std::int32_t>(b, "x"));
  CHECK(values_of<double>(a, "trace") == values_of<double>(b, "trace"));
  // Without thresholds in 0/1 form the field of neuron i is sum over j of 4 W_ij x_j, twice that in -1/+1 form.
  const VerbResult bare = store(binary(patterns), n, {{"thresholds", word("zero")}});
  const auto fields = values_of<double>(on(bare, "evaluate", {{"x", rows(binary(states), n)}}), "field");
  const Numbers w = hebb(patterns, n);
  const Signs x = binary(states);
  for (std::size_t i = 0; i < n; ++i)
    CHECK(2 * fields[i] == Approx(4 * field(w, x.data(), n, i)).margin(1e-12));
}

TEST_CASE("hopfield: the mixture of three patterns has the energy and margin of its algebra") {
  const std::size_t r = 5, m = 4 * r;
  Signs x(3 * m), mixture(m, 1);
  const int table[4][3] = {{1, 1, 1}, {1, 1, -1}, {1, -1, 1}, {-1, 1, 1}};
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t mu = 0; mu < 3; ++mu) x[mu * m + i] = table[i % 4][mu];
  }
  const VerbResult stored = store(x, m);
  const VerbResult seen = on(stored, "evaluate", {{"x", rows(mixture, m)}});
  const double size = static_cast<double>(m);
  CHECK(values_of<double>(seen, "energy")[0] / size == Approx(-3.0 / 8 + 3 / (2 * size)).epsilon(1e-12));
  CHECK(values_of<double>(seen, "margin")[0] == Approx(0.5 - 3 / size).epsilon(1e-12));
  CHECK(values_of<double>(retrieve(stored, mixture, m), "overlap")[0] == Approx(0.5).epsilon(1e-12));
  // Every fixed point is called what its signs say; by symmetry all eight mixtures are fixed points.
  const VerbResult all = on(stored, "enumerate", {});
  const auto kinds = texts_of(all, "kind");
  const auto states_found = values_of<std::int32_t>(all, "x");
  const auto kind_of = [&](const std::int32_t* state) -> std::string {
    for (const int sign : {1, -1}) {
      for (std::size_t mu = 0; mu < 3; ++mu) {
        bool same = true;
        for (std::size_t i = 0; i < m; ++i) same = same && state[i] == sign * x[mu * m + i];
        if (same) return sign == 1 ? "stored" : "reversed";
      }
    }
    for (int e = 0; e < 8; ++e) {
      bool same = true;
      for (std::size_t i = 0; i < m; ++i) {
        int sum = 0;
        for (int mu = 0; mu < 3; ++mu)
          sum += ((e >> mu & 1) != 0 ? -1 : 1) * x[static_cast<std::size_t>(mu) * m + i];
        same = same && (sum > 0 ? 1 : -1) == state[i];
      }
      if (same) return "mixture";
    }
    return "other";
  };
  for (std::size_t f = 0; f < kinds.size(); ++f) CHECK(kinds[f] == kind_of(states_found.data() + f * m));
  CHECK(std::count(kinds.begin(), kinds.end(), "mixture") == 8);
}

TEST_CASE("hopfield: Glauber dynamics at a temperature have the odds of the field") {
  // n = 2, one pattern: h_0 = s_1 / 2; neuron 1 is held.
  const std::size_t many = 20000;
  Array clamp{ElementType::boolean, {2}};
  clamp.as<bool>()[1] = true;
  const VerbResult result =
      on(store({1, 1}, 2, {{"coding", word("sign")}}), "retrieve",
         {{"x", rows(Signs(2 * many, 1), 2)}, {"clamp", clamp}},
         {{"dynamics", word("glauber")}, {"temperature", 0.7}, {"max_sweeps", whole(1)}});
  double up = 0;
  const auto x = values_of<std::int32_t>(result, "x");
  for (std::size_t k = 0; k < many; ++k) up += x[2 * k] > 0 ? 1.0 / many : 0;
  const double chance = 1 / (1 + std::exp(-2 * 0.5 / 0.7));
  CHECK(std::abs(up - chance) < 5 * std::sqrt(chance * (1 - chance) / many));
}

TEST_CASE("hopfield: bad input is refused by name, and what is odd is said") {
  const auto refused = [](const Array& x, const Settings& settings, int status,
                          const std::vector<std::string>& parts) {
    const VerbResult result = plugin().run("network", "store", {{"x", x}}, {}, {1, 1, nullptr, settings});
    CHECK(result.status == status);
    for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
  };
  refused(rows({1, -1, 1, 2}, 2), {}, ANSATZ_BAD_ARGUMENT,
          {"'x' has 2 at row 1, column 1", "sign", "binary"});
  refused(rows({1, -1, 1, 0}, 2), {}, ANSATZ_BAD_ARGUMENT, {"'x' has 0 at row 1, column 1", "sign"});
  refused(rows({1, 1, 1, 1}, 2), {}, ANSATZ_BAD_ARGUMENT, {"ambiguous", "set coding"});
  refused(reals({1, 2}, {0.5, 1}), {}, ANSATZ_BAD_ARGUMENT, {"0.5"});
  refused(array_of<std::int32_t>({0, 3}, {}), {}, ANSATZ_BAD_ARGUMENT, {"0 x 3"});
  refused(rows(patterns, n), {{"rule", word("storkey")}, {"representation", word("packed")}},
          ANSATZ_BAD_ARGUMENT, {"packed", "storkey", "dense"});
  refused(rows(random_signs(400, 9), 400), {{"representation", word("dense")}, {"memory", whole(1)}},
          ANSATZ_BAD_ARGUMENT, {"1280000 bytes", "packed"});
  refused(rows(random_signs(1100, 9), 1100), {{"representation", word("int8")}, {"memory", whole(1)}},
          ANSATZ_BAD_ARGUMENT, {"1210000 bytes", "packed"});
  refused(rows(patterns, n), {{"rule", word("storkey")}, {"representation", word("int8")}},
          ANSATZ_BAD_ARGUMENT, {"int8", "storkey", "dense"});
  refused(rows(random_signs(2 * 32768, 9), 2), {{"representation", word("int8")}}, ANSATZ_BAD_ARGUMENT,
          {"32767 patterns", "32768", "packed"});
  const auto refused_query = [](const std::string& verb, const Signs& x, std::size_t columns,
                                const VerbResult& model, int status, const std::string& part) {
    const VerbResult result =
        plugin().run("network", verb, {{"x", rows(x, columns)}}, {}, {1, 1, &model.state, {}});
    CHECK(result.status == status);
    CHECK_THAT(result.text, Contains(part));
  };
  const VerbResult stored = store(patterns, n);
  refused_query("retrieve", {1, -1, 1}, 3, stored, ANSATZ_BAD_ARGUMENT, "3 columns; the network has 70");
  const VerbResult skew = store(patterns, n, {{"rule", word("perceptron")}});
  refused_query("evaluate", states, n, skew, ANSATZ_BAD_STATE, "symmetric: true");
  CHECK(plugin().run("network", "enumerate", {}, {}, {1, 1, &stored.state, {}}).status == ANSATZ_UNSUPPORTED);
  // Repeated patterns are stored and named; all neurons clamped: nothing moves.
  Signs twice(patterns.begin(), patterns.begin() + 2 * n);
  for (std::size_t i = 0; i < n; ++i) twice[n + i] = -twice[i];
  std::string log;
  for (const std::string& line : store(twice, n).log) log += line;
  CHECK_THAT(log, Contains("0 and 1 (reversed)"));
  Array clamp{ElementType::boolean, {n}};
  std::fill(clamp.as<bool>().begin(), clamp.as<bool>().end(), true);
  CHECK(values_of<std::int32_t>(on(stored, "retrieve", {{"x", rows(states, n)}, {"clamp", clamp}}), "x") ==
        states);
}
