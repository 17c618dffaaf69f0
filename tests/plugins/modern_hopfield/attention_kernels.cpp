// Model `attention`: weights from features, positions, bf16.
#include <ansatz/num/bf16.hpp>

#include "attention_definition.hpp"

using namespace modern_hopfield_test;

namespace {

// y of weights that are products of features, each query with the keys it sees, quadratically.
Numbers by_products(const Call& call, double (*weight)(const double*, const double*, std::size_t, double)) {
  Numbers y(call.b * call.l * call.v);
  const std::size_t width = call.d / call.heads, own = call.v / call.heads;
  for (std::size_t item = 0; item < call.b; ++item) {
    for (std::size_t i = 0; i < call.l; ++i) {
      for (std::size_t h = 0; h < call.heads; ++h) {
        double total = 0;
        Numbers sum(own);
        for (std::size_t j = 0; j < call.m; ++j) {
          if (!call.sees(item, i, j)) continue;
          const double w = weight(&call.query[(item * call.l + i) * call.d + h * width],
                                  &call.key[(item * call.m + j) * call.d + h * width], width, call.beta[h]);
          total += w;
          for (std::size_t c = 0; c < own; ++c)
            sum[c] += w * call.value[(item * call.m + j) * call.v + h * own + c];
        }
        for (std::size_t c = 0; c < own && total > 0; ++c)
          y[(item * call.l + i) * call.v + h * own + c] = sum[c] / total;
      }
    }
  }
  return y;
}
double linear_weight(const double* q, const double* k, std::size_t d, double /*beta*/) {
  double sum = 0;
  const auto phi = [](double x) { return x > 0 ? x + 1 : std::exp(x); };
  for (std::size_t j = 0; j < d; ++j) sum += phi(q[j]) * phi(k[j]);
  return sum;
}
double exact_weight(const double* q, const double* k, std::size_t d, double beta) {
  return std::exp(beta * dot(q, k, d));
}

VerbResult with_kernel(const Call& call, const char* kernel, std::int64_t features = 0,
                       const char* precision = "f64", const Around& around = {}) {
  Settings settings = call.settings(precision);
  settings["kernel"] = word(kernel);
  if (features > 0) settings["features"] = features;
  return run("attention", "apply", call.inputs(), settings, around);
}

std::vector<Call> streamed_calls() {
  std::vector<Call> all(4);
  all[1].causal = all[3].causal = true;
  all[2].lengths = {3, 11};
  all[3].lengths = {0, 7};
  return all;
}

}  // namespace

TEST_CASE("modern-hopfield attention: linear attention is its sums, and causal a recurrence") {
  for (Call& call : streamed_calls()) {
    const Numbers y = by_products(call, linear_weight);
    CHECK(largest_difference(as_reals(with_kernel(call, "linear"), "y"), y) < 1e-12);
    CHECK(largest_difference(as_reals(with_kernel(call, "linear", 0, "f32"), "y"), y) < 1e-5);
    CHECK(
        same_bytes(with_kernel(call, "linear"), with_kernel(call, "linear", 0, "f64", {1, 3, nullptr, {}})));
    const auto empty = values_of<bool>(with_kernel(call, "linear"), "empty");
    for (std::size_t item = 0; item < call.b; ++item) {
      for (std::size_t i = 0; i < call.l; ++i) {
        bool none = true;
        for (std::size_t j = 0; j < call.m; ++j) none = none && !call.sees(item, i, j);
        REQUIRE(empty[item * call.l + i] == none);
      }
    }
  }
  // Katharopoulos et al. 2020, equations 16 to 20: s and z grow token by token.
  Call call;
  call.b = 1, call.heads = 1, call.beta = {1}, call.causal = true;
  call.query.resize(call.l * call.d), call.key.resize(call.m * call.d), call.value.resize(call.m * call.v);
  const auto y = as_reals(with_kernel(call, "linear"), "y");
  const auto phi = [](double x) { return x > 0 ? x + 1 : std::exp(x); };
  Numbers s(call.d * call.v), z(call.d);
  for (std::size_t i = 0; i < call.l; ++i) {
    for (std::size_t r = 0; r < call.d; ++r) {
      z[r] += phi(call.key[i * call.d + r]);
      for (std::size_t c = 0; c < call.v; ++c)
        s[r * call.v + c] += phi(call.key[i * call.d + r]) * call.value[i * call.v + c];
    }
    for (std::size_t c = 0; c < call.v; ++c) {
      double above = 0, below = 0;
      for (std::size_t r = 0; r < call.d; ++r) {
        above += phi(call.query[i * call.d + r]) * s[r * call.v + c];
        below += phi(call.query[i * call.d + r]) * z[r];
      }
      REQUIRE(y[i * call.v + c] == Approx(above / below).margin(1e-12));
    }
  }
  // Large and small numbers: logarithms of features do not overflow.
  Call huge;
  for (double& x : huge.query) x *= 1e300;
  for (double& x : huge.key) x *= 1e4;
  for (const double x : as_reals(with_kernel(huge, "linear"), "y")) REQUIRE(std::abs(x) <= 1);
  Call masked = calls()[3];
  Settings settings = masked.settings();
  settings["kernel"] = word("linear");
  refused(plugin().run("attention", "apply", masked.inputs(), settings), ANSATZ_BAD_ARGUMENT,
          {"'mask'", "softmax"});
}

