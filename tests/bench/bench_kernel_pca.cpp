// One measurement of kernel PCA in CPU time of this process, or of the machine's limits.  Called by
// kernel_pca.py:
//
//   bench_kernel_pca run N D LENGTH COMPONENTS SOLVER PRECISION TOLERANCE x.bin T t.bin scores.bin [LANDMARKS]
//   bench_kernel_pca bytes IMAGES.idx N LENGTH COMPONENTS SOLVER TOLERANCE [LANDMARKS]
//   bench_kernel_pca limits N
//
// .bin files hold raw f64, row-major.  `bytes` takes the first N images of an IDX file (gzipped or not) as they are; T is 0 there.  Prints one
// JSON object.  `residual` is the largest |Kc u - mu u| / mu over 64 rows and all components, computed in f64
// by plain loops from the kernel's formula and scaled up to all rows.
#include <cblas.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ansatz/num/vector_math.hpp"
#include "data/source.hpp"
#include "plugins/library.hpp"
#include "run/verb_call.hpp"

namespace {

using namespace ansatz;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double time_of(const std::function<void()>& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

host::Array read(const std::string& path, std::vector<std::uint64_t> shape) {
  host::Array array{host::ElementType::f64, std::move(shape)};
  std::ifstream file{path, std::ios::binary};
  file.read(reinterpret_cast<char*>(array.data.data()), static_cast<std::streamsize>(array.bytes()));
  if (!file) throw std::runtime_error("cannot read " + path);
  return array;
}

void require(const host::VerbResult& result) {
  if (result.status != ANSATZ_DONE) throw std::runtime_error(result.text);
}

// (Kc u - mu u)_i / (mu |u_i| scale) over some rows: |residual| / mu of unit vectors, estimated from 64 rows.
double sampled_residual(const host::VerbResult& fitted, const host::Array& x, double length) {
  const std::uint64_t n = x.shape[0], d = x.count() / n;
  const host::Array &scores = fitted.outputs.array("scores"), &mu = fitted.outputs.array("eigenvalues");
  const std::uint64_t q = mu.count(), sample = std::min<std::uint64_t>(64, n);
  std::vector<double> squares(q), row(n), values(n * d);
  for (std::uint64_t i = 0; i < n * d; ++i) values[i] = x.number(i);
  for (std::uint64_t s = 0; s < sample; ++s) {
    const std::uint64_t i = s * n / sample;
    for (std::uint64_t j = 0; j < n; ++j) {
      double r2 = 0;
      for (std::uint64_t k = 0; k < d; ++k) r2 += std::pow(values[i * d + k] - values[j * d + k], 2);
      row[j] = std::exp(-r2 / (2 * length * length));
    }
    for (std::uint64_t c = 0; c < q; ++c) {
      // K_i. z with mean-free z, less its own mean over rows, which the offset a'r = mean of K z is.
      double image = 0;
      for (std::uint64_t j = 0; j < n; ++j) image += row[j] * scores.number(j * q + c);
      const double value = mu.number(c);
      const double offset = fitted.state.array("model/offsets").number(c) * value;  // r'z = mu a'r
      const double residual = (image - offset - value * scores.number(i * q + c)) / std::sqrt(value);
      squares[c] += residual * residual / (value * value);
    }
  }
  double worst = 0;
  for (const double square : squares) {
    worst = std::max(worst, std::sqrt(square * static_cast<double>(n) / static_cast<double>(sample)));
  }
  return worst;
}

host::VerbResult fit(const host::Library& library, const host::Array& x, double length,
                     std::int64_t components, const std::string& solver, const std::string& precision,
                     double tolerance, const char* landmarks, double& seconds) {
  host::VerbCall call;
  call.model = &library.model("kernel-pca");
  call.verb = "fit";
  call.model_settings = {
      {"length", length}, {"components", components}, {"solver", solver}, {"precision", precision}};
  if (solver == "lanczos") call.model_settings["tolerance"] = tolerance;
  if (landmarks != nullptr) call.model_settings["landmarks"] = std::int64_t{std::stoll(landmarks)};
  if (const char* memory = std::getenv("BENCH_MEMORY_MIB")) {
    call.model_settings["memory"] = std::int64_t{std::stoll(memory)};
  }
  if (const char* block = std::getenv("BENCH_BLOCK"))
    call.model_settings["block"] = std::int64_t{std::stoll(block)};
  call.inputs["x"] = host::source_of(x);
  host::VerbResult result;
  seconds = time_of([&] { result = run_verb(call); });
  require(result);
  return result;
}

void report(const host::VerbResult& fitted, const host::Array& x, double length, double seconds,
            double transform, double peak) {
  double trace_error = -1;
  for (const host::Metric& metric : fitted.metrics) {
    if (metric.name == "trace_error") trace_error = metric.value;
  }
  std::printf(
      "{\"fit\": %.4f, \"transform\": %.4f, \"steps\": %llu, \"residual\": %.3g, \"top\": %.15g, "
      "\"trace_error\": %.6g, "
      "\"peak_mib\": %.0f}\n",
      seconds, transform, static_cast<unsigned long long>(fitted.steps), sampled_residual(fitted, x, length),
      fitted.outputs.array("eigenvalues").number(0), trace_error, peak);
}

void run(int count, char** a) {
  const std::uint64_t n = std::stoull(a[0]), d = std::stoull(a[1]), t = std::stoull(a[8]);
  const double length = std::stod(a[2]);
  const host::Library library{KERNEL_PCA_PLUGIN};
  const host::Array x = read(a[7], {n, d});
  double seconds = 0, transform = 0;
  const host::VerbResult fitted = fit(library, x, length, std::stoll(a[3]), a[4], a[5], std::stod(a[6]),
                                      count > 11 ? a[11] : nullptr, seconds);
  if (t > 0) {
    host::VerbCall call;
    call.model = &library.model("kernel-pca");
    call.verb = "transform";
    call.state = &fitted.state;
    call.inputs["x"] = host::source_of(read(a[9], {t, d}));
    host::VerbResult result;
    transform = time_of([&] { result = run_verb(call); });
    require(result);
    const host::Array& scores = result.outputs.array("scores");
    std::ofstream{a[10], std::ios::binary}.write(reinterpret_cast<const char*>(scores.data.data()),
                                                 static_cast<std::streamsize>(scores.bytes()));
  }
  const double peak = peak_mebibytes();
  report(fitted, x, length, seconds, transform, peak);
}

void bytes(int count, char** a) {
  const std::uint64_t n = std::stoull(a[1]);
  const double length = std::stod(a[2]);
  const host::Library library{KERNEL_PCA_PLUGIN};
  const auto file = host::open_data(a[0]);
  const auto source = file->open("");
  host::Array x{host::ElementType::u8, {n, source->info().shape[1], source->info().shape[2]}};
  source->read_rows(0, n, x.data.data());
  double seconds = 0;
  const host::VerbResult fitted = fit(library, x, length, std::stoll(a[3]), a[4], "mixed", std::stod(a[5]),
                                      count > 6 ? a[6] : nullptr, seconds);
  const double peak = peak_mebibytes();
  report(fitted, x, length, seconds, 0, peak);
}

// One f32 product of n x 64 with 64 x n, in slices of 1,000 rows, one exp an element, and a copy (bytes read and written).
void limits(char** a) {
  const int n = std::stoi(a[0]), d = 64, slice = 1000;
  std::vector<float> x(static_cast<std::size_t>(n) * d, 0.25F), c(static_cast<std::size_t>(slice) * n);
  const auto multiply = [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, slice, n, d, 1, x.data(), d, x.data(), d, 0,
                c.data(), n);
  };
  multiply();
  const double gemm = time_of(multiply) * n / slice;
  std::fill(c.begin(), c.end(), -0.5F);
  const double exponential = time_of([&] { vec::exp(c, std::span<float>{c}); });
  std::vector<float> target(c.size());
  const auto copy = [&] { std::copy(c.begin(), c.end(), target.begin()); };
  copy();
  const double copied = time_of(copy);
  std::printf(
      "{\"openblas_core\": \"%s\", \"gemm_s\": %.3f, \"sgemm_gflops\": %.1f, \"exp_f32_ns\": %.3f, "
      "\"copy_gbs\": %.2f}\n",
      openblas_get_corename(), gemm, 2.0 * n * n * d / gemm * 1e-9,
      exponential * 1e9 / static_cast<double>(c.size()), 8e-9 * static_cast<double>(c.size()) / copied);
}

}  // namespace

int main(int count, char** argument) try {
  const std::string what = count > 1 ? argument[1] : "";
  if (what == "run" && count >= 13) {
    run(count - 2, argument + 2);
  } else if (what == "bytes" && count >= 8) {
    bytes(count - 2, argument + 2);
  } else if (what == "limits" && count == 3) {
    limits(argument + 2);
  } else {
    std::fprintf(stderr, "usage: see the top of bench_kernel_pca.cpp\n");
    return 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_kernel_pca: %s\n", e.what());
  return 1;
}
