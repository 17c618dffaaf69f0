#include "rules.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <string>

#include "fields.hpp"

namespace ansatz::hopfield {
namespace {

Eigen::RowVectorXd signs(const Network& network, std::uint64_t mu) {
  Eigen::RowVectorXd xi(static_cast<Eigen::Index>(network.neurons()));
  for (std::uint64_t i = 0; i < network.neurons(); ++i)
    xi(static_cast<Eigen::Index>(i)) = network.bits.sign(i, mu);
  return xi;
}

// The projector on the span of the patterns (Personnaz, Guyon, Dreyfus 1985) by Gram and Schmidt, each pattern twice
// ("twice is enough", Kahan); what is left of a dependent one is rounding.
std::uint64_t project(const Network& network, Matrix<double>& weights) {
  const Eigen::Index n = weights.rows();
  Matrix<double> basis(std::min(static_cast<Eigen::Index>(network.patterns()), n), n);
  Eigen::Index rank = 0;
  for (std::uint64_t mu = 0; mu < network.patterns() && rank < n; ++mu) {
    Eigen::RowVectorXd e = signs(network, mu);
    for (int pass = 0; pass < 2; ++pass) e -= (e * basis.topRows(rank).transpose()) * basis.topRows(rank);
    if (e.squaredNorm() <= 1e-10 * static_cast<double>(n)) continue;
    basis.row(rank++) = e / e.norm();
  }
  weights.noalias() = basis.topRows(rank).transpose() * basis.topRows(rank);
  // A neuron that no combination of the others gives has W_ii = 1 and no other weights: its field without
  // itself is zero, and must not have the sign of what rounding left.
  weights = (weights.array().abs() < 1e-13).select(0, weights);
  return static_cast<std::uint64_t>(rank);
}

// (1/n) X (1 + t) (I + tC)^-1 X', C = X'X/n (Fachechi, Agliari, Barra 2019).
void dream(const Network& network, double t, Matrix<double>& weights) {
  const Matrix<double> x = as_signs(network);
  const auto n = static_cast<double>(x.cols());
  Matrix<double> kernel = (t / n) * (x * x.transpose());
  kernel.diagonal().array() += 1;
  const Eigen::LLT<Matrix<double>> factor{kernel};
  weights.noalias() = ((1 + t) / n) * (x.transpose() * factor.solve(x));
}

// Storkey 1997 without its inner loop: h_ij = a_i - W_ij xi_j.
void storkey(const Eigen::RowVectorXd& xi, bool second_order, Matrix<double>& w) {
  const auto n = static_cast<double>(xi.size());
  const Eigen::RowVectorXd a = xi * w;  // W is symmetric
  for (Eigen::Index i = 0; i < w.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      double change = xi(i) * xi(j) - xi(i) * a(j) - a(i) * xi(j) + 2 * w(i, j);
      if (second_order) change += (a(i) - w(i, j) * xi(j)) * (a(j) - w(i, j) * xi(i));
      w(i, j) += change / n;
    }
  }
  w.template triangularView<Eigen::StrictlyUpper>() = w.transpose();
}

std::string word(Rule rule) { return choices(rule)[static_cast<std::size_t>(rule)]; }

void check_memory(const Config& config, std::uint64_t n, std::uint64_t each = 8) {
  const double bytes = static_cast<double>(each) * static_cast<double>(n) * static_cast<double>(n);
  if (bytes <= static_cast<double>(config.memory) * 0x1p20) return;
  throw BadArgument("hopfield: weights of " + std::to_string(n) + " neurons take " +
                    std::to_string(static_cast<std::uint64_t>(bytes)) + " bytes, more than memory allows (" +
                    std::to_string(config.memory) +
                    " MiB): raise memory, or use rule hebb with representation packed");
}

}  // namespace

void form_weights(const Config& config, Network& network) {
  if (!network.packed()) return;
  check_memory(config, network.neurons());
  network.weights = network.matrix_over_unit();
  network.bytes = false;
}