TEST_CASE("modern-hopfield attention: positive features approach the softmax as the root of their number") {
  for (Call& call : streamed_calls()) {
    // Features are log-normal: of longer rows their tails would hide the slope.
    call.query = random_reals(call.query.size(), 80, -0.5, 0.5),
    call.key = random_reals(call.key.size(), 81, -0.5, 0.5);
    const Numbers exact = by_products(call, exact_weight);
    Numbers errors, counts{64, 256, 1024, 4096};
    for (const double features : counts) {
      const int seeds = 24;
      Numbers mean(exact.size()), square(exact.size());
      double error = 0;
      for (int seed = 0; seed < seeds; ++seed) {
        const Numbers y =
            as_reals(with_kernel(call, "positive-features", static_cast<std::int64_t>(features), "f64",
                                 {static_cast<std::uint64_t>(100 + seed), 1, nullptr, {}}),
                     "y");
        for (std::size_t k = 0; k < y.size(); ++k) {
          mean[k] += y[k] / seeds, square[k] += y[k] * y[k] / seeds;
          error += (y[k] - exact[k]) * (y[k] - exact[k]);
        }
      }
      errors.push_back(std::sqrt(error / seeds / static_cast<double>(exact.size())));
      if (features < 4096) continue;
      // The mean over seeds: of many numbers one may be 4 standard errors away, most are within 3.
      int outside = 0;
      for (std::size_t k = 0; k < exact.size(); ++k) {
        const double se = std::sqrt(std::max(0.0, square[k] - mean[k] * mean[k]) / (seeds - 1));
        outside += std::abs(mean[k] - exact[k]) > 3 * se + 1e-12 ? 1 : 0;
      }
      CHECK(outside <= static_cast<int>(exact.size() / 20));
    }
    const double slope = std::log(errors.back() / errors.front()) / std::log(counts.back() / counts.front());
    CHECK(slope == Approx(-0.5).margin(0.08));
  }
}

