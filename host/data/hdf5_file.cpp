#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "data/formats.hpp"
#include "data/hdf5_types.hpp"
#include "data/nearest.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t block_bytes = std::uint64_t{4} << 20;
constexpr std::uint64_t least_chunk_cache = std::uint64_t{1} << 20,
                        most_chunk_cache = std::uint64_t{256} << 20;
constexpr std::size_t chunk_slots = 12421;  // a prime, as HDF5 asks for
// Deflate expands at most 1032-fold; what claims more from little is a damaged header or an empty shell.
constexpr std::uint64_t most_expansion = 1100, always_allowed = std::uint64_t{1} << 30;

std::vector<std::uint64_t> shape_of(hid_t dataset, const std::string& where) {
  const H5Handle space{h5_check(H5Dget_space(dataset), where + ": its shape cannot be read"), H5Sclose};
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL) {
    throw DataError{where + ": holds nothing (a null data space); expected an array"};
  }
  const auto rank = static_cast<std::size_t>(
      h5_check(H5Sget_simple_extent_ndims(space.id()), where + ": its shape cannot be read"));
  check_rank(rank, where);
  std::vector<hsize_t> sizes(rank);
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

class Hdf5Source final : public ArraySource {
 public:
  Hdf5Source(std::shared_ptr<H5Handle> file, H5Handle dataset, std::string where)
      : file_{std::move(file)},
        dataset_{std::move(dataset)},
        where_{std::move(where)},
        type_{hdf5_type(dataset_.id(), where_)} {
    info_.type = element_type_of(type_.raw);
    info_.shape = shape_of(dataset_.id(), where_);
    info_.attributes = h5_attributes(dataset_.id(), where_);
    info_.dims = hdf5_dims(dataset_.id(), info_.shape.size(), info_.attributes);
    std::erase_if(info_.attributes, [](const auto& attribute) {
      return attribute.first == "dims" || attribute.first.starts_with("_Netcdf4");
    });
    check_size();
    if (info_.type == ElementType::text) {
      info_.text_width = type_.variable_text ? widest_variable_text() : type_.raw.size;
      (void)checked_bytes(info_.shape, info_.text_width, where_);
    }
  }