void Learning::begin(const Config& config, Network& network, std::uint64_t known) {
  const std::uint64_t n = network.neurons();
  const bool packable = config.rule == Rule::hebb && config.decay == 0;
  network.bytes = config.representation == Representation::int8;
  if ((config.representation == Representation::packed || network.bytes) && !packable) {
    throw BadArgument("hopfield: representation " + std::string{network.bytes ? "int8" : "packed"} +
                      " needs rule hebb without decay, since " + word(config.rule) +
                      " forms a matrix of weights: use representation dense or auto");
  }
  if (network.bytes) {
    if (network.patterns() > most_byte_patterns) {
      throw BadArgument("hopfield: representation int8 takes " + std::to_string(most_byte_patterns) +
                        " patterns at most, not " + std::to_string(network.patterns()) +
                        ": use representation packed or auto");
    }
    check_memory(config, n, byte_width(network.patterns()));
  }
  network.self = config.diagonal == Diagonal::keep;
  network.unit = config.rule == Rule::hebb && config.scale == Scale::n ? 1 / static_cast<double>(n) : 1;
  network.symmetric = is_symmetric(config);
  if (config.thresholds == Thresholds::learned && config.rule != Rule::covariance && !is_fit(config.rule) &&
      !is_perceptron(config.rule)) {
    throw BadArgument("hopfield: rule " + word(config.rule) +
                      " learns no thresholds: use matched or zero, or the rule covariance, flow, "
                      "pseudo-likelihood or one of the perceptron family");
  }
  if (is_sampled(config) && !network.symmetric)
    throw BadArgument(
        "hopfield: sampled neighbours are drawn from a Gibbs law, which weights have that are symmetric: "
        "leave "
        "symmetric at by-rule");
  network.thresholds.resize(0);
  *this = {};
  if (packable && config.representation != Representation::dense) {
    network.weights.resize(0, 0);
    return;
  }
  check_memory(config, n);
  const auto size = static_cast<Eigen::Index>(n);
  const bool one_by_one = config.rule == Rule::storkey || config.rule == Rule::storkey_2 || config.decay > 0;
  if (one_by_one && network.weights.rows() == size) {
    next_ = known;  // goes on from the weights of the patterns before
  } else {
    network.weights = Matrix<double>::Zero(size, size);
  }
  if (is_perceptron(config.rule)) {
    strengths_ = Matrix<double>::Zero(size, static_cast<Eigen::Index>(network.patterns()));
    settled_.assign(n, 0);
  }
  if (is_fit(config.rule)) {
    fit_.begin(n);
    settled_.assign(n, 0);
  }
}

bool Learning::step(const Config& config, Network& network, Executor& executor,
                    const SampledFit::Random& random) {
  const bool matrix = config.rule != Rule::hebb || config.decay > 0;
  const bool family = is_perceptron(config.rule), fit = is_fit(config.rule);
  const bool fits = fit_.weights().rows() == network.weights.rows();
  if ((matrix && network.packed()) || (fit && (!fits || settled_.size() != network.neurons())) ||
      (family && (settled_.size() != network.neurons() || strengths_.rows() != network.weights.rows() ||
                  static_cast<std::uint64_t>(strengths_.cols()) != network.patterns())) ||
      (!family && !fit && next_ >= network.patterns())) {
    throw BadState("hopfield.store: the saved state does not belong to this rule");
  }
  bool more = false;
  if (is_perceptron(config.rule)) {
    if (gram_.size() == 0) {
      const Matrix<double> x = as_signs(network);
      gram_ = x * x.transpose() / static_cast<double>(x.cols());
      if (config.thresholds == Thresholds::learned) gram_.array() += 1 / static_cast<double>(x.cols());
    }
    perceptron_epoch(config, network, gram_, strengths_, settled_, executor);
    more = ++next_ < static_cast<std::uint64_t>(config.epochs) && !failed().empty();
  } else if (fit) {
    more = is_sampled(config) ? sampled_step(config, network, executor, random)
                              : fit_step(config, network, executor);
  } else if (config.rule == Rule::covariance) {
    Matrix<double> x = as_signs(network);
    x.rowwise() -= x.colwise().mean();
    network.weights.noalias() = x.transpose() * x / static_cast<double>(network.neurons());
  } else if (config.rule == Rule::pseudo_inverse) {
    rank_ = project(network, network.weights);
  } else if (config.rule == Rule::dreaming) {
    dream(network, config.dream_time, network.weights);
  } else if (config.rule == Rule::storkey || config.rule == Rule::storkey_2) {
    network.weights *= 1 - config.decay;
    storkey(signs(network, next_), config.rule == Rule::storkey_2, network.weights);
    more = ++next_ < network.patterns();
  } else if (config.decay > 0) {
    const Eigen::RowVectorXd xi = signs(network, next_);
    network.weights = (1 - config.decay) * network.weights + xi.transpose() * xi;
    more = ++next_ < network.patterns();
  } else if (!network.packed()) {
    const Matrix<double> x = as_signs(network);
    network.weights.noalias() = x.transpose() * x;
  }
  if (!more) finish(config, network);
  return more;
}