TEST_CASE("modern-hopfield attention: positions are waves added or pairs turned, before anything else") {
  for (const char* kind : {"sinusoidal", "rotary"}) {
    CAPTURE(kind);
    Call call;
    call.d = 8, call.query = random_reals(call.b * call.l * call.d, 82),
    call.key = random_reals(call.b * call.m * call.d, 83);
    Call moved = call;
    const auto place = [&](Numbers& x, std::size_t tokens) {
      for (std::size_t row = 0; row < x.size() / call.d; ++row) {
        const auto position = static_cast<double>(row % tokens);
        for (std::size_t j = 0; j < call.d; j += 2) {
          const bool turn = word(kind) == "rotary";
          const std::size_t width = turn ? call.d / call.heads : call.d;
          const double angle =
              position / std::pow(10000.0, static_cast<double>(j % width) / static_cast<double>(width));
          double &a = x[row * call.d + j], &b = x[row * call.d + j + 1];
          if (turn) {
            const double x0 = a, x1 = b;
            a = std::cos(angle) * x0 - std::sin(angle) * x1;
            b = std::sin(angle) * x0 + std::cos(angle) * x1;
          } else {
            a += std::sin(angle), b += std::cos(angle);
          }
        }
      }
    };
    place(moved.query, call.l), place(moved.key, call.m);
    Settings settings = call.settings();
    settings["positions"] = word(kind);
    CHECK(largest_difference(as_reals(run("attention", "apply", call.inputs(), settings), "y"), moved.y()) <
          1e-12);
    // Their derivatives, along a direction.
    const Numbers dy = random_reals(call.b * call.l * call.v, 84);
    Inputs inputs = call.inputs();
    inputs["dy"] = reals({call.b, call.l, call.v}, dy);
    const VerbResult gradient = run("attention", "gradient", inputs, settings);
    for (const char* port : {"query", "key"}) {
      double difference = 0;
      const Numbers along = random_reals((word(port) == "query" ? call.query : call.key).size(), 85);
      for (const double sign : {1.0, -1.0}) {
        Call at = call;
        Numbers& x = word(port) == "query" ? at.query : at.key;
        for (std::size_t k = 0; k < x.size(); ++k) x[k] += sign * 1e-5 * along[k];
        place(at.query, call.l), place(at.key, call.m);
        const Numbers y = at.y();
        difference += sign * dot(y.data(), dy.data(), y.size()) / 2e-5;
      }
      CHECK(dot(as_reals(gradient, ("d" + word(port)).c_str()).data(), along.data(), along.size()) ==
            Approx(difference).epsilon(1e-7));
    }
  }
  // Rotary weights depend on the distance of two tokens alone: five tokens in front of all, which nobody sees.
  Call call;
  call.b = 1, call.m = call.l, call.query = random_reals(call.l * call.d, 86),
  call.key = random_reals(call.m * call.d, 87);
  call.d = 4, call.query.resize(call.l * 4), call.key.resize(call.m * 4), call.value.resize(call.m * call.v);
  Call later = call;
  later.l = later.m = call.l + 5;
  for (Numbers* x : {&later.query, &later.key, &later.value}) x->insert(x->begin(), 5 * 4, 0.3);
  later.mask.assign(later.l * later.m, 1);
  for (std::size_t i = 0; i < later.l; ++i) std::fill_n(&later.mask[i * later.m], 5, std::uint8_t{0});
  Settings settings = call.settings();
  settings["positions"] = word("rotary");
  const Numbers y = as_reals(run("attention", "apply", call.inputs(), settings), "y"),
                shifted = as_reals(run("attention", "apply", later.inputs(), settings), "y");
  CHECK(largest_difference(part(shifted, 5 * call.v, call.l * call.v), y) < 1e-12);
  Call odd;
  settings["heads"] = whole(2);
  refused(plugin().run("attention", "apply", odd.inputs(), settings), ANSATZ_BAD_ARGUMENT,
          {"rotary", "3 of them", "even"});
}

TEST_CASE("modern-hopfield attention: bf16 rounds inputs and weights, and sums in f32") {
  CHECK(ansatz::to_bf16(1 + 0x1p-8F) == 1);  // half way: to even
  CHECK(ansatz::to_bf16(1 + 3 * 0x1p-8F) == 1 + 0x1p-6F);
  CHECK(ansatz::to_bf16(1 + 0x1.1p-8F) == 1 + 0x1p-7F);
  CHECK(ansatz::to_bf16(-0x1p-120F) == -0x1p-120F);
  Call call;
  call.b = 1, call.l = 70, call.m = 300, call.d = call.v = 32;
  call.query = random_reals(call.l * call.d, 88), call.key = random_reals(call.m * call.d, 89),
  call.value = random_reals(call.m * call.v, 90);
  Call rounded = call;
  for (Numbers* x : {&rounded.query, &rounded.key, &rounded.value}) {
    for (double& value : *x) value = static_cast<double>(ansatz::to_bf16(static_cast<float>(value)));
  }
  const VerbResult result = apply(call, "bf16");
  const Numbers y = as_reals(result, "y");
  const double to_exact = largest_difference(y, call.y()), to_rounded = largest_difference(y, rounded.y());
  CHECK(to_exact < 1e-2);
  CHECK(to_rounded < 1e-3);  // the rounding of 300 weights averages out
  CHECK(to_rounded > 1e-6);  // and is there
  CHECK(to_rounded < to_exact);
  CHECK(largest_difference(as_reals(result, "weight"), rounded.weights()) < 1e-6);
  CHECK(same_bytes(result, apply(call, "bf16", 3)));
  bool told = false;
  for (const std::string& entry : result.log) told = told || entry.find("bf16") != std::string::npos;
  CHECK(told);
}
