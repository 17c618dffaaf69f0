// What published results and closed forms promise of networks that keep patterns, by the verbs of the plugin.
//
//   bench_hopfield_figures flow [DRAWS] [N]          patterns stored exactly by flow with symmetric weights
//   bench_hopfield_figures cliques                   all cliques from few of them (Hillar, Tran 2018)
//   bench_hopfield_figures pseudo-inverse            0.99 n patterns; basins with and without diagonal
//   bench_hopfield_figures unlearning [DRAWS]        the most patterns that stay, over the number of relaxations
//   bench_hopfield_figures enumeration               CPU time a state for 16 and 24 neurons
//   bench_hopfield_figures glyphs FONT.psf           letters and digits of a console font of 8 x 16 pixels
//
// Intervals are of 95 %.  Times are CPU time of one thread.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "ansatz/num/random.hpp"
#include "data/source.hpp"
#include "plugins/library.hpp"
#include "run/verb_call.hpp"
#include "shares.hpp"

namespace {

using namespace ansatz;
using bench::Share;
using host::Array;
using Settings = std::map<std::string, host::Value>;
using Signs = std::vector<std::int32_t>;  // rows of n

std::string word(const char* text) { return text; }
std::int64_t whole(std::uint64_t n) { return static_cast<std::int64_t>(n); }

const host::Library& library() {
  static const host::Library file{HOPFIELD_PLUGIN};
  return file;
}
Array rows(const Signs& values, std::uint64_t n) {
  Array x{host::ElementType::i32, {values.size() / n, n}};
  std::copy(values.begin(), values.end(), x.as<std::int32_t>().data());
  return x;
}
host::VerbResult run(host::VerbCall& call) {
  call.model = &library().model("network");
  host::VerbResult result = run_verb(call);
  if (result.status != ANSATZ_DONE) throw std::runtime_error(result.text);
  return result;
}
host::VerbResult store(const Signs& x, std::uint64_t n, const Settings& settings) {
  host::VerbCall call;
  call.verb = "store";
  call.model_settings = settings;
  call.inputs["x"] = host::source_of(rows(x, n));
  return run(call);
}
host::VerbResult on(const host::VerbResult& stored, const std::string& verb, const Signs& x, std::uint64_t n,
                    const Settings& settings = {}, std::uint64_t key = 1) {
  host::VerbCall call;
  call.verb = verb;
  call.verb_settings = settings;
  call.state = &stored.state;
  call.random_key = key;
  if (!x.empty()) call.inputs["x"] = host::source_of(rows(x, n));
  return run(call);
}

Signs random_signs(std::uint64_t count, const char* stream, std::uint64_t draw) {
  Rng random{1, stream, draw};
  Signs values(count);
  for (auto& s : values) s = random.integer(2) != 0 ? 1 : -1;
  return values;
}
// Each row with `flips` of its bits turned; `low` is the smaller of the two values.
Signs noisy(Signs x, std::uint64_t n, std::uint64_t flips, std::int32_t low, std::uint64_t draw) {
  for (std::uint64_t row = 0; row < x.size() / n; ++row) {
    for (const std::uint64_t i : Rng{draw, "flips", row}.choice(n, flips))
      x[row * n + i] = 1 + low - x[row * n + i];
  }
  return x;
}
Share stable(const host::VerbResult& result) {
  Share share;
  const Array& all = result.outputs.array("stable");
  for (std::uint64_t k = 0; k < all.count(); ++k) share.add(all.number(k) != 0);
  return share;
}
bool all_stable(const host::VerbResult& result) { return stable(result).mean() == 1; }
// Rows that retrieval from noisy cues gives back in every bit.
Share recovered(const host::VerbResult& stored, const Signs& x, std::uint64_t n, std::uint64_t flips,
                std::int32_t low, std::uint64_t trials, const char* order = "random") {
  Share share;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    const host::VerbResult ends =
        on(stored, "retrieve", noisy(x, n, flips, low, trial), n, {{"order", word(order)}}, trial);
    const auto found = ends.outputs.array("x").as<std::int32_t>();
    for (std::uint64_t first = 0; first < x.size(); first += n)
      share.add(std::equal(found.begin() + first, found.begin() + first + n, x.begin() + first));
  }
  return share;
}
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
// Where shares that fall over the loads cross one half, between two neighbours; 0: nowhere.
double half_point(const std::vector<double>& loads, const std::vector<double>& shares) {
  for (std::size_t k = 0; k + 1 < loads.size(); ++k) {
    if (shares[k] >= 0.5 && shares[k + 1] < 0.5)
      return loads[k] + (loads[k + 1] - loads[k]) * (shares[k] - 0.5) / (shares[k] - shares[k + 1]);
  }
  return 0;
}

