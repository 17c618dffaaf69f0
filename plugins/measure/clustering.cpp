#include <algorithm>
#include <cmath>

#include "counts.hpp"
#include "measure.hpp"
#include "sum.hpp"

namespace ansatz::measure {
namespace {

constexpr auto where = "measure.clustering";

__extension__ using Wide = __int128;

Wide pairs(std::int64_t n) { return static_cast<Wide>(n) * (n - 1) / 2; }

Wide pairs(const std::vector<std::int64_t>& counts) {
  Wide sum = 0;
  for (const std::int64_t n : counts) sum += pairs(n);
  return sum;
}

// Hubert and Arabie 1985: (together - expected) / (mean of both partitions' pairs - expected), with all terms
// times the number of pairs, so that they are integers.  Exact below 2^31 rows.
double adjusted_rand(const Counts& counts, std::int64_t rows) {
  const Wide together = pairs(counts.cells), in_class = pairs(counts.row_sums),
             in_cluster = pairs(counts.column_sums), all = pairs(rows);
  const Wide expected = in_class * in_cluster;
  const Wide above = 2 * (together * all - expected), range = (in_class + in_cluster) * all - 2 * expected;
  // Both partitions are one cluster, or both are single rows: they are equal.
  if (range == 0) return 1;
  return static_cast<double>(above) / static_cast<double>(range);
}

// In nats.
double entropy(const std::vector<std::int64_t>& counts, double rows) {
  Sum sum;
  for (const std::int64_t count : counts) {
    const auto n = static_cast<double>(count);
    if (count > 0) sum.add(n / rows * std::log(rows / n));
  }
  return sum.value();
}

double mutual_information(const Counts& counts, double rows) {
  Sum sum;
  for (std::size_t i = 0; i < counts.rows; ++i) {
    for (std::size_t j = 0; j < counts.columns; ++j) {
      const auto n = static_cast<double>(counts.at(i, j));
      if (n == 0) continue;
      // The first factor is 1 if all of the class is here: equal partitions then give exactly their entropy.
      const double share = n / static_cast<double>(counts.row_sums[i]);
      sum.add(n / rows * std::log(share * (rows / static_cast<double>(counts.column_sums[j]))));
    }
  }
  return std::max(0.0, sum.value());
}

double normaliser(Average average, double a, double b) {
  switch (average) {
    case Average::geometric: return std::sqrt(a) * std::sqrt(b);
    case Average::min: return std::min(a, b);
    case Average::max: return std::max(a, b);
    default: return (a + b) / 2;
  }
}

}  // namespace

void Measure::clustering(Session& session, const ClusteringOptions& options) {
  const Labels truth = read_labels(session, "truth"), estimate = read_labels(session, "estimate");
  check_rows(where, truth.size());
  const Labels classes = distinct({&truth}), clusters = distinct({&estimate});
  check_table(where, classes.size(), clusters.size());
  const auto class_codes = codes_of(where, "truth", truth, classes);
  const auto cluster_codes = codes_of(where, "estimate", estimate, clusters);
  Counts counts{classes.size(), clusters.size()};
  for (std::size_t i = 0; i < class_codes.size(); ++i) counts.add(class_codes[i], cluster_codes[i]);

  const auto rows = static_cast<double>(truth.size());
  const double information = mutual_information(counts, rows);
  const double of_class = entropy(counts.row_sums, rows), of_cluster = entropy(counts.column_sums, rows);
  // 0 / 0 is a partition without information, about which nothing is left to tell.
  const auto share = [information](double whole) {
    return whole == 0 ? 1.0 : std::min(1.0, information / whole);
  };
  const bool both_single = classes.size() == 1 && clusters.size() == 1;
  const double mean = normaliser(options.average, of_class, of_cluster);

  session.out_scalar("adjusted_rand", adjusted_rand(counts, static_cast<std::int64_t>(truth.size())));
  session.out_scalar("normalised_mutual_information",
                     both_single ? 1.0 : (mean == 0 ? 0.0 : std::min(1.0, information / mean)));
  session.out_scalar("mutual_information", information);
  session.out_scalar("homogeneity", share(of_class));
  session.out_scalar("completeness", share(of_cluster));
  std::ranges::copy(counts.cells,
                    session.out_values<std::int64_t>("contingency", {counts.rows, counts.columns}).begin());
  write_labels(session, "class", classes);
  write_labels(session, "cluster", clusters);
}

}  // namespace ansatz::measure
