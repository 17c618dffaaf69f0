// Model `universal` against its definition, P separation(similarity(M, q)), as plain sums.
#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

namespace {

Numbers distributions(std::size_t count, std::size_t columns, unsigned seed) {
  Numbers x = random_reals(count * columns, seed, 0.01, 1);
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) sum += x[i * columns + j];
    for (std::size_t j = 0; j < columns; ++j) x[i * columns + j] /= sum;
  }
  return x;
}

double alike(const std::string& kind, const double* p, const double* s, std::size_t columns) {
  double sum = 0;
  if (kind == "dot") return dot(p, s, columns);
  if (kind == "cosine") return dot(p, s, columns) / std::sqrt(dot(p, p, columns) * dot(s, s, columns));
  if (kind == "euclidean") return -distance(p, s, columns);
  for (std::size_t j = 0; j < columns; ++j) {
    const double m = (p[j] + s[j]) / 2;
    if (kind == "manhattan") sum += std::abs(p[j] - s[j]);
    if (kind == "kl") sum += s[j] * std::log(s[j] / p[j]);
    if (kind == "reverse-kl") sum += p[j] * std::log(p[j] / s[j]);
    if (kind == "jensen-shannon") sum += (p[j] * std::log(p[j] / m) + s[j] * std::log(s[j] / m)) / 2;
  }
  return -sum;
}

const std::vector<std::string> similarities{"dot", "cosine",     "euclidean",     "manhattan",
                                            "kl",  "reverse-kl", "jensen-shannon"};

Numbers weights_of(const std::string& kind, const std::string& separation, int power, double beta,
                   const Numbers& s) {
  Numbers w = s;
  double total = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const double t = kind == "dot" || kind == "cosine" ? s[i] : 1 / (1 - s[i]);
    if (separation == "log") w[i] = std::log(t);
    if (separation == "root") w[i] = std::sqrt(t);
    if (separation == "power") w[i] = std::pow(t, power);
    if (separation == "softmax") total += w[i] = std::exp(beta * s[i]);
    if (s[i] > s[best]) best = i;
  }
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (separation == "softmax") w[i] /= total;
    if (separation == "max") w[i] = i == best ? 1 : 0;
  }
  return w;
}

VerbResult stored_in_universal(const Numbers& x, std::size_t columns, const Numbers& value = {},
                               std::size_t v = 0) {
  Inputs inputs{{"x", rows(x, columns)}};
  if (v > 0) inputs["value"] = rows(value, v);
  return run("universal", "store", inputs);
}
Numbers recalled(const VerbResult& memory, const Numbers& x, std::size_t columns, const Settings& settings) {
  return values_of<double>(on(memory, "universal", "retrieve", {{"x", rows(x, columns)}}, settings), "x");
}

}  // namespace

TEST_CASE("modern-hopfield universal: every similarity and separation is its sum") {
  const Numbers p = distributions(n, d, 40), x = distributions(q, d, 41), value = random_reals(n * 2, 42);
  const VerbResult memory = stored_in_universal(p, d, value, 2);
  for (const std::string& kind : similarities) {
    for (const char* separation : {"identity", "log", "root", "power", "softmax", "max"}) {
      CAPTURE(kind, separation);
      Settings settings{{"similarity", kind}, {"separation", word(separation)}, {"top", whole(3)}};
      if (word(separation) == "power") settings["power"] = whole(4);
      if (word(separation) == "softmax") settings["beta"] = 2.5;
      const VerbResult result = on(memory, "universal", "retrieve", {{"x", rows(x, d)}}, settings);
      settings["projection"] = word("value");
      const Numbers y = values_of<double>(result, "x"), read = recalled(memory, x, d, settings);
      const auto weight = values_of<double>(result, "weight");
      const auto index = values_of<std::int64_t>(result, "index"),
                 match = values_of<std::int64_t>(result, "match");
      for (std::size_t i = 0; i < q; ++i) {
        Numbers s(n), sum(d), other(2);
        for (std::size_t k = 0; k < n; ++k) s[k] = alike(kind, &p[k * d], &x[i * d], d);
        const Numbers w = weights_of(kind, separation, 4, 2.5, s);
        for (std::size_t k = 0; k < n; ++k) {
          for (std::size_t j = 0; j < d; ++j) sum[j] += w[k] * p[k * d + j];
          for (std::size_t j = 0; j < 2; ++j) other[j] += w[k] * value[k * 2 + j];
        }
        REQUIRE(largest_difference(part(y, i * d, d), sum) < 1e-11);
        REQUIRE(largest_difference(part(read, i * 2, 2), other) < 1e-11);
        const auto best = std::max_element(s.begin(), s.end()) - s.begin();
        REQUIRE(match[i] == best);
        REQUIRE(index[i * 3] == best);
        for (std::size_t r = 0; r < 3; ++r) {
          REQUIRE(weight[i * 3 + r] == Approx(w[static_cast<std::size_t>(index[i * 3 + r])]).margin(1e-12));
          if (r > 0)
            REQUIRE(s[static_cast<std::size_t>(index[i * 3 + r])] <=
                    s[static_cast<std::size_t>(index[i * 3 + r - 1])]);
        }
      }
    }
  }
}

