#include "run/gc.hpp"

#include <fmt/core.h>

#include <chrono>
#include <map>

#include "archive/atomic_file.hpp"
#include "archive/lock_file.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/partial.hpp"
#include "run/store_entry.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry{folder, error};
  for (; !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    if (entry->is_regular_file(error)) bytes += entry->file_size(error);
  }
  return bytes;
}

class Collector {
 public:
  explicit Collector(const GcOptions& options) : options_{options} {}

  GcResult run() {
    clean_temporaries(options_.runs);
    std::error_code error;
    fs::directory_iterator folder{options_.runs / ".store", error};
    for (; !error && folder != fs::directory_iterator{}; folder.increment(error)) {
      if (folder->is_directory(error)) clean_folder(folder->path());
    }
    for (const fs::path& partial : partial_folders(options_.runs)) clean_partial(partial);
    return std::move(result_);
  }

 private:
  void clean_temporaries(const fs::path& folder) {
    const std::uint64_t bytes = remove_leftovers(folder, options_.dry_run);
    if (bytes > 0) result_.removed.push_back({folder, bytes, "temporary files of killed writers"});
  }

  void remove(const fs::path& path, std::uint64_t bytes, const char* why) {
    result_.removed.push_back({path, bytes, why});
    std::error_code error;
    if (!options_.dry_run) fs::remove_all(path, error);
    if (error) throw IoError{"cannot remove " + path.string(), error.value()};
  }

  [[nodiscard]] bool old(const fs::path& path) const {
    if (!options_.older_days) return false;
    std::error_code error;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(path, error);
    return !error && std::chrono::duration<double>(age).count() >= *options_.older_days * 86400;
  }

  // Files of one key: <key>.h5, .json, .step-<n>.h5.
  void clean_folder(const fs::path& folder) {
    clean_temporaries(folder);
    std::map<std::string, std::vector<fs::path>> keys;
    std::error_code error;
    fs::directory_iterator entry{folder, error};
    for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (!name.starts_with('.')) keys[name.substr(0, name.find('.'))].push_back(entry->path());
    }
    for (const auto& [key, files] : keys) {
      if (const auto lock = lock_key(folder, key)) clean_key(folder, key, files);
    }
    if (!options_.dry_run) fs::remove(folder, error);  // only if it is empty
  }

  void clean_key(const fs::path& folder, const std::string& key, const std::vector<fs::path>& files) {
    const fs::path result = folder / (key + ".h5"), made_of = folder / (key + ".json");
    std::error_code error;
    bool there = fs::exists(result, error);
    if (there && !is_sealed(result)) {
      remove(result, fs::file_size(result, error), "damaged");
      there = false;
    } else if (there && old(fs::exists(made_of, error) ? made_of : result)) {
      remove(result, fs::file_size(result, error), "not used for long");
      there = false;
    }
    for (const fs::path& file : files) {
      if (file == result) continue;
      const bool checkpoint = file.extension() == ".h5";
      if (checkpoint && there)
        remove(file, fs::file_size(file, error), "checkpoint of a step that is done");
      else if (checkpoint && old(file))
        remove(file, fs::file_size(file, error), "not used for long");
      else if (file == made_of && !there)
        remove(file, fs::file_size(file, error), "its result is gone");
    }
    if (!there) return;
    ++result_.kept_entries;
    result_.kept_bytes += fs::file_size(result, error);
  }

  void clean_partial(const fs::path& partial) {
    const auto info = read_partial(partial);
    const bool dead = !info || info->liveness() == Liveness::dead;
    constexpr std::chrono::minutes being_made{1};
    std::error_code error;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(partial, error);
    if (error || !dead || !LockFile::is_free(partial / "lock")) return;
    if (!info && age > being_made)
      remove(partial, bytes_below(partial), "a run that died before it began");
    else if (info && old(partial / "journal"))
      remove(partial, bytes_below(partial), "interrupted long ago");
  }

  const GcOptions& options_;
  GcResult result_;
};

}  // namespace

std::uint64_t GcResult::removed_bytes() const {
  std::uint64_t bytes = 0;
  for (const GcItem& item : removed) bytes += item.bytes;
  return bytes;
}

GcResult collect_garbage(const GcOptions& options) { return Collector{options}.run(); }

}  // namespace ansatz::host
