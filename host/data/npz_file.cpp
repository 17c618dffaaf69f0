// Zip as in PKWARE's APPNOTE 6.3: sections 4.3 (layout), 4.4 (fields), 4.5.3 (zip64).
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/suggest.hpp"
#include "data/formats.hpp"
#include "data/gzip.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint32_t end_magic = 0x06054b50, end64_locator_magic = 0x07064b50, end64_magic = 0x06064b50;
constexpr std::uint32_t central_magic = 0x02014b50, local_magic = 0x04034b50;
constexpr std::uint64_t end_size = 22, locator_size = 20, end64_size = 56, central_size = 46, local_size = 30;
constexpr std::uint64_t longest_comment = 65535, most_entries = std::uint64_t{1} << 20;

struct Entry {
  std::string name;
  std::uint64_t compressed = 0, size = 0, header = 0;  // header: offset of the local one
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
};

std::uint64_t little(const unsigned char* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = (value << 8) | at[i];
  return value;
}

[[noreturn]] void damaged(const Bytes& file, const std::string& what) {
  throw DataError{
      fmt::format("{}: as a zip file (NPZ) it is damaged: {}; copy or download it again", file.name(), what)};
}

struct Directory {
  std::uint64_t offset = 0, size = 0, entries = 0;
};

// The record at the end of the file, found backwards over a comment of unknown length.
Directory find_directory(const Bytes& file) {
  const std::uint64_t tail_size = std::min(file.size(), end_size + longest_comment);
  const std::uint64_t tail_begin = file.size() - tail_size;
  std::vector<unsigned char> tail(static_cast<std::size_t>(tail_size));
  file.read(tail_begin, tail_size, tail.data());
  for (std::uint64_t i = tail_size < end_size ? 0 : tail_size - end_size + 1; i-- > 0;) {
    const unsigned char* end = tail.data() + i;
    if (little(end, 4) != end_magic || i + end_size + little(end + 20, 2) != tail_size) continue;
    Directory found{little(end + 16, 4), little(end + 12, 4), little(end + 10, 2)};
    if (found.offset != 0xffffffff && found.size != 0xffffffff && found.entries != 0xffff) return found;
    if (tail_begin + i < locator_size) damaged(file, "its zip64 record is missing");
    unsigned char locator[locator_size], end64[end64_size];
    file.read(tail_begin + i - locator_size, locator_size, locator);
    if (little(locator, 4) != end64_locator_magic) return found;  // really that many bytes
    file.read(little(locator + 8, 8), end64_size, end64);
    if (little(end64, 4) != end64_magic) damaged(file, "its zip64 record is not where it should be");
    return {little(end64 + 48, 8), little(end64 + 40, 8), little(end64 + 32, 8)};
  }
  damaged(file, "the directory at its end is missing, so it is truncated");
}

// Sizes of 2^32 - 1 stand in an extra field instead.
void read_zip64(const Bytes& file, const unsigned char* extra, std::uint64_t length, Entry& entry) {
  while (length >= 4) {
    const std::uint64_t id = little(extra, 2), size = little(extra + 2, 2);
    if (size > length - 4) damaged(file, fmt::format("the extra field of '{}'", entry.name));
    const unsigned char* at = extra + 4;
    const unsigned char* end = at + size;
    for (std::uint64_t* value : {&entry.size, &entry.compressed, &entry.header}) {
      if (id != 1 || *value != 0xffffffff) continue;
      if (end - at < 8) damaged(file, fmt::format("the zip64 field of '{}'", entry.name));
      *value = little(at, 8);
      at += 8;
    }
    extra += 4 + size;
    length -= 4 + size;
  }
}

