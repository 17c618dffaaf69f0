// Capacities and margins beside the theory of many neurons, by the parts of the plugin: only some neurons of a network
// learn, or only some patterns are recalled.
//
//   bench_hopfield_limits adatron [NEURONS]                       largest margins beside Gardner 1988, n = 1000
//   bench_hopfield_limits perceptron [DRAWS] [EPOCHS]             separated neurons beside Cover 1965, 200 inputs
//   bench_hopfield_limits margins SIGNS N P NEURONS               AdaTron on a file of p x n bytes: hopfield.py
//   bench_hopfield_limits capacity [LARGEST]                      load at which half of the patterns are kept (m > 0.9)
//
// Intervals are of 95 %.  Times are CPU time of one thread.
#include <ansatz/num/executor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "dynamics.hpp"
#include "rules.hpp"
#include "shares.hpp"
#include "theory.hpp"

using namespace ansatz;
using namespace ansatz::hopfield;
using ansatz::bench::Share;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Network random_network(std::uint64_t n, std::uint64_t p, std::uint64_t draw) {
  Network network;
  network.bits = BitMatrix{n, p};
  network.unit = 1 / static_cast<double>(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    Rng random{draw, "patterns", i};
    network.bits.draw_row(i, random);
  }
  return network;
}

// The first neurons of a network, learned by a rule of the perceptron family.
struct Learned {
  std::vector<bool> settled;
  std::vector<double> margins;  // least xi_i h_i over |W_i|
};
Learned learn(const Config& config, const Network& network, std::uint64_t neurons) {
  const Matrix<double> x = as_signs(network);  // p x n
  const auto n = static_cast<double>(x.cols());
  const Matrix<double> gram = x * x.transpose() / n;
  Matrix<double> strengths = Matrix<double>::Zero(x.cols(), x.rows());
  std::vector<std::uint8_t> settled(network.neurons(), 1);  // the others are not asked for
  std::fill_n(settled.begin(), neurons, std::uint8_t{0});
  SerialExecutor serial;
  for (std::int64_t epoch = 0; epoch < config.epochs; ++epoch) {
    perceptron_epoch(config, network, gram, strengths, settled, serial);
    if (std::count(settled.begin(), settled.end(), 0) == 0) break;
  }
  Learned learned;
  for (std::uint64_t i = 0; i < neurons; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    Eigen::RowVectorXd w = strengths.row(row).cwiseProduct(x.col(row).transpose()) * x / n;
    w(row) = 0;
    learned.settled.push_back(settled[i] != 0);
    learned.margins.push_back((x * w.transpose()).cwiseProduct(x.col(row)).minCoeff() / w.norm());
  }
  return learned;
}
Config adatron_config(double tolerance) {
  Config config;
  config.rule = Rule::adatron;
  config.epochs = 20000;
  config.tolerance = tolerance;
  return config;
}
struct Mean {
  double mean = 0, error = 0;
};
Mean mean_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Mean result;
  for (const double v : values) result.mean += v / count;
  for (const double v : values) result.error += (v - result.mean) * (v - result.mean);
  result.error = std::sqrt(result.error / (count - 1) / count);
  return result;
}

// Where shares that fall from one load to the next cross one half, and its standard error.
Mean half_point(double load, double next, const Mean& before, const Mean& after) {
  const double fall = before.mean - after.mean, part = (before.mean - 0.5) / fall;
  return {load + part * (next - load),
          (next - load) / fall * std::hypot((1 - part) * before.error, part * after.error)};
}

void adatron(std::uint64_t neurons) {
  constexpr std::uint64_t n = 1000;
  for (const double load : {0.3, 0.5, 1.0, 1.5}) {
    const auto p = static_cast<std::uint64_t>(load * n);
    const Learned learned = learn(adatron_config(1e-5), random_network(n, p, 1), neurons);
    double low = 0, high = 10;  // the margin whose load is this one
    for (int k = 0; k < 60; ++k) (margin_load((low + high) / 2) > load ? low : high) = (low + high) / 2;
    const Mean found = mean_of(learned.margins);
    std::printf("load %.1f: mean margin of %llu neurons %.4f +- %.4f, Gardner %.4f, %+.2f %%; settled %ld\n",
                load, static_cast<unsigned long long>(neurons), found.mean, 1.96 * found.error, low,
                100 * (found.mean / low - 1),
                static_cast<long>(std::count(learned.settled.begin(), learned.settled.end(), true)));
    std::fflush(stdout);
  }
}

// A neuron counts as separated where all its fields have their signs after so many epochs, settled or not: those that
// need more epochs are missed, so the shares are lower bounds.
void separated(std::uint64_t draws, std::int64_t epochs) {
  constexpr std::uint64_t inputs = 200, neurons = 20;
  constexpr double step = 0.05;
  for (const Rule rule : {Rule::perceptron, Rule::adatron}) {
    Config config = adatron_config(1e-3);
    config.rule = rule;
    config.epochs = epochs;
    Mean before, found;
    for (double load = 1.8; load < 2.3; load += step, before = found) {
      const auto p = static_cast<std::uint64_t>(std::llround(load * inputs));
      std::vector<double> shares;  // of a draw: its neurons share their patterns
      for (std::uint64_t draw = 0; draw < draws; ++draw) {
        Share share;
        for (const double margin : learn(config, random_network(inputs + 1, p, draw), neurons).margins)
          share.add(margin > 0);
        shares.push_back(share.mean());
      }
      found = mean_of(shares);
      std::printf("%s, p/m %.2f: separated %.3f +- %.3f, Cover %.3f\n",
                  choices(rule)[static_cast<std::size_t>(rule)], load, found.mean, 1.96 * found.error,
                  separable_share(p, inputs));
      std::fflush(stdout);
      if (before.mean < 0.5 || found.mean >= 0.5) continue;
      const Mean half = half_point(load - step, load, before, found);
      std::printf("half of the neurons at p/m = %.3f +- %.3f\n", half.mean, 1.96 * half.error);
      break;
    }
  }
}

