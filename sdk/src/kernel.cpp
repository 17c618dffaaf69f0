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
    Named{"polynomial", KernelFunction::polynomial, KernelNorm::l2},
    Named{"linear", KernelFunction::linear, KernelNorm::l2},
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
