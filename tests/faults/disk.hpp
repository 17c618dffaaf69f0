// A disk as a power cut leaves it, made from the shim's record of calls: what was synced is there; of the
// rest any part may be, in any order, torn at 512 bytes.  Names become durable in their order, as a
// journalling file system has it, or when their folder is synced; nothing makes a file's bytes durable but
// its own sync.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ansatz::test {

struct Call {
  std::string operation, path, other, data;
  std::uint64_t nanoseconds = 0, inode = 0, offset = 0;
};

[[nodiscard]] std::vector<Call> read_calls(const std::filesystem::path& log);

class Disk {
 public:
  void apply(const Call& call);
  // What a cut at this moment could leave, written to `target` as `root` was.
  void write_after_cut(const std::string& root, const std::filesystem::path& target,
                       std::mt19937& random) const;

 private:
  struct File {
    std::string durable;
    std::vector<Call> pending;  // writes and changes of size since the last sync
  };
  struct Name {  // a change of the folders
    std::string operation, path, other;
    std::size_t file = 0;  // of open
    bool durable = false;
  };

  void open(const Call& call);
  void sync(const Call& call);
  static void change(std::string& bytes, const Call& call);
  static void change_torn(std::string& bytes, const Call& call, std::mt19937& random);

  std::vector<File> files_;
  std::vector<Name> names_;
  std::map<std::string, std::size_t> now_;  // path -> file, as programs see it
  std::map<std::uint64_t, std::size_t> by_inode_;
};

}  // namespace ansatz::test
