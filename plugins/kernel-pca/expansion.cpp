#include "expansion.hpp"

#include <cmath>

namespace ansatz::kernel_pca {
namespace {

template <class T>
Matrix<double> apply(const KernelPoints<T>& points, const Matrix<T>& by_column, const Rows& rows,
                     Executor& executor) {
  Matrix<T> result(static_cast<Eigen::Index>(row_count(rows)), by_column.rows());
  if (result.rows() > 0) {
    points.apply(rows, static_cast<std::size_t>(by_column.rows()), by_column.data(), result.data(), executor);
  }
  return result.template cast<double>();
}

// [A m]', a row a component.
Matrix<double> by_column(const Expansion& e) {
  Matrix<double> all(e.coefficients.cols() + 1, e.coefficients.rows());
  all.topRows(e.coefficients.cols()) = e.coefficients.transpose();
  all.row(e.coefficients.cols()) =
      Eigen::Map<const Eigen::RowVectorXd>(e.mean.data(), static_cast<Eigen::Index>(e.mean.size()));
  return all;
}

}  // namespace

std::string Expansion::kernel_name() const {
  if (source == Source::kernel_values) return "precomputed";
  return source == Source::distances ? "precomputed distances" : kernel.name();
}

double Expansion::unit(std::size_t j) const {
  return scaling == Scaling::white && !is_graph(op)
             ? std::sqrt(eigenvalues[j] / static_cast<double>(training_rows))
             : 1;
}

void Expansion::learn(const Spectral& spectral, const Eigenpairs& pairs, double time) {
  const std::size_t n = training_rows, q = pairs.values.size();
  support = n;
  eigenvalues = pairs.values;
  coefficients.resize(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(q));
  offset.assign(q, 0.0);
  mean.assign(n, op == Operator::centred ? 1 / static_cast<double>(n) : 0.0);
  mean_square = spectral.mean;
  if (is_graph(op)) mean = spectral.weights;
  for (std::size_t j = 0; j < q; ++j) {
    const double mu = pairs.values[j], root = std::sqrt(mu), power = std::pow(mu, time);
    const double* u = pairs.vectors.data() + j * n;
    const auto column = static_cast<Eigen::Index>(j);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (is_graph(op)) {
        coefficients(row, column) = spectral.weights[i] * u[i] / spectral.direction[i] * power / mu;
      } else {
        coefficients(row, column) = u[i] / root;
        if (op == Operator::centred) offset[j] += u[i] / root * spectral.row_means[i];
      }
    }
  }
}

RandomFeatures Expansion::random_features() const {
  const auto& frequencies = std::get<Matrix<double>>(points.values);
  return {frequencies.data(), points.size(), points.columns(), kernel.amplitude};
}

void Expansion::state(Archive& archive) {
  archive("source", source);
  archive("operator", op);
  archive("single", single);
  archive("scaling", scaling);
  archive("training_rows", training_rows);
  archive("support", support);
  if (source == Source::rows || source == Source::features) {
    archive_kernel(archive, kernel);
    archive("points", points);
  }
  archive("coefficients", coefficients, "c,q");
  archive("offsets", offset, "q");
  archive("mean", mean, "c");
  archive("mean_square", mean_square);
  archive("eigenvalues", eigenvalues, "q");
  if (archive.writing() || coefficients.rows() == 0) return;  // none while a fit goes on
  const std::size_t terms = source == Source::rows       ? points.size()
                            : source == Source::features ? 2 * points.size()
                                                         : static_cast<std::size_t>(support);
  if (static_cast<std::size_t>(coefficients.rows()) != terms) {
    throw BadState("kernel-pca: the saved 'points' and 'coefficients' have sizes that do not agree");
  }
}

Evaluator::Evaluator(const Expansion& expansion) : expansion_{expansion} {
  if (expansion.source == Source::features) {
    features_.emplace(expansion.random_features());
    const Matrix<double> right = by_column(expansion);
    directions_.emplace(Kernel{.function = KernelFunction::linear},
                        RowsOf<double>{right.data(), static_cast<std::size_t>(right.rows()),
                                       static_cast<std::size_t>(right.cols())});
    return;
  }
  if (expansion.source != Source::rows) return;
  if (expansion.single) {
    packed_.emplace<KernelPoints<float>>(expansion.kernel, expansion.points.rows());
  } else {
    packed_.emplace<KernelPoints<double>>(expansion.kernel, expansion.points.rows());
  }
}

