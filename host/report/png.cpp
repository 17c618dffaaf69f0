#include "report/png.hpp"

#include <zlib.h>

#include <algorithm>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(sum));
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  const int status =
      compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                bytes.size(), Z_BEST_COMPRESSION);
  if (status != Z_OK) throw Error{Exit::step_failed, "out of memory for a picture"};
  packed.resize(size);
  return packed;
}

}  // namespace

Pixels enlarged(const Pixels& pixels, std::size_t times) {
  Pixels larger{pixels.width * times, pixels.height * times};
  for (std::size_t y = 0; y < larger.height; ++y) {
    for (std::size_t x = 0; x < larger.width; ++x) larger.at(x, y) = pixels.at(x / times, y / times);
  }
  return larger;
}

std::string png(const Pixels& pixels) {
  const bool all_grey = std::all_of(pixels.colours.begin(), pixels.colours.end(),
                                    [](Colour c) { return c.red == c.green && c.green == c.blue; });
  std::string rows;
  for (std::size_t y = 0; y < pixels.height; ++y) {
    rows += '\0';  // no filter
    for (std::size_t x = 0; x < pixels.width; ++x) {
      const Colour c = pixels.at(x, y);
      rows += static_cast<char>(c.red);
      if (!all_grey) rows += static_cast<char>(c.green), rows += static_cast<char>(c.blue);
    }
  }
  const char kind = all_grey ? 0 : 2;
  const std::string header =
      big_endian(static_cast<std::uint32_t>(pixels.width)) +
      big_endian(static_cast<std::uint32_t>(pixels.height)) +
      std::string{8, kind, 0, 0, 0};  // bits a channel; kind; deflate, filters, no interlace
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

std::string base64(const std::string& bytes) {
  constexpr const char* alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      text += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63];
  }
  return text;
}

}  // namespace ansatz::host
