#include "dense_training.hpp"

#include <ansatz/bit_ports.hpp>
#include <ansatz/points.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.dense.fit";
constexpr double first_deviation = 0.1;

double whole_power(double x, std::int64_t power) {
  double result = 1;
  for (; power > 0; power /= 2, x *= x) result *= power % 2 != 0 ? x : 1;
  return result;
}

std::uint64_t best_of(const std::vector<double>& score) {
  return static_cast<std::uint64_t>(std::max_element(score.begin(), score.end()) - score.begin());
}

void check_rows(Session& session, const std::string& place, std::uint64_t columns) {
  const std::uint64_t rows = session.shape("x")[0], own = flat_columns(session, "x");
  if (rows == 0 || own == 0) {
    throw BadArgument(place + ": 'x' is " + std::to_string(rows) + " x " + std::to_string(own) +
                      "; give it at least one row and one column");
  }
  if (columns != 0 && own != columns) {
    throw BadArgument(place + ": 'x' has " + std::to_string(own) + " columns; the memories were trained on " +
                      std::to_string(columns));
  }
}

}  // namespace

DenseActivation::Pair DenseActivation::operator()(double x) const {
  if (energy == DenseEnergy::exponential) return {std::exp(x), std::exp(x)};
  if (energy == DenseEnergy::rectified && x < 0) return {0, 0};
  const std::int64_t n = energy == DenseEnergy::quadratic ? 2 : power;
  const double below = whole_power(x, n - 1);
  return {below * x, static_cast<double>(n) * below};
}

void DenseClassifier::begin(Session& session, DenseEnergy energy, std::int64_t power,
                            const DenseFitOptions& options) {
  if (!given_) *this = {};
  given_ = false;
  check_rows(session, where, memories_.size() == 0 ? 0 : inputs());
  Labels labels = read_labels(session, "y");
  Labels classes = distinct({&labels});
  if (classes.size() < 2) {
    throw BadArgument(std::string{where} + ": 'y' has one class alone, " + classes.name(0) +
                      "; give rows of at least two");
  }
  if (memories_.size() != 0) {
    (void)codes_of(where, "y", labels, classes_);
    if (memories_.rows() != options.memories) {
      throw BadArgument(std::string{where} + ": the model has " + std::to_string(memories_.rows()) +
                        " memories, where memories asks for " + std::to_string(options.memories));
    }
  } else {
    classes_ = std::move(classes);
    const auto columns = static_cast<Eigen::Index>(flat_columns(session, "x") + classes_.size());
    memories_.resize(options.memories, columns);
    session.rng("memories")
        .fill_normal(std::span<double>{memories_.data(), static_cast<std::size_t>(memories_.size())});
    memories_ *= first_deviation * std::min(1.0, options.clip);
  }
  gain_ = options.gain;
  energy_ = energy;
  power_ = power;
  velocity_ = Matrix<double>::Zero(memories_.rows(), memories_.cols());
}

// `products` are xi_mu . x over the inputs.
void DenseClassifier::score(const double* products, std::vector<double>& c) const {
  const DenseActivation f{energy_, power_};
  const std::size_t classes = classes_.size();
  const double s = scale();
  c.assign(classes, 0);
  for (Eigen::Index mu = 0; mu < memories_.rows(); ++mu) {
    const double* units = memories_.row(mu).data() + inputs();
    double z = products[mu];
    for (std::size_t g = 0; g < classes; ++g) z -= units[g];
    const double rest = f(s * z).value;
    for (std::size_t a = 0; a < classes; ++a) c[a] += f(s * (z + 2 * units[a])).value - rest;
  }
  for (double& value : c) value = std::tanh(value);
}

// The loss of a row.
double DenseClassifier::differentiate(const double* products, std::uint32_t truth, std::int64_t loss_power,
                                      Forward& row) const {
  const DenseActivation f{energy_, power_};
  const std::size_t classes = classes_.size();
  const double s = scale();
  score(products, row.score);
  double loss = 0, all = 0;
  std::vector<double> error(classes);  // of the argument of tanh, times s
  for (std::size_t a = 0; a < classes; ++a) {
    const double off = row.score[a] - (a == truth ? 1 : -1), below = whole_power(off, 2 * loss_power - 1);
    loss += below * off;
    error[a] = s * static_cast<double>(2 * loss_power) * below * (1 - row.score[a] * row.score[a]);
    all += error[a];
  }
  row.all.resize(static_cast<std::size_t>(memories_.rows()));
  row.slope.resize(memories_.rows(), static_cast<Eigen::Index>(classes));
  for (Eigen::Index mu = 0; mu < memories_.rows(); ++mu) {
    const double* units = memories_.row(mu).data() + inputs();
    double z = products[mu];
    for (std::size_t g = 0; g < classes; ++g) z -= units[g];
    double sum = -all * f(s * z).slope;
    double* slope = row.slope.row(mu).data();
    for (std::size_t a = 0; a < classes; ++a) {
      slope[a] = error[a] == 0 ? 0 : error[a] * f(s * (z + 2 * units[a])).slope;
      sum += slope[a];
    }
    row.all[static_cast<std::size_t>(mu)] = sum;
  }
  return loss;
}

