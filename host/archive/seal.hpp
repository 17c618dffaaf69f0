// The 64 bytes at the end of a sealed file; see store.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace ansatz::host {

inline constexpr std::size_t seal_bytes = 64;

struct Seal {
  std::uint64_t length = 0;  // of the HDF5 part
  std::string digest;        // of it, in hex
};

[[nodiscard]] std::array<std::byte, seal_bytes> encode_seal(const Seal& seal);

}  // namespace ansatz::host
