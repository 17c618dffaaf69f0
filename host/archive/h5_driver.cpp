#include "archive/h5_driver.hpp"

#include <algorithm>
#include <new>

namespace ansatz::host {
namespace {

using State = ImageFile::State;

// What HDF5 knows of an open file; it must begin with the library's own part.
struct OpenFile {
  H5FD_t base;
  State* state;
  haddr_t allocated;
};

struct Access {
  State* state;
};

OpenFile& open_file(H5FD_t* file) { return *reinterpret_cast<OpenFile*>(file); }
const OpenFile& open_file(const H5FD_t* file) { return *reinterpret_cast<const OpenFile*>(file); }

H5FD_t* open_image(const char*, unsigned, hid_t access, haddr_t) {
  const auto* info = static_cast<const Access*>(H5Pget_driver_info(access));
  auto* file = info == nullptr ? nullptr : new (std::nothrow) OpenFile{{}, info->state, 0};
  return file == nullptr ? nullptr : &file->base;
}

herr_t close_image(H5FD_t* file) {
  delete &open_file(file);
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const State *left = open_file(a).state, *right = open_file(b).state;
  return left < right ? -1 : left > right ? 1 : 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  if (flags != nullptr) *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_allocated(const H5FD_t* file, H5FD_mem_t) { return open_file(file).allocated; }

herr_t set_allocated(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  open_file(file).allocated = address;
  return 0;
}

haddr_t get_end(const H5FD_t* file, H5FD_mem_t) { return open_file(file).state->image.size(); }

// Runs `action` unless an earlier one failed, and keeps what it throws from HDF5.
template <class Action>
herr_t guarded(H5FD_t* file, const Action& action) {
  State& state = *open_file(file).state;
  if (state.failure) return 0;
  try {
    action(state.image);
  } catch (...) {
    state.failure = std::current_exception();
  }
  return 0;
}

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  return guarded(file, [&](FileImage& image) { image.read(address, static_cast<std::byte*>(buffer), size); });
}

herr_t write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer) {
  return guarded(
      file, [&](FileImage& image) { image.write(address, static_cast<const std::byte*>(buffer), size); });
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  open_file(file).state->image.resize(open_file(file).allocated);
  return 0;
}

herr_t lock(H5FD_t*, hbool_t) { return 0; }
herr_t unlock(H5FD_t*) { return 0; }

hid_t driver() {
  static const hid_t id = [] {
    static H5FD_class_t table{};
    table.name = "ansatz-image";
    table.maxaddr = HADDR_MAX;
    table.fc_degree = H5F_CLOSE_STRONG;
    table.fapl_size = sizeof(Access);
    table.open = open_image;
    table.close = close_image;
    table.cmp = compare;
    table.query = query;
    table.get_eoa = get_allocated;
    table.set_eoa = set_allocated;
    table.get_eof = get_end;
    table.read = read;
    table.write = write;
    table.truncate = truncate;
    table.lock = lock;
    table.unlock = unlock;
    std::fill(std::begin(table.fl_map), std::end(table.fl_map), H5FD_MEM_DEFAULT);
    return h5_check(H5FDregister(&table), "cannot register our HDF5 file driver");
  }();
  return id;
}

}  // namespace

ImageFile::ImageFile(FileImage& image, const H5Handle& access, const H5Handle& creation)
    : state_{new State{image, nullptr}} {
  const Access info{state_.get()};
  h5_check(H5Pset_driver(access.id(), driver(), &info), "cannot set our HDF5 file driver");
  file_ = {
      h5_check(H5Fcreate("image", H5F_ACC_TRUNC, creation.id(), access.id()), "cannot make an HDF5 file"),
      H5Fclose};
}

void ImageFile::finish() {
  const hid_t id = file_.id();
  const herr_t flushed = H5Fflush(id, H5F_SCOPE_GLOBAL);
  file_.reset();
  if (state_->failure) std::rethrow_exception(state_->failure);
  h5_check(flushed, "cannot finish the HDF5 file");
}

}  // namespace ansatz::host
