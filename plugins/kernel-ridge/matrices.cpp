// The verbs about the kernel matrix itself: similarity and probe.
#include <ansatz/num/lapack_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernel_ridge.hpp"

namespace ansatz::kernel_ridge {
namespace {

// Average ranks of equal values.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> result(values.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    const double mean = static_cast<double>(first + last - 1) / 2;
    for (std::size_t i = first; i < last; ++i) result[order[i]] = mean;
  }
  return result;
}

double correlation(std::vector<double> a, std::vector<double> b) {
  for (std::vector<double>* v : {&a, &b}) {
    const double mean = std::accumulate(v->begin(), v->end(), 0.0) / static_cast<double>(v->size());
    for (double& value : *v) value -= mean;
  }
  const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0),
               aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0),
               bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
  return ab / std::sqrt(aa * bb);
}

std::vector<double> upper_triangle(const Matrix<double>& k) {
  std::vector<double> values;
  for (Eigen::Index i = 0; i < k.rows(); ++i) {
    for (Eigen::Index j = i + 1; j < k.cols(); ++j) values.push_back(k(i, j));
  }
  return values;
}

// H K H with H = I - 1 1' / n.
Matrix<double> centred(const Matrix<double>& k) {
  const Eigen::RowVectorXd means = k.colwise().mean();
  Matrix<double> result = k.rowwise() - means;
  result.colwise() -= means.transpose();
  return result.array() + means.mean();
}

void check_square_memory(const char* verb, std::uint64_t n, std::int64_t memory) {
  const double needed = static_cast<double>(n) * static_cast<double>(n) * 8;
  if (needed <= static_cast<double>(memory) * 1048576) return;
  throw BadArgument(std::string{"kernel-ridge."} + verb + ": the kernel matrix of " + std::to_string(n) +
                    " rows needs " + std::to_string(static_cast<std::uint64_t>(needed)) +
                    " bytes, and `memory` allows " + std::to_string(memory) +
                    " MiB; raise it, or take fewer rows");
}

}  // namespace

Matrix<double> KernelRidge::full_kernel(Session& session, const char* verb, const char* port) const {
  const std::string where = std::string{"kernel-ridge."} + verb + ": " + port;
  if (config.kernel.precomputed())
    throw BadArgument(where + ": there is no kernel to compute with kernel: precomputed");
  check_square_memory(verb, session.shape(port)[0], config.memory);
  const Points rows = Points::from(session, port);
  const Kernel kernel = resolve_kernel(session, where, config.kernel, rows);
  const KernelPoints<double> points{kernel, rows.rows()};
  const auto n = static_cast<Eigen::Index>(points.size());
  Matrix<double> k(n, n);
  SessionExecutor executor{session, 0.0, 0.5, "kernel"};
  points.gram(k.data(), points.size(), executor);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < i; ++j) k(j, i) = k(i, j);
  }
  return k;
}

void KernelRidge::similarity(Session& session) {
  const Matrix<double> k = full_kernel(session, "similarity", "x"), k_centred = centred(k);
  const auto n = static_cast<std::uint64_t>(k.rows());
  session.out<double>("k", {n, n}) = k;
  session.out<double>("centred", {n, n}) = k_centred;
  if (!session.has("other")) return;
  const Matrix<double> l = full_kernel(session, "similarity", "other"), l_centred = centred(l);
  session.out_scalar("cka",
                     (k_centred.array() * l_centred.array()).sum() / (k_centred.norm() * l_centred.norm()));
  session.out_scalar("rsa", correlation(ranks(upper_triangle(k)), ranks(upper_triangle(l))));
}

void KernelRidge::probe(Session& session) {
  Matrix<double> k;
  if (config.kernel.precomputed()) {
    if (!session.has("k"))
      throw BadArgument("kernel-ridge.probe: kernel: precomputed needs the matrix at port k");
    check_square_memory("probe", session.shape("k")[0], config.memory);
    std::vector<std::uint64_t> all(session.shape("k")[0]);
    std::iota(all.begin(), all.end(), std::uint64_t{0});
    k = given_kernel(session, "probe", all);
  } else {
    if (!session.has("x")) throw BadArgument("kernel-ridge.probe: rows are missing at port x");
    k = full_kernel(session, "probe", "x");
  }
  const auto n = static_cast<std::size_t>(k.rows());
  const std::vector<double> values = lapack_eigen(n, k.data());
  const double largest = std::max(std::abs(values.front()), std::abs(values.back()));
  // What rounding makes of an eigenvalue of 0.
  const double zero = 10 * static_cast<double>(n) * std::numeric_limits<double>::epsilon() * largest;
  const bool psd = values.back() >= -zero;
  std::ranges::copy(values, session.out_values<double>("eigenvalue", {n}).begin());
  session.out_scalar("minimum", values.back());
  session.out_scalar("condition", values.back() > 0 ? values.front() / values.back() : -1);
  session.out_texts("verdict", {psd ? "psd" : "not psd"});
  if (!psd) {
    session.warn("the kernel matrix has negative eigenvalues, down to " + std::to_string(values.back()) +
                 ": fit needs a penalty above " + std::to_string(-values.back()));
  }
}

}  // namespace ansatz::kernel_ridge
