#include "universal.hpp"

#include <ansatz/bit_ports.hpp>

#include <algorithm>
#include <cmath>

#include "energy.hpp"
#include "interval.hpp"

namespace ansatz::modern_hopfield {
namespace {

Matrix<double> as_matrix(const Rows& rows) {
  return std::visit(
      []<class S>(const RowsOf<S>& r) -> Matrix<double> {
        return Eigen::Map<const Matrix<S>>(r.data, static_cast<Eigen::Index>(r.rows),
                                           static_cast<Eigen::Index>(r.columns))
            .template cast<double>();
      },
      rows);
}

std::string unfit_row(Similarity similarity, const Matrix<double>& rows) {
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    std::string why = unfit_for(similarity, rows.row(i).data(), static_cast<std::size_t>(rows.cols()),
                                static_cast<std::size_t>(i));
    if (!why.empty()) return why;
  }
  return {};
}

void demand_fit(const std::string& where, Similarity similarity, const Matrix<double>& patterns,
                const Matrix<double>& x) {
  const std::string stored = unfit_row(similarity, patterns), given = unfit_row(similarity, x);
  if (!stored.empty()) throw BadArgument(where + ": of the stored patterns, " + stored);
  if (!given.empty()) throw BadArgument(where + ": of 'x', " + given);
}

// y += weight times row i.
void add_row(const Matrix<double>& rows, Eigen::Index i, double weight, double* y) {
  if (weight == 0) return;
  const double* row = rows.row(i).data();
  for (Eigen::Index j = 0; j < rows.cols(); ++j) y[j] += weight * row[j];
}

void project(const Matrix<double>& rows, std::span<const double> weights, double* y) {
  std::fill_n(y, rows.cols(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) add_row(rows, static_cast<Eigen::Index>(i), weights[i], y);
}

// The pattern whose direction z is nearest to; all lengths of z are alike.
std::uint64_t nearest_direction(const Matrix<double>& patterns, const Eigen::VectorXd& norms,
                                const Eigen::VectorXd& z) {
  Eigen::Index best = 0;
  const Eigen::VectorXd products = (patterns * z).cwiseQuotient(norms);
  products.maxCoeff(&best);
  return static_cast<std::uint64_t>(best);
}

// The patterns as real numbers; there are some.
Matrix<double> patterns_of(const Memory& memory, const std::string& where) {
  if (memory.size() == 0) throw BadState(where + ": there are no patterns; store at least one");
  return as_matrix(memory.patterns());
}

}  // namespace

void UniversalModel::store(Session& session) { memory_.store(session, "modern-hopfield.universal.store"); }

bool UniversalModel::retrieve(Session& session, const UniversalOptions& options) {
  const std::string where = "modern-hopfield.universal.retrieve";
  const bool values = options.projection == Projection::value;
  if (values && !memory_.has_values()) {
    throw BadArgument(where + ": projection: value needs values; store them with the patterns");
  }
  if (session.step() == 0) {
    x_ = read_states(session, "x", where, memory_.columns(), Precision::f64);
    residual_.assign(static_cast<std::size_t>(x_.rows()), 0);
  }
  const Matrix<double> patterns = patterns_of(memory_, where);
  const std::uint64_t q = residual_.size(), n = memory_.size(), d = memory_.columns();
  if (static_cast<std::uint64_t>(x_.rows()) != q || static_cast<std::uint64_t>(x_.cols()) != d) {
    throw BadState(where + ": the states that were saved do not belong to these patterns");
  }
  demand_fit(where, options.similarity, patterns, x_);
  const bool last = session.step() + 1 >= static_cast<std::uint64_t>(options.updates);
  const bool read = last && values;
  const Matrix<double> sums = read ? as_matrix(memory_.values()) : patterns;
  const Separator separator{options.separation, options.power, options.beta};
  const std::uint64_t k = last ? std::min<std::uint64_t>(n, static_cast<std::uint64_t>(options.top)) : 0;
  const auto match = last ? session.out_values<std::int64_t>("match", {q}) : std::span<std::int64_t>{};
  const auto weight = k > 0 ? session.out_values<double>("weight", {q, k}) : std::span<double>{};
  const auto index = k > 0 ? session.out_values<std::int64_t>("index", {q, k}) : std::span<std::int64_t>{};
  Matrix<double> y(x_.rows(), sums.cols());
  session.parallel_for(q, [&](std::uint64_t i, std::uint32_t) {
    if (session.cancelled()) return;
    const auto row = static_cast<Eigen::Index>(i);
    std::vector<double> s(n);
    compare_with(options.similarity, patterns, x_.row(row).data(), s);
    const Ranked ranked = best(s, std::max<std::size_t>(1, k));
    const std::string why = separator.apply(options.similarity, s);
    if (!why.empty())
      throw BadArgument(where + ": state " + std::to_string(i) + " of 'x' (counted from 0): " + why);
    project(sums, s, y.row(row).data());
    if (!y.row(row).allFinite()) {
      throw NumericalError(where + ": the update of state " + std::to_string(i) +
                           " (counted from 0) overflows; scale the patterns, or take a smaller power");
    }
    residual_[i] = read ? 0 : (y.row(row) - x_.row(row)).norm();
    if (!last) return;
    match[i] = static_cast<std::int64_t>(ranked.index[0]);
    for (std::uint64_t r = 0; r < k; ++r) {
      index[i * k + r] = static_cast<std::int64_t>(ranked.index[r]);
      weight[i * k + r] = s[ranked.index[r]];
    }
  });
  session.check_cancelled();
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(options.updates));
  if (!last) {
    x_ = std::move(y);
    return true;
  }
  session.out<double>("x", read ? Shape{q, memory_.value_columns()} : session.shape("x")) = y;
  if (!read) copy_picture(session, "x", "x");
  std::copy(residual_.begin(), residual_.end(), session.out_values<double>("residual", {q}).begin());
  return false;
}

