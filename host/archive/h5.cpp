#include "archive/h5.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

herr_t innermost(unsigned, const H5E_error2_t* error, void* data) {
  auto* text = static_cast<std::string*>(data);
  if (text->empty() && error->desc != nullptr) *text = error->desc;
  return 0;
}

H5Handle utf8_properties(hid_t property_class) {
  H5Handle list = h5_properties(property_class);
  h5_check(H5Pset_char_encoding(list.id(), H5T_CSET_UTF8), "cannot set HDF5 properties");
  return list;
}

}  // namespace

void h5_quiet() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

bool hdf5_is_thread_safe() {
  hbool_t safe = false;
  return H5is_library_threadsafe(&safe) >= 0 && safe;
}

hid_t h5_check(hid_t result, const std::string& what) {
  if (result >= 0) return result;
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw DataError{what + (reason.empty() ? "" : ": " + reason)};
}

H5Handle h5_properties(hid_t property_class) {
  return {h5_check(H5Pcreate(property_class), "cannot make HDF5 properties"), H5Pclose};
}

hid_t h5_link_properties() {
  static const H5Handle list = utf8_properties(H5P_LINK_CREATE);
  return list.id();
}

hid_t h5_attribute_properties() {
  static const H5Handle list = utf8_properties(H5P_ATTRIBUTE_CREATE);
  return list.id();
}

H5Handle h5_copy_type(hid_t type) { return {h5_check(H5Tcopy(type), "cannot make an HDF5 type"), H5Tclose}; }

H5Handle h5_open_file(const std::string& path) {
  h5_quiet();
  // HDF5's own message would not tell a missing file from a damaged one.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) throw DataError{path + ": there is no such file"};
  if (file < 0) throw IoError{"cannot open " + path, errno};
  struct stat status {};
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  ::close(file);
  if (!regular) throw DataError{path + " is no file but a folder or a device; expected an HDF5 file"};
  const H5Handle access = h5_properties(H5P_FILE_ACCESS);
  // Locks fail on many network file systems, and what we read is not written to again.
  h5_check(H5Pset_file_locking(access.id(), false, true), "cannot set HDF5 properties");
  errno = 0;
  const hid_t opened = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id());
  if (opened >= 0) return {opened, H5Fclose};
  // HDF5 has one kind of error for a file that is damaged and for one that cannot be read now.
  if (errno == EMFILE || errno == ENFILE || errno == EIO) throw IoError{"cannot open " + path, errno};
  if (H5Fis_hdf5(path.c_str()) == 0) {
    throw DataError{path +
                    " is no HDF5 file; `ansatz import` turns tables and arrays of other formats into one"};
  }
  return {h5_check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()),
                   path + " cannot be opened as an HDF5 file"),
          H5Fclose};
}

}  // namespace ansatz::host
