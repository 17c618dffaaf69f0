// One measurement of kernel ridge in CPU time of this process, or of the machine's limits.  Called by
// kernel_ridge.py:
//
//   bench_kernel_ridge run N D Q LENGTH PENALTY x.bin y.bin q.bin predictions.bin [NAME=VALUE ...]
//   bench_kernel_ridge tune N D x.bin y.bin [NAME=VALUE ...]                 # length, penalty and amplitude by the evidence
//   bench_kernel_ridge path N D LENGTH x.bin y.bin PENALTY...
//   bench_kernel_ridge limits N D
//
// Files hold raw f64, row-major.  NAME=VALUE are further parameters of fit (reals with a point).  Prints one JSON object.
#include <cblas.h>
#include <lapacke.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ansatz/num/cholesky.hpp"
#include "ansatz/num/kernel.hpp"
#include "ansatz/num/vector_math.hpp"
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

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

host::Value value_of(const std::string& word) {
  if (word == "true" || word == "false") return word == "true";
  if (word.find_first_not_of("0123456789") == std::string::npos) return std::int64_t{std::stoll(word)};
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  if (*end == '\0') return number;
  return word;
}

void set_parameters(int count, char** argument, int first, host::VerbCall& call) {
  for (int i = first; i < count; ++i) {
    const std::string setting = argument[i];
    const std::size_t equals = setting.find('=');
    call.model_settings[setting.substr(0, equals)] = value_of(setting.substr(equals + 1));
  }
}

void run(int count, char** argument) {
  const std::uint64_t n = std::stoull(argument[0]), d = std::stoull(argument[1]),
                      q = std::stoull(argument[2]);
  const host::Library library{KERNEL_RIDGE_PLUGIN};
  host::VerbCall fit;
  fit.model = &library.model("kernel-ridge");
  fit.verb = "fit";
  fit.model_settings = {{"kernel", std::string{"gaussian"}},
                        {"length", std::stod(argument[3])},
                        {"penalty", std::stod(argument[4])},
                        {"intercept", false}};  // scikit-learn has none
  fit.inputs["x"] = host::source_of(read(argument[5], {n, d}));
  fit.inputs["y"] = host::source_of(read(argument[6], {n}));
  set_parameters(count, argument, 9, fit);
  host::VerbCall predict;
  predict.model = fit.model;
  predict.verb = "predict";
  predict.inputs["x"] = host::source_of(read(argument[7], {q, d}));

  host::VerbResult fitted, predicted;
  const double fit_time = time_of([&] { fitted = run_verb(fit); });
  require(fitted);
  predict.state = &fitted.state;
  const double predict_time = time_of([&] { predicted = run_verb(predict); });
  require(predicted);
  const host::Array& y = predicted.outputs.array("y");
  std::vector<double> values(y.count());
  for (std::uint64_t i = 0; i < y.count(); ++i) values[i] = y.number(i);
  std::ofstream{argument[8], std::ios::binary}.write(reinterpret_cast<const char*>(values.data()),
                                                     static_cast<std::streamsize>(8 * values.size()));
  std::printf("{\"fit\": %.4f, \"predict\": %.4f, \"steps\": %llu, \"peak_mib\": %.0f}\n", fit_time,
              predict_time, static_cast<unsigned long long>(fitted.steps), peak_mebibytes());
}

void tune(int count, char** argument) {
  const std::uint64_t n = std::stoull(argument[0]), d = std::stoull(argument[1]);
  const host::Library library{KERNEL_RIDGE_PLUGIN};
  host::VerbCall call;
  call.model = &library.model("kernel-ridge");
  call.verb = "tune";
  call.verb_settings = {{"choose", std::string{"lml"}}};
  call.inputs["x"] = host::source_of(read(argument[2], {n, d}));
  call.inputs["y"] = host::source_of(read(argument[3], {n}));
  set_parameters(count, argument, 4, call);
  host::VerbResult result;
  const double seconds = time_of([&] { result = run_verb(call); });
  require(result);
  const auto number = [&](const char* port) { return result.outputs.array(port).number(0); };
  std::printf(
      "{\"tune\": %.4f, \"steps\": %llu, \"length\": %.17g, \"penalty\": %.17g, \"amplitude\": %.17g}\n",
      seconds, static_cast<unsigned long long>(result.steps), number("length"), number("penalty"),
      number("amplitude"));
}

