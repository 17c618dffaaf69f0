// Model `attention` against its definition, written out as plain sums.
#include <algorithm>
#include <ansatz/num/gradient_check.hpp>
#include <limits>
#include <optional>

#include "call.hpp"

using namespace modern_hopfield_test;

namespace {

// Shapes of a call, and what hides keys from queries.
struct Call {
  std::size_t b = 2, l = 9, m = 11, d = 6, v = 4, heads = 2;
  Numbers query, key, value;
  std::vector<std::uint8_t> mask;     // b l m, or none
  Numbers bias;                       // l m, or none
  std::vector<std::int64_t> lengths;  // b, or none
  bool causal = false;
  std::vector<double> beta;  // a head

  Call() {
    query = random_reals(b * l * d, 1, -2, 2);
    key = random_reals(b * m * d, 2, -2, 2);
    value = random_reals(b * m * v, 3);
    beta = {0.7, 1.9};
  }
  [[nodiscard]] Inputs inputs() const {
    Inputs in{{"query", reals({b, l, d}, query)},
              {"key", reals({b, m, d}, key)},
              {"value", reals({b, m, v}, value)}};
    if (!mask.empty()) {
      Array array{ElementType::boolean, {b, l, m}};
      for (std::size_t k = 0; k < mask.size(); ++k) array.as<bool>()[k] = mask[k] != 0;
      in["mask"] = array;
    }
    if (!bias.empty()) in["bias"] = reals({l, m}, bias);
    if (!lengths.empty()) in["lengths"] = labels(lengths);
    return in;
  }
  [[nodiscard]] Settings settings(const char* precision = "f64") const {
    return {{"heads", whole(static_cast<std::int64_t>(heads))},
            {"beta", beta},
            {"causal", causal},
            {"precision", word(precision)}};
  }
  [[nodiscard]] bool sees(std::size_t item, std::size_t i, std::size_t j) const {
    if (causal && j > i) return false;
    if (!lengths.empty() && j >= static_cast<std::size_t>(lengths[item])) return false;
    return mask.empty() || mask[(item * l + i) * m + j] != 0;
  }
  // Weights b h l m, by the definition.
  [[nodiscard]] Numbers weights() const {
    Numbers p(b * heads * l * m);
    const std::size_t width = d / heads;
    for (std::size_t item = 0; item < b; ++item) {
      for (std::size_t h = 0; h < heads; ++h) {
        for (std::size_t i = 0; i < l; ++i) {
          double* row = &p[((item * heads + h) * l + i) * m];
          double most = -std::numeric_limits<double>::infinity(), total = 0;
          for (std::size_t j = 0; j < m; ++j) {
            if (!sees(item, i, j)) continue;
            row[j] = beta[h] *
                     dot(&query[(item * l + i) * d + h * width], &key[(item * m + j) * d + h * width], width);
            if (!bias.empty()) row[j] += bias[i * m + j];
            most = std::max(most, row[j]);
          }
          for (std::size_t j = 0; j < m; ++j) {
            row[j] = sees(item, i, j) ? std::exp(row[j] - most) : 0;
            total += row[j];
          }
          for (std::size_t j = 0; j < m; ++j) row[j] = total > 0 ? row[j] / total : 0;
        }
      }
    }
    return p;
  }
  [[nodiscard]] Numbers y() const {
    const Numbers p = weights();
    Numbers result(b * l * v);
    for (std::size_t item = 0; item < b; ++item) {
      for (std::size_t i = 0; i < l; ++i) {
        for (std::size_t c = 0; c < v; ++c) {
          const std::size_t h = c / (v / heads);
          for (std::size_t j = 0; j < m; ++j) {
            result[(item * l + i) * v + c] +=
                p[((item * heads + h) * l + i) * m + j] * value[(item * m + j) * v + c];
          }
        }
      }
    }
    return result;
  }
};

// Every way to hide a key, one after another and together; one query sees nothing.
std::vector<Call> calls() {
  std::vector<Call> all(6);
  const Call& plain = all[0];
  all[1].causal = true;
  all[2].lengths = {3, 11};
  for (const std::size_t k : {3U, 5U}) {
    std::mt19937_64 engine{k};
    for (std::size_t e = 0; e < plain.b * plain.l * plain.m; ++e) all[k].mask.push_back(engine() >> 20 & 1);
    for (std::size_t j = 0; j < plain.m; ++j) all[k].mask[2 * plain.m + j] = 0;
  }
  all[4].bias = all[5].bias = random_reals(plain.l * plain.m, 4, -3, 3);
  all[5].causal = true;
  all[5].lengths = {10, 7};
  return all;
}

Numbers as_reals(const VerbResult& result, const char* port) {
  const Array& array = result.outputs.array(port);
  Numbers values(array.count());
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = array.number(k);
  return values;
}
VerbResult apply(const Call& call, const char* precision = "f64", unsigned threads = 1) {
  Settings settings = call.settings(precision);
  settings["weights"] = true;
  return run("attention", "apply", call.inputs(), settings, {1, threads, nullptr, {}});
}
Numbers y_of(const Call& call, const char* precision = "f64") {
  return as_reals(apply(call, precision), "y");
}

}  // namespace

