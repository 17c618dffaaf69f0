#include "zip_bytes.hpp"

#include <zlib.h>

#include "files.hpp"

namespace ansatz::host {
namespace {

std::string compressed(const std::string& content, int window) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  std::string in = content;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string u16(std::uint64_t value) { return bytes_of(static_cast<std::uint16_t>(value)); }
std::string u32(std::uint64_t value) { return bytes_of(static_cast<std::uint32_t>(value)); }
std::string u64(std::uint64_t value) { return bytes_of(value); }

}  // namespace

std::string gzip_bytes(const std::string& content) { return compressed(content, 15 + 16); }
std::string deflated(const std::string& content) { return compressed(content, -15); }

std::uint32_t crc_of(const std::string& content) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
}

// APPNOTE 4.3.7 (local header), 4.3.12 (central header), 4.3.14 to 4.3.16 (ends).
std::string zip_bytes(const std::vector<ZipEntry>& entries, const std::string& comment, bool zip64_end) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const std::string data = entry.deflate ? deflated(entry.content) : entry.content;
    const std::uint64_t method = entry.method != 0 ? entry.method : entry.deflate ? 8 : 0, at = file.size();
    const std::string sums = u32(crc_of(entry.content));
    const std::string local_extra =
        entry.zip64 ? u16(1) + u16(16) + u64(entry.content.size()) + u64(data.size()) : "";
    const std::string extra =
        entry.zip64 ? u16(1) + u16(24) + u64(entry.content.size()) + u64(data.size()) + u64(at) : "";
    const std::string sizes =
        entry.zip64 ? u32(0xffffffff) + u32(0xffffffff) : u32(data.size()) + u32(entry.content.size());
    const std::string common =
        u16(entry.flags) + u16(method) + u32(0) + sums + sizes + u16(entry.name.size());
    file += u32(0x04034b50) + u16(20) + common + u16(local_extra.size()) + entry.name + local_extra + data;
    directory += u32(0x02014b50) + u16(20) + u16(20) + common + u16(extra.size()) + u16(0) + u16(0) + u16(0) +
                 u32(0) + u32(entry.zip64 ? 0xffffffff : at) + entry.name + extra;
  }
  const std::uint64_t at = file.size(), count = entries.size();
  file += directory;
  if (zip64_end) {
    const std::uint64_t end64 = file.size();
    file += u32(0x06064b50) + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count) + u64(count) +
            u64(directory.size()) + u64(at);
    file += u32(0x07064b50) + u32(0) + u64(end64) + u32(1);
  }
  return file + u32(0x06054b50) + u16(0) + u16(0) + u16(zip64_end ? 0xffff : count) +
         u16(zip64_end ? 0xffff : count) + u32(zip64_end ? 0xffffffff : directory.size()) +
         u32(zip64_end ? 0xffffffff : at) + u16(comment.size()) + comment;
}

std::string npy_bytes(const std::string& descr, const std::string& shape, const std::string& elements,
                      bool fortran) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': (" + shape + "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return "\x93NUMPY" + std::string{"\x01\x00", 2} + u16(header.size()) + header + elements;
}

}  // namespace ansatz::host