void flow(std::uint64_t draws, std::uint64_t largest) {
  for (std::uint64_t n = 32; n <= largest; n *= 2) {
    const std::vector<double> loads{1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7};
    std::vector<double> shares;
    for (const double load : loads) {
      const auto p = static_cast<std::uint64_t>(std::llround(load * static_cast<double>(n)));
      Share kept;
      for (std::uint64_t draw = 0; draw < draws; ++draw) {
        kept.add(all_stable(store(random_signs(p * n, "patterns", draw), n,
                                  {{"rule", word("flow")}, {"epochs", whole(5000)}})));
      }
      shares.push_back(kept.mean());
      std::printf("n %llu, p %llu: all patterns kept in %s draws\n", static_cast<unsigned long long>(n),
                  static_cast<unsigned long long>(p), kept.text().c_str());
      std::fflush(stdout);
      if (kept.mean() == 0) break;
    }
    std::printf("n %llu: half of the draws at %.3f n (limit of many neurons 1.28 n)\n",
                static_cast<unsigned long long>(n), half_point(loads, shares));
  }
}

// Edges among `clique` of `vertices` vertices, as rows of 0 and 1.
Signs cliques(std::uint64_t vertices, int clique) {
  Signs all;
  for (unsigned chosen = 0; chosen < 1U << vertices; ++chosen) {
    if (std::popcount(chosen) != clique) continue;
    for (std::uint64_t a = 0; a < vertices; ++a) {
      for (std::uint64_t b = a + 1; b < vertices; ++b)
        all.push_back((chosen >> a & chosen >> b & 1) != 0 ? 1 : 0);
    }
  }
  return all;
}

void few_cliques() {
  constexpr std::uint64_t n = 120;  // pairs of 16 vertices
  const Signs all = cliques(16, 8);
  const std::uint64_t count = all.size() / n;
  for (const double share : {0.01, 0.02, 0.05}) {
    const auto p = static_cast<std::uint64_t>(share * static_cast<double>(count));
    Signs some;
    for (const std::uint64_t k : Rng{1, "cliques"}.choice(count, p))
      some.insert(some.end(), all.begin() + static_cast<std::ptrdiff_t>(k * n),
                  all.begin() + static_cast<std::ptrdiff_t>((k + 1) * n));
    for (const double penalty : {0.0, 1e-3, 1e-4, 1e-5}) {
      const host::VerbResult stored = store(some, n,
                                            {{"rule", word("flow")},
                                             {"thresholds", word("learned")},
                                             {"epochs", whole(5000)},
                                             {"penalty", penalty}});
      const Share fixed = stable(on(stored, "evaluate", all, n));
      std::printf("%llu cliques, penalty %g: fixed points %s", static_cast<unsigned long long>(p), penalty,
                  fixed.text().c_str());
      std::printf("; recovered from 6 of 120 flipped %s\n",
                  recovered(stored, all, n, 6, 0, 1).text().c_str());
      std::fflush(stdout);
    }
  }
}