TEST_CASE("modern-hopfield attention: averages, weights, energies are their sums, whatever is hidden") {
  int number = 0;
  for (const Call& call : calls()) {
    CAPTURE(number++);
    const VerbResult exact = apply(call), single = apply(call, "f32");
    CHECK(largest_difference(as_reals(exact, "y"), call.y()) < 1e-12);
    CHECK(largest_difference(as_reals(single, "y"), call.y()) < 2e-6);
    const Numbers p = call.weights();
    CHECK(largest_difference(as_reals(exact, "weight"), p) < 1e-12);
    CHECK(largest_difference(as_reals(single, "weight"), p) < 2e-6);
    CHECK(same_bytes(exact, apply(call, "f64", 3)));
    CHECK(same_bytes(single, apply(call, "f32", 3)));
    const auto empty = values_of<bool>(exact, "empty");
    const Numbers energy = as_reals(exact, "energy"), count = as_reals(exact, "effective_count");
    for (std::size_t item = 0; item < call.b; ++item) {
      for (std::size_t h = 0; h < call.heads; ++h) {
        double sum = 0, seeing = 0;
        for (std::size_t i = 0; i < call.l; ++i) {
          const std::size_t row = (item * call.heads + h) * call.l + i, width = call.d / call.heads;
          double seen = 0, largest = 0, total = 0;
          const double* query = &call.query[(item * call.l + i) * call.d + h * width];
          for (std::size_t j = 0; j < call.m; ++j) {
            const double* key = &call.key[(item * call.m + j) * call.d + h * width];
            if (call.lengths.empty() || j < static_cast<std::size_t>(call.lengths[item])) {
              largest = std::max(largest, dot(key, key, width));
            }
            if (!call.sees(item, i, j)) continue;
            ++seen;
            total += std::exp(call.beta[h] * dot(query, key, width) +
                              (call.bias.empty() ? 0 : call.bias[i * call.m + j]));
          }
          REQUIRE(empty[item * call.l + i] == (seen == 0));
          if (seen == 0) {
            REQUIRE(energy[row] == 0);
            continue;
          }
          REQUIRE(energy[row] ==
                  Approx(-std::log(total / seen) / call.beta[h] + dot(query, query, width) / 2 + largest / 2)
                      .epsilon(1e-12));
          Numbers sorted = part(p, row * call.m, call.m);
          std::sort(sorted.rbegin(), sorted.rend());
          double share = 0;
          int k = 0;
          while (share < 0.9) share += sorted[static_cast<std::size_t>(k++)];
          sum += k, ++seeing;
        }
        CHECK(count[item * call.heads + h] == Approx(sum / seeing));
      }
    }
  }
  // Without a batch: rank 2.
  Call flat;
  flat.b = 1;
  Inputs inputs{{"query", rows(part(flat.query, 0, flat.l * flat.d), flat.d)},
                {"key", rows(part(flat.key, 0, flat.m * flat.d), flat.d)},
                {"value", rows(part(flat.value, 0, flat.m * flat.v), flat.v)}};
  CHECK(largest_difference(as_reals(run("attention", "apply", inputs, flat.settings()), "y"), flat.y()) <
        1e-12);
  inputs["lengths"] = labels({1, 2});
  refused(plugin().run("attention", "apply", inputs, flat.settings()), ANSATZ_BAD_ARGUMENT,
          {"'lengths'", "no batch"});
  // An odd number of rows and columns, more than a tile, and a block of keys that is not full.
  Call large;
  large.b = 1, large.l = 201, large.m = 300, large.d = large.v = 10;
  large.query = random_reals(large.l * large.d, 5), large.key = random_reals(large.m * large.d, 6),
  large.value = random_reals(large.m * large.v, 7);
  CHECK(largest_difference(y_of(large), large.y()) < 1e-12);
  CHECK(largest_difference(y_of(large, "f32"), large.y()) < 1e-6);
}

