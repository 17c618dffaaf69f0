#include "run/journal.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t head_bytes = 8;
constexpr std::size_t longest_record = std::size_t{64} << 20;

std::uint32_t checksum(const char* data, std::size_t size) {
  return static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(data), static_cast<uInt>(size)));
}

void put_number(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t get_number(const char* data) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(data[i])) << (8 * i);
  return value;
}

struct Contents {
  std::vector<Json> records;
  std::size_t good_bytes = 0;
};

Contents parse(const std::string& bytes) {
  Contents contents;
  while (bytes.size() - contents.good_bytes >= head_bytes) {
    const char* head = bytes.data() + contents.good_bytes;
    const std::size_t size = get_number(head);
    if (size > longest_record || size > bytes.size() - contents.good_bytes - head_bytes) break;
    const char* text = head + head_bytes;
    if (checksum(text, size) != get_number(head + 4)) break;
    Json record = Json::parse(text, text + size, nullptr, false);
    if (!record.is_object()) break;  // a run of zeroes has the right checksum
    contents.records.push_back(std::move(record));
    contents.good_bytes += head_bytes + size;
  }
  return contents;
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  if (!stream) throw IoError{"cannot read " + path.string(), errno};
  return {std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
}

}  // namespace

Journal::Journal(const std::filesystem::path& path) : path_{path}, synced_{std::chrono::steady_clock::now()} {
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw IoError{"cannot open " + path.string(), errno};
  // What follows a torn record would never be read.
  const std::string bytes = read_all(path);
  const std::size_t good = parse(bytes).good_bytes;
  if (good == bytes.size() || ftruncate(file_, static_cast<off_t>(good)) == 0) return;
  const int error = errno;
  close(file_);
  throw IoError{"cannot cut the torn end off " + path.string(), error};
}

Journal::~Journal() {
  try {
    write();
  } catch (const Error&) {
    // The run has ended by another error already, or says all in its archive.
  }
  close(file_);
}

void Journal::add(const Json& record) {
  const std::string text = record.dump(-1, ' ', false, Json::error_handler_t::replace);
  put_number(pending_, static_cast<std::uint32_t>(text.size()));
  put_number(pending_, checksum(text.data(), text.size()));
  pending_ += text;
  write();  // survives the death of this process; sync() that of the machine
  tick();
}

void Journal::tick() {
  if (!unsynced_ && pending_.empty()) return;
  if (std::chrono::steady_clock::now() - synced_ >= std::chrono::seconds{1}) sync();
}

void Journal::sync() {
  write();
  if (unsynced_ && fdatasync(file_) != 0) throw IoError{"cannot sync " + path_.string(), errno};
  unsynced_ = false;
  synced_ = std::chrono::steady_clock::now();
}

void Journal::write() {
  std::size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t count = ::write(file_, pending_.data() + done, pending_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error = count < 0 ? errno : EIO;
      pending_.erase(0, done);
      throw IoError{"cannot write " + path_.string(), error};
    }
    done += static_cast<std::size_t>(count);
    unsynced_ = true;
  }
  pending_.clear();
}

std::vector<Json> read_journal(const std::filesystem::path& path) { return parse(read_all(path)).records; }

}  // namespace ansatz::host