void margins(const std::string& path, std::uint64_t n, std::uint64_t p, std::uint64_t neurons) {
  std::ifstream file{path, std::ios::binary};
  std::vector<char> signs(n * p);
  if (!file.read(signs.data(), static_cast<std::streamsize>(signs.size())))
    throw std::runtime_error(path + ": expected n p bytes");
  Network network;
  network.bits = BitMatrix{n, p};
  for (std::uint64_t k = 0; k < n * p; ++k) network.bits.set(k % n, k / n, signs[k] > 0);
  const double start = cpu_seconds();
  const Learned learned = learn(adatron_config(1e-6), network, neurons);
  std::printf("{\"seconds\": %.6f, \"margins\": [", cpu_seconds() - start);
  for (std::size_t k = 0; k < learned.margins.size(); ++k)
    std::printf("%s%.9f", k == 0 ? "" : ", ", learned.margins[k]);
  std::printf("]}\n");
}

// Overlap with pattern mu where asynchronous updates from it end.
double final_overlap(const FieldMaker& maker, std::uint64_t mu, std::uint64_t key) {
  const Network& network = maker.network();
  std::vector<std::int8_t> pattern(network.neurons());
  network.pattern(mu, pattern);
  std::vector<std::int8_t> s = pattern;
  const auto fields = maker.make();
  fields->start(s);
  for (std::uint64_t k = 0; sweep(network, *fields, s, {}, k, {}, Rng{key, "order", k}).flips != 0;) ++k;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) sum += s[i] * pattern[i];
  return static_cast<double>(sum) / static_cast<double>(s.size());
}

// The load at which half of the patterns are kept, between two loads measured, and its standard error.
Mean half_kept(std::uint64_t n, std::uint64_t draws, std::uint64_t probes) {
  constexpr double step = 0.0025;
  Mean before, found;
  std::uint64_t key = 0;  // networks are independent, also from load to load
  for (double load = 0.14; load < 0.2; load += step, before = found) {
    const auto p = static_cast<std::uint64_t>(std::llround(load * static_cast<double>(n)));
    std::vector<double> shares;
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      const Network network = random_network(n, p, ++key);
      const FieldMaker maker{network};
      Share kept;
      for (std::uint64_t mu = 0; mu < probes; ++mu) kept.add(final_overlap(maker, mu, key) > 0.9);
      shares.push_back(kept.mean());
    }
    found = mean_of(shares);
    std::printf("  n %llu, load %.4f: kept %.3f +- %.3f\n", static_cast<unsigned long long>(n), load,
                found.mean, 1.96 * found.error);
    std::fflush(stdout);
    if (before.mean < 0.5 || found.mean >= 0.5) continue;
    return half_point(load - step, load, before, found);
  }
  throw std::runtime_error("half of the patterns kept: not between the loads tried");
}

void capacity(std::uint64_t largest) {
  std::vector<std::uint64_t> sizes;
  std::vector<Mean> halves;
  for (const auto& [n, draws, probes] :
       {std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>{2000, 60, 25},
        {5000, 30, 15},
        {10000, 30, 8},
        {20000, 20, 5},
        {50000, 10, 4}}) {
    if (n > largest) break;
    sizes.push_back(n);
    halves.push_back(half_kept(n, draws, probes));
    std::printf("n %llu: half at load %.5f +- %.5f\n", static_cast<unsigned long long>(n), halves.back().mean,
                1.96 * halves.back().error);
  }
  // Weighted least squares of a + b n^-power; a is the limit of many neurons.
  for (const double power : {0.5, 1.0}) {
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      const double x = std::pow(static_cast<double>(sizes[k]), -power), y = halves[k].mean,
                   weight = 1 / (halves[k].error * halves[k].error);
      w += weight, wx += weight * x, wy += weight * y, wxx += weight * x * x, wxy += weight * x * y;
    }
    const double det = w * wxx - wx * wx;
    std::printf("limit by a + b n^-%.1f: %.5f +- %.5f\n", power, (wxx * wy - wx * wxy) / det,
                1.96 * std::sqrt(wxx / det));
  }
}

}  // namespace

int main(int count, char** argument) try {
  const std::string what = count > 1 ? argument[1] : "";
  const auto number = [&](int k, double otherwise) { return count > k ? std::stod(argument[k]) : otherwise; };
  const auto whole = [&](int k, double otherwise) {
    return static_cast<std::uint64_t>(number(k, otherwise));
  };
  if (what == "adatron") {
    adatron(whole(2, 50));
  } else if (what == "perceptron") {
    separated(whole(2, 10), static_cast<std::int64_t>(number(3, 3000)));
  } else if (what == "margins" && count == 6) {
    margins(argument[2], whole(3, 0), whole(4, 0), whole(5, 0));
  } else if (what == "capacity") {
    capacity(whole(2, 50000));
  } else {
    std::fprintf(stderr, "usage: see the top of bench_hopfield_limits.cpp\n");
    return 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_hopfield_limits: %s\n", e.what());
  return 1;
}