  const ArrayInfo& info() const override { return info_; }

  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    check_rows(info_, first, count, where_);
    if (info_.count() == 0) return;
    auto* to = static_cast<std::byte*>(buffer);
    if (is_native(type_.raw)) return read_raw(first, count, to);
    if (type_.variable_text) {
      std::memset(to, 0, static_cast<std::size_t>(count * info_.row_bytes()));
      return each_text(first, count, [&](std::uint64_t index, const char* text, std::size_t length) {
        if (!is_utf8(text, length)) {
          throw DataError{fmt::format("{}, element {}: its text is not UTF-8", where_, index)};
        }
        std::memcpy(to + (index - first * row_elements()) * info_.text_width, text,
                    std::min(length, info_.text_width));
      });
    }
    by_blocks(first, count, [&](std::uint64_t begin, std::uint64_t rows) {
      scratch_.resize(static_cast<std::size_t>(rows * row_elements() * type_.raw.size));
      read_raw(begin, rows, scratch_.data());
      decode(type_.raw, scratch_.data(), rows * row_elements(), to + (begin - first) * info_.row_bytes(),
             info_.text_width, where_, begin * row_elements());
    });
  }

  Buffer whole() override {
    Buffer buffer = checked_buffer(info_.bytes(), where_);
    read_rows(0, info_.shape.empty() ? 1 : info_.shape[0], buffer.data());
    return buffer;
  }

  const RawType& raw_type() const { return type_.raw; }
  std::uint64_t stored_bytes() const { return checked_bytes(info_.shape, type_.raw.size, where_); }

  // Where the elements lie in the file just as type_.raw says; 0 if they do not.
  std::uint64_t plain_offset() const {
    const H5Handle properties{H5Dget_create_plist(dataset_.id()), H5Pclose},
        type{H5Dget_type(dataset_.id()), H5Tclose};
    if (type_.variable_text || H5Pget_layout(properties.id()) != H5D_CONTIGUOUS ||
        H5Tequal(type.id(), type_.memory.id()) <= 0) {
      return 0;
    }
    const haddr_t offset = H5Dget_offset(dataset_.id());
    return offset == HADDR_UNDEF ? 0 : offset;
  }

 private:
  std::uint64_t row_elements() const {
    std::uint64_t elements = 1;
    for (std::size_t i = 1; i < info_.shape.size(); ++i) elements *= info_.shape[i];
    return elements;
  }

  void check_size() const {
    const std::uint64_t bytes = checked_bytes(info_.shape, std::max<std::size_t>(8, type_.raw.size), where_);
    const std::uint64_t stored = H5Dget_storage_size(dataset_.id());
    if (bytes > always_allowed && bytes / most_expansion > stored) {
      throw DataError{fmt::format("{}: declares {} but stores {}; the file is damaged or was never filled",
                                  where_, size_text(bytes), size_text(stored))};
    }
  }

  template <class Function>
  void by_blocks(std::uint64_t first, std::uint64_t count, Function&& function) {
    // Multiples of a chunk's rows, so that no chunk is decompressed twice.
    const H5Handle properties{H5Dget_create_plist(dataset_.id()), H5Pclose};
    hsize_t chunk[H5S_MAX_RANK]{1};
    if (H5Pget_layout(properties.id()) == H5D_CHUNKED) H5Pget_chunk(properties.id(), H5S_MAX_RANK, chunk);
    const std::uint64_t step = std::max<std::uint64_t>(1, chunk[0]);
    const std::uint64_t fitting = block_bytes / (row_elements() * type_.raw.size);
    const std::uint64_t most = std::max<std::uint64_t>(1, fitting < step ? fitting : fitting / step * step);
    for (std::uint64_t begin = first; begin < first + count;) {
      const std::uint64_t rows = std::min(first + count - begin, most - begin % std::min(most, step));
      function(begin, rows);
      begin += rows;
    }
  }

  // Elements of type_.memory.
  void read_raw(std::uint64_t first, std::uint64_t count, void* buffer) const {
    if (count == 0) return;
    const std::string what = fmt::format("{}: rows {} to {} cannot be read", where_, first, first + count);
    if (info_.shape.empty()) {
      h5_check(H5Dread(dataset_.id(), type_.memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer), what);
      return;
    }
    std::vector<hsize_t> start(info_.shape.size(), 0), size(info_.shape.begin(), info_.shape.end());
    start[0] = first;
    size[0] = count;
    const H5Handle space{h5_check(H5Dget_space(dataset_.id()), what), H5Sclose};
    h5_check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr),
             what);
    const H5Handle target{
        h5_check(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), what), H5Sclose};
    h5_check(H5Dread(dataset_.id(), type_.memory.id(), target.id(), space.id(), H5P_DEFAULT, buffer), what);
  }

  // function(index of the element, text, length) for each text of variable length.
  template <class Function>
  void each_text(std::uint64_t first, std::uint64_t count, Function&& function) {
    by_blocks(first, count, [&](std::uint64_t begin, std::uint64_t rows) {
      std::vector<char*> texts(static_cast<std::size_t>(rows * row_elements()), nullptr);
      const hsize_t size = texts.size();
      const H5Handle space{H5Screate_simple(1, &size, nullptr), H5Sclose};
      // Given back even if `function` throws.
      const auto reclaim = [&](char** all) {
        H5Dvlen_reclaim(type_.memory.id(), space.id(), H5P_DEFAULT, all);
      };
      const std::unique_ptr<char*, decltype(reclaim)> owner{texts.data(), reclaim};
      read_raw(begin, rows, texts.data());
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const char* text = texts[i] == nullptr ? "" : texts[i];
        function(begin * row_elements() + i, text, std::strlen(text));
      }
    });
  }

  std::size_t widest_variable_text() {
    std::size_t widest = 1;
    if (info_.count() == 0) return widest;
    each_text(0, info_.shape.empty() ? 1 : info_.shape[0],
              [&](std::uint64_t, const char*, std::size_t length) { widest = std::max(widest, length); });
    return widest;
  }

  std::shared_ptr<H5Handle> file_;
  H5Handle dataset_;
  std::string where_;
  Hdf5Type type_;
  ArrayInfo info_;
  std::vector<std::byte> scratch_;
};

