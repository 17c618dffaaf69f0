#include "run/guarded_output.hpp"

#include <algorithm>
#include <memory>

namespace ansatz::host {
namespace {

constexpr std::size_t zone = 64;
constexpr std::byte pattern{0xa5};

}  // namespace

Buffer guarded_buffer(std::size_t bytes) {
  const auto whole = std::make_shared<Buffer>(zone + bytes + zone);
  std::byte* data = whole->data() + zone;
  std::fill(whole->data(), data, pattern);
  std::fill(data + bytes, data + bytes + zone, pattern);
  return Buffer{std::shared_ptr<std::byte>{whole, data}, bytes};
}

std::string guard_damage(const Buffer& buffer) {
  const auto intact = [](std::byte b) { return b == pattern; };
  const std::byte* end = buffer.data() + buffer.size();
  if (!std::all_of(end, end + zone, intact)) return "behind its end";
  if (!std::all_of(buffer.data() - zone, buffer.data(), intact)) return "before its start";
  return {};
}

}  // namespace ansatz::host
