// What tests/bench/modern_hopfield.py sets beside PyTorch and NumPy: reads its numbers from a folder, writes results there, prints
// the CPU seconds.  One thread.
//
//   bench_modern_hopfield_peers attention FOLDER HEADS L D [bf16]     # q.bin k.bin v.bin, f32, L x (HEADS D) -> y.bin
//   bench_modern_hopfield_peers training FOLDER HEADS L D             # and dy.bin -> dq.bin dk.bin dv.bin
//   bench_modern_hopfield_peers update FOLDER N D Q BETA              # x.bin, N x D; s.bin, Q x D -> y.bin
//   bench_modern_hopfield_peers dense FOLDER K N POWER                # x.bin, i8 -1 and 1, K x N; s.bin, N -> y.bin
#include <ansatz/bits.hpp>
#include <ansatz/num/bf16.hpp>
#include <ansatz/num/softmax_average.hpp>

#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "dense_retrieval.hpp"

using namespace ansatz;
using namespace ansatz::modern_hopfield;

namespace {

struct Arguments {
  std::vector<std::string> words;
  [[nodiscard]] std::size_t number(std::size_t k) const { return std::stoul(words.at(k)); }
  [[nodiscard]] std::string file(const char* name) const { return words.at(1) + "/" + name + ".bin"; }
};

template <class T>
std::vector<T> read(const std::string& path, std::size_t count) {
  std::vector<T> values(count);
  std::ifstream file{path, std::ios::binary};
  if (!file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T))))
    throw std::runtime_error(path + " is not there, or too short");
  return values;
}
template <class T>
void write(const std::string& path, const std::vector<T>& values) {
  std::ofstream file{path, std::ios::binary};
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(T)));
}

double seconds_of(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}
void tell(double seconds, std::size_t flips = 0) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"seconds\": %.6g, \"flips\": %zu, \"peak_mib\": %.1f}\n", seconds, flips,
              static_cast<double>(usage.ru_maxrss) / 1024);
}

// Queries [first, first + count) of a head.
SoftmaxJob<float> job_of(const std::vector<float>& q, const std::vector<float>& k,
                         const std::vector<float>& v, std::size_t head, std::size_t l, std::size_t d,
                         std::size_t stride) {
  SoftmaxJob<float> job;
  job.keys = job.queries = l;
  job.depth = job.width = d;
  job.key_stride = job.value_stride = job.query_stride = stride;
  job.query = q.data() + head * d, job.key = k.data() + head * d, job.value = v.data() + head * d;
  job.beta = 1 / std::sqrt(static_cast<double>(d));
  return job;
}

void attention(const Arguments& arguments, bool training) {
  const std::size_t heads = arguments.number(2), l = arguments.number(3), d = arguments.number(4),
                    all = heads * d;
  const bool bf16 = arguments.words.size() > 5;
  auto q = read<float>(arguments.file("q"), l * all), k = read<float>(arguments.file("k"), l * all),
       v = read<float>(arguments.file("v"), l * all);
  std::vector<float> dy, y(l * all), dq(l * all), dk(l * all), dv(l * all);
  if (training) dy = read<float>(arguments.file("dy"), l * all);
  SoftmaxScratch<float> scratch;
  std::vector<double> top(l);
  const double seconds = seconds_of([&] {
    if (bf16) round_to_bf16(q), round_to_bf16(k), round_to_bf16(v);
    for (std::size_t head = 0; head < heads; ++head) {
      SoftmaxJob<float> job = job_of(q, k, v, head, l, d, all);
      job.round_weights = bf16;
      const std::size_t at = head * d;
      softmax_average(job, y.data() + at, all, top.data(), scratch);
      if (!training) continue;
      softmax_gradient<float>(job,
                              {y.data() + at, all, dy.data() + at, all, top.data(), dq.data() + at,
                               dk.data() + at, dv.data() + at},
                              scratch);
    }
  });
  write(arguments.file("y"), y);
  if (training)
    write(arguments.file("dq"), dq), write(arguments.file("dk"), dk), write(arguments.file("dv"), dv);
  tell(seconds);
}

void update(const Arguments& arguments) {
  const std::size_t n = arguments.number(2), d = arguments.number(3), queries = arguments.number(4);
  const auto x = read<float>(arguments.file("x"), n * d), s = read<float>(arguments.file("s"), queries * d);
  std::vector<float> y(queries * d);
  SoftmaxScratch<float> scratch;
  SoftmaxJob<float> job;
  job.keys = n, job.queries = queries;
  job.depth = job.width = job.key_stride = job.value_stride = job.query_stride = d;
  job.key = job.value = x.data(), job.query = s.data();
  job.beta = std::stod(arguments.words.at(5));
  const double seconds = seconds_of([&] { softmax_average(job, y.data(), d, nullptr, scratch); });
  write(arguments.file("y"), y);
  tell(seconds);
}

// One sweep in the order 0, 1, ...
void dense(const Arguments& arguments) {
  const std::size_t k = arguments.number(2), n = arguments.number(3);
  const auto x = read<std::int8_t>(arguments.file("x"), k * n);
  auto s = read<std::int8_t>(arguments.file("s"), n);
  BitMatrix patterns{k, n};
  for (std::size_t mu = 0; mu < k; ++mu) patterns.pack(mu, {x.data() + mu * n, n});
  const DenseMemory memory{std::move(patterns), DenseEnergy::polynomial,
                           static_cast<std::int64_t>(arguments.number(4))};
  DenseState at{memory};
  DynamicsOptions dynamics;
  dynamics.order = Order::fixed;
  std::size_t flips = 0;
  const double seconds = seconds_of([&] {
    at.start(s);
    flips = sweep_neurons(
                s, dynamics, 0, {}, Rng{1, "order"}, [&](std::uint64_t i) { return at.field(i); },
                [&](std::uint64_t i) { at.flip(i); }, [](std::uint64_t) {})
                .flips;
  });
  write(arguments.file("y"), s);
  tell(seconds, flips);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments{{argv + 1, argv + argc}};
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "attention" || what == "training") {
    attention(arguments, what == "training");
  } else if (what == "update") {
    update(arguments);
  } else if (what == "dense") {
    dense(arguments);
  } else {
    std::fprintf(stderr, "attention, training, update or dense: see the first lines of the source\n");
    return 2;
  }
  return 0;
}
