// Files for tests, and what to ask of any reader.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "data/source.hpp"

namespace ansatz::host {

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/ansatz-data-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    // A file written over an old one is flushed to disk at once by ext4; a new one is not.
    std::filesystem::remove(path(name));
    std::ofstream{path(name), std::ios::binary} << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline DataOptions as(const std::string& format) { return {format, {}}; }

// What the DataError says that `action` throws; "" if it throws none.
template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const DataError& e) {
    return e.what();
  }
  return "";
}

inline std::string open_error(const std::filesystem::path& path, const DataOptions& options = {}) {
  return error_of([&] { (void)open_data(path, options); });
}

template <class T>
std::vector<T> values(ArraySource& source) {
  const Buffer whole = source.whole();
  REQUIRE(whole.size() == source.info().bytes());
  REQUIRE(reinterpret_cast<std::uintptr_t>(whole.data()) % 64 == 0);
  REQUIRE(source.info().element_bytes() == sizeof(T));
  std::vector<T> result(source.info().count());
  if (!result.empty()) std::memcpy(result.data(), whole.data(), whole.size());
  return result;
}

inline std::vector<std::string> texts(ArraySource& source) {
  REQUIRE(source.info().type == ElementType::text);
  Array array;
  static_cast<ArrayInfo&>(array) = source.info();
  array.data = source.whole();
  std::vector<std::string> result;
  for (std::uint64_t i = 0; i < array.count(); ++i) result.push_back(array.text(i));
  return result;
}

// Every block of rows is what whole() has there, and rows outside are refused.
inline void check_blocks(ArraySource& source) {
  const Buffer whole = source.whole();
  const std::uint64_t rows = source.info().shape.empty() ? 1 : source.info().shape[0];
  const std::uint64_t row = source.info().row_bytes();
  REQUIRE(rows <= 64);
  for (std::uint64_t first = 0; first <= rows; ++first) {
    for (std::uint64_t count = 0; first + count <= rows; ++count) {
      std::vector<std::byte> block(count * row + 1, std::byte{0xa5});
      source.read_rows(first, count, block.data());
      REQUIRE(std::memcmp(block.data(), whole.data() + first * row, count * row) == 0);
      REQUIRE(block.back() == std::byte{0xa5});
    }
  }
  std::vector<std::byte> block((rows + 1) * row + 1);
  REQUIRE_FALSE(error_of([&] { source.read_rows(0, rows + 1, block.data()); }).empty());
  REQUIRE_FALSE(error_of([&] { source.read_rows(rows + 1, 0, block.data()); }).empty());
  REQUIRE_FALSE(error_of([&] { source.read_rows(1, ~std::uint64_t{0}, block.data()); }).empty());
}

// The bytes of a value, in the byte order asked for.
template <class T>
std::string bytes_of(T value, bool big_endian = false) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return big_endian ? std::string{bytes.rbegin(), bytes.rend()} : bytes;
}

template <class T>
std::string bytes_of(const std::vector<T>& list, bool big_endian = false) {
  std::string bytes;
  for (const T& value : list) bytes += bytes_of(value, big_endian);
  return bytes;
}

}  // namespace ansatz::host
