#include "data/formats.hpp"
#include "data/gzip.hpp"

namespace ansatz::host {

std::unique_ptr<DataFile> open_text(const Bytes& bytes) {
  RawArray array;
  array.elements = is_gzip(bytes) ? gunzip(bytes) : bytes;
  array.type = {RawKind::unsigned_integer, 1, false};
  array.info.shape = {array.elements.size()};
  array.info.dims = {"b"};
  return std::make_unique<SingleArrayFile>(std::move(array));
}

}  // namespace ansatz::host
