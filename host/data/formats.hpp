// The readers behind open_data, one a format.  Each throws DataError for anything but a whole, sound file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "data/bytes.hpp"
#include "data/raw_array.hpp"
#include "data/source.hpp"

namespace ansatz::host {

// NPY versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
[[nodiscard]] std::unique_ptr<DataFile> open_npy(const Bytes& bytes);
[[nodiscard]] RawArray parse_npy(const Bytes& bytes);

// A zip file (stored or deflated, zip64) of NPY files; items by their names without ".npy".
[[nodiscard]] std::unique_ptr<DataFile> open_npz(const Bytes& bytes);

// IDX as described with MNIST; may be gzip.  Dimensions are named n; n,d; n,h,w; n,h,w,c.
[[nodiscard]] std::unique_ptr<DataFile> open_idx(const Bytes& bytes);

// The file's bytes as they are, u8 "b"; may be gzip.
[[nodiscard]] std::unique_ptr<DataFile> open_text(const Bytes& bytes);

[[nodiscard]] std::unique_ptr<DataFile> open_hdf5(const std::filesystem::path& path, const Bytes& bytes);

// A file with one nameless array, opened anew at each call.
class SingleArrayFile final : public DataFile {
 public:
  explicit SingleArrayFile(RawArray array) : array_{std::move(array)} { (void)open_raw(array_); }
  [[nodiscard]] std::vector<std::string> items() const override { return {""}; }
  [[nodiscard]] std::unique_ptr<ArraySource> open(const std::string& item) override;

 private:
  RawArray array_;
};

}  // namespace ansatz::host
