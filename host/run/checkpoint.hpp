// Checkpoints of a step in the store, beside the place of its result: <key>.step-<n>.h5 after n steps,
// sealed, the last two.  The key names them, so any later run that computes the same step goes on from there.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "run/verb_call.hpp"

namespace ansatz::host {

class CheckpointFiles {
 public:
  // `result`: where the step's result will stand, runs/.store/ab/<key>.h5.
  explicit CheckpointFiles(std::filesystem::path result) : result_{std::move(result)} {}

  struct Entry {
    std::uint64_t steps = 0;
    std::filesystem::path file;
  };
  [[nodiscard]] std::vector<Entry> list() const;  // newest first, by name alone

  // The newest that is whole; damaged ones are removed.
  [[nodiscard]] std::optional<Checkpoint> newest() const;
  // Seal it and remove all but the last two.  Throws IoError.
  void keep(Checkpoint checkpoint) const;
  void remove_all() const;

 private:
  std::filesystem::path result_;
};

// Gives a running verb's listener checkpoints at an interval: taken between two steps, written by a thread of
// its own while the verb goes on.  When the verb is cancelled, the last one is written before it returns.
class Checkpointer {
 public:
  // 0: as often as they can be written.  Taking them never costs more than a fiftieth of the time.
  Checkpointer(CheckpointFiles files, std::chrono::duration<double> interval);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // `listener` with the two functions set; its `log` hears of checkpoints that cannot be written.
  [[nodiscard]] Listener attach(Listener listener);
  // Wait for the one that is being written, and tell `log` if it could not be.
  void finish() noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] bool due();
  void keep(Checkpoint checkpoint);

  CheckpointFiles files_;
  std::chrono::duration<double> interval_;
  Clock::time_point next_, asked_;
  std::future<std::string> writing_;  // why it failed, or ""
  std::function<void(int, const std::string&)> log_;
};

// Metrics as groups metrics/<name>/{step,value} of a step file or a checkpoint.
void put_metrics(Tree& tree, const std::vector<Metric>& metrics);
[[nodiscard]] std::vector<Metric> metrics_of(const Tree& tree);

}  // namespace ansatz::host
