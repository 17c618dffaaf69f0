#include "ansatz/num/kernel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ansatz/num/error.hpp"

namespace ansatz {
namespace {

struct Named {
  std::string_view name;
  KernelFunction function;
  KernelNorm norm;
};
constexpr std::array names{
    Named{"gaussian", KernelFunction::gaussian, KernelNorm::l2},
    Named{"laplacian[l1]", KernelFunction::laplacian, KernelNorm::l1},
    Named{"laplacian[l2]", KernelFunction::laplacian, KernelNorm::l2},
    Named{"matern", KernelFunction::matern, KernelNorm::l2},
    Named{"rational-quadratic", KernelFunction::rational_quadratic, KernelNorm::l2},
    Named{"chi2", KernelFunction::chi2, KernelNorm::l2},
    Named{"polynomial", KernelFunction::polynomial, KernelNorm::l2},
    Named{"linear", KernelFunction::linear, KernelNorm::l2},
    Named{"cosine", KernelFunction::cosine, KernelNorm::l2},
    Named{"sigmoid", KernelFunction::sigmoid, KernelNorm::l2},
};

}  // namespace

std::string Kernel::name() const {
  const auto found = std::find_if(names.begin(), names.end(), [this](const Named& named) {
    return named.function == function && (function != KernelFunction::laplacian || named.norm == norm);
  });
  return std::string{found->name};
}

void Kernel::set_name(std::string_view wanted) {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const Named& named) { return named.name == wanted; });
  if (found == names.end()) throw BadArgument("there is no kernel '" + std::string{wanted} + "'");
  function = found->function;
  norm = found->norm;
}

void check_rows(const Kernel& kernel, const Rows& rows, std::size_t first, std::string_view where) {
  if (kernel.function != KernelFunction::chi2 && kernel.function != KernelFunction::cosine) return;
  const bool signs = kernel.function == KernelFunction::chi2;
  std::visit(
      [&](const auto& r) {
        for (std::size_t i = 0; i < r.rows; ++i) {
          const auto* row = r.data + i * r.columns;
          const auto* end = row + r.columns;
          if (signs) {
            const auto* negative = std::find_if(row, end, [](auto v) { return v < 0; });
            if (negative == end) continue;
            throw BadArgument(std::string{where} + "[" + std::to_string(first + i) + "][" +
                              std::to_string(negative - row) + "] is " + std::to_string(*negative) +
                              "; the chi2 kernel needs counts or other numbers of at least 0");
          }
          if (std::any_of(row, end, [](auto v) { return v != 0; })) continue;
          throw BadArgument("row " + std::to_string(first + i) + " of " + std::string{where} +
                            " is all zeros, where the cosine kernel has no value; leave the row out or "
                            "choose another kernel, such as linear");
        }
      },
      rows);
}

double median_distance(const Kernel& kernel, const Rows& rows, Executor& executor) {
  const std::size_t n = row_count(rows);
  if (n < 2) return 0;
  Kernel unit = kernel;
  unit.length = {1};
  const KernelPoints<double> points{unit, rows};
  LargeBuffer<double> matrix(n * n);
  points.distances(matrix.data(), n, executor);
  std::vector<double> distances;
  distances.reserve(n * (n - 1) / 2);
  for (std::size_t i = 1; i < n; ++i) {
    distances.insert(distances.end(), matrix.data() + i * n, matrix.data() + i * n + i);
  }
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  if (distances.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(distances.begin(), middle)) / 2;
}

}  // namespace ansatz
