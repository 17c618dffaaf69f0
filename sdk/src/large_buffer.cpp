#include "ansatz/num/large_buffer.hpp"

#include <sys/mman.h>

#include <limits>
#include <new>

namespace ansatz {

template <class T>
LargeBuffer<T>::LargeBuffer(std::size_t count, Pages pages) {
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_alloc{};
  const std::size_t bytes = count * sizeof(T);
  const std::size_t alignment = bytes >= huge_page ? huge_page : 64;
  const std::size_t rounded = bytes == 0 ? alignment : (bytes + alignment - 1) / alignment * alignment;
  memory_.reset(static_cast<T*>(std::aligned_alloc(alignment, rounded)));
  if (!memory_) throw std::bad_alloc{};
  // Only wishes: small pages, that come one by one, work too.
  if (alignment == huge_page && pages == Pages::huge) (void)madvise(memory_.get(), rounded, MADV_HUGEPAGE);
}

template class LargeBuffer<double>;
template class LargeBuffer<float>;
template class LargeBuffer<std::uint16_t>;
template class LargeBuffer<std::uint8_t>;
template class LargeBuffer<std::int32_t>;

}  // namespace ansatz
