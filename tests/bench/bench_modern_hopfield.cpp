// Attention and one update of many patterns, one thread, against a naive version on Eigen, interleaved; beside them what
// the machine's sgemm and our exp reach in the same run.
//
//   ninja bench_modern_hopfield && OPENBLAS_CORETYPE=SkylakeX bin/bench_modern_hopfield [rounds]
//   for l in 2048 4096 8192 16384; do /usr/bin/time -f %MK bin/bench_modern_hopfield memory $l; done
//
// Debian's OpenBLAS 0.3.21 takes a CPU newer than itself for a Prescott; the variable names the best it has.
#include <cblas.h>
#include <ansatz/num/softmax_average.hpp>
#include <ansatz/num/vector_math.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace ansatz;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Rows random_rows(long n, long d, unsigned seed) {
  std::mt19937 engine{seed};
  std::normal_distribution<float> normal;
  Rows x(n, d);
  for (long i = 0; i < x.size(); ++i) x.data()[i] = normal(engine);
  return x;
}

struct Entry {
  std::string name;
  std::function<void()> run;
  std::vector<double> seconds = {};

  [[nodiscard]] double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

// The entries in turn, round by round.
void interleave(std::vector<Entry>& entries, int rounds) {
  for (int round = -1; round < rounds; ++round) {
    for (Entry& entry : entries) {
      const double start = cpu_seconds();
      entry.run();
      if (round >= 0) entry.seconds.push_back(cpu_seconds() - start);
    }
  }
}

// What anybody writes first.
void naive(const Rows& q, const Rows& k, const Rows& v, float beta, Rows& y) {
  Rows s = beta * (q * k.transpose());
  for (long i = 0; i < s.rows(); ++i) {
    s.row(i) = (s.row(i).array() - s.row(i).maxCoeff()).exp();
    s.row(i) /= s.row(i).sum();
  }
  y.noalias() = s * v;
}

// The same by BLAS and whole rows at a time, as NumPy does it.
void with_blas(const Rows& q, const Rows& k, const Rows& v, float beta, Rows& y) {
  const auto l = static_cast<int>(q.rows()), m = static_cast<int>(k.rows()), d = static_cast<int>(k.cols()),
             w = static_cast<int>(v.cols());
  Rows s(l, m);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, l, m, d, beta, q.data(), d, k.data(), d, 0, s.data(),
              m);
  s.colwise() -= s.rowwise().maxCoeff();
  const auto count = static_cast<std::size_t>(s.size());
  vec::exp(std::span<const float>{s.data(), count}, std::span{s.data(), count});
  s.array().colwise() /= s.rowwise().sum().array();
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, l, w, m, 1, s.data(), m, v.data(), w, 0, y.data(),
              w);
}

void fused(const Rows& q, const Rows& k, const Rows& v, float beta, Rows& y, SoftmaxScratch<float>& scratch) {
  SoftmaxJob<float> job;
  job.keys = static_cast<std::size_t>(k.rows());
  job.depth = job.key_stride = job.query_stride = static_cast<std::size_t>(k.cols());
  job.width = job.value_stride = static_cast<std::size_t>(v.cols());
  job.key = k.data(), job.value = v.data(), job.query = q.data();
  job.queries = static_cast<std::size_t>(q.rows());
  job.beta = static_cast<double>(beta);
  softmax_average(job, y.data(), job.width, nullptr, scratch);
}

void compare(const char* what, long queries, long keys, long d, int rounds) {
  const Rows q = random_rows(queries, d, 1), k = random_rows(keys, d, 2), v = random_rows(keys, d, 3);
  const float beta = 1 / std::sqrt(static_cast<float>(d));
  Rows ours(queries, d), theirs(queries, d);
  SoftmaxScratch<float> scratch;
  const long side = 1024;
  const Rows a = random_rows(side, side, 4), b = random_rows(side, side, 5);
  Rows c(side, side);
  std::vector<float> x(static_cast<std::size_t>(1) << 20, -1.5F), e(x.size());
  std::vector<Entry> entries{{"fused", [&] { fused(q, k, v, beta, ours, scratch); }},
                             {"naive", [&] { naive(q, k, v, beta, theirs); }},
                             {"blas", [&] { with_blas(q, k, v, beta, theirs); }},
                             {"sgemm",
                              [&] {
                                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, side, side, side, 1,
                                            a.data(), side, b.data(), side, 0, c.data(), side);
                              }},
                             {"exp", [&] { vec::exp(std::span<const float>{x}, std::span{e}); }}};
  interleave(entries, rounds);
  const double work =
      4e-9 * static_cast<double>(queries) * static_cast<double>(keys) * static_cast<double>(d);
  const double own = entries[0].median(), rate = work / own,
               gemm = 2e-9 * static_cast<double>(side) * side * side / entries[3].median();
  std::printf(
      "%-38s fused %8.4f s  naive Eigen %5.2f  BLAS and exp %5.2f times that  %6.1f GF/s = %3.0f %% of sgemm "
      "(%.1f)  "
      "exp %.2f G/s  off %.1e\n",
      what, own, entries[1].median() / own, entries[2].median() / own, rate, 100 * rate / gemm, gemm,
      1e-9 * static_cast<double>(x.size()) / entries[4].median(),
      static_cast<double>((ours - theirs).cwiseAbs().maxCoeff()));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string{argv[1]} == "memory") {  // one fused self-attention and nothing else
    const long l = std::atol(argv[2]);
    const Rows x = random_rows(l, 64, 6);
    Rows y(l, 64);
    SoftmaxScratch<float> scratch;
    fused(x, x, x, 0.125F, y, scratch);
    return 0;
  }
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  compare("attention, a head, l 4096, d 64", 4096, 4096, 64, rounds);
  compare("attention, a head, l 2048, d 64", 2048, 2048, 64, rounds);
  compare("1000 queries, 100,000 patterns, d 256", 1000, 100000, 256, rounds);
  return 0;
}