TEST_CASE("modern-hopfield universal: its corners are the other memories") {
  const VerbResult memory = stored_in_universal(patterns, d);
  // Dot and softmax: the continuous memory, any number of updates.
  for (const std::int64_t updates : {1, 5}) {
    const Settings both{{"beta", 1.7}, {"updates", updates}};
    CHECK(largest_difference(recalled(memory, states, d, both),
                             values_of<double>(modern_hopfield_test::retrieve(store(), states, both), "x")) <
          1e-12);
  }
  const VerbResult whole_run =
      on(memory, "universal", "retrieve", {{"x", rows(states, d)}}, {{"updates", whole(5)}});
  const Inputs inputs{{"x", rows(states, d)}};
  CHECK(same_bytes(whole_run, done(plugin().resumed(2, "universal", "retrieve", inputs,
                                                    {{"updates", whole(5)}}, {1, 3, &memory.state, {}}))));
  // Dot and identity: X'X x.  Euclidean and max: the nearest pattern.
  const Numbers linear = recalled(memory, states, d, {{"separation", word("identity")}}),
                nearest = recalled(memory, states, d,
                                   {{"similarity", word("euclidean")}, {"separation", word("max")}});
  for (std::size_t i = 0; i < q; ++i) {
    Numbers sum(d);
    std::size_t best = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double s = dot(&patterns[k * d], &states[i * d], d);
      for (std::size_t j = 0; j < d; ++j) sum[j] += s * patterns[k * d + j];
      if (distance(&patterns[k * d], &states[i * d], d) < distance(&patterns[best * d], &states[i * d], d))
        best = k;
    }
    REQUIRE(largest_difference(part(linear, i * d, d), sum) < 1e-12);
    REQUIRE(part(nearest, i * d, d) == part(patterns, best * d, d));
  }
  // Every divergence is 0 at equality, and a hot softmax of it then weighs that pattern most.
  const Numbers p = distributions(n, d, 43);
  const VerbResult of_p = stored_in_universal(p, d);
  for (const char* kind : {"kl", "reverse-kl", "jensen-shannon"}) {
    const VerbResult itself =
        on(of_p, "universal", "retrieve", {{"x", rows(p, d)}},
           {{"similarity", word(kind)}, {"separation", word("identity")}, {"top", whole(1)}});
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(values_of<std::int64_t>(itself, "match")[i] == static_cast<std::int64_t>(i));
      REQUIRE(std::abs(values_of<double>(itself, "weight")[i]) < 1e-12);
    }
  }
}

