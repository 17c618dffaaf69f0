#include "archive/file_image.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace ansatz::host {
namespace {

constexpr std::uint64_t page_bytes = std::uint64_t{64} << 10;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;  // stays in the cache between hashing and writing

// Memory that is not touched until it is used: a small file needs little of its page.
FileImage::Bytes zeros(std::size_t size) {
  auto* bytes = static_cast<std::byte*>(std::calloc(size, 1));
  if (bytes == nullptr) throw std::bad_alloc{};
  return FileImage::Bytes{bytes};
}

// Calls visit(page number, offset in the page, offset in the range, length).
template <class Visit>
void for_pages(std::uint64_t offset, std::size_t size, const Visit& visit) {
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t at = offset + done, inside = at % page_bytes;
    const std::size_t length = std::min(size - done, static_cast<std::size_t>(page_bytes - inside));
    visit(at / page_bytes, inside, done, length);
    done += length;
  }
}

}  // namespace

void FileImage::write(std::uint64_t offset, const std::byte* data, std::size_t size) {
  for_pages(offset, size,
            [&](std::uint64_t number, std::uint64_t inside, std::size_t done, std::size_t length) {
              Page& page = pages_[number];
              if (!page.bytes && !page.spilled) {
                if (in_memory_ + page_bytes > memory_cap_) {
                  page.spilled = true;
                } else {
                  page.bytes = zeros(page_bytes);
                  in_memory_ += page_bytes;
                }
              }
              if (page.spilled) {
                spill_.write(offset + done, data + done, length);
              } else {
                std::memcpy(page.bytes.get() + inside, data + done, length);
              }
            });
  size_ = std::max(size_, offset + size);
}

void FileImage::read(std::uint64_t offset, std::byte* data, std::size_t size) const {
  for_pages(offset, size,
            [&](std::uint64_t number, std::uint64_t inside, std::size_t done, std::size_t length) {
              const auto page = pages_.find(number);
              if (page == pages_.end()) {
                std::memset(data + done, 0, length);
              } else if (page->second.spilled) {
                spill_.read(offset + done, data + done, length);
              } else {
                std::memcpy(data + done, page->second.bytes.get() + inside, length);
              }
            });
}

void FileImage::borrow(std::uint64_t offset, const std::byte* data, std::size_t size) {
  borrowed_[offset] = {data, size};
  size_ = std::max(size_, offset + size);
}

void FileImage::stream_pages(std::uint64_t first, std::uint64_t last, const Sink& sink) const {
  std::vector<std::byte> block;  // for pages that are elsewhere
  for_pages(first, static_cast<std::size_t>(last - first),
            [&](std::uint64_t number, std::uint64_t inside, std::size_t done, std::size_t length) {
              const auto page = pages_.find(number);
              if (page != pages_.end() && page->second.bytes) {
                sink(first + done, page->second.bytes.get() + inside, length, false);
                return;
              }
              block.resize(page_bytes);
              read(first + done, block.data(), length);
              sink(first + done, block.data(), length, page != pages_.end());
            });
}

void FileImage::stream(const Sink& sink) const {
  std::uint64_t at = 0;
  for (const auto& [offset, extent] : borrowed_) {
    stream_pages(at, offset, sink);
    for (std::size_t done = 0; done < extent.size; done += piece_bytes) {
      sink(offset + done, extent.data + done, std::min(piece_bytes, extent.size - done), false);
    }
    at = offset + extent.size;
  }
  stream_pages(at, size_, sink);
}

}  // namespace ansatz::host