bool UniversalModel::compare(Session& session, const CompareOptions& options) {
  const std::string where = "modern-hopfield.universal.compare";
  const Matrix<double> patterns = patterns_of(memory_, where),
                       x = read_states(session, "x", where, memory_.columns(), Precision::f64);
  const auto truth = session.values<std::int64_t>("truth");
  const std::uint64_t q = truth.size(), n = memory_.size();
  for (std::uint64_t i = 0; i < q; ++i) {
    if (truth[i] >= 0 && truth[i] < static_cast<std::int64_t>(n)) continue;
    throw BadArgument(where + ": 'truth' has " + std::to_string(truth[i]) + " at row " + std::to_string(i) +
                      " (counted from 0), where patterns are numbered from 0 to " + std::to_string(n - 1));
  }
  std::vector<Separator> separators{
      {Separation::identity, 1, 1}, {Separation::logarithm, 1, 1}, {Separation::root, 1, 1}};
  std::vector<std::string> names{"identity", "log", "root"};
  for (const std::int64_t power : options.powers) {
    separators.push_back({Separation::power, power, 1});
    names.push_back("power " + std::to_string(power));
  }
  separators.push_back({Separation::softmax, 1, options.beta});
  separators.push_back({Separation::max, 1, 1});
  names.insert(names.end(), {"softmax", "max"});
  const std::uint64_t f = separators.size(), all = choices(Similarity{}).size(), at = session.step();
  if (at == 0) similarities_.clear(), correct_.clear(), applies_.clear();
  if (correct_.size() != similarities_.size() * f || applies_.size() != correct_.size() || at >= all) {
    throw BadState(where + ": the similarities that were saved do not agree with the step");
  }
  const auto similarity = static_cast<Similarity>(at);
  const std::string unfit = unfit_row(similarity, patterns) + unfit_row(similarity, x);
  if (unfit.empty()) {
    const Eigen::VectorXd norms = patterns.rowwise().norm().cwiseMax(1e-300);
    std::vector<std::uint8_t> right(q * f), taken(q * f);
    session.parallel_for(q, [&](std::uint64_t i, std::uint32_t) {
      if (session.cancelled()) return;
      std::vector<double> s(n), w;
      compare_with(similarity, patterns, x.row(static_cast<Eigen::Index>(i)).data(), s);
      Eigen::VectorXd z(patterns.cols());
      for (std::uint64_t c = 0; c < f; ++c) {
        w = s;
        if (!separators[c].apply(similarity, w).empty()) continue;
        project(patterns, w, z.data());
        if (!z.allFinite()) continue;
        taken[i * f + c] = 1;
        right[i * f + c] =
            nearest_direction(patterns, norms, z) == static_cast<std::uint64_t>(truth[i]) ? 1 : 0;
      }
    });
    session.check_cancelled();
    similarities_.push_back(static_cast<std::int64_t>(at));
    for (std::uint64_t c = 0; c < f; ++c) {
      std::uint64_t count = 0;
      bool applies = true;
      for (std::uint64_t i = 0; i < q; ++i) {
        count += right[i * f + c];
        applies = applies && taken[i * f + c] != 0;
      }
      correct_.push_back(applies ? static_cast<double>(count) / static_cast<double>(q) : 0);
      applies_.push_back(applies ? 1 : 0);
    }
  } else {
    session.note(where + ": left out is " + choices(Similarity{})[at] + ": " + unfit);
  }
  session.progress(static_cast<double>(at + 1) / static_cast<double>(all));
  if (at + 1 < all) return true;
  const std::uint64_t rows = similarities_.size();
  std::vector<std::string> words;
  for (const std::int64_t done : similarities_)
    words.emplace_back(choices(Similarity{})[static_cast<std::size_t>(done)]);
  session.out_texts("similarity", words);
  session.out_texts("separation", names);
  const auto correct = session.out_values<double>("correct", {rows, f}),
             low = session.out_values<double>("low", {rows, f}),
             high = session.out_values<double>("high", {rows, f});
  const auto applies = session.out_values<bool>("applies", {rows, f});
  for (std::uint64_t k = 0; k < rows * f; ++k) {
    correct[k] = correct_[k];
    applies[k] = applies_[k] != 0;
    if (applies[k]) std::tie(low[k], high[k]) = wilson(correct_[k], static_cast<double>(q));
  }
  session.out_scalar("best", *std::max_element(correct.begin(), correct.end()));
  return false;
}

void UniversalModel::state(Archive& archive) {
  archive("memory", memory_);
  archive("x", x_);
  archive("residual", residual_);
  archive("similarities", similarities_);
  archive("correct", correct_);
  archive("applies", applies_);
  if (archive.writing()) return;
  for (const std::int64_t s : similarities_) {
    if (s < 0 || s >= static_cast<std::int64_t>(choices(Similarity{}).size())) {
      throw BadState("the saved state names a similarity that there is not");
    }
  }
}

}  // namespace ansatz::modern_hopfield
