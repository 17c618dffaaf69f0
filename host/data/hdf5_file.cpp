#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "archive/h5.hpp"
#include "core/error.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "data/formats.hpp"
#include "data/rehearse.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t least_chunk_cache = std::uint64_t{1} << 20;  // HDF5's own
constexpr std::uint64_t most_chunk_cache = std::uint64_t{256} << 20;
constexpr std::size_t chunk_slots = 12421;  // a prime, as HDF5 asks for
// Deflate expands at most 1032-fold; what claims more from little is a damaged header or an empty shell.
constexpr std::uint64_t most_expansion = 1100, always_allowed = std::uint64_t{1} << 30;

// Before anything is allocated by what the file declares.
std::vector<std::uint64_t> checked_shape(hid_t dataset, const std::string& where) {
  const H5Handle space{h5_check(H5Dget_space(dataset), where + ": its shape cannot be read"), H5Sclose};
  const H5Handle type{h5_check(H5Dget_type(dataset), where + ": its type cannot be read"), H5Tclose};
  const auto rank = static_cast<std::size_t>(
      h5_check(H5Sget_simple_extent_ndims(space.id()), where + ": its shape cannot be read"));
  check_rank(rank, where);
  std::vector<hsize_t> sizes(rank);
  if (rank > 0) h5_check(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "cannot read a shape");
  std::vector<std::uint64_t> shape{sizes.begin(), sizes.end()};
  const std::uint64_t bytes = checked_bytes(shape, std::max<std::size_t>(8, H5Tget_size(type.id())), where);
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  if (bytes > always_allowed && bytes / most_expansion > stored) {
    throw DataError{fmt::format("{}: declares {} but stores {}; the file is damaged or was never filled",
                                where, size_text(bytes), size_text(stored))};
  }
  return shape;
}

// A data set that HDF5 reads: in chunks, filtered, converted, or text.
class Hdf5Source final : public ArraySource {
 public:
  Hdf5Source(std::shared_ptr<H5Handle> file, H5Handle dataset, ArrayInfo info, std::string where)
      : file_{std::move(file)},
        dataset_{std::move(dataset)},
        info_{std::move(info)},
        where_{std::move(where)} {}

  const ArrayInfo& info() const override { return info_; }

  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    check_rows(info_, first, count, where_);
    if (info_.type ==
        ElementType::text) {  // all at once: text of variable length is found only by reading it
      if (texts_.size() == 0) texts_ = read_texts();
      if (count * info_.row_bytes() != 0) {
        std::memcpy(buffer, texts_.data() + first * info_.row_bytes(),
                    static_cast<std::size_t>(count * info_.row_bytes()));
      }
      return;
    }
    h5_read_rows(dataset_.id(), info_, first, count, buffer, where_);
  }

  Buffer whole() override {
    if (info_.type == ElementType::text) return read_texts();
    Buffer buffer = checked_buffer(info_.bytes(), where_);
    read_rows(0, info_.shape.empty() ? 1 : info_.shape[0], buffer.data());
    return buffer;
  }

 private:
  Buffer read_texts() const {
    Buffer buffer = checked_buffer(info_.bytes(), where_);
    h5_read_rows(dataset_.id(), info_, 0, info_.shape.empty() ? 1 : info_.shape[0], buffer.data(), where_);
    for (std::uint64_t i = 0; i < info_.count(); ++i) {
      const char* text = reinterpret_cast<const char*>(buffer.data()) + i * info_.text_width;
      if (!is_utf8({text, strnlen(text, info_.text_width)})) {
        throw DataError{fmt::format("{}, element {}: its text is not UTF-8; store it as UTF-8", where_, i)};
      }
    }
    return buffer;
  }

  std::shared_ptr<H5Handle> file_;
  H5Handle dataset_;
  ArrayInfo info_;
  std::string where_;
  Buffer texts_;
};

std::optional<RawType> plain_type(ElementType type) {
  switch (type) {
    case ElementType::f64: return RawType{RawKind::floating, 8, false};
    case ElementType::f32: return RawType{RawKind::floating, 4, false};
    case ElementType::i64: return RawType{RawKind::signed_integer, 8, false};
    case ElementType::i32: return RawType{RawKind::signed_integer, 4, false};
    case ElementType::u8: return RawType{RawKind::unsigned_integer, 1, false};
    case ElementType::boolean:
    case ElementType::text: break;
  }
  return std::nullopt;
}

class Hdf5File final : public DataFile {
 public:
  Hdf5File(const std::filesystem::path& path, Bytes bytes)
      : path_{path},
        bytes_{std::move(bytes)},
        file_{std::make_shared<H5Handle>(h5_open_file(path.string()))} {}

