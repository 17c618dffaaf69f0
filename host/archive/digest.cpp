// SHA-256 by OpenSSL, which uses the CPU's SHA instructions.
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {

struct Digest::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() {
    if (evp == nullptr || EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) != 1) throw std::bad_alloc{};
  }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Digest::Digest() : context_{std::make_unique<Context>()} {}
Digest::~Digest() = default;

void Digest::bytes(const void* data, std::size_t size) { EVP_DigestUpdate(context_->evp, data, size); }

void Digest::number(std::uint64_t value) {
  std::array<unsigned char, 8> little;
  for (std::size_t i = 0; i < little.size(); ++i) little[i] = static_cast<unsigned char>(value >> (8 * i));
  bytes(little.data(), little.size());
}

void Digest::text(const std::string& text) {
  number(text.size());
  bytes(text.data(), text.size());
}

std::string Digest::hex() {
  std::array<unsigned char, 32> raw;
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->evp, raw.data(), &size);
  std::string text;
  for (const unsigned char byte : raw) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string sha256(const void* data, std::size_t bytes) {
  Digest digest;
  digest.bytes(data, bytes);
  return digest.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw IoError{"cannot read " + path.string(), errno};
  Digest digest;
  std::vector<char> block(std::size_t{1} << 18);
  ssize_t n = 0;
  while ((n = ::read(file, block.data(), block.size())) > 0)
    digest.bytes(block.data(), static_cast<std::size_t>(n));
  const int error = errno;
  ::close(file);
  if (n < 0) throw IoError{"cannot read " + path.string(), error};
  return digest.hex();
}

std::string content_digest(const Array& array) {
  Digest digest;
  digest.text(std::string{name_of(array.type)});
  digest.number(array.text_width);
  digest.number(array.shape.size());
  for (const std::uint64_t size : array.shape) digest.number(size);
  digest.number(array.dims.size());
  for (const std::string& dim : array.dims) digest.text(dim);
  digest.number(array.attributes.size());
  for (const auto& [name, value] : array.attributes) {
    digest.text(name);
    digest.text(to_json(value).dump());
  }
  digest.bytes(array.data.data(), array.bytes());
  return digest.hex();
}

}  // namespace ansatz::host
