// gzip and zip files made byte by byte, to have something that our reader did not make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::host {

[[nodiscard]] std::string gzip_bytes(const std::string& content);
[[nodiscard]] std::string deflated(const std::string& content);  // raw
[[nodiscard]] std::uint32_t crc_of(const std::string& content);

struct ZipEntry {
  std::string name, content;
  bool deflate = false;
  bool zip64 = false;
  std::uint16_t method = 0, flags = 0;  // method: overrides if not 0
};
[[nodiscard]] std::string zip_bytes(const std::vector<ZipEntry>& entries, const std::string& comment = "",
                                    bool zip64_end = false);

// An NPY file of version 1.0.
[[nodiscard]] std::string npy_bytes(const std::string& descr, const std::string& shape,
                                    const std::string& elements, bool fortran = false);

}  // namespace ansatz::host