  std::vector<std::string> items() const override {
    std::vector<std::string> names;
    const auto visit = [](hid_t root, const char* name, const H5O_info_t* info, void* result) -> herr_t {
      try {
        if (info->type != H5O_TYPE_DATASET) return 0;
        const H5Handle dataset{H5Dopen2(root, name, H5P_DEFAULT), H5Dclose};
        if (dataset.id() < 0 || !h5_is_bare_dimension(dataset.id())) {
          static_cast<std::vector<std::string>*>(result)->emplace_back(name);
        }
        return 0;
      } catch (...) {
        return -1;  // nothing may be thrown through HDF5
      }
    };
    h5_check(H5Ovisit2(file_->id(), H5_INDEX_NAME, H5_ITER_INC, visit, &names, H5O_INFO_BASIC),
             bytes_.name() + ": its groups cannot be read");
    return names;
  }

  std::unique_ptr<ArraySource> open(const std::string& item) override {
    rehearse(bytes_.name(), [&] { (void)Hdf5File{path_, bytes_}.open_here(item); });
    return open_here(item);
  }

 private:
  std::unique_ptr<ArraySource> open_here(const std::string& item) {
    const std::string path = item.substr(std::min(item.size(), item.find_first_not_of('/')));
    const std::string where = fmt::format("{}, '{}'", bytes_.name(), path);
    const H5Handle object = open_object(path);
    if (H5Iget_type(object.id()) != H5I_DATASET) {
      std::vector<std::string> below = items();
      std::erase_if(below, [&](const std::string& name) { return !name.starts_with(path + "/"); });
      throw DataError{
          fmt::format("{}: is a group; expected an array; in it {}", where, names_there_are("", below))};
    }
    refuse_elsewhere(object.id(), where);
    H5Handle dataset = open_dataset(path, object.id(), where);
    ArrayInfo info = h5_array_info(dataset.id(), where);
    const std::uint64_t offset = h5_plain_offset(dataset.id(), info);
    if (const auto type = plain_type(info.type); type && offset != 0) {
      const Bytes elements = bytes_.part(offset, info.bytes(), where);
      return open_raw({*type, std::move(info), elements});
    }
    return std::make_unique<Hdf5Source>(file_, std::move(dataset), std::move(info), where);
  }

  H5Handle open_object(const std::string& path) const {
    const bool possible = !path.empty() && path.find('\0') == std::string::npos;
    H5Handle object{possible ? H5Oopen(file_->id(), path.c_str(), H5P_DEFAULT) : -1, H5Oclose};
    if (object.id() >= 0) return object;
    H5Eclear2(H5E_DEFAULT);
    throw DataError{
        fmt::format("{}: has no array '{}'; {}", bytes_.name(), path, names_there_are(path, items()))};
  }

  // What lies in another file is not covered by this file's digest, which is what a run records.
  void refuse_elsewhere(hid_t dataset, const std::string& where) const {
    H5O_info_t here{}, there{};
    h5_check(H5Oget_info2(file_->id(), &here, H5O_INFO_BASIC), where + ": its file cannot be told");
    h5_check(H5Oget_info2(dataset, &there, H5O_INFO_BASIC), where + ": its file cannot be told");
    const H5Handle properties{h5_check(H5Dget_create_plist(dataset), where + ": its layout cannot be read"),
                              H5Pclose};
    if (here.fileno != there.fileno || H5Pget_external_count(properties.id()) > 0 ||
        H5Pget_layout(properties.id()) == H5D_VIRTUAL) {
      throw DataError{
          fmt::format("{}: its elements are in another file (an external link, external storage or a "
                      "virtual data set); expected one complete file; copy them into one with h5py",
                      where)};
    }
  }

  // With a cache that holds all chunks of a row, so that reading row by row decompresses each chunk once.
  H5Handle open_dataset(const std::string& path, hid_t known, const std::string& where) const {
    std::vector<std::uint64_t> chunks = checked_shape(known, where);
    const H5Handle access = h5_properties(H5P_DATASET_ACCESS);
    const H5Handle layout{H5Dget_create_plist(known), H5Pclose}, type{H5Dget_type(known), H5Tclose};
    hsize_t chunk[H5S_MAX_RANK]{};
    if (H5Pget_layout(layout.id()) == H5D_CHUNKED && H5Pget_chunk(layout.id(), H5S_MAX_RANK, chunk) > 0) {
      chunks[0] = chunk[0];
      for (std::size_t i = 1; i < chunks.size(); ++i) chunks[i] += chunk[i];  // those at the edge reach over
      const std::uint64_t bytes = checked_bytes(chunks, H5Tget_size(type.id()), where);
      if (bytes > least_chunk_cache) {
        H5Pset_chunk_cache(access.id(), chunk_slots, std::min(bytes, most_chunk_cache), 1.0);
      }
    }
    return {h5_check(H5Dopen2(file_->id(), path.c_str(), access.id()), where + ": cannot be opened"),
            H5Dclose};
  }

  std::filesystem::path path_;
  Bytes bytes_;
  std::shared_ptr<H5Handle> file_;
};

}  // namespace

std::unique_ptr<DataFile> open_hdf5(const std::filesystem::path& path, const Bytes& bytes) {
  rehearse(bytes.name(), [&] { (void)Hdf5File{path, bytes}.items(); });
  return std::make_unique<Hdf5File>(path, bytes);
}

}  // namespace ansatz::host
