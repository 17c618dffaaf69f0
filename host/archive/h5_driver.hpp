// HDF5 writing into a FileImage.
#pragma once

#include <exception>
#include <memory>

#include "archive/file_image.hpp"
#include "archive/h5.hpp"

namespace ansatz::host {

// A new HDF5 file in `image`, which outlives it.  HDF5 never sees a write fail, since it cannot close a file
// that it cannot write (a full disk): the first failure is kept and thrown by finish().
class ImageFile {
 public:
  struct State {
    FileImage& image;
    std::exception_ptr failure;
  };

  // The driver is set in `access`.
  ImageFile(FileImage& image, const H5Handle& access, const H5Handle& creation);
  [[nodiscard]] hid_t id() const { return file_.id(); }
  // Close; afterwards the image is whole.  Throws what a write beneath HDF5 threw.
  void finish();

 private:
  std::unique_ptr<State> state_;
  H5Handle file_;
};

}  // namespace ansatz::host