std::vector<Entry> read_entries(const Bytes& file) {
  const Directory directory = find_directory(file);
  if (directory.entries > most_entries || directory.entries > directory.size / central_size) {
    damaged(file,
            fmt::format("its directory of {} bytes claims {} entries", directory.size, directory.entries));
  }
  const Bytes bytes = file.part(directory.offset, directory.size, file.name());
  std::vector<Entry> entries;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    unsigned char head[central_size];
    bytes.read(at, central_size, head);
    if (little(head, 4) != central_magic) damaged(file, fmt::format("entry {} of its directory", i));
    const std::uint64_t name = little(head + 28, 2), extra = little(head + 30, 2),
                        comment = little(head + 32, 2);
    Entry entry{std::string(static_cast<std::size_t>(name), '\0'),
                little(head + 20, 4),
                little(head + 24, 4),
                little(head + 42, 4),
                static_cast<std::uint32_t>(little(head + 16, 4)),
                static_cast<std::uint16_t>(little(head + 10, 2))};
    bytes.read(at + central_size, name, entry.name.data());
    std::vector<unsigned char> field(static_cast<std::size_t>(extra));
    bytes.read(at + central_size + name, extra, field.data());
    read_zip64(file, field.data(), extra, entry);
    if ((little(head + 8, 2) & 1) != 0) {
      throw DataError{
          fmt::format("{}: '{}' is encrypted; save it without a password", file.name(), entry.name)};
    }
    entries.push_back(std::move(entry));
    at += central_size + name + extra + comment;
  }
  return entries;
}

Bytes content_of(const Bytes& file, const Entry& entry) {
  unsigned char head[local_size];
  file.read(entry.header, local_size, head);
  if (little(head, 4) != local_magic) damaged(file, fmt::format("the header of '{}'", entry.name));
  const std::uint64_t begin = entry.header + local_size + little(head + 26, 2) + little(head + 28, 2);
  const std::string where = fmt::format("{}, '{}'", file.name(), entry.name);
  Bytes stored = file.part(begin, entry.compressed, where);
  if (entry.method == 0) {
    if (entry.size != entry.compressed) damaged(file, fmt::format("the sizes of '{}'", entry.name));
    return stored;
  }
  if (entry.method == 8) return Bytes::of_memory(inflate_raw(stored, entry.size, entry.crc), where);
  throw DataError{
      fmt::format("{}: is compressed by method {} of zip; supported are stored (numpy.savez) and "
                  "deflated (numpy.savez_compressed)",
                  where, entry.method)};
}

// Stored elements are used where they lie in the file; their checksum is tested once, before their first use.
class CheckedSource final : public ArraySource {
 public:
  CheckedSource(std::unique_ptr<ArraySource> source, Bytes content, std::uint32_t crc)
      : source_{std::move(source)}, content_{std::move(content)}, crc_{crc} {}
  const ArrayInfo& info() const override { return source_->info(); }
  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    check();
    source_->read_rows(first, count, buffer);
  }
  Buffer whole() override {
    check();
    return source_->whole();
  }

 private:
  void check() {
    if (!checked_ && crc32_of(content_) != crc_) {
      throw DataError{fmt::format("{}: its checksum differs; the file is damaged", content_.name())};
    }
    checked_ = true;
  }
  std::unique_ptr<ArraySource> source_;
  Bytes content_;
  std::uint32_t crc_;
  bool checked_ = false;
};

class NpzFile final : public DataFile {
 public:
  explicit NpzFile(const Bytes& file) : file_{file} {
    for (Entry& entry : read_entries(file)) {
      if (!entry.name.ends_with(".npy")) continue;
      std::string name = entry.name.substr(0, entry.name.size() - 4);
      names_.push_back(name);
      if (!entries_.emplace(std::move(name), entry).second) {
        damaged(file, fmt::format("'{}' is in it twice", entry.name));
      }
    }
    if (names_.empty()) {
      throw DataError{
          fmt::format("{}: is a zip file without any .npy file in it; expected one written by "
                      "numpy.savez",
                      file.name())};
    }
  }
  std::vector<std::string> items() const override { return names_; }
  std::unique_ptr<ArraySource> open(const std::string& item) override {
    const auto found = entries_.find(item);
    if (found == entries_.end()) {
      throw DataError{
          fmt::format("{}: has no array '{}'; {}", file_.name(), item, names_there_are(item, names_))};
    }
    const Bytes content = content_of(file_, found->second);
    auto source = open_raw(parse_npy(content));
    if (found->second.method != 0) return source;
    return std::make_unique<CheckedSource>(std::move(source), content, found->second.crc);
  }

 private:
  Bytes file_;
  std::vector<std::string> names_;  // in the order of the file
  std::map<std::string, Entry> entries_;
};

}  // namespace

std::unique_ptr<DataFile> open_npz(const Bytes& bytes) { return std::make_unique<NpzFile>(bytes); }

}  // namespace ansatz::host
