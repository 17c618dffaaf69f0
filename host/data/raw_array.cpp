#include "data/raw_array.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "ansatz/abi.h"
#include "core/dims.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t block_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t gathered_bytes = std::uint64_t{1} << 17;

class RawSource final : public ArraySource {
 public:
  explicit RawSource(RawArray array) : array_{std::move(array)} {}

  const ArrayInfo& info() const override { return array_.info; }

  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    check_rows(array_.info, first, count, array_.elements.name());
    if (count == 0 || array_.info.bytes() == 0) return;
    const std::uint64_t row = row_elements();
    if (array_.column_major) return gather(first, count, static_cast<std::byte*>(buffer));
    if (is_native(array_.type)) {
      return array_.elements.read(first * row * array_.type.size, count * row * array_.type.size, buffer);
    }
    decode_run(first * row, count * row, static_cast<std::byte*>(buffer));
  }

  Buffer whole() override {
    if (is_native(array_.type) && !array_.column_major) {
      return array_.elements.view(0, array_.elements.size());
    }
    Buffer buffer = checked_buffer(array_.info.bytes(), array_.elements.name());
    read_rows(0, array_.info.shape.empty() ? 1 : array_.info.shape[0], buffer.data());
    return buffer;
  }

 private:
  std::uint64_t row_elements() const { return array_.info.row_bytes() / array_.info.element_bytes(); }

  void decode_run(std::uint64_t first, std::uint64_t count, std::byte* to) {
    const std::uint64_t most = std::max<std::uint64_t>(1, block_bytes / array_.type.size);
    scratch_.resize(static_cast<std::size_t>(std::min(most, count) * array_.type.size));
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t now = std::min(most, count - done);
      array_.elements.read((first + done) * array_.type.size, now * array_.type.size, scratch_.data());
      decode(array_.type, scratch_.data(), now, to + done * array_.info.element_bytes(),
             array_.info.text_width, array_.elements.name(), first + done);
      done += now;
    }
  }

  // In column-major order the first index runs fastest: each index of the other dimensions has its rows as
  // one run.  A block of rows at a time, so that what is written stays in the cache.
  void gather(std::uint64_t first, std::uint64_t count, std::byte* to) {
    const Buffer raw = array_.elements.map(0, array_.elements.size());
    const std::uint64_t most = std::max<std::uint64_t>(16, gathered_bytes / array_.info.row_bytes());
    for (std::uint64_t done = 0; done < count; done += most) {
      const std::uint64_t now = std::min(most, count - done);
      for (std::uint64_t column = 0; column < row_elements(); ++column) {
        gather_column(raw.data(), column, first + done, now, to + done * array_.info.row_bytes());
      }
    }
  }

  // `column` counts the trailing indices in the order of the file; `place` is theirs in row-major order.
  void gather_column(const std::byte* raw, std::uint64_t column, std::uint64_t first, std::uint64_t count,
                     std::byte* to) {
    const std::vector<std::uint64_t>& shape = array_.info.shape;
    const std::size_t element = array_.info.element_bytes();
    std::uint64_t rest = column, place = 0, stride = row_elements();
    for (std::size_t i = 1; i < shape.size(); ++i) {
      stride /= shape[i];
      place += rest % shape[i] * stride;
      rest /= shape[i];
    }
    const std::uint64_t start = column * shape[0] + first;
    scratch_.resize(static_cast<std::size_t>(count * element));
    decode(array_.type, raw + start * array_.type.size, count, scratch_.data(), array_.info.text_width,
           array_.elements.name(), start);
    for (std::uint64_t row = 0; row < count; ++row) {
      std::memcpy(to + (row * row_elements() + place) * element, scratch_.data() + row * element, element);
    }
  }

  RawArray array_;
  std::vector<std::byte> scratch_;
};

}  // namespace

void check_rows(const ArrayInfo& info, std::uint64_t first, std::uint64_t count, const std::string& where) {
  const std::uint64_t rows = info.shape.empty() ? 1 : info.shape[0];
  if (first > rows || count > rows - first) {
    throw DataError{fmt::format("{}: {} rows from row {} are asked for, but the array ({}) has {}", where,
                                count, first, shape_text(info.shape), rows)};
  }
}

void check_rank(std::uint64_t rank, const std::string& where) {
  if (rank > ANSATZ_MAX_RANK) {
    throw DataError{
        fmt::format("{}: has {} dimensions; at most {} are supported", where, rank, ANSATZ_MAX_RANK)};
  }
}

std::unique_ptr<ArraySource> open_raw(RawArray array) {
  const std::string& where = array.elements.name();
  check_rank(array.info.shape.size(), where);
  array.info.type = element_type_of(array.type);
  if (array.info.shape.size() < 2) array.column_major = false;
  const std::uint64_t expected = checked_bytes(array.info.shape, array.type.size, where);
  if (expected != array.elements.size()) {
    throw DataError{fmt::format(
        "{}: its header declares {} elements of {} bytes ({} bytes), but {} bytes follow; the file is {}",
        where, shape_text(array.info.shape), array.type.size, expected, array.elements.size(),
        expected > array.elements.size() ? "truncated: copy or download it again"
                                         : "longer than it should be")};
  }
  if (array.info.type == ElementType::text) array.info.text_width = widest_text(array.elements, array.type);
  // What we make of an element may be wider than what is stored.
  (void)checked_bytes(array.info.shape, array.info.element_bytes(), where);
  return std::make_unique<RawSource>(std::move(array));
}

std::size_t widest_text(const Bytes& elements, const RawType& type) {
  if (type.kind == RawKind::utf8) return std::max<std::size_t>(1, type.size);
  // Code points take 1 to 4 bytes: count what they really take, 4 times less for most data.
  std::size_t widest = 1;
  if (type.size == 0) return widest;
  const std::uint64_t count = elements.size() / type.size;
  const std::uint64_t most = std::max<std::uint64_t>(1, block_bytes / type.size);
  std::vector<std::byte> raw(static_cast<std::size_t>(std::min(most, count) * type.size));
  for (std::uint64_t done = 0; done < count; done += most) {
    const std::uint64_t now = std::min(most, count - done);
    elements.read(done * type.size, now * type.size, raw.data());
    for (std::uint64_t i = 0; i < now; ++i) {
      std::size_t width = 0;
      for (std::size_t j = 0; j < type.size; j += 4) {
        std::uint32_t code = 0;
        std::memcpy(&code, raw.data() + i * type.size + j, 4);
        if (type.big_endian) code = __builtin_bswap32(code);
        if (code != 0) width += code < 0x80 ? 1U : code < 0x800 ? 2U : code < 0x10000 ? 3U : 4U;
      }
      widest = std::max(widest, width);
    }
  }
  return widest;
}

}  // namespace ansatz::host