TEST_CASE("modern-hopfield universal: the grid of similarities and separations counts what is recalled") {
  const Numbers p = distributions(n, d, 44);
  Numbers cue = p;
  const Numbers noise = random_reals(cue.size(), 45, 0, 0.25);
  std::vector<std::int64_t> truth(n);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    truth[i] = static_cast<std::int64_t>(i);
    for (std::size_t j = 0; j < d; ++j) sum += cue[i * d + j] += noise[i * d + j];
    for (std::size_t j = 0; j < d; ++j) cue[i * d + j] /= sum;
  }
  const VerbResult memory = stored_in_universal(p, d);
  const Inputs inputs{{"x", rows(cue, d)}, {"truth", labels(truth)}};
  const Settings settings{{"beta", 50.0}};
  const VerbResult grid = on(memory, "universal", "compare", inputs, settings);
  CHECK(same_bytes(grid, on(memory, "universal", "compare", inputs, settings, 3)));
  CHECK(same_bytes(
      grid, done(plugin().resumed(3, "universal", "compare", inputs, settings, {1, 1, &memory.state, {}}))));
  CHECK(texts_of(grid, "similarity") == similarities);
  const std::vector<std::string> separations = texts_of(grid, "separation");
  REQUIRE(separations == std::vector<std::string>{"identity", "log", "root", "power 2", "power 3", "power 4",
                                                  "power 10", "softmax", "max"});
  const auto correct = values_of<double>(grid, "correct"), low = values_of<double>(grid, "low"),
             high = values_of<double>(grid, "high");
  const auto applies = values_of<bool>(grid, "applies");
  double least = 1, most = 0;
  for (std::size_t a = 0; a < similarities.size(); ++a) {
    for (std::size_t f = 0; f < separations.size(); ++f) {
      CAPTURE(similarities[a], separations[f]);
      const std::string kind = separations[f].substr(0, separations[f].find(' '));
      const int power = kind == "power" ? std::stoi(separations[f].substr(6)) : 1;
      double right = 0;
      for (std::size_t i = 0; i < n; ++i) {
        Numbers s(n), z(d);
        for (std::size_t k = 0; k < n; ++k) s[k] = alike(similarities[a], &p[k * d], &cue[i * d], d);
        const Numbers w = weights_of(similarities[a], kind, power, 50, s);
        for (std::size_t k = 0; k < n; ++k) {
          for (std::size_t j = 0; j < d; ++j) z[j] += w[k] * p[k * d + j];
        }
        std::size_t best = 0;
        const auto along = [&](std::size_t k) {
          return dot(&p[k * d], z.data(), d) / std::sqrt(dot(&p[k * d], &p[k * d], d));
        };
        for (std::size_t k = 1; k < n; ++k) best = along(k) > along(best) ? k : best;
        right += best == i ? 1.0 / n : 0;
      }
      const std::size_t at = a * separations.size() + f;
      REQUIRE(applies[at]);
      CHECK(correct[at] == Approx(right).margin(1e-12));
      CHECK((low[at] <= correct[at] && correct[at] <= high[at] && low[at] < high[at]));
      least = std::min(least, right), most = std::max(most, right);
    }
  }
  CHECK(most > least + 0.3);
  CHECK(scalar(grid, "best") == *std::max_element(correct.begin(), correct.end()));
  // Signs are no distributions: three similarities are left out, and some separations do not apply.
  const VerbResult plain = stored_in_universal(patterns, d);
  const VerbResult fewer =
      on(plain, "universal", "compare", {{"x", rows(patterns, d)}, {"truth", labels(truth)}});
  CHECK(texts_of(fewer, "similarity") == std::vector<std::string>{"dot", "cosine", "euclidean", "manhattan"});
  CHECK(!values_of<bool>(fewer, "applies")[1]);
  CHECK(values_of<bool>(fewer, "applies")[0]);
}

TEST_CASE("modern-hopfield universal: what a similarity or separation does not take is refused by name") {
  const VerbResult memory = stored_in_universal(patterns, d),
                   some = stored_in_universal(distributions(n, d, 46), d);
  const auto bad = [](const VerbResult& model, const Numbers& x, const Settings& settings,
                      const std::vector<std::string>& parts) {
    refused(plugin().run("universal", "retrieve", {{"x", rows(x, d)}}, settings, {1, 1, &model.state, {}}),
            ANSATZ_BAD_ARGUMENT, parts);
  };
  Numbers zero = states;
  std::fill_n(zero.begin() + d, d, 0.0);
  bad(memory, zero, {{"similarity", word("cosine")}}, {"'x'", "row 1", "all 0", "direction"});
  bad(memory, states, {{"similarity", word("kl")}}, {"stored patterns", "row 0", "not negative"});
  Numbers open = distributions(q, d, 47);
  open[2 * d] += 0.5;
  bad(some, open, {{"similarity", word("jensen-shannon")}}, {"'x'", "row 2", "sums to 1.5", "divide"});
  bad(memory, states, {{"separation", word("log")}}, {"state 0", "similarity", "log", "softmax"});
  bad(memory, states, {{"separation", word("root")}}, {"root", "softmax"});
  bad(memory, states, {{"projection", word("value")}}, {"projection: value", "store them"});
  Numbers far(n * d, 0.0), corner(d, 0.0);  // no common support
  for (std::size_t i = 0; i < n; ++i) far[i * d] = 1;
  corner[1] = 1;
  bad(stored_in_universal(far, d), corner, {{"similarity", word("kl")}},
      {"infinitely far", "jensen-shannon"});
  refused(plugin().run("universal", "compare",
                       {{"x", rows(states, d)}, {"truth", labels(random_labels(q, 1, 40))}}, {},
                       {1, 1, &memory.state, {}}),
          ANSATZ_BAD_ARGUMENT, {"'truth'", "0 to 22"});
  std::vector<double> steep = patterns;
  for (double& value : steep) value *= 1e100;
  bad(stored_in_universal(steep, d), states, {{"separation", word("power")}, {"power", whole(10)}},
      {"no finite weight", "softmax"});
}
