#include "ansatz/num/parallel.hpp"

#include <array>
#include <exception>
#include <mutex>

namespace ansatz {

void for_each(Executor& executor, std::uint64_t tasks, const Executor::Task& body) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::uint64_t failed_task = 0;
  executor.run(tasks, [&](std::uint64_t task, std::uint32_t worker) {
    try {
      body(task, worker);
    } catch (...) {
      const std::lock_guard lock{mutex};
      if (failure && failed_task < task) return;
      failure = std::current_exception();
      failed_task = task;
    }
  });
  if (failure) std::rethrow_exception(failure);
}

namespace {

constexpr std::size_t kLeaf = 128;         // added in eight interleaved rows, then
constexpr std::uint64_t kBlock = 1 << 14;  // pairwise up to a task's block, then pairwise over blocks

template <class T>
double leaf_sum(std::span<const T> values) {
  std::array<double, 8> rows{};
  std::size_t i = 0;
  for (; i + rows.size() <= values.size(); i += rows.size()) {
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] += static_cast<double>(values[i + j]);
  }
  for (std::size_t j = 0; i + j < values.size(); ++j) rows[j] += static_cast<double>(values[i + j]);
  return ((rows[0] + rows[4]) + (rows[2] + rows[6])) + ((rows[1] + rows[5]) + (rows[3] + rows[7]));
}

template <class T>
double pairwise_sum(std::span<const T> values) {
  if (values.size() <= kLeaf) return leaf_sum(values);
  // A multiple of the leaf's size on the left keeps the leaves whole.
  const std::size_t half = (values.size() / 2 + kLeaf - 1) / kLeaf * kLeaf;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

template <class T>
double blocked_sum(Executor& executor, std::span<const T> values) {
  return reduce_in_order<double>(executor, count_blocks(values.size(), kBlock),
                                 [&](std::uint64_t i, std::uint32_t) {
                                   const Block b = block(values.size(), kBlock, i);
                                   return pairwise_sum(values.subspan(b.first, b.size()));
                                 });
}

}  // namespace

double sum(Executor& executor, std::span<const double> values) { return blocked_sum(executor, values); }
double sum(Executor& executor, std::span<const float> values) { return blocked_sum(executor, values); }

double sum(std::span<const double> values) {
  SerialExecutor here;
  return blocked_sum(here, values);
}
double sum(std::span<const float> values) {
  SerialExecutor here;
  return blocked_sum(here, values);
}

}  // namespace ansatz
