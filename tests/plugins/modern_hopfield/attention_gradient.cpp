// Model `attention`: derivatives, and numbers at the ends of their ranges.
#include <ansatz/num/gradient_check.hpp>

#include "attention_definition.hpp"

using namespace modern_hopfield_test;

TEST_CASE("modern-hopfield attention: the gradient is that of the sum of dy y") {
  int number = 0;
  for (const Call& call : calls()) {
    CAPTURE(number++);
    const Numbers dy = random_reals(call.b * call.l * call.v, 9);
    Numbers at = call.query;
    at.insert(at.end(), call.key.begin(), call.key.end());
    at.insert(at.end(), call.value.begin(), call.value.end());
    const auto with = [&](std::span<const double> x) {
      Call moved = call;
      std::copy_n(x.begin(), call.query.size(), moved.query.begin());
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(call.query.size()), call.key.size(),
                  moved.key.begin());
      std::copy_n(x.end() - static_cast<std::ptrdiff_t>(call.value.size()), call.value.size(),
                  moved.value.begin());
      return moved;
    };
    const auto gradient = [&](const Call& of, const char* precision, unsigned threads) {
      Inputs inputs = of.inputs();
      inputs["dy"] = reals({of.b, of.l, of.v}, dy);
      const VerbResult result =
          run("attention", "gradient", inputs, of.settings(precision), {1, threads, nullptr, {}});
      Numbers all = as_reals(result, "dquery");
      for (const char* port : {"dkey", "dvalue"}) {
        const Numbers more = as_reals(result, port);
        all.insert(all.end(), more.begin(), more.end());
      }
      return all;
    };
    const auto check = ansatz::check_gradient(
        [&](std::span<const double> x) {
          const Numbers y = with(x).y();
          return dot(y.data(), dy.data(), y.size());
        },
        [&](std::span<const double> x) { return gradient(with(x), "f64", 1); }, at);
    INFO(check.text());
    CHECK(check.error < 1e-8);
    CHECK(gradient(call, "f64", 3) == gradient(call, "f64", 1));
    CHECK(largest_difference(gradient(call, "f32", 1), gradient(call, "f64", 1)) < 2e-5);
  }
}

TEST_CASE("modern-hopfield attention: the gradient over many tiles of queries and blocks of keys") {
  // Tiles of 48 queries and fewer, groups of four, blocks of 128 keys: none is full at the end.
  Call large;
  large.b = 1, large.l = 210, large.m = 300, large.d = large.v = 60;
  large.query = random_reals(large.l * large.d, 10), large.key = random_reals(large.m * large.d, 11),
  large.value = random_reals(large.m * large.v, 12);
  const Numbers dy = random_reals(large.l * large.v, 13);
  for (const char* what : {"plain", "causal", "mask", "bias"}) {
    CAPTURE(what);
    Call call = large;
    call.causal = word(what) == "causal";
    if (word(what) == "bias") call.bias = random_reals(call.l * call.m, 15);
    if (word(what) == "mask") {
      for (std::size_t k = 0; k < call.l * call.m; ++k)
        call.mask.push_back(k % 7 < 3 || k / call.m % 50 == k % 50 ? 1 : 0);
    }
    Inputs inputs = call.inputs();
    inputs["dy"] = reals({1, call.l, call.v}, dy);
    const VerbResult result = run("attention", "gradient", inputs, call.settings()),
                     rounded = run("attention", "gradient", inputs, call.settings("f32"));
    for (const char* name : {"query", "key", "value"}) {
      CAPTURE(name);
      const std::string port = "d" + word(name);
      CHECK(largest_difference(as_reals(rounded, port.c_str()), as_reals(result, port.c_str())) < 1e-4);
      // Differences along a direction.
      Call up = call, down = call;
      const auto field = [&](Call& c) -> Numbers& {
        return word(name) == "query" ? c.query : word(name) == "key" ? c.key : c.value;
      };
      const Numbers along = random_reals(field(up).size(), 14);
      for (std::size_t k = 0; k < along.size(); ++k)
        field(up)[k] += 1e-5 * along[k], field(down)[k] -= 1e-5 * along[k];
      const Numbers a = up.y(), c = down.y(), g = as_reals(result, port.c_str());
      double difference = 0;
      for (std::size_t k = 0; k < a.size(); ++k) difference += dy[k] * (a[k] - c[k]) / 2e-5;
      CHECK(dot(g.data(), along.data(), g.size()) == Approx(difference).epsilon(1e-7));
    }
  }
}

