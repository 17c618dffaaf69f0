#include "kernel_derivatives.hpp"

#include <ansatz/num/parallel.hpp>

#include <cmath>
#include <variant>

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

// Derivatives of k(x, y), amplitude 1, by the logarithms of what the kernel has.
struct Derivatives {
  double value = 0, mixture = 0, slope = 0, offset = 0;
  double by_distance = 0;  // times the share of a column gives that by the log of its length
};

// `sum` is the squared distance, sum of differences, chi2 sum or product of columns over their lengths.
Derivatives derivatives(const Kernel& kernel, double sum) {
  Derivatives d;
  const double r = std::sqrt(sum);
  switch (kernel.function) {
    case KernelFunction::gaussian: d.value = d.by_distance = std::exp(-sum / 2); break;
    case KernelFunction::laplacian:
      if (kernel.norm == KernelNorm::l1) {
        d.value = d.by_distance = std::exp(-sum);
      } else {
        d.value = std::exp(-r);
        d.by_distance = r > 0 ? d.value / r : 0;
      }
      break;
    case KernelFunction::matern: {
      const double root = std::sqrt(2 * kernel.smoothness), t = root * r, decay = std::exp(-t);
      if (kernel.smoothness == 0.5) {
        d.value = decay;
        d.by_distance = r > 0 ? decay * root / r : 0;
      } else if (kernel.smoothness == 1.5) {
        d.value = (1 + t) * decay;
        d.by_distance = root * root * decay;
      } else {
        d.value = (1 + t + t * t / 3) * decay;
        d.by_distance = root * root * (1 + t) / 3 * decay;
      }
      break;
    }
    case KernelFunction::rational_quadratic: {
      const double base = 1 + sum / (2 * kernel.mixture);
      d.value = std::pow(base, -kernel.mixture);
      d.by_distance = d.value / base;
      d.mixture = d.value * (-kernel.mixture * std::log(base) + sum / (2 * base));
      break;
    }
    case KernelFunction::chi2: d.value = d.by_distance = std::exp(-sum); break;
    case KernelFunction::polynomial: {
      const double base = kernel.slope * sum + kernel.offset;
      d.value = std::pow(base, kernel.degree);
      const double outer = kernel.degree * std::pow(base, kernel.degree - 1);
      d.slope = outer * kernel.slope * sum;
      d.offset = outer * kernel.offset;
      break;
    }
    case KernelFunction::sigmoid: {
      d.value = std::tanh(kernel.slope * sum + kernel.offset);
      d.slope = (1 - d.value * d.value) * kernel.slope * sum;
      d.offset = (1 - d.value * d.value) * kernel.offset;
      break;
    }
    case KernelFunction::linear:
    case KernelFunction::cosine: d.value = sum; break;
  }
  return d;
}

// The share of a column in that sum.
double share(const Kernel& kernel, double x, double y, double length) {
  if (kernel.euclidean()) return (x - y) * (x - y) / (length * length);
  if (kernel.function == KernelFunction::laplacian) return std::abs(x - y) / length;
  if (kernel.function == KernelFunction::chi2) return x + y > 0 ? (x - y) * (x - y) / (x + y) / length : 0;
  return x * y;
}

template <class S>
KernelDerivatives weigh_typed(const Kernel& kernel, const RowsOf<S>& rows, const Vector& m,
                              Executor& executor) {
  const std::size_t n = rows.rows, d = rows.columns,
                    lengths = kernel.uses_length() ? kernel.length.size() : 0;
  Vector norms(n, 1.0);
  for (std::size_t i = 0; i < n && kernel.function == KernelFunction::cosine; ++i) {
    double squares = 0;
    for (std::size_t k = 0; k < d; ++k) squares += std::pow(static_cast<double>(rows.data[i * d + k]), 2);
    norms[i] = std::sqrt(squares);
  }
  const auto add = [](KernelDerivatives a, const KernelDerivatives& b) {
    if (a.lengths.empty()) a.lengths.resize(b.lengths.size());
    for (std::size_t l = 0; l < a.lengths.size(); ++l) a.lengths[l] += b.lengths[l];
    a.amplitude += b.amplitude;
    a.mixture += b.mixture;
    a.slope += b.slope;
    a.offset += b.offset;
    return a;
  };
  return reduce_in_order<KernelDerivatives>(
      executor, count_blocks(n, 64),
      [&](std::uint64_t task, std::uint32_t) {
        KernelDerivatives sums{Vector(lengths)};
        Vector shares(d);
        for (std::size_t i = task * 64; i < std::min<std::size_t>(n, (task + 1) * 64); ++i) {
          for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < d; ++k) {
              const double length = lengths == 0 ? 1 : kernel.length[lengths == 1 ? 0 : k];
              shares[k] = share(kernel, static_cast<double>(rows.data[i * d + k]),
                                static_cast<double>(rows.data[j * d + k]), length);
              sum += shares[k];
            }
            const Derivatives own = derivatives(kernel, sum / (norms[i] * norms[j]));
            const double weight = (i == j ? 1 : 2) * kernel.amplitude * m[i * n + j];
            sums.amplitude += weight * own.value;
            sums.mixture += weight * own.mixture;
            sums.slope += weight * own.slope;
            sums.offset += weight * own.offset;
            if (lengths == 1) sums.lengths[0] += weight * own.by_distance * sum;
            for (std::size_t k = 0; k < lengths && lengths > 1; ++k)
              sums.lengths[k] += weight * own.by_distance * shares[k];
          }
        }
        return sums;
      },
      add);
}

}  // namespace

KernelDerivatives weigh_derivatives(const Kernel& kernel, const Rows& rows, const Vector& m,
                                    Executor& executor) {
  return std::visit([&](const auto& typed) { return weigh_typed(kernel, typed, m, executor); }, rows);
}

}  // namespace ansatz::kernel_ridge