// All criteria at every penalty, and one dsyevd of a matrix of that size in the same process.
void path(int count, char** argument) {
  const std::uint64_t n = std::stoull(argument[0]), d = std::stoull(argument[1]);
  const host::Library library{KERNEL_RIDGE_PLUGIN};
  host::VerbCall call;
  call.model = &library.model("kernel-ridge");
  call.verb = "path";
  call.model_settings = {{"length", std::stod(argument[2])}, {"intercept", false}};
  std::vector<double> penalties;
  for (int i = 5; i < count; ++i) penalties.push_back(std::stod(argument[i]));
  call.verb_settings = {{"penalties", penalties}, {"choose", std::string{"cv"}}};
  call.inputs["x"] = host::source_of(read(argument[3], {n, d}));
  call.inputs["y"] = host::source_of(read(argument[4], {n}));
  host::VerbResult result;
  const double seconds = time_of([&] { result = run_verb(call); });
  require(result);
  const host::Array x = read(argument[3], {n, d});
  std::vector<double> k(n * n), values(n);
  SerialExecutor serial;
  Kernel kernel;
  kernel.length = {std::stod(argument[2])};
  KernelPoints<double>{kernel, RowsOf<double>{x.as<double>().data(), n, d}}.gram(k.data(), n, serial);
  const double eigen = time_of([&] {
    LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', static_cast<int>(n), k.data(), static_cast<int>(n),
                   values.data());
  });
  std::printf("{\"path\": %.4f, \"dsyevd\": %.4f, \"chosen\": %.6g}\n", seconds, eigen,
              result.outputs.array("chosen").number(0));
}

void limits(char** argument) {
  const auto n = static_cast<std::size_t>(std::stoull(argument[0]));
  const auto d = static_cast<std::size_t>(std::stoull(argument[1]));
  const std::size_t stride = matrix_stride<double>(n);
  const double cube = std::pow(static_cast<double>(n), 3) / 3;
  const int m = 2000;
  const std::size_t square = std::size_t{m} * m;
  LargeBuffer<double> a(std::max(n * stride, 4 * square));
  std::fill_n(a.data(), std::max(n * stride, 4 * square), 0.0);
  std::vector<double> x(n * d);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
  SerialExecutor serial;
  Kernel kernel;
  kernel.length = {std::sqrt(static_cast<double>(d))};
  const double gram = time_of([&] {
    KernelPoints<double>{kernel, RowsOf<double>{x.data(), n, d}}.gram(a.data(), stride, serial);
  });
  for (std::size_t i = 0; i < n; ++i) a.data()[i * stride + i] += 1;
  bool factored = true;
  const double own = time_of([&] { factored = !cholesky(n, a.data(), stride, serial); });
  if (!factored) throw std::runtime_error("the test matrix is not positive definite");

  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) a.data()[i * stride + j] = i == j ? 2 : 1e-5;
  }
  const double potrf = time_of([&] {
    LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', static_cast<int>(n), a.data(), static_cast<int>(stride));
  });
  const auto multiply = [&] {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, m, m, 1, a.data(), m, a.data() + square, m, 0,
                a.data() + 2 * square, m);
  };
  multiply();
  const double gemm = time_of(multiply);
  std::vector<double> values(std::size_t{1} << 14, -0.5);
  const std::span<double> out{values};
  const int repeats = 2000;
  const double exponential = time_of([&] {
    for (int i = 0; i < repeats; ++i) {
      std::fill(values.begin(), values.end(), -0.5);
      vec::exp(values, out);
    }
  });
  const double copy =
      time_of([&] { std::memcpy(a.data(), a.data() + 2 * square, 2 * square * sizeof(double)); });
  std::printf(
      "{\"openblas_core\": \"%s\", \"gram_s\": %.4f, \"cholesky_gflops\": %.1f, \"dpotrf_gflops\": %.1f, "
      "\"dgemm_gflops\": %.1f, \"exp_ns\": %.3f, \"copy_gbytes\": %.1f}\n",
      openblas_get_corename(), gram, cube / own * 1e-9, cube / potrf * 1e-9,
      2 * std::pow(static_cast<double>(m), 3) / gemm * 1e-9,
      exponential * 1e9 / repeats / static_cast<double>(values.size()),
      static_cast<double>(2 * square * sizeof(double)) / copy * 1e-9);
}

}  // namespace

int main(int count, char** argument) try {
  if (count >= 11 && std::string{argument[1]} == "run") {
    run(count - 2, argument + 2);
  } else if (count >= 6 && std::string{argument[1]} == "tune") {
    tune(count - 2, argument + 2);
  } else if (count >= 8 && std::string{argument[1]} == "path") {
    path(count - 2, argument + 2);
  } else if (count == 4 && std::string{argument[1]} == "limits") {
    limits(argument + 2);
  } else {
    std::fprintf(stderr, "usage: see the top of bench_kernel_ridge.cpp\n");
    return 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_kernel_ridge: %s\n", e.what());
  return 1;
}