// One step; the loss of its rows.
double DenseClassifier::train(Session& session, const std::vector<std::uint32_t>& codes,
                              const std::vector<std::uint64_t>& rows, const DenseFitOptions& options,
                              double step_size, std::uint64_t& wrong) {
  const auto x = session.in<double>("x");
  const auto count = static_cast<Eigen::Index>(rows.size()), d = static_cast<Eigen::Index>(inputs()),
             k = memories_.rows(), c = memories_.cols() - d;
  Matrix<double> chosen(count, d), factor(count, k);
  for (Eigen::Index b = 0; b < count; ++b)
    chosen.row(b) = x.row(static_cast<Eigen::Index>(rows[static_cast<std::size_t>(b)]));
  std::vector<Forward> forward(rows.size());
  std::vector<double> loss(rows.size());
  constexpr Eigen::Index block = 16;
  session.parallel_for(static_cast<std::uint64_t>((count + block - 1) / block), [&](std::uint64_t task,
                                                                                    std::uint32_t) {
    const Eigen::Index first = static_cast<Eigen::Index>(task) * block, size = std::min(block, count - first);
    const Matrix<double> products = chosen.middleRows(first, size) * memories_.leftCols(d).transpose();
    for (Eigen::Index b = 0; b < size; ++b) {
      const auto at = static_cast<std::size_t>(first + b);
      loss[at] = differentiate(products.row(b).data(), codes[rows[at]], options.loss_power, forward[at]);
      std::copy(forward[at].all.begin(), forward[at].all.end(), factor.row(first + b).data());
    }
  });
  session.parallel_for(
      static_cast<std::uint64_t>((k + block - 1) / block), [&](std::uint64_t task, std::uint32_t) {
        const Eigen::Index first = static_cast<Eigen::Index>(task) * block, size = std::min(block, k - first);
        Matrix<double> gradient(size, d + c);
        gradient.leftCols(d) = factor.middleCols(first, size).transpose() * chosen;
        gradient.rightCols(c).setZero();
        for (Eigen::Index b = 0; b < count; ++b) {
          gradient.rightCols(c) += 2 * forward[static_cast<std::size_t>(b)].slope.middleRows(first, size);
          gradient.rightCols(c).colwise() -= factor.row(b).segment(first, size).transpose();
        }
        auto velocity = velocity_.middleRows(first, size);
        velocity = options.momentum * velocity - gradient;
        for (Eigen::Index r = 0; r < size; ++r) {
          const double largest = velocity.row(r).cwiseAbs().maxCoeff();
          if (largest == 0) continue;
          auto memory = memories_.row(first + r);
          memory += step_size / largest * velocity.row(r);
          memory = memory.cwiseMax(-options.clip).cwiseMin(options.clip);
        }
      });
  double sum = 0;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    sum += loss[b];
    wrong += best_of(forward[b].score) != codes[rows[b]] ? 1 : 0;
  }
  return sum;
}