TEST_CASE("modern-hopfield attention: huge numbers give finite averages, bad input is refused by name") {
  Call huge;
  huge.beta = {1e300, 1.0};
  for (double& x : huge.key) x *= 1e120;
  for (double& x : huge.query) x *= 1e30;
  const Numbers y = y_of(huge);
  Call cold;  // the same order of products, and a temperature that takes the best alone
  cold.beta = {1e6, 1e6};
  CHECK(largest_difference(y, cold.y()) < 1e-9);
  Call single_huge = huge;  // products beyond the largest f32
  for (double& x : single_huge.key) x *= 1e-95;
  for (double& x : single_huge.query) x *= 1e-10;
  single_huge.beta = {1e-30, 1e-30};
  CHECK(largest_difference(y_of(single_huge, "f32"), cold.y()) < 1e-6);
  // Squares and products beyond the largest number: averages and weights as before, energies at its end.
  for (double& x : huge.key) x *= 1e150;
  for (double& x : huge.query) x *= 1e20;
  const VerbResult over = apply(huge);
  CHECK(largest_difference(as_reals(over, "y"), cold.y()) < 1e-9);
  CHECK(largest_difference(as_reals(over, "weight"), cold.weights()) < 1e-9);
  for (const double e : as_reals(over, "energy")) CHECK(e == std::numeric_limits<double>::max());
  // Large, but within reach: E = |q|^2 / 2 + M^2 / 2 - the largest product, at units where each square overflows f32.
  Call large;
  for (double& x : large.key) x *= 1e30;
  for (double& x : large.query) x *= 1e30;
  Call small;
  small.beta = {1e12, 1e12};
  const Numbers scaled = as_reals(apply(large, "f32"), "energy"), plain = as_reals(apply(small), "energy");
  for (std::size_t k = 0; k < plain.size(); ++k) CHECK(scaled[k] == Approx(1e60 * plain[k]).epsilon(1e-5));
  // Without temperature the soft maximum is the mean of the products, though log m / beta is 10^12 times that.
  Call hot;
  hot.beta = {1e-12, 1e-12};
  const Numbers energy = as_reals(apply(hot), "energy");
  for (std::size_t item = 0; item < hot.b; ++item) {
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t i = 0; i < hot.l; ++i) {
        const double* query = &hot.query[(item * hot.l + i) * hot.d + h * 3];
        double mean = 0, most = 0;
        for (std::size_t j = 0; j < hot.m; ++j) {
          const double* key = &hot.key[(item * hot.m + j) * hot.d + h * 3];
          mean += dot(query, key, 3) / static_cast<double>(hot.m);
          most = std::max(most, dot(key, key, 3));
        }
        CHECK(energy[(item * 2 + h) * hot.l + i] ==
              Approx(dot(query, query, 3) / 2 + most / 2 - mean).epsilon(1e-9));
      }
    }
  }
  // Weights that are shared, and derivatives by queries of some beta dy key = 10^(-240 + 300 + 250).
  Call far;
  for (double& x : far.key) x *= 1e250;
  for (double& x : far.query) x *= 1e-10;
  Inputs steep = far.inputs();
  Numbers large_dy = random_reals(far.b * far.l * far.v, 15);
  for (double& x : large_dy) x *= 1e300;
  steep["dy"] = reals({far.b, far.l, far.v}, large_dy);
  Settings half = far.settings();
  half["beta"] = 1e-240;
  refused(plugin().run("attention", "gradient", steep, half), ANSATZ_NUMERICAL,
          {"derivatives by", "overflow"});

  const auto bad = [](const Call& call, const Settings& more, const std::vector<std::string>& parts) {
    Settings settings = call.settings();
    for (const auto& [name, value] : more) settings[name] = value;
    refused(plugin().run("attention", "apply", call.inputs(), settings), ANSATZ_BAD_ARGUMENT, parts);
  };
  bad({}, {{"heads", whole(4)}, {"beta", 1.0}}, {"'query' has 6 columns", "4 heads"});
  bad({}, {{"beta", Numbers{1, 2, 3}}}, {"beta has 3 numbers for 2 heads"});
  bad({}, {{"beta", 0.0}}, {"beta"});
  bad({}, {{"weights", true}, {"memory", whole(0)}}, {"memory"});
  Call long_one;
  long_one.lengths = {12, 3};
  bad(long_one, {}, {"'lengths' has 12 at position 0", "0 to 11 keys"});
  Inputs mixed = single_huge.inputs();
  mixed["key"] = rows(part(huge.key, 0, 66), 6);
  refused(plugin().run("attention", "apply", mixed, huge.settings()), ANSATZ_BAD_ARGUMENT,
          {"'key' has rank 2", "batch"});
  Call none;
  none.l = 0, none.query.clear();
  bad(none, {}, {"'query' is 2 x 0 x 6"});
  Call single;
  single.key[5] = 1e39;
  bad(single, {{"precision", word("f32")}}, {"element 5 of 'key'", "f64"});
  Call wide;
  wide.b = 1, wide.l = 600, wide.m = 600, wide.d = wide.v = 2;
  wide.query = wide.key = wide.value = Numbers(1200, 1);
  bad(wide, {{"weights", true}, {"memory", whole(1)}}, {"5760000 bytes", "1 MiB", "top weights"});
}
