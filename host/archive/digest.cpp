// SHA-256 by OpenSSL, which uses the CPU's SHA instructions.
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <new>
#include <vector>

#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t block_bytes = std::size_t{256} << 10;  // stays in the cache from read to digest

void add_element(Digest& digest, const std::string& x) { digest.text(x); }
void add_element(Digest& digest, double x) { digest.number(std::bit_cast<std::uint64_t>(x)); }
void add_element(Digest& digest, std::int64_t x) { digest.number(static_cast<std::uint64_t>(x)); }
void add_element(Digest& digest, bool x) { digest.number(x ? 1 : 0); }

template <class T>
void add_value(Digest& digest, const T& x) {
  add_element(digest, x);
}

template <class T>
void add_value(Digest& digest, const std::vector<T>& list) {
  digest.number(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) add_element(digest, T{list[i]});
}

}  // namespace

struct Digest::Context {
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  Context() {
    if (state == nullptr || EVP_DigestInit_ex(state, EVP_sha256(), nullptr) != 1) throw std::bad_alloc{};
  }
  ~Context() { EVP_MD_CTX_free(state); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Digest::Digest() : context_{std::make_unique<Context>()} {}
Digest::~Digest() = default;

void Digest::bytes(const void* data, std::size_t size) { EVP_DigestUpdate(context_->state, data, size); }

void Digest::text(const std::string& text) {
  number(text.size());
  bytes(text.data(), text.size());
}

void Digest::number(std::uint64_t value) {
  std::uint8_t little_endian[8];
  for (std::size_t i = 0; i < 8; ++i) little_endian[i] = static_cast<std::uint8_t>(value >> (8 * i));
  bytes(little_endian, sizeof little_endian);
}

std::string Digest::hex() {
  unsigned char digest[digest_bytes];
  EVP_DigestFinal_ex(context_->state, digest, nullptr);
  std::string text;
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256(const void* data, std::size_t bytes) {
  Digest digest;
  digest.bytes(data, bytes);
  return digest.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw IoError{"cannot open " + path.string(), errno};
  Digest digest;
  std::vector<std::byte> block(block_bytes);
  ssize_t count = 0;
  while ((count = read(file, block.data(), block.size())) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) digest.bytes(block.data(), static_cast<std::size_t>(count));
  }
  const int error = errno;
  close(file);
  if (count < 0) throw IoError{"cannot read " + path.string(), error};
  return digest.hex();
}

std::string content_digest(const Array& array) {
  Digest digest;
  digest.text(std::string{name_of(array.type)});
  digest.number(array.type == ElementType::text ? array.text_width : 0);
  digest.number(array.shape.size());
  for (const std::uint64_t size : array.shape) digest.number(size);
  digest.number(array.dims.size());
  for (const std::string& name : array.dims) digest.text(name);
  digest.number(array.attributes.size());
  for (const auto& [name, value] : array.attributes) {
    digest.text(name);
    digest.number(value.index());  // the kind, so that 1 and 1.0 differ
    std::visit([&](const auto& x) { add_value(digest, x); }, value);
  }
  digest.bytes(array.data.data(), static_cast<std::size_t>(array.bytes()));
  return digest.hex();
}

}  // namespace ansatz::host
