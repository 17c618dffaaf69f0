#include <future>

#include "archive/atomic_file.hpp"
#include "archive/file_image.hpp"
#include "archive/seal.hpp"
#include "archive/store.hpp"
#include "archive/write_tree.hpp"

namespace ansatz::host {
namespace {

std::uint64_t array_bytes(const Tree& tree) {
  std::uint64_t bytes = 0;
  for (const auto& [name, node] : tree.children()) {
    const Array* array = std::get_if<Array>(node.get());
    bytes += array != nullptr ? array->bytes() : array_bytes(std::get<Tree>(*node));
  }
  return bytes;
}

std::string digest_of(const FileImage& image) {
  Digest digest;
  image.stream(
      [&](std::uint64_t, const std::byte* data, std::size_t size, bool) { digest.bytes(data, size); });
  return digest.hex();
}

// Hashing a large file takes about as long as writing it: side by side if a thread can be had.
std::launch digest_launch(const FileImage& image) {
  constexpr std::uint64_t worth_a_thread = 8 << 20;
  return image.size() < worth_a_thread ? std::launch::deferred : std::launch::async | std::launch::deferred;
}

std::string write_file(const Tree& tree, const std::filesystem::path& path, const WriteOptions& options,
                       bool seal) {
  AtomicFile file{path};
  file.check_space(array_bytes(tree));  // before any work; reserve() knows the true size
  FileImage image{file, options.memory_cap};
  h5_write_tree(tree, image, options);
  return write_image(image, file, seal);
}

}  // namespace

std::string write_image(const FileImage& image, AtomicFile& file, bool seal) {
  file.reserve(image.size() + (seal ? seal_bytes : 0));
  std::future<std::string> digest;
  if (seal) digest = std::async(digest_launch(image), digest_of, std::cref(image));
  image.stream([&](std::uint64_t offset, const std::byte* data, std::size_t size, bool in_place) {
    if (!in_place) file.write(offset, data, size);
  });
  std::string hex;
  if (seal) {
    hex = digest.get();
    const auto bytes = encode_seal({image.size(), hex});
    file.write(image.size(), bytes.data(), bytes.size());
  }
  file.commit();
  return hex;
}

std::string write_sealed(const Tree& tree, const std::filesystem::path& path, const WriteOptions& options) {
  return write_file(tree, path, options, true);
}

void write_plain(const Tree& tree, const std::filesystem::path& path, const WriteOptions& options) {
  write_file(tree, path, options, false);
}

}  // namespace ansatz::host
