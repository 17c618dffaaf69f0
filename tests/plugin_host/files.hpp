// Plugins for the tests, and copies of them with other bytes.
#pragma once

#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace ansatz::test {

inline std::filesystem::path variant(const std::string& id) {
  return std::filesystem::path{VARIANTS} / (id + ".ansatz.so");
}

inline std::string bytes_of(const std::filesystem::path& path) { return read_file(path); }

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

template <class T>
T get(const std::string& bytes, std::size_t offset) {
  T value;
  REQUIRE(offset + sizeof value <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void put(std::string& bytes, std::size_t offset, const T& value) {
  REQUIRE(offset + sizeof value <= bytes.size());
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

inline std::vector<Elf64_Shdr> sections_of(const std::string& bytes) {
  const auto head = get<Elf64_Ehdr>(bytes, 0);
  std::vector<Elf64_Shdr> sections;
  for (std::size_t i = 0; i < head.e_shnum; ++i) {
    sections.push_back(get<Elf64_Shdr>(bytes, head.e_shoff + i * sizeof(Elf64_Shdr)));
  }
  return sections;
}

}  // namespace ansatz::test
