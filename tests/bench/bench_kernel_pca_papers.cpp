// Figures that Mika et al. 1999 printed for kernel PCA denoising, computed again.
//
//   bench_kernel_pca_papers gaussians [DRAWS]        their Table 1: eleven gaussians in ten dimensions
//   bench_kernel_pca_papers digits IMAGES.idx        their section 4, by the same rule on other digits (MNIST)
//
// Prints the ratio of mean squared errors, linear over kernel: above 1 the kernel's pre-images are nearer to the
// truth.  The truth is the centre that a test row was drawn around, or the image without noise.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ansatz/num/random.hpp"
#include "data/source.hpp"
#include "plugins/library.hpp"
#include "run/verb_call.hpp"

namespace {

using namespace ansatz;
using host::Array;

Array matrix(std::uint64_t rows, std::uint64_t columns) {
  return Array{host::ElementType::f64, {rows, columns}};
}
double* numbers(Array& a) { return a.as<double>().data(); }

host::VerbResult call(const host::Library& library, const std::string& verb, const Array& x,
                      std::map<std::string, host::Value> settings, const host::Tree* state) {
  host::VerbCall call;
  call.model = &library.model("kernel-pca");
  call.verb = verb;
  (state == nullptr ? call.model_settings : call.verb_settings) = std::move(settings);
  call.state = state;
  call.inputs["x"] = host::source_of(x);
  host::VerbResult result = run_verb(call);
  if (result.status != ANSATZ_DONE) throw std::runtime_error(result.text);
  return result;
}

// Mean over elements of the squared difference of reconstructed rows from the truth.
double error(const host::Library& library, const Array& train, const Array& test, const Array& truth,
             std::map<std::string, host::Value> settings) {
  const host::VerbResult fitted = call(library, "fit", train, std::move(settings), nullptr);
  const host::VerbResult found = call(library, "reconstruct", test, {}, &fitted.state);
  const Array& x = found.outputs.array("x");
  double sum = 0;
  for (std::uint64_t i = 0; i < x.count(); ++i) sum += std::pow(x.number(i) - truth.number(i), 2);
  return sum / static_cast<double>(x.count());
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void gaussians(const host::Library& library, std::uint64_t draws) {
  constexpr std::uint64_t d = 10, sources = 11, train_rows = 100, test_rows = 33, most = 9;
  // The ends of the rows of their table.
  const char* paper[] = {"2058 to 92", "10 to 63", "0.99 to 6.3", "1.07 to 2.47", "1.23 to 2.39"};
  const std::vector<double> deviations{0.05, 0.1, 0.2, 0.4, 0.8};
  std::printf("linear / kernel, median of %llu draws; components 1 to 9\n",
              static_cast<unsigned long long>(draws));
  for (std::size_t s = 0; s < deviations.size(); ++s) {
    std::vector<std::vector<double>> ratios(most);
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      Rng random{draw, "gaussians", s};
      Array train = matrix(sources * train_rows, d), test = matrix(sources * test_rows, d),
            truth = matrix(sources * test_rows, d);
      for (std::uint64_t g = 0; g < sources; ++g) {
        double centre[d];
        for (double& c : centre) c = random.uniform(-1, 1);
        for (std::uint64_t i = 0; i < train_rows * d; ++i)
          numbers(train)[g * train_rows * d + i] = centre[i % d] + deviations[s] * random.normal();
        for (std::uint64_t i = 0; i < test_rows * d; ++i) {
          numbers(truth)[g * test_rows * d + i] = centre[i % d];
          numbers(test)[g * test_rows * d + i] = centre[i % d] + deviations[s] * random.normal();
        }
      }
      for (std::uint64_t q = 1; q <= most; ++q) {
        const auto components = static_cast<std::int64_t>(q);
        // exp(-r^2 / (2 d s^2))
        const double kernel =
            error(library, train, test, truth,
                  {{"components", components}, {"length", std::sqrt(10.0) * deviations[s]}});
        const double linear = error(library, train, test, truth,
                                    {{"components", components}, {"kernel", std::string{"linear"}}});
        ratios[q - 1].push_back(linear / kernel);
      }
    }
    std::printf("deviation %.2f:", deviations[s]);
    for (std::uint64_t q = 0; q < most; ++q) std::printf("  %.2f", median(ratios[q]));
    std::printf("  (paper: %s)\n", paper[s]);
    std::fflush(stdout);
  }
}

// Rows of images in [-1, 1], so many of each class, in the order of the file from `first` on.
void digits(const host::Library& library, const std::string& path) {
  std::string labels_path = path;
  const std::size_t place = labels_path.rfind("images-idx3");
  if (place == std::string::npos) throw std::runtime_error("expected a file named ...images-idx3...");
  labels_path.replace(place, 11, "labels-idx1");
  const auto file = host::open_data(path), label_file = host::open_data(labels_path);
  const auto images = file->open(""), labels = label_file->open("");
  const auto shape = images->info().shape;
  const std::uint64_t d = shape[1] * shape[2], used = std::min<std::uint64_t>(shape[0], 10000);
  std::vector<std::byte> raw(used * d), classes(used);
  images->read_rows(0, used, raw.data());
  labels->read_rows(0, used, classes.data());
  Array train = matrix(3000, d), truth = matrix(500, d);
  std::vector<std::uint64_t> seen(10);
  std::uint64_t train_rows = 0, test_rows = 0;
  for (std::uint64_t i = 0; i < used; ++i) {
    const std::uint64_t count = seen[static_cast<std::size_t>(classes[i])]++;
    if (count >= 350) continue;
    double* row = count < 300 ? numbers(train) + d * train_rows++ : numbers(truth) + d * test_rows++;
    for (std::uint64_t j = 0; j < d; ++j)
      row[j] = static_cast<double>(static_cast<std::uint8_t>(raw[i * d + j])) / 127.5 - 1;
  }
  if (train_rows != 3000 || test_rows != 500) throw std::runtime_error("fewer than 350 images of some digit");
  double variance = 0;
  for (std::uint64_t j = 0; j < d; ++j) {
    double mean = 0, square = 0;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const double value = numbers(train)[i * d + j];
      mean += value / 3000, square += value * value / 3000;
    }
    variance += (square - mean * mean) / static_cast<double>(d);
  }
  // exp(-r^2 / (d c)), c twice the mean variance.
  const double length = std::sqrt(static_cast<double>(d) * variance);
  for (const bool speckle : {false, true}) {
    Rng random{1, speckle ? "speckle" : "gaussian"};
    Array noisy = matrix(500, d);  // copies of an Array share their elements
    std::copy_n(numbers(truth), truth.count(), numbers(noisy));
    for (double& value : noisy.as<double>()) {
      const double draw = random.uniform();
      if (!speckle) {
        value += 0.5 * random.normal();
      } else if (draw < 0.4) {
        value = draw < 0.2 ? -1 : 1;
      }
    }
    double best[2] = {INFINITY, INFINITY};
    std::int64_t at[2] = {0, 0};
    for (const std::int64_t q : {1, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512}) {
      for (const bool kernel : {false, true}) {
        std::map<std::string, host::Value> settings{{"components", q}};
        if (kernel) {
          settings["length"] = length;
        } else {
          settings["kernel"] = std::string{"linear"};
        }
        const double e = error(library, train, noisy, truth, settings);
        std::printf("  %s, %s, %3lld components: mean squared error %.5f\n",
                    speckle ? "speckle 0.4" : "gaussian 0.5", kernel ? "kernel" : "linear",
                    static_cast<long long>(q), e);
        std::fflush(stdout);
        if (e < best[kernel ? 1 : 0]) best[kernel ? 1 : 0] = e, at[kernel ? 1 : 0] = q;
      }
    }
    std::printf("%s: linear %.5f with %lld, kernel %.5f with %lld, ratio %.3f\n",
                speckle ? "speckle 0.4" : "gaussian 0.5", best[0], static_cast<long long>(at[0]), best[1],
                static_cast<long long>(at[1]), best[0] / best[1]);
  }
}

}  // namespace

int main(int count, char** argument) try {
  const std::string what = count > 1 ? argument[1] : "";
  const host::Library library{KERNEL_PCA_PLUGIN};
  if (what == "gaussians") {
    gaussians(library, count > 2 ? std::stoull(argument[2]) : 10);
  } else if (what == "digits" && count == 3) {
    digits(library, argument[2]);
  } else {
    std::fprintf(stderr, "usage: see the top of bench_kernel_pca_papers.cpp\n");
    return 2;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_kernel_pca_papers: %s\n", e.what());
  return 1;
}
