// Parallel work whose results do not depend on the number of threads.
//
//   SessionExecutor threads{session};
//   for_each_block(threads, rows, 256, [&](Block b, std::uint32_t worker) {
//     y.middleRows(b.first, b.size()) = ...;               // blocks write to places of their own
//   });
//   const double loss = reduce_in_order<double>(threads, count_blocks(rows, 256),
//       [&](std::uint64_t i, std::uint32_t) { return loss_of(block(rows, 256, i)); });
//   const double total = sum(threads, values);
//
// Three rules give the same bytes for any number of threads: the partition depends on the problem alone
// (block sizes are constants, never n / threads); a task writes only what is its own; partial results are
// combined by their index in one fixed tree, never in the order in which they come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "ansatz/num/error.hpp"
#include "ansatz/num/executor.hpp"

namespace ansatz {

// body(task, worker) for every task in [0, tasks), with any executor.  If tasks throw, all others still run,
// then the exception of the lowest task is rethrown: the error that a user sees depends on the threads no
// more than the result does.
void for_each(Executor& executor, std::uint64_t tasks, const Executor::Task& body);

// Elements [first, last) of an array.
struct Block {
  std::uint64_t first, last;
  [[nodiscard]] std::uint64_t size() const { return last - first; }
};

// [0, n) in blocks of `size` elements (BadArgument if 0); the last may be shorter.
[[nodiscard]] inline std::uint64_t count_blocks(std::uint64_t n, std::uint64_t size) {
  if (size == 0) throw BadArgument("count_blocks: the size of a block must be positive, got 0");
  return n / size + (n % size != 0 ? 1 : 0);
}
[[nodiscard]] inline Block block(std::uint64_t n, std::uint64_t size, std::uint64_t index) {
  const std::uint64_t first = index * size;
  return {first, n - first < size ? n : first + size};
}

// body(Block, worker) for every block.
template <class Body>
void for_each_block(Executor& executor, std::uint64_t n, std::uint64_t size, Body&& body) {
  for_each(executor, count_blocks(n, size),
           [&](std::uint64_t i, std::uint32_t worker) { body(block(n, size, i), worker); });
}

// parts[0] + parts[1] + ... as a balanced tree: neighbours first, then neighbouring pairs, and so on.
// `combine(a, b)` returns or is assigned to the sum; the list must not be empty (BadArgument).
template <class T, class Combine = std::plus<>>
T combine_in_order(std::vector<T> parts, Combine combine = {}) {
  if (parts.empty()) throw BadArgument("combine_in_order: needs at least one part");
  for (std::size_t step = 1; step < parts.size(); step *= 2) {
    for (std::size_t i = 0; i + step < parts.size(); i += 2 * step) {
      parts[i] = combine(std::move(parts[i]), std::move(parts[i + step]));
    }
  }
  return std::move(parts.front());
}

// combine over map(task, worker) of all tasks; T{} if there is none.  T must be default constructible; all
// partial results exist at once, so choose tasks few and large where T is large.
template <class T, class Map, class Combine = std::plus<>>
T reduce_in_order(Executor& executor, std::uint64_t tasks, Map&& map, Combine combine = {}) {
  if (tasks == 0) return T{};
  struct Part {  // a class, so that bool is not packed into bits that tasks share
    T value{};
  };
  std::vector<Part> parts(tasks);
  for_each(executor, tasks, [&](std::uint64_t i, std::uint32_t worker) { parts[i].value = map(i, worker); });
  return combine_in_order(
             std::move(parts),
             [&combine](Part a, Part b) { return Part{combine(std::move(a.value), std::move(b.value))}; })
      .value;
}

// Sums in f64, pairwise (Higham 1993, "The accuracy of floating point summation"): the error grows with the
// logarithm of n.  The same value with every executor.
double sum(Executor& executor, std::span<const double> values);
double sum(Executor& executor, std::span<const float> values);
double sum(std::span<const double> values);
double sum(std::span<const float> values);

}  // namespace ansatz
