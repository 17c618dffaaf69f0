#include <cmath>
#include <limits>

#include "counts.hpp"
#include "measure.hpp"
#include "sum.hpp"

namespace ansatz::measure {
namespace {

constexpr auto where = "measure.classification";

// A share that is 0 where there is nothing to share.
double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

// The classes of the columns of `probability`: as wired, else all that occur.
Labels column_classes(Session& session, const Labels& truth, const Labels* estimate) {
  const std::uint64_t columns = session.shape("probability")[1];
  if (session.has("classes")) {
    Labels classes = read_labels(session, "classes");
    const std::size_t different = distinct({&classes}).size();
    if (different != classes.size()) {
      throw BadArgument(std::string{where} + ": 'classes' has " + std::to_string(classes.size()) +
                        " elements but only " + std::to_string(different) + " different ones");
    }
    return classes;
  }
  Labels classes = estimate == nullptr ? distinct({&truth}) : distinct({&truth, estimate});
  if (classes.size() != columns) {
    throw BadArgument(std::string{where} + ": 'probability' has " + std::to_string(columns) +
                      " columns, but the labels have " + std::to_string(classes.size()) +
                      " classes; wire 'classes' to say which class each column is");
  }
  return classes;
}

// Rows must be probabilities; throws BadArgument naming the first row that is none.  Returns the row's sum.
double check_row(const ConstMatrixMap<double>& probability, Eigen::Index i) {
  constexpr double tolerance = 1e-5;  // sums of f32 shares
  Sum sum;
  for (Eigen::Index k = 0; k < probability.cols(); ++k) {
    if (probability(i, k) < 0) {
      throw BadArgument(std::string{where} + ": 'probability' is " + std::to_string(probability(i, k)) +
                        " in row " + std::to_string(i) + ", column " + std::to_string(k) +
                        "; probabilities must not be negative");
    }
    sum.add(probability(i, k));
  }
  if (std::abs(sum.value() - 1) > tolerance) {
    throw BadArgument(std::string{where} + ": row " + std::to_string(i) + " of 'probability' sums to " +
                      std::to_string(sum.value()) + ", expected 1; are these scores, not probabilities?");
  }
  return sum.value();
}

// Label of the most probable column of each row; the first column wins ties.
Labels most_probable(const ConstMatrixMap<double>& probability, const Labels& columns) {
  Labels result;
  std::visit(
      [&]<class List>(const List& classes) {
        List chosen;
        for (Eigen::Index i = 0; i < probability.rows(); ++i) {
          Eigen::Index best = 0;
          probability.row(i).maxCoeff(&best);
          chosen.push_back(classes[static_cast<std::size_t>(best)]);
        }
        result.values = std::move(chosen);
      },
      columns.values);
  return result;
}

double log_loss(const ConstMatrixMap<double>& probability, const Labels& truth, const Labels& columns) {
  constexpr double least = std::numeric_limits<double>::epsilon();
  const Labels sorted = distinct({&columns});
  const auto rank = codes_of(where, "classes", columns, sorted);
  std::vector<Eigen::Index> column(rank.size());
  for (std::size_t k = 0; k < rank.size(); ++k) column[rank[k]] = static_cast<Eigen::Index>(k);
  const auto codes = codes_of(where, "truth", truth, sorted);
  Sum loss;
  for (Eigen::Index i = 0; i < probability.rows(); ++i) {
    const double share =
        probability(i, column[codes[static_cast<std::size_t>(i)]]) / check_row(probability, i);
    loss.add(-std::log(std::max(share, least)));
  }
  return loss.value() / static_cast<double>(probability.rows());
}

void write_shares(Session& session, const Counts& counts) {
  const std::size_t classes = counts.rows;
  auto precision = session.out_values<double>("precision", {classes});
  auto recall = session.out_values<double>("recall", {classes});
  auto f1 = session.out_values<double>("f1", {classes});
  Sum precisions, recalls, f1s;
  std::int64_t right = 0, present = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    const auto hits = static_cast<double>(counts.at(k, k)), truly = static_cast<double>(counts.row_sums[k]),
               said = static_cast<double>(counts.column_sums[k]);
    precision[k] = ratio(hits, said), recall[k] = ratio(hits, truly), f1[k] = ratio(2 * hits, truly + said);
    precisions.add(precision[k]), recalls.add(recall[k]), f1s.add(f1[k]);
    right += counts.at(k, k);
    present += counts.row_sums[k] > 0;
  }
  std::int64_t rows = 0;
  for (const std::int64_t sum : counts.row_sums) rows += sum;
  const auto number = static_cast<double>(classes);
  session.out_scalar("accuracy", static_cast<double>(right) / static_cast<double>(rows));
  // Classes that are not in truth have recall 0, so they add nothing to the sum.
  session.out_scalar("balanced_accuracy", recalls.value() / static_cast<double>(present));
  session.out_scalar("macro_precision", precisions.value() / number);
  session.out_scalar("macro_recall", recalls.value() / number);
  session.out_scalar("macro_f1", f1s.value() / number);
}

}  // namespace

void Measure::classification(Session& session) {
  const Labels truth = read_labels(session, "truth");
  check_rows(where, truth.size());
  Labels estimate;
  const bool estimated = session.has("estimate"), probable = session.has("probability");
  if (estimated) estimate = read_labels(session, "estimate");
  if (!estimated && !probable) {
    throw BadArgument(std::string{where} + ": wire 'estimate', or 'probability', or both");
  }
  if (session.has("classes") && !probable) {
    throw BadArgument(std::string{where} +
                      ": 'classes' is wired, but 'probability', whose columns it names, is not");
  }
  if (estimated && estimate.is_text() != truth.is_text()) {
    throw BadArgument(
        std::string{where} + ": 'truth' has labels that are " +
        (truth.is_text() ? "text, but 'estimate' has numbers" : "numbers, but 'estimate' has text"));
  }
  if (probable) {
    const auto probability = session.in<double>("probability");
    const Labels columns = column_classes(session, truth, estimated ? &estimate : nullptr);
    session.out_scalar("log_loss", log_loss(probability, truth, columns));
    if (!estimated) estimate = most_probable(probability, columns);
  }
  const Labels classes = distinct({&truth, &estimate});
  check_table(where, classes.size(), classes.size());
  const auto true_codes = codes_of(where, "truth", truth, classes);
  const auto estimated_codes = codes_of(where, "estimate", estimate, classes);
  Counts counts{classes.size(), classes.size()};
  for (std::size_t i = 0; i < true_codes.size(); ++i) counts.add(true_codes[i], estimated_codes[i]);

  std::ranges::copy(counts.cells,
                    session.out_values<std::int64_t>("confusion", {counts.rows, counts.columns}).begin());
  write_labels(session, "class", classes);
  write_shares(session, counts);
}

}  // namespace ansatz::measure