class Hdf5File final : public DataFile {
 public:
  Hdf5File(const std::filesystem::path& path, Bytes bytes)
      : bytes_{std::move(bytes)}, file_{std::make_shared<H5Handle>(h5_open_file(path.string()))} {}

  std::vector<std::string> items() const override {
    std::vector<std::string> names;
    const auto visit = [](hid_t root, const char* name, const H5O_info_t* info, void* result) -> herr_t {
      try {
        if (info->type != H5O_TYPE_DATASET) return 0;
        const H5Handle dataset{H5Dopen2(root, name, H5P_DEFAULT), H5Dclose};
        if (dataset.id() < 0 || !is_bare_scale(dataset.id())) {
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
    const std::string path = item.substr(std::min(item.size(), item.find_first_not_of('/')));
    const std::string where = fmt::format("{}, '{}'", bytes_.name(), path);
    H5Handle object{path.empty() ? -1 : H5Oopen(file_->id(), path.c_str(), H5P_DEFAULT), H5Oclose};
    if (object.id() < 0 || path.find('\0') != std::string::npos) {
      H5Eclear2(H5E_DEFAULT);
      const std::vector<std::string> names = items();
      throw DataError{
          fmt::format("{}: has no array '{}'; {}", bytes_.name(), path, names_there_are(path, names))};
    }
    if (H5Iget_type(object.id()) != H5I_DATASET) {
      std::vector<std::string> below = items();
      std::erase_if(below, [&](const std::string& name) { return !name.starts_with(path + "/"); });
      throw DataError{
          fmt::format("{}: is a group; expected an array; in it {}", where, names_there_are("", below))};
    }
    refuse_elsewhere(object.id(), where);
    auto source = std::make_unique<Hdf5Source>(file_, open_dataset(path, object.id(), where), where);
    if (const std::uint64_t offset = source->plain_offset(); offset != 0) {
      return open_raw(
          {source->raw_type(), source->info(), bytes_.part(offset, source->stored_bytes(), where)});
    }
    return source;
  }

 private:
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
                      "virtual data set); expected one complete file; make one with h5repack or h5py",
                      where)};
    }
  }

  // With a cache that holds all chunks of a row, so that reading row by row decompresses each chunk once.
  H5Handle open_dataset(const std::string& path, hid_t known, const std::string& where) const {
    const H5Handle access{H5Pcreate(H5P_DATASET_ACCESS), H5Pclose},
        layout{H5Dget_create_plist(known), H5Pclose};
    const std::vector<std::uint64_t> shape = shape_of(known, where);
    hsize_t chunk[H5S_MAX_RANK]{};
    if (H5Pget_layout(layout.id()) == H5D_CHUNKED && H5Pget_chunk(layout.id(), H5S_MAX_RANK, chunk) > 0) {
      std::vector<std::uint64_t> row_of_chunks{shape};
      row_of_chunks[0] = chunk[0];
      for (std::size_t i = 1; i < shape.size(); ++i)
        row_of_chunks[i] += chunk[i];  // those at the edge reach over
      const H5Handle type{H5Dget_type(known), H5Tclose};
      const std::uint64_t bytes = checked_bytes(row_of_chunks, H5Tget_size(type.id()), where);
      if (bytes > least_chunk_cache) {
        H5Pset_chunk_cache(access.id(), chunk_slots, std::min(bytes, most_chunk_cache), 1.0);
      }
    }
    return {h5_check(H5Dopen2(file_->id(), path.c_str(), access.id()), where + ": cannot be opened"),
            H5Dclose};
  }

  Bytes bytes_;
  std::shared_ptr<H5Handle> file_;
};

}  // namespace

std::unique_ptr<DataFile> open_hdf5(const std::filesystem::path& path, const Bytes& bytes) {
  return std::make_unique<Hdf5File>(path, bytes);
}

}  // namespace ansatz::host