bool DenseClassifier::fit(Session& session, DenseEnergy energy, std::int64_t power,
                          const DenseFitOptions& options) {
  if (session.step() == 0) begin(session, energy, power, options);
  check_rows(session, where, inputs());
  const std::uint64_t n = session.shape("x")[0], epoch = session.step();
  const auto size = static_cast<std::uint64_t>(options.batch);
  const double step_size = options.step_size * std::pow(options.decay, static_cast<double>(epoch));
  const auto order = session.rng("order", epoch).permutation(n);
  const std::vector<std::uint32_t> codes = codes_of(where, "y", read_labels(session, "y"), classes_);
  const Matrix<double> before = memories_;
  double loss = 0;
  std::uint64_t wrong = 0;
  for (std::uint64_t first = 0; first < n; first += size) {
    session.check_cancelled();
    const auto at = order.begin() + static_cast<std::ptrdiff_t>(first);
    loss += train(session, codes, {at, at + static_cast<std::ptrdiff_t>(std::min(size, n - first))}, options,
                  step_size, wrong);
  }
  loss /= static_cast<double>(n);
  if (!std::isfinite(loss) || !memories_.allFinite()) {
    std::ostringstream text;
    text << where << ": the loss of epoch " << epoch << " (counted from 0) is " << loss << " at step size "
         << step_size << "; take a smaller gain, power or step_size";
    throw NumericalError(text.str());
  }
  session.metric("loss", loss);
  session.metric("error", static_cast<double>(wrong) / static_cast<double>(n));
  session.metric("update_norm", (memories_ - before).norm());
  session.progress(static_cast<double>(epoch + 1) / static_cast<double>(options.epochs));
  if (epoch + 1 < static_cast<std::uint64_t>(options.epochs)) return true;
  put_memories(session);
  session.out_scalar("loss", loss);
  session.out_scalar("error", static_cast<double>(wrong) / static_cast<double>(n));
  return false;
}

void DenseClassifier::put_memories(Session& session) const {
  const auto k = static_cast<std::uint64_t>(memories_.rows());
  const auto unit = memories_.rightCols(static_cast<Eigen::Index>(classes_.size()));
  session.out<double>("memories", {k, inputs()}) = memories_.leftCols(static_cast<Eigen::Index>(inputs()));
  copy_picture(session, "x", "memories");
  session.out<double>("unit", {k, classes_.size()}) = unit;
  const auto votes = session.out_values<std::int64_t>("votes", {k});
  for (std::uint64_t mu = 0; mu < k; ++mu) {
    votes[mu] = (unit.row(static_cast<Eigen::Index>(mu)).array() > 0).count();
  }
  const auto telling = std::count_if(votes.begin(), votes.end(), [&](std::int64_t count) {
    return count > 0 && count < static_cast<std::int64_t>(classes_.size());
  });
  session.out_scalar("single", static_cast<double>(std::count(votes.begin(), votes.end(), 1)) /
                                   static_cast<double>(std::max(telling, std::ptrdiff_t{1})));
}

void DenseClassifier::predict(Session& session) const {
  constexpr auto place = "modern-hopfield.dense.predict";
  if (memories_.size() == 0)
    throw BadState(std::string{place} + ": no memories were trained; fit them first");
  check_rows(session, place, inputs());
  const auto x = session.in<double>("x");
  const auto q = static_cast<std::uint64_t>(x.rows()), classes = static_cast<std::uint64_t>(classes_.size());
  const auto score_of = session.out<double>("score", {q, classes}).data();
  std::vector<std::uint64_t> best(q);
  constexpr std::uint64_t block = 16;
  session.parallel_for((q + block - 1) / block, [&](std::uint64_t task, std::uint32_t) {
    if (session.cancelled()) return;
    const std::uint64_t first = task * block, count = std::min(block, q - first);
    const Matrix<double> products =
        x.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count)) *
        memories_.leftCols(static_cast<Eigen::Index>(inputs())).transpose();
    std::vector<double> c;
    for (std::uint64_t b = 0; b < count; ++b) {
      score(products.row(static_cast<Eigen::Index>(b)).data(), c);
      std::copy(c.begin(), c.end(), score_of + (first + b) * classes);
      best[first + b] = best_of(c);
    }
  });
  session.check_cancelled();
  const auto bad = std::find_if(score_of, score_of + q * classes, [](double c) { return std::isnan(c); });
  if (bad != score_of + q * classes) {
    throw NumericalError(std::string{place} + ": the score of row " +
                         std::to_string(static_cast<std::uint64_t>(bad - score_of) / classes) +
                         " (counted from 0) overflows; scale x, or train with a smaller gain or power");
  }
  write_labels(session, "y", select(classes_, best));
}

void DenseClassifier::state(Archive& archive) {
  archive("memories", memories_);
  archive("velocity", velocity_);
  archive("classes", classes_);
  archive("gain", gain_);
  archive("energy", energy_);
  archive("power", power_);
  if (archive.writing()) return;
  given_ = true;
  const auto columns = static_cast<std::size_t>(memories_.cols());
  if ((memories_.size() != 0 && (columns <= classes_.size() || classes_.size() == 0)) ||
      memories_.rows() != velocity_.rows() || memories_.cols() != velocity_.cols() ||
      !memories_.allFinite() || power_ < 1 || power_ > 64 || !std::isfinite(gain_)) {
    throw BadState("memories and classes of the saved state do not fit together");
  }
}

}  // namespace ansatz::modern_hopfield
