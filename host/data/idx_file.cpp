#include <fmt/core.h>

#include <array>
#include <optional>

#include "core/error.hpp"
#include "data/formats.hpp"
#include "data/gzip.hpp"

namespace ansatz::host {
namespace {

std::optional<RawType> raw_type(unsigned char code) {
  switch (code) {
    case 0x08: return RawType{RawKind::unsigned_integer, 1, true};
    case 0x09: return RawType{RawKind::signed_integer, 1, true};
    case 0x0b: return RawType{RawKind::signed_integer, 2, true};
    case 0x0c: return RawType{RawKind::signed_integer, 4, true};
    case 0x0d: return RawType{RawKind::floating, 4, true};
    case 0x0e: return RawType{RawKind::floating, 8, true};
    default: return std::nullopt;
  }
}

std::vector<std::string> dim_names(std::size_t rank) {
  if (rank == 1) return {"n"};
  if (rank == 2) return {"n", "d"};
  if (rank == 3) return {"n", "h", "w"};
  if (rank == 4) return {"n", "h", "w", "c"};
  return {};
}

// Type and shape; the elements begin behind it at 4 + 4 * rank.
void parse_header(const Bytes& bytes, RawArray& array) {
  std::array<unsigned char, 4> magic{};
  bytes.read(0, magic.size(), magic.data());
  const std::optional<RawType> type = raw_type(magic[2]);
  if (magic[0] != 0 || magic[1] != 0 || !type) {
    throw DataError{
        fmt::format("{}: is no IDX file: it starts with {:02x} {:02x} {:02x} {:02x}; expected 00 00, "
                    "a type from 08 to 0e, and the number of dimensions",
                    bytes.name(), magic[0], magic[1], magic[2], magic[3])};
  }
  check_rank(magic[3], bytes.name());
  array.type = *type;
  array.info.shape.clear();
  for (std::uint64_t i = 0; i < magic[3]; ++i) {
    std::array<unsigned char, 4> size{};
    bytes.read(4 + 4 * i, size.size(), size.data());
    array.info.shape.push_back((std::uint64_t{size[0]} << 24) | (std::uint64_t{size[1]} << 16) |
                               (std::uint64_t{size[2]} << 8) | size[3]);
  }
  array.info.dims = dim_names(array.info.shape.size());
}

}  // namespace

std::unique_ptr<DataFile> open_idx(const Bytes& bytes) {
  RawArray array;
  Bytes plain = bytes;
  if (is_gzip(bytes)) {
    // The header tells what may come, so that nothing larger is ever decompressed.
    constexpr std::uint64_t longest_header = 4 + 4 * 255;
    parse_header(Bytes::of_memory(gunzip_start(bytes, longest_header), bytes.name()), array);
    const std::uint64_t data = checked_bytes(array.info.shape, array.type.size, bytes.name());
    plain = gunzip(bytes, std::min(data, gzip_limit) + longest_header);
  }
  parse_header(plain, array);
  const std::uint64_t header = 4 + 4 * array.info.shape.size();
  array.elements = plain.part(header, plain.size() - header, bytes.name());
  return std::make_unique<SingleArrayFile>(std::move(array));
}

}  // namespace ansatz::host