TEST_CASE("modern-hopfield attention: one update of the memory that has the keys as patterns") {
  Call call;
  call.b = 1, call.m = 40, call.v = call.d;
  call.key = call.value = random_reals(call.m * call.d, 8);
  call.query.resize(call.l * call.d);
  const Numbers y = y_of(call), single = y_of(call, "f32"), energy = as_reals(apply(call), "energy");
  const std::size_t width = call.d / call.heads;
  for (std::size_t h = 0; h < call.heads; ++h) {
    Numbers keys, queries;
    for (std::size_t j = 0; j < call.m; ++j) {
      for (std::size_t c = 0; c < width; ++c) keys.push_back(call.key[j * call.d + h * width + c]);
    }
    for (std::size_t i = 0; i < call.l; ++i) {
      for (std::size_t c = 0; c < width; ++c) queries.push_back(call.query[i * call.d + h * width + c]);
    }
    const VerbResult stored = run("continuous", "store", {{"x", rows(keys, width)}});
    for (const char* precision : {"f64", "f32"}) {
      const auto x = values_of<double>(
          on(stored, "continuous", "retrieve", {{"x", rows(queries, width)}},
             {{"beta", call.beta[h]}, {"updates", whole(1)}, {"precision", word(precision)}}),
          "x");
      const bool exact = word(precision) == "f64";
      for (std::size_t k = 0; k < x.size(); ++k) {
        const std::size_t at = k / width * call.d + h * width + k % width;
        REQUIRE(x[k] == Approx((exact ? y : single)[at]).margin(exact ? 1e-12 : 1e-6));
      }
    }
    const VerbResult seen =
        on(stored, "continuous", "evaluate", {{"x", rows(queries, width)}}, {{"beta", call.beta[h]}});
    CHECK(largest_difference(values_of<double>(seen, "energy"), part(energy, h * call.l, call.l)) < 1e-12);
  }
  // A mask leaves the memory of the keys that are seen.
  call.heads = 1, call.beta = {1.2};
  call.mask.assign(call.l * call.m, 0);
  Numbers few;
  for (std::size_t j = 0; j < call.m; j += 3) {
    few.insert(few.end(), &call.key[j * call.d], &call.key[j * call.d] + call.d);
    for (std::size_t i = 0; i < call.l; ++i) call.mask[i * call.m + j] = 1;
  }
  const auto x = values_of<double>(on(run("continuous", "store", {{"x", rows(few, call.d)}}), "continuous",
                                      "retrieve", {{"x", rows(call.query, call.d)}}, {{"beta", 1.2}}),
                                   "x");
  CHECK(largest_difference(x, y_of(call)) < 1e-12);
}