std::uint64_t Evaluator::check_rows(Session& session, const std::string& verb) const {
  const bool rows = expansion_.source == Source::rows || expansion_.source == Source::features;
  const char* port = rows ? "x" : "k";
  if (!session.has(port)) {
    throw BadArgument("kernel-pca." + verb + ": the model was fitted on " +
                      (rows ? "rows: wire port x" : "a matrix that was given: wire port k") +
                      (rows ? "" : ", a row a new row, a column a training row"));
  }
  const Shape shape = session.shape(port);
  const std::size_t columns = flat_columns(session, port),
                    wanted = rows ? expansion_.points.columns() : expansion_.support;
  if (columns != wanted) {
    throw BadArgument("kernel-pca." + verb + ": " + port + " is " + std::to_string(shape[0]) + " x " +
                      std::to_string(columns) + ", and the model was fitted on " +
                      (rows ? "rows of " + std::to_string(wanted) + " columns"
                            : "a " + std::to_string(wanted) + " x " + std::to_string(wanted) + " matrix"));
  }
  return shape[0];
}

Matrix<double> Evaluator::products(const Rows& rows, Executor& executor) const {
  if (features_) {
    const std::size_t count = row_count(rows);
    Matrix<double> f(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(features_->size()));
    Matrix<double> result(f.rows(), static_cast<Eigen::Index>(directions_->size()));
    if (count == 0) return result;
    features_->apply(rows, f.data(), executor);
    directions_->cross(RowsOf<double>{f.data(), count, features_->size()}, result.data(), directions_->size(),
                       executor);
    return result;
  }
  const Matrix<double> right = by_column(expansion_);
  if (const auto* points = std::get_if<KernelPoints<float>>(&packed_)) {
    return apply(*points, Matrix<float>{right.cast<float>()}, rows, executor);
  }
  return apply(std::get<KernelPoints<double>>(packed_), right, rows, executor);
}

Matrix<double> Evaluator::products(Session& session, std::uint64_t first, std::uint64_t count) const {
  SessionExecutor executor{session};
  if (expansion_.source == Source::rows || expansion_.source == Source::features) {
    Points block;
    block.read(session, "x", first, count);
    return products(block.rows(), executor);
  }
  Matrix<double> k =
      session.in<double>("k").middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count));
  if (expansion_.source == Source::distances) k = -0.5 * k.array().square();
  // A row at a time: its result does not depend on the block it came in.
  const Matrix<double> right = by_column(expansion_);
  Matrix<double> result(k.rows(), right.rows());
  for (Eigen::Index i = 0; i < k.rows(); ++i) {
    for (Eigen::Index j = 0; j < right.rows(); ++j) result(i, j) = k.row(i).dot(right.row(j));
  }
  return result;
}

Matrix<double> Evaluator::scores(const Matrix<double>& products) const {
  const auto q = static_cast<Eigen::Index>(expansion_.components());
  Matrix<double> z = products.leftCols(q);
  for (Eigen::Index i = 0; i < z.rows(); ++i) {
    for (Eigen::Index j = 0; j < q; ++j) {
      z(i, j) = is_graph(expansion_.op) ? z(i, j) / products(i, q)
                                        : z(i, j) - expansion_.offset[static_cast<std::size_t>(j)];
    }
  }
  return z;
}

std::vector<double> Evaluator::diagonal(Session& session, std::uint64_t first, std::uint64_t count) const {
  if (expansion_.source == Source::distances) return std::vector<double>(count, 0.0);  // d(x, x) = 0
  if (expansion_.source == Source::kernel_values) {
    if (!session.has("diagonal")) {
      throw BadArgument(
          "kernel-pca.evaluate: with kernel values that are given, k(x, x) of the new rows is needed: wire "
          "port "
          "diagonal");
    }
    const auto given = session.values<double>("diagonal");
    return {given.begin() + static_cast<std::ptrdiff_t>(first),
            given.begin() + static_cast<std::ptrdiff_t>(first + count)};
  }
  Points block;
  block.read(session, "x", first, count);
  return diagonal_of(expansion_.kernel, block.rows());
}

std::vector<double> diagonal_of(const Kernel& kernel, const Rows& rows) {
  const std::size_t count = row_count(rows);
  if (kernel.constant_diagonal()) return std::vector<double>(count, kernel.amplitude);
  std::vector<double> values;
  if (count == 0) return values;
  const KernelPoints<double> points{kernel, rows};
  for (std::size_t i = 0; i < count; ++i) values.push_back(points.diagonal(i));
  return values;
}

}  // namespace ansatz::kernel_pca
