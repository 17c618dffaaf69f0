// A host whose tables are larger than those of the plugins it loads: fit and predict, against plain sums.
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "plugins/library.hpp"
#include "run/verb_call.hpp"

namespace {

using namespace ansatz::host;

static_assert(sizeof(ansatz_array::appended_later) > 0 && sizeof(ansatz_port::appended_later) > 0);

void demand(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

Array rows_of(std::uint64_t n) {
  Array x{ElementType::f64, {n, 2}};
  for (std::uint64_t i = 0; i < 2 * n; ++i) x.as<double>()[i] = static_cast<double>(i * i % 7);
  return x;
}

VerbResult call(const ansatz_model& model, const char* verb, const std::map<std::string, Array>& inputs,
                const Tree* state) {
  VerbCall call;
  call.model = &model;
  call.verb = verb;
  call.state = state;
  for (const auto& [port, array] : inputs) call.inputs[port] = source_of(array);
  VerbResult result = run_verb(call);
  demand(result.status == ANSATZ_DONE, std::string{verb} + ": " + result.text);
  return result;
}

// Sums of columns, four times (tests/hostile/hostile.c).
void check_sums(const char* path) {
  const Library library{path};
  const Array x = rows_of(9);
  const VerbResult fit = call(library.model("means"), "fit", {{"x", x}}, nullptr);
  for (std::uint64_t j = 0; j < 2; ++j) {
    double sum = 0;
    for (std::uint64_t i = 0; i < 9; ++i) sum += 4 * x.as<double>()[2 * i + j];
    demand(fit.outputs.array("mean").number(j) == sum, "the sum of a column is wrong");
  }
  const VerbResult predict = call(library.model("means"), "predict", {{"x", x}}, &fit.state);
  demand(predict.outputs.array("y").shape == std::vector<std::uint64_t>{9}, "predict has another shape");
}

// A plugin of the C++ layer: interpolation at the training rows.
void check_ridge(const char* path) {
  const Library library{path};
  const ansatz_model& model = library.model("kernel-ridge");
  Array x = rows_of(9), y{ElementType::f64, {9}};
  for (std::uint64_t i = 0; i < 9; ++i) {
    x.as<double>()[2 * i] = static_cast<double>(i);
    y.as<double>()[i] = std::sin(static_cast<double>(i));
  }
  const VerbResult fit = call(model, "fit", {{"x", x}, {"y", y}}, nullptr);
  const VerbResult guess = call(model, "predict", {{"x", x}}, &fit.state);
  for (std::uint64_t i = 0; i < 9; ++i) {
    const double fitted = fit.outputs.array("fitted").number(i),
                 predicted = guess.outputs.array("y").number(i);
    demand(std::abs(fitted - predicted) < 1e-9, "predict differs from the fit at the training rows");
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    demand(count == 3, "expected: grown_host SOUND KERNEL_RIDGE");
    check_sums(words[1]);
    check_ridge(words[2]);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "grown_host: %s\n", e.what());
    return 1;
  }
}
