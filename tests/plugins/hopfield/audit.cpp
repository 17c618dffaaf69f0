// Every energy and every way of moving that promises to lower it, update by update.
#include "call.hpp"

using namespace hopfield_test;

namespace {

const std::size_t n = 70, p = 9;
const Signs patterns = random_signs(p * n, 1);

// W of a network, also where it is never formed.
Numbers weights_of(const VerbResult& stored, bool keep) {
  if (stored.outputs.find_array("weights") != nullptr) return values_of<double>(stored, "weights");
  Numbers w = hebb(patterns, n);
  for (std::size_t i = 0; i < n && keep; ++i)
    w[i * (n + 1)] = static_cast<double>(p) / static_cast<double>(n);
  return w;
}

const Settings symmetric{{"symmetric", true}};
Settings by(const char* rule, Settings more = {}) {
  more["rule"] = word(rule);
  return more;
}

}  // namespace

TEST_CASE(
    "hopfield: each of 100,000 updates of one neuron lowers the energy by what its field says, or leaves "
    "it") {
  // Row k may move its neuron k mod n alone.
  const std::size_t many = 20 * n;
  const Signs from = random_signs(many * n, 3);
  Array clamp{ElementType::boolean, {many, n}};
  for (std::size_t k = 0; k < many * n; ++k) clamp.as<bool>()[k] = k % n != k / n % n;
  const Settings keep{{"diagonal", word("keep")}};
  const std::vector<Settings> rules{
      by("hebb"),
      by("hebb", keep),
      by("hebb", {{"representation", word("dense")}}),
      by("hebb", {{"decay", 0.1}}),
      by("covariance", {{"thresholds", word("learned")}}),
      by("pseudo-inverse"),
      by("pseudo-inverse", keep),
      by("dreaming", {{"dream_time", 3.0}}),
      by("storkey"),
      by("storkey", {{"decay", 0.1}}),
      by("storkey-2"),
      by("flow", {{"kappa", 0.3}, {"thresholds", word("learned")}}),
      by("pseudo-likelihood", {{"kappa", 0.3}, {"thresholds", word("learned")}}),
      by("perceptron", symmetric),
      by("min-overlap", symmetric),
      by("adatron", symmetric),
      by("diederich-opper-1", symmetric),
      by("diederich-opper-2", symmetric)};
  const std::vector<Settings> ways{{{"ties", word("keep")}},
                                   {{"ties", word("up")}},
                                   {{"ties", word("random")}},
                                   {{"order", word("greedy")}},
                                   {{"dynamics", word("block")}, {"block", whole(1)}},
                                   {{"dynamics", word("glauber")}}};
  std::size_t updates = 0;
  for (const Settings& rule : rules) {
    const VerbResult stored = store(patterns, n, rule);
    const Numbers w = weights_of(stored, rule.count("diagonal") != 0);
    const auto thresholds = values_of<double>(stored, "thresholds");
    for (Settings way : ways) {
      CAPTURE(std::get<std::string>(rule.at("rule")), way.begin()->first);
      // These look at the field without the neuron itself.
      const bool alone = way.count("order") != 0 || way == ways.back();
      way["max_sweeps"] = whole(1);
      const VerbResult result = on(stored, "retrieve", {{"x", rows(from, n)}, {"clamp", clamp}}, way);
      const auto to = values_of<std::int32_t>(result, "x");
      const auto trace = values_of<double>(result, "trace");
      std::size_t flips = 0, wrong = 0;
      for (std::size_t k = 0; k < many; ++k) {
        const std::size_t i = k % n;
        const double s = from[k * n + i], self = w[i * (n + 1)];
        const double h = field(w, &from[k * n], n, i) - thresholds[i], seen = alone ? h - self * s : h;
        for (std::size_t j = 0; j < n; ++j) wrong += j != i && to[k * n + j] != from[k * n + j] ? 1 : 0;
        const bool flipped = to[k * n + i] != from[k * n + i];
        flips += flipped ? 1 : 0;
        if (std::abs(seen) > 1e-9) wrong += flipped != (seen * s < 0) ? 1 : 0;
        const double change = flipped ? 2 * s * h - 2 * self : 0, found = trace[many + k] - trace[k];
        wrong += std::abs(found - change) > 1e-10 || found > 1e-12 ? 1 : 0;
      }
      updates += many;
      CHECK(wrong == 0);
      CHECK(flips > many / 8);
    }
  }
  CHECK(updates >= 100000);
}

TEST_CASE(
    "hopfield: blocks of many neurons never climb where W has no negative eigenvalue, and may elsewhere") {
  const std::size_t many = 400;
  const Signs from = random_signs(many * n, 4);
  const auto rises = [&](const Settings& rule, std::int64_t block, const char* ties) {
    const VerbResult stored = store(patterns, n, rule);
    const auto trace = values_of<double>(retrieve(stored, from, n,
                                                  {{"dynamics", word("block")},
                                                   {"block", whole(block)},
                                                   {"ties", word(ties)},
                                                   {"max_sweeps", whole(12)}}),
                                         "trace");
    std::size_t count = 0, moves = 0;
    for (std::size_t k = many; k < trace.size(); ++k) {
      count += trace[k] > trace[k - many] + 1e-12 ? 1 : 0;
      moves += trace[k] < trace[k - many] - 1e-12 ? 1 : 0;
    }
    CHECK(moves > many / 2);
    return count;
  };
  for (const std::int64_t block : {2, 16, 70}) {
    for (const char* ties : {"keep", "up", "random"}) {
      CAPTURE(block, ties);
      for (const char* rule : {"hebb", "pseudo-inverse", "covariance", "dreaming"}) {
        CAPTURE(rule);
        CHECK(rises(by(rule, {{"diagonal", word("keep")}}), block, ties) == 0);
      }
    }
  }
  CHECK(rises(by("hebb"), 70, "keep") > 0);
}
