// Memory for large work arrays: not zeroed, in huge pages where the system grants them, for what is walked through
// again and again.  Huge pages are dear to get when memory is fragmented (200 MB have taken 0.6 s), and a page that is
// touched anywhere is there whole: a matrix of which one triangle is written, once, does better with plain ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace ansatz {

enum class Pages { huge, plain };

template <class T>
class LargeBuffer {
 public:
  LargeBuffer() = default;
  // Throws std::bad_alloc.
  explicit LargeBuffer(std::size_t count, Pages pages = Pages::huge);

  [[nodiscard]] T* data() { return memory_.get(); }
  [[nodiscard]] const T* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T[], Free> memory_;
};

extern template class LargeBuffer<double>;
extern template class LargeBuffer<float>;
extern template class LargeBuffer<std::uint16_t>;
extern template class LargeBuffer<std::uint8_t>;
extern template class LargeBuffer<std::int32_t>;

// Elements between rows of an n x n matrix that keep rows 64-byte aligned and no power of two apart, where
// all rows would share a few cache sets.
template <class T>
[[nodiscard]] constexpr std::size_t matrix_stride(std::size_t n) {
  constexpr std::size_t cache_line = 64 / sizeof(T), page = 4096 / sizeof(T);
  const std::size_t stride = (n + cache_line - 1) / cache_line * cache_line;
  return n > cache_line && stride % (page / 4) == 0 ? stride + cache_line : stride;
}

}  // namespace ansatz