TEST_CASE("modern-hopfield attention: permutations, shifted logits, prefixes and padding") {
  for (const char* precision : {"f64", "f32"}) {
    const bool exact = word(precision) == "f64";
    const double near = exact ? 1e-11 : 2e-6;
    const Call call;
    const Numbers y = y_of(call, precision);
    Call turned = call;  // keys and values in reverse order, queries too
    for (std::size_t item = 0; item < call.b; ++item) {
      for (std::size_t j = 0; j < call.m; ++j) {
        std::copy_n(&call.key[(item * call.m + j) * call.d], call.d,
                    &turned.key[(item * call.m + call.m - 1 - j) * call.d]);
        std::copy_n(&call.value[(item * call.m + j) * call.v], call.v,
                    &turned.value[(item * call.m + call.m - 1 - j) * call.v]);
      }
    }
    CHECK(largest_difference(y_of(turned, precision), y) < near);
    for (std::size_t item = 0; item < call.b; ++item) {
      for (std::size_t i = 0; i < call.l; ++i) {
        std::copy_n(&call.query[(item * call.l + i) * call.d], call.d,
                    &turned.query[(item * call.l + call.l - 1 - i) * call.d]);
      }
    }
    const Numbers back = y_of(turned, precision);
    for (std::size_t item = 0; item < call.b; ++item) {
      for (std::size_t i = 0; i < call.l; ++i) {
        CHECK(largest_difference(part(back, (item * call.l + call.l - 1 - i) * call.v, call.v),
                                 part(y, (item * call.l + i) * call.v, call.v)) < near);
      }
    }
    Call shifted = call;
    shifted.bias.assign(call.l * call.m, 1e4);
    CHECK(largest_difference(y_of(shifted, precision), y) < (exact ? 1e-11 : 2e-3));
    // The first t queries and keys of a causal run are a run on t tokens.
    Call causal = call;
    causal.causal = true;
    const Numbers all = y_of(causal, precision);
    for (std::size_t t = 1; t <= call.l; ++t) {
      Call prefix = causal;
      prefix.b = 1, prefix.l = prefix.m = t;
      prefix.query = part(call.query, 0, t * call.d), prefix.key = part(call.key, 0, t * call.d),
      prefix.value = part(call.value, 0, t * call.v);
      CHECK(largest_difference(y_of(prefix, precision), part(all, 0, t * call.v)) < near);
    }
    // Keys behind the length, of any number and value.
    for (const std::size_t more : {1U, 20U, 200U}) {
      Call padded = call;
      padded.m = call.m + more;
      padded.key.clear(), padded.value.clear();
      for (std::size_t item = 0; item < call.b; ++item) {
        const auto pad = [&](Numbers& to, const Numbers& from, std::size_t size, double filler) {
          to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(item * call.m * size),
                    from.begin() + static_cast<std::ptrdiff_t>((item + 1) * call.m * size));
          to.insert(to.end(), more * size, filler);
        };
        pad(padded.key, call.key, call.d, 50), pad(padded.value, call.value, call.v, -1e6);
      }
      padded.lengths.assign(call.b, static_cast<std::int64_t>(call.m));
      CHECK(y_of(padded, precision) == y);
    }
  }
}

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
  // More queries than a tile, more keys than a block, against differences along a direction.
  Call large;
  large.b = 1, large.l = 210, large.m = 300, large.d = large.v = 60;
  large.query = random_reals(large.l * large.d, 10), large.key = random_reals(large.m * large.d, 11),
  large.value = random_reals(large.m * large.v, 12);
  const Numbers dy = random_reals(large.l * large.v, 13);
  Inputs inputs = large.inputs();
  inputs["dy"] = reals({1, large.l, large.v}, dy);
  const VerbResult result = run("attention", "gradient", inputs, large.settings());
  for (const char* name : {"query", "key", "value"}) {
    Call up = large, down = large;
    const auto field = [&](Call& c) -> Numbers& {
      return word(name) == "query" ? c.query : word(name) == "key" ? c.key : c.value;
    };
    const Numbers along = random_reals(field(up).size(), 14);
    for (std::size_t k = 0; k < along.size(); ++k)
      field(up)[k] += 1e-5 * along[k], field(down)[k] -= 1e-5 * along[k];
    const Numbers a = up.y(), c = down.y(), g = as_reals(result, ("d" + word(name)).c_str());
    double difference = 0;
    for (std::size_t k = 0; k < a.size(); ++k) difference += dy[k] * (a[k] - c[k]) / 2e-5;
    CHECK(dot(g.data(), along.data(), g.size()) == Approx(difference).epsilon(1e-7));
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
  for (double& x : huge.key) x *= 1e150;  // norms beyond the largest number
  const VerbResult over = plugin().run("attention", "apply", huge.inputs(), huge.settings());
  refused(over, ANSATZ_NUMERICAL, {"energy of query 0", "scale queries and keys"});

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