void pseudo_inverse() {
  constexpr std::uint64_t n = 500, p = 495;
  Share kept;
  for (std::uint64_t draw = 0; draw < 10; ++draw)
    kept.add(all_stable(store(random_signs(p * n, "patterns", draw), n, {{"rule", word("pseudo-inverse")}})));
  std::printf("n 500, p 495: all patterns stable in %s draws\n", kept.text().c_str());
  std::printf("  load  mean radius without diagonal, with  (20 patterns, recalled in every bit)\n");
  for (const double load : {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95}) {
    std::printf("  %.2f", load);
    const Signs x = random_signs(static_cast<std::uint64_t>(std::llround(load * 500)) * n, "basins", 0);
    for (const char* diagonal : {"zero", "keep"}) {
      const host::VerbResult stored =
          store(x, n, {{"rule", word("pseudo-inverse")}, {"diagonal", word(diagonal)}});
      const host::VerbResult found =
          on(stored, "basins", Signs(x.begin(), x.begin() + 20 * n), n,
             {{"recalled", 1.0},
              {"starts", std::vector<double>{0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45}}});
      double mean = 0;
      for (std::uint64_t k = 0; k < 20; ++k) mean += found.outputs.array("radius").number(k) / 20;
      std::printf("  %.3f", mean);
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

// Relaxations take from the weights what they take from their trace, strength a time; the patterns gave p.
void unlearning(std::uint64_t draws) {
  constexpr std::uint64_t n = 500;
  for (std::uint64_t p = 16; p <= 60; p += 2) {
    Share kept;
    for (std::uint64_t draw = 0; draw < 20; ++draw)
      kept.add(all_stable(store(random_signs(p * n, "patterns", draw), n, {})));
    std::printf("Hebb, p %llu: all patterns stable in %s draws\n", static_cast<unsigned long long>(p),
                kept.text().c_str());
    std::fflush(stdout);
    if (kept.mean() == 0) break;
  }
  constexpr double strength = 0.05;
  for (const std::uint64_t p : {50, 100, 150, 200, 250, 300}) {
    const std::uint64_t starts = 2 * p, stages = 12;  // a tenth of p
    std::printf("unlearning, p %llu: relaxations, share of patterns stable, draws with all stable\n",
                static_cast<unsigned long long>(p));
    std::vector<host::VerbResult> now;
    for (std::uint64_t draw = 0; draw < draws; ++draw)
      now.push_back(store(random_signs(p * n, "patterns", draw), n, {}));
    for (std::uint64_t stage = 0; stage < stages; ++stage) {
      Share share, all;
      for (std::uint64_t draw = 0; draw < draws; ++draw) {
        // A call draws from its key: each has its own, or all would relax the same states.
        now[draw] = on(now[draw], "unlearn", {}, n, {{"starts", whole(starts)}, {"strength", strength}},
                       1000 * draw + stage);
        const Share one = stable(now[draw]);
        share.hits += one.hits, share.trials += one.trials;
        all.add(one.mean() == 1);
      }
      std::printf("  %llu  %.3f  %s\n", starts * (stage + 1ULL), share.mean(), all.text().c_str());
      std::fflush(stdout);
    }
  }
}

void enumeration() {
  std::map<std::uint64_t, std::vector<double>> nanoseconds;
  for (int round = 0; round < 5; ++round) {
    for (const std::uint64_t n : {16, 20, 24}) {
      const host::VerbResult stored = store(random_signs(3 * n, "patterns", 0), n, {{"scale", word("1")}});
      const double start = cpu_seconds();
      for (std::uint64_t k = 0; k < std::uint64_t{1} << (24 - n); k += 16) on(stored, "enumerate", {}, n);
      const double calls = std::max<double>(1, static_cast<double>(std::uint64_t{1} << (24 - n)) / 16);
      nanoseconds[n].push_back(1e9 * (cpu_seconds() - start) / calls /
                               static_cast<double>(std::uint64_t{1} << n));
    }
  }
  for (auto& [n, values] : nanoseconds) {
    std::sort(values.begin(), values.end());
    std::printf("n %llu: %.1f ns a state (%.1f to %.1f)\n", static_cast<unsigned long long>(n), values[2],
                values.front(), values.back());
  }
  std::printf("n 24 over n 16: %.2f (medians), %.2f (best)\n", nanoseconds[24][2] / nanoseconds[16][2],
              nanoseconds[24][0] / nanoseconds[16][0]);
}

void glyphs(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string font{std::istreambuf_iterator<char>{file}, {}};
  constexpr std::uint64_t n = 128;
  if (font.size() < 4 + 16 * 256 || font[0] != 0x36 || font[1] != 0x04 || font[3] != 16)
    throw std::runtime_error(path + ": expected an unpacked PSF font, version 1, of 16 rows");
  const auto pixels = [&](const std::string& letters) {
    Signs x;
    for (const char letter : letters) {
      for (std::uint64_t k = 0; k < n; ++k)
        x.push_back(font[4 + 16 * static_cast<std::size_t>(letter) + k / 8] >> (7 - k % 8) & 1);
    }
    return x;
  };
  std::string lower, all;
  for (char c = 'a'; c <= 'z'; ++c) lower += c;
  all = lower;
  for (char c = 'A'; c <= 'Z'; ++c) all += c;
  for (char c = '0'; c <= '9'; ++c) all += c;
  for (const std::string& kept : {all, lower}) {
    for (const char* rule : {"pseudo-inverse", "hebb", "adatron"}) {
      Settings settings{{"rule", word(rule)}};
      if (word(rule) == "adatron") settings["epochs"] = whole(100000);
      const host::VerbResult stored = store(pixels(kept), n, settings);
      std::printf("%-14s %zu glyphs: stable %s, kept with ties %s\n", rule, kept.size(),
                  stable(stored).text().c_str(), recovered(stored, pixels(kept), n, 0, 0, 1).text().c_str());
      for (const char* order : {"random", "greedy"}) {
        std::printf("    a to z from 6 of 128 flipped, order %s: %s\n", order,
                    recovered(stored, pixels(lower), n, 6, 0, 100, order).text().c_str());
        std::fflush(stdout);
      }
    }
  }
}

}  // namespace

int main(int count, char** argument) try {
  const std::string what = count > 1 ? argument[1] : "";
  const auto number = [&](int k, std::uint64_t otherwise) {
    return count > k ? std::stoull(argument[k]) : otherwise;
  };
  if (what == "flow") {
    flow(number(2, 50), number(3, 128));
  } else if (what == "cliques") {
    few_cliques();
  } else if (what == "pseudo-inverse") {
    pseudo_inverse();
  } else if (what == "unlearning") {
    unlearning(number(2, 5));
  } else if (what == "enumeration") {
    enumeration();
  } else if (what == "glyphs" && count == 3) {
    glyphs(argument[2]);
  } else {
    std::fprintf(stderr, "usage: see the top of bench_hopfield_figures.cpp\n");
    return 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_hopfield_figures: %s\n", e.what());
  return 1;
}
