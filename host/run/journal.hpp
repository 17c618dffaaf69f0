// What a run did, as it did it: an append-only file of records, each length (u32), CRC-32 (u32), then JSON.
// A record that was cut off by a crash ends the journal; all before it counts.
//
//   Journal journal{"runs/p.partial/journal"};
//   journal.add({{"event", "started"}, {"step", "fit"}});
//   for (const auto& record : read_journal("runs/p.partial/journal")) ...
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ansatz::host {

class Journal {
 public:
  // Opens or makes it; a torn end is cut off.  All functions throw IoError.
  explicit Journal(const std::filesystem::path& path);
  ~Journal();  // writes what is left, silently
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Append a record: it survives this process from now on, and the machine a second later if tick() is
  // called.
  void add(const nlohmann::ordered_json& record);
  // Call several times a second.
  void tick();
  // Write and sync now.
  void sync();

 private:
  void write();

  std::filesystem::path path_;
  int file_ = -1;
  std::string pending_;
  bool unsynced_ = false;
  std::chrono::steady_clock::time_point synced_;
};

// All whole records.  Throws IoError if the file cannot be read; damage ends the list.
[[nodiscard]] std::vector<nlohmann::ordered_json> read_journal(const std::filesystem::path& path);

}  // namespace ansatz::host
