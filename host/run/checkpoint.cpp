#include "run/checkpoint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "archive/hdf5_library.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kept = 2;
constexpr double dearest = 50;  // a checkpoint is worth 1/50 of the time since the last

std::string format_name() { return "ansatz-checkpoint"; }

Tree to_tree(Checkpoint checkpoint) {
  Tree tree;
  tree.attributes["format"] = format_name();
  tree.attributes["format_version"] = std::int64_t{1};
  tree.attributes["steps"] = static_cast<std::int64_t>(checkpoint.steps);
  tree.group("state") = std::move(checkpoint.state);
  tree.group("outputs") = std::move(checkpoint.outputs);
  put_metrics(tree, checkpoint.metrics);
  if (!checkpoint.log.empty()) tree.put("log", Array::texts(checkpoint.log));
  return tree;
}

Checkpoint from_tree(Tree tree) {
  if (tree.attributes["format"] != Value{format_name()}) throw DataError{"it is no checkpoint"};
  Checkpoint checkpoint;
  checkpoint.steps = static_cast<std::uint64_t>(std::get<std::int64_t>(tree.attributes.at("steps")));
  checkpoint.metrics = metrics_of(tree);
  if (const Array* log = tree.find_array("log")) {
    for (std::uint64_t i = 0; i < log->count(); ++i) checkpoint.log.push_back(log->text(i));
  }
  checkpoint.state = std::move(tree.group("state"));
  checkpoint.outputs = std::move(tree.group("outputs"));
  return checkpoint;
}

}  // namespace

void put_metrics(Tree& tree, const std::vector<Metric>& metrics) {
  std::map<std::string, std::vector<const Metric*>> series;
  for (const Metric& metric : metrics) series[metric.name].push_back(&metric);
  for (const auto& [name, entries] : series) {
    Array steps{ElementType::i64, {entries.size()}, {"step"}},
        values{ElementType::f64, {entries.size()}, {"step"}};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      steps.as<std::int64_t>()[i] = entries[i]->step;
      values.as<double>()[i] = entries[i]->value;
    }
    Tree& group = tree.group("metrics/" + name);
    group.put("step", std::move(steps));
    group.put("value", std::move(values));
  }
}

namespace {

void collect_metrics(const Tree& group, const std::string& name, std::vector<Metric>& metrics) {
  const Array* steps = group.find_array("step");
  const Array* values = group.find_array("value");
  if (steps != nullptr && values != nullptr) {
    for (std::uint64_t i = 0; i < values->count(); ++i) {
      metrics.push_back({name, steps->as<std::int64_t>()[i], values->number(i)});
    }
  }
  for (const auto& [child, node] : group.children()) {  // a name may contain '/'
    if (const Tree* below = std::get_if<Tree>(node.get())) {
      collect_metrics(*below, name.empty() ? child : name + "/" + child, metrics);
    }
  }
}

}  // namespace

std::vector<Metric> metrics_of(const Tree& tree) {
  std::vector<Metric> metrics;
  if (const Tree* group = tree.find_tree("metrics")) collect_metrics(*group, "", metrics);
  return metrics;
}

std::vector<CheckpointFiles::Entry> CheckpointFiles::list() const {
  std::vector<Entry> entries;
  const std::string head = result_.stem().string() + ".step-";
  std::error_code error;
  fs::directory_iterator entry{result_.parent_path(), error};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(head) || !name.ends_with(".h5")) continue;
    const char *first = name.data() + head.size(), *last = name.data() + name.size() - 3;
    std::uint64_t steps = 0;
    const auto parsed = std::from_chars(first, last, steps);
    if (parsed.ec == std::errc{} && parsed.ptr == last) entries.push_back({steps, entry->path()});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.steps > b.steps; });
  return entries;
}

std::optional<Checkpoint> CheckpointFiles::newest() const {
  for (const Entry& entry : list()) {
    try {
      verify_sealed(entry.file);
      return from_tree(read_tree(entry.file));
    } catch (const DataError&) {
      std::error_code ignored;
      fs::remove(entry.file, ignored);
    }
  }
  return std::nullopt;
}

void CheckpointFiles::keep(Checkpoint checkpoint) const {
  const std::uint64_t steps = checkpoint.steps;
  const fs::path file = result_.parent_path() / fmt::format("{}.step-{}.h5", result_.stem().string(), steps);
  write_sealed(to_tree(std::move(checkpoint)), file);
  const std::vector<Entry> entries = list();
  for (std::size_t i = kept; i < entries.size(); ++i) {
    std::error_code ignored;
    fs::remove(entries[i].file, ignored);
  }
}

void CheckpointFiles::remove_all() const {
  for (const Entry& entry : list()) {
    std::error_code ignored;
    fs::remove(entry.file, ignored);
  }
}

Checkpointer::Checkpointer(CheckpointFiles files, std::chrono::duration<double> interval)
    : files_{std::move(files)},
      interval_{interval},
      next_{Clock::now() + std::chrono::duration_cast<Clock::duration>(interval)} {}

Checkpointer::~Checkpointer() { finish(); }

Listener Checkpointer::attach(Listener listener) {
  log_ = listener.log;
  listener.wants_checkpoint = [this] { return due(); };
  listener.checkpoint = [this, cancelled = listener.cancelled](Checkpoint checkpoint) {
    const Clock::time_point now = Clock::now();
    const std::chrono::duration<double> pause =
        std::max<std::chrono::duration<double>>(interval_, dearest * (now - asked_));
    next_ = now + std::chrono::duration_cast<Clock::duration>(pause);
    keep(std::move(checkpoint));
    if (cancelled && cancelled()) finish();
  };
  return listener;
}

bool Checkpointer::due() {
  asked_ = Clock::now();
  if (asked_ < next_) return false;
  if (writing_.valid() && writing_.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    return false;
  finish();
  return true;
}

// A checkpoint that cannot be written costs no step.
void Checkpointer::keep(Checkpoint checkpoint) {
  finish();
  const bool beside = hdf5_is_thread_safe();
  writing_ = std::async(beside ? std::launch::async : std::launch::deferred,
                        [this, c = std::move(checkpoint)]() mutable -> std::string {
                          try {
                            files_.keep(std::move(c));
                            return {};
                          } catch (const std::exception& e) {
                            return e.what();
                          }
                        });
  if (!beside) finish();
}

void Checkpointer::finish() noexcept {
  if (!writing_.valid()) return;
  try {
    const std::string failure = writing_.get();
    if (!failure.empty() && log_) log_(ANSATZ_WARNING, "no checkpoint was written: " + failure);
  } catch (const std::exception&) {
    return;  // no memory for a warning
  }
}

}  // namespace ansatz::host
