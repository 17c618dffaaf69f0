// Model `attention` against its definition.
#include "attention_definition.hpp"

using namespace modern_hopfield_test;

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