bool Learning::fit_step(const Config& config, const Network& network, Executor& executor) {
  const Eigen::Index n = network.weights.rows();
  if (signs_.size() == 0) {
    signs_.resize(static_cast<Eigen::Index>(network.patterns()), n + 1);
    signs_.leftCols(n) = as_signs(network);
    signs_.col(n).setOnes();
  }
  const Objective objective = config.rule == Rule::flow ? Objective::flow : Objective::pseudo_likelihood;
  fit_.step({objective, network.symmetric, config.thresholds == Thresholds::learned, config.penalty}, signs_,
            executor);
  // Patterns that can be stored have no finite minimum: the fit ends at their margin.
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    settled_[i] = config.penalty == 0 && fit_.margins()[i] > config.kappa ? 1 : 0;
  }
  if (fit_.steepest() <= config.tolerance) std::fill(settled_.begin(), settled_.end(), std::uint8_t{1});
  return ++next_ < static_cast<std::uint64_t>(config.epochs) && !failed().empty();
}

bool Learning::sampled_step(const Config& config, const Network& network, Executor& executor,
                            const SampledFit::Random& random) {
  const SampledFitProblem problem{config.thresholds == Thresholds::learned, config.penalty, config.step_size,
                                  static_cast<std::uint64_t>(config.samples),
                                  static_cast<std::uint64_t>(config.epochs)};
  if (next_ == 0) sampled_.begin(network.neurons(), problem, random);
  if (sampled_.neurons() != network.neurons())
    throw BadState("hopfield.store: the samples that were saved do not belong to this network");
  if (products_.size() == 0) {
    const Matrix<double> x = as_signs(network);
    Matrix<double> rows(x.rows(), x.cols() + 1);
    rows << x, Eigen::VectorXd::Ones(x.rows());
    products_ = mean_products(rows);
  }
  sampled_.step(problem, products_, next_, random, executor);
  if (++next_ < problem.epochs) return true;
  settled_.assign(settled_.size(),
                  1);  // it ends after its epochs, as near as the samples' noise lets it come
  return false;
}

void Learning::finish(const Config& config, Network& network) const {
  const auto n = static_cast<double>(network.neurons());
  if (is_perceptron(config.rule)) {
    const Matrix<double> x = as_signs(network);
    network.weights.noalias() = strengths_.cwiseProduct(x.transpose()) * x / n;
    if (network.symmetric) network.weights = (0.5 * (network.weights + network.weights.transpose())).eval();
  }
  if (is_sampled(config)) {
    network.weights = sampled_.weights().leftCols(network.weights.rows());
  } else if (is_fit(config.rule)) {
    network.weights = fit_.weights().leftCols(network.weights.rows());
  }
  if (!network.packed() && !network.self) network.weights.diagonal().setZero();
  set_thresholds(config, network);
}

void Learning::set_thresholds(const Config& config, Network& network) const {
  if (config.thresholds == Thresholds::learned) {
    const Matrix<double> x = as_signs(network);
    // The weight from a neuron that is always 1, reversed; of the covariance rule W times the mean pattern.
    if (is_perceptron(config.rule)) {
      network.thresholds =
          -strengths_.cwiseProduct(x.transpose()).rowwise().sum() / static_cast<double>(network.neurons());
    } else if (is_sampled(config)) {
      network.thresholds = -sampled_.weights().rightCols(1);
    } else if (is_fit(config.rule)) {
      network.thresholds = -fit_.weights().col(fit_.weights().cols() - 1);
    } else {
      network.thresholds = network.unit * network.weights * x.colwise().mean().transpose();
    }
    return;
  }
  if (config.thresholds != Thresholds::zero || network.coding != Coding::binary) return;
  // theta_x = 2 theta + 1/2 W_x 1 with W_x = 4 W: zero in 0/1 form is theta = -W1.
  const std::vector<std::int8_t> ones(network.neurons(), 1);
  const FieldMaker maker{network};
  const auto fields = maker.make();
  fields->start(ones);
  network.thresholds.resize(static_cast<Eigen::Index>(ones.size()));
  for (std::size_t i = 0; i < ones.size(); ++i) {
    network.thresholds(static_cast<Eigen::Index>(i)) = -network.unit * fields->field(i);
  }
}

std::vector<std::uint64_t> Learning::failed() const {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    if (settled_[i] == 0) result.push_back(i);
  }
  return result;
}

void Learning::state(Archive& archive) {
  archive("next", next_);
  archive("rank", rank_);
  archive("strengths", strengths_, "n,p");
  archive("settled", settled_);
  archive("fit", fit_);
  archive("sampled", sampled_);
  if (!archive.writing()) gram_.resize(0, 0), signs_.resize(0, 0), products_.resize(0, 0);
}

}  // namespace ansatz::hopfield
