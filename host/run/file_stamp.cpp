#include "run/file_stamp.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace ansatz::host {

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0)
    throw DataError{fmt::format("{} cannot be looked at: {}", file.string(), std::strerror(errno))};
  return {static_cast<std::uint64_t>(status.st_size), status.st_ino,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

void check_unchanged(const std::filesystem::path& file, const FileStamp& before) {
  const FileStamp now = stamp_of(file);
  if (now == before) return;
  std::string what = "it was written to";
  if (now.inode != before.inode) what = "another file has its name";
  if (now.bytes != before.bytes) what += fmt::format(", {} bytes -> {}", before.bytes, now.bytes);
  throw DataError{
      fmt::format("the data file {} changed since the run was planned ({}), so that results would belong to "
                  "neither of the two; "
                  "run again when nobody writes to it",
                  file.string(), what)};
}

nlohmann::ordered_json to_json(const FileStamp& stamp) {
  return {{"bytes", stamp.bytes}, {"inode", stamp.inode}, {"written", stamp.written}};
}

FileStamp stamp_from_json(const nlohmann::ordered_json& json) {
  return {json.at("bytes"), json.at("inode"), json.at("written")};
}

}  // namespace ansatz::host
