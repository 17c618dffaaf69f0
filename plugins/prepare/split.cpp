#include <ansatz/labels.hpp>

#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

#include "tables.hpp"

namespace ansatz::prepare {
namespace {

constexpr auto where = "prepare.split";

// How many test rows each class gives: largest remainders, except that a class of two rows or more stands on
// both sides where the total allows it.  The first class wins ties.
std::vector<std::uint64_t> allocate(const std::vector<std::uint64_t>& rows_of, std::uint64_t total,
                                    std::uint64_t rows) {
  const std::size_t classes = rows_of.size();
  std::vector<std::uint64_t> least(classes), most(classes), test(classes);
  for (std::size_t k = 0; k < classes; ++k) {
    const bool both = rows_of[k] >= 2;
    least[k] = both ? 1 : 0;
    most[k] = both ? rows_of[k] - 1 : rows_of[k];
    test[k] = std::clamp(total * rows_of[k] / rows, least[k], most[k]);
  }
  // What class k has beyond its exact share, times `rows`.
  const auto surplus = [&](std::size_t k) {
    return static_cast<std::int64_t>(test[k] * rows) - static_cast<std::int64_t>(total * rows_of[k]);
  };
  std::uint64_t sum = std::accumulate(test.begin(), test.end(), std::uint64_t{0});
  const bool grow = sum < total;
  // One row at a time to the class that is furthest from its share, the first of equals.
  const auto adjust = [&](const auto& allowed) {
    using Entry = std::pair<std::int64_t, std::size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    const auto offer = [&](std::size_t k) {
      if (allowed(k)) queue.emplace(grow ? surplus(k) : -surplus(k), k);
    };
    for (std::size_t k = 0; k < classes; ++k) offer(k);
    while (sum != total && !queue.empty()) {
      const std::size_t k = queue.top().second;
      queue.pop();
      grow ? (++test[k], ++sum) : (--test[k], --sum);
      offer(k);
    }
  };
  adjust([&](std::size_t k) { return grow ? test[k] < most[k] : test[k] > least[k]; });
  adjust([&](std::size_t k) { return grow ? test[k] < rows_of[k] : test[k] > 0; });
  return test;
}

// Class of each row; one class for all rows if the split is not stratified.
std::vector<std::uint32_t> classes_of(Session& session, bool stratify, std::uint64_t rows) {
  if (!stratify) return std::vector<std::uint32_t>(rows, 0);
  if (!session.has("y")) {
    throw BadArgument(std::string{where} + ": stratify needs the labels in input 'y', which is not wired");
  }
  if (session.shape("y").size() != 1 || session.type("y") == ANSATZ_F64 || session.type("y") == ANSATZ_F32) {
    throw BadArgument(std::string{where} +
                      ": stratify needs class labels in 'y': integers, booleans or text of dims n; for real "
                      "targets leave stratify out");
  }
  const Labels labels = read_labels(session, "y");
  return codes_of(where, "y", labels, distinct({&labels}));
}

struct Parts {
  std::vector<std::uint64_t> train, test;
};

Parts choose_rows(Session& session, const SplitOptions& options, std::uint64_t rows) {
  const auto exact = options.test * static_cast<double>(rows);
  const auto total = static_cast<std::uint64_t>(std::llround(exact));
  if (total == 0 || total >= rows) {
    throw BadArgument(std::string{where} + ": test = " + std::to_string(options.test) + " of " +
                      std::to_string(rows) + (rows == 1 ? " row" : " rows") + " leaves the " +
                      (total == 0 ? "test" : "training") + " part empty; give more rows or another fraction");
  }
  const std::vector<std::uint32_t> class_of = classes_of(session, options.stratify, rows);
  std::vector<std::uint64_t> rows_of;
  for (const std::uint32_t k : class_of) {
    if (k >= rows_of.size()) rows_of.resize(k + 1);
    ++rows_of[k];
  }
  std::vector<std::uint64_t> left = allocate(rows_of, total, rows);
  std::vector<std::uint64_t> order;
  if (options.shuffle) {
    order = session.rng("split").permutation(rows);
  } else {
    order.resize(rows);
    std::iota(order.rbegin(), order.rend(), std::uint64_t{0});
  }
  std::vector<bool> in_test(rows);
  for (const std::uint64_t row : order) {
    std::uint64_t& wanted = left[class_of[row]];
    if (wanted > 0) --wanted, in_test[row] = true;
  }
  Parts parts;
  for (std::uint64_t row = 0; row < rows; ++row) (in_test[row] ? parts.test : parts.train).push_back(row);
  return parts;
}

}  // namespace

void Tables::split(Session& session, const SplitOptions& options) {
  const std::uint64_t rows = session.shape("x")[0];
  const Parts parts = choose_rows(session, options, rows);
  for (const char* port : {"x", "y", "weight"}) {
    if (!session.has(port)) continue;
    copy_rows(session, port,
              {{std::string{"train_"} + port, parts.train}, {std::string{"test_"} + port, parts.test}});
  }
  std::ranges::copy(parts.train,
                    session.out_values<std::int64_t>("train_index", {parts.train.size()}).begin());
  std::ranges::copy(parts.test, session.out_values<std::int64_t>("test_index", {parts.test.size()}).begin());
}

}  // namespace ansatz::prepare
