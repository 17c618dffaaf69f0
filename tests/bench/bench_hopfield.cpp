// Sweeps of the Hebb rule over packed patterns, one thread, beside what reading the patterns once costs in the same run.
//
//   ninja bench_hopfield && bin/bench_hopfield sweeps 100000 13800 [rounds]
//   bin/bench_hopfield update 2000 200 256         # one synchronous update of one state, and of 256: tests/bench/hopfield.py
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "batch.hpp"
#include "dynamics.hpp"

using namespace ansatz;
using namespace ansatz::hopfield;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
double seconds_of(const std::function<void()>& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Reads every word once.
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#endif
std::uint64_t
read_once(const std::uint64_t* words, std::size_t count) {
  std::uint64_t sum[32] = {};
  for (std::size_t k = 0; k + 32 <= count; k += 32) {
    for (std::size_t lane = 0; lane < 32; ++lane) sum[lane] ^= words[k + lane];
  }
  std::uint64_t all = 0;
  for (const std::uint64_t one : sum) all ^= one;
  return all;
}

Network random_network(std::uint64_t n, std::uint64_t p) {
  Network network;
  network.bits = BitMatrix{n, p};
  network.unit = 1 / static_cast<double>(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    Rng random{1, "patterns", i};
    network.bits.draw_row(i, random);
  }
  return network;
}

std::vector<std::int8_t> cue(const Network& network, std::uint64_t mu, double share) {
  std::vector<std::int8_t> s(network.neurons());
  network.pattern(mu, s);
  const auto count = static_cast<std::uint64_t>(share * static_cast<double>(s.size()));
  for (const std::uint64_t i : Rng{2, "flips", mu}.choice(s.size(), count))
    s[i] = static_cast<std::int8_t>(-s[i]);
  return s;
}

void sweeps(std::uint64_t n, std::uint64_t p, int rounds) {
  const Network network = random_network(n, p);
  const FieldMaker maker{network};
  const auto fields = maker.make();
  std::vector<double> pass, start, synchronous, asynchronous;
  constexpr int number = 5;
  std::uint64_t sink = 0, flips = 0;
  for (int round = 0; round < rounds; ++round) {
    pass.push_back(seconds_of([&] { sink ^= read_once(network.bits.row(0), n * network.bits.words()); }));
    for (const bool together : {true, false}) {
      std::vector<std::int8_t> s = cue(network, static_cast<std::uint64_t>(round) % p, 0.01);
      DynamicsOptions options;
      options.dynamics = together ? Dynamics::synchronous : Dynamics::asynchronous;
      start.push_back(seconds_of([&] { fields->start(s); }));
      const double all = seconds_of([&] {
        for (int k = 0; k < number; ++k) {
          flips += sweep(network, *fields, s, options, 0, {}, Rng{3, "order", static_cast<std::uint64_t>(k)})
                       .flips;
        }
      });
      (together ? synchronous : asynchronous).push_back((start.back() + all) / number);
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double once = median(pass), packed = static_cast<double>(n * network.bits.words() * 8) * 1e-6;
  std::printf("n %lu  p %lu  reading once %.4f s (%.1f GB/s)\n", n, p, once, 1e-3 * packed / once);
  std::printf(
      "synchronous sweep   %.4f s = %.2f passes   (mean of %d from 1 %% flipped, overlaps counted anew "
      "included)\n",
      median(synchronous), median(synchronous) / once, number);
  std::printf("asynchronous sweep  %.4f s = %.2f passes   (random order)\n", median(asynchronous),
              median(asynchronous) / once);
  std::printf("counting overlaps   %.4f s = %.2f passes\n", median(start), median(start) / once);
  std::printf("peak %.0f MB, packed patterns %.0f MB   (%lu flips, %lx)\n",
              1.024e-3 * static_cast<double>(usage.ru_maxrss), packed, flips, sink);
}

void update(std::uint64_t n, std::uint64_t p, std::uint64_t states, bool bytes) {
  Network network = random_network(n, p);
  network.bytes = bytes;
  const FieldMaker maker{network};
  const auto fields = maker.make();
  DynamicsOptions options;
  options.dynamics = Dynamics::synchronous;
  std::vector<std::vector<std::int8_t>> cues;
  for (std::uint64_t k = 0; k < states; ++k) cues.push_back(cue(network, k % p, 0.1));
  const auto one_by_one = [&] {
    for (auto& s : cues) {
      fields->start(s);
      sweep(network, *fields, s, options, 0, {}, Rng{3, "order"});
    }
  };
  std::vector<std::int8_t> together;
  for (const auto& s : cues) together.insert(together.end(), s.begin(), s.end());
  const std::vector<std::vector<std::uint8_t>> clamped(states);
  std::vector<Rng> random(states, Rng{3, "order"});
  std::uint64_t flips = 0;
  const auto at_once = [&] {
    SynchronousBatch batch{network, together, states};
    for (const Sweep& one : batch.sweep(Ties::keep, clamped, random)) flips += one.flips;
  };
  one_by_one();
  at_once();
  const double one = seconds_of(one_by_one) / static_cast<double>(states), many = seconds_of(at_once);
  // The same products of bytes, with nothing to unpack: overlaps, and fields from overlaps of two digits.
  SignedRows wide{states, n}, narrow{states, p};
  BitPanel columns, rows;
  columns.take_columns(network.bits.row(0), network.bits.words(), n, 0, std::min(p, BitPanel::width()));
  rows.take_rows(network.bits.row(0), network.bits.words(), p, 0, std::min(n, BitPanel::width()));
  const double products = seconds_of([&] {
    for (std::uint64_t j = 0; j < p; j += BitPanel::width()) columns.multiply(wide);
    for (std::uint64_t j = 0; j < 2 * n; j += BitPanel::width()) rows.multiply(narrow);
  });
  std::printf("{\"one\": %.9f, \"many\": %.9f, \"products\": %.9f, \"gigaops\": %.0f, \"flips\": %lu}\n", one,
              many, products, 6e-9 * static_cast<double>(states * n * p) / products, flips);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const auto number = [&](int k, std::uint64_t otherwise) {
    return argc > k ? static_cast<std::uint64_t>(std::atoll(argv[k])) : otherwise;
  };
  if (mode == "sweeps") {
    sweeps(number(2, 100000), number(3, 13800), static_cast<int>(number(4, 5)));
  } else if (mode == "update") {
    update(number(2, 2000), number(3, 200), number(4, 256), argc > 5 && std::string{argv[5]} == "int8");
  } else {
    std::fprintf(stderr, "bench_hopfield sweeps [n] [p] [rounds] | update [n] [p] [states] [int8]\n");
    return 2;
  }
  return 0;
}
