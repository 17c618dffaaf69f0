#include "run/store_entry.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/checkpoint.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

fs::path made_of_file(const PlannedStep& planned) {
  return fs::path{planned.file}.replace_extension(".json");
}

struct Earlier {
  std::string key, step;
  MadeOf made_of;
  fs::file_time_type used;
};

// Every entry that says what it was made of.
std::vector<Earlier> earlier_entries(const fs::path& store) {
  std::vector<Earlier> entries;
  std::error_code error;
  fs::recursive_directory_iterator entry{store, error};
  for (; !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    if (entry->path().extension() != ".json") continue;
    std::ifstream stream{entry->path()};
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    try {
      entries.push_back({entry->path().stem().string(), json.at("step"), json.at("made_of").get<MadeOf>(),
                         entry->last_write_time()});
    } catch (const std::exception&) {
      continue;  // half written, or of another version
    }
  }
  return entries;
}

const std::string& value_or_none(const MadeOf& made_of, const std::string& name) {
  static const std::string none = "none";
  const auto found = made_of.find(name);
  return found == made_of.end() ? none : found->second;
}

std::string difference_text(const PlannedStep& planned, const std::string& name, const MadeOf& before,
                            const MadeOf& now) {
  const std::string &was = value_or_none(before, name), &is = value_or_none(now, name);
  const auto slash = name.find('/');
  const std::string kind = name.substr(0, slash),
                    item = slash == std::string::npos ? "" : name.substr(slash + 1);
  if (kind == "parameter") return fmt::format("{} {} -> {}", item, was, is);
  if (kind == "plugin version") return fmt::format("plugin version {} -> {}", was, is);
  if (kind == "input") {
    const auto reference = planned.step->inputs.find(item);
    return reference == planned.step->inputs.end()
               ? fmt::format("input {} is not wired any more", item)
               : fmt::format("input {} ({}) changed", item, reference->second.text());
  }
  if (kind == "model")
    return fmt::format("the model ({}) changed", planned.step->model_step.value_or("none"));
  return name + " changed";
}

std::vector<std::string> differing_names(const MadeOf& a, const MadeOf& b) {
  std::vector<std::string> names;
  for (const auto& [name, value] : a) {
    const auto found = b.find(name);
    if (found == b.end() || found->second != value) names.push_back(name);
  }
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) names.push_back(name);
  }
  return names;
}

// Against the entry of the same step that differs in fewest things; the latest of those.  `own`: keys of this plan, since
// what other points of a sweep were made of explains nothing.
std::string why_it_runs(const PlannedStep& planned, const MadeOf& now, const std::vector<Earlier>& entries,
                        const std::set<std::string>& own) {
  const Earlier* nearest = nullptr;
  std::vector<std::string> differing;
  for (const Earlier& entry : entries) {
    if (entry.step != planned.step->id || value_or_none(entry.made_of, "do") != now.at("do")) continue;
    if (entry.key != planned.key && own.contains(entry.key)) continue;
    auto names = differing_names(now, entry.made_of);
    const bool nearer = nearest == nullptr || names.size() < differing.size() ||
                        (names.size() == differing.size() && entry.used > nearest->used);
    if (nearer) nearest = &entry, differing = std::move(names);
  }
  if (nearest == nullptr) return "the store has no result of this step yet";
  if (differing.empty()) return "its result is no longer in the store";
  std::string text;
  for (const std::string& name : differing) {
    text += (text.empty() ? "" : ", ") + difference_text(planned, name, nearest->made_of, now);
  }
  return text;
}

std::string first_difference(const Tree& one, const Tree& other, const std::string& path) {
  if (one.attributes != other.attributes) return path.empty() ? "an attribute" : "an attribute of " + path;
  if (one.children().size() != other.children().size()) return "the list of items in /" + path;
  for (std::size_t i = 0; i < one.children().size(); ++i) {
    const auto& [name, node] = one.children()[i];
    const auto& [other_name, other_node] = other.children()[i];
    std::string place = path.empty() ? name : path + "/" + name;
    if (name != other_name || node->index() != other_node->index()) return place;
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      std::string below = first_difference(*group, std::get<Tree>(*other_node), place);
      if (!below.empty()) return below;
    } else if (content_digest(std::get<Array>(*node)) != content_digest(std::get<Array>(*other_node))) {
      return place;
    }
  }
  return {};
}

}  // namespace

// Two keys with the same first digits would wait for each other, no more.
std::optional<PlaceLock> lock_key(const fs::path& folder, const std::string& key) {
  constexpr std::size_t digits = 15;
  std::uint64_t place = 0;
  std::from_chars(key.data(), key.data() + std::min(digits, key.size()), place, 16);
  return PlaceLock::try_lock(folder.parent_path() / "locks", place);
}

void keep_made_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned) {
  const nlohmann::json json{{"step", planned.step->id}, {"made_of", made_of(pipeline, plan, planned)}};
  // Advice only: one that is cut off is passed over.
  std::ofstream{made_of_file(planned)} << json.dump(1) << '\n';
}

void mark_used(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned) {
  std::error_code error;
  fs::last_write_time(made_of_file(planned), fs::file_time_type::clock::now(), error);
  if (error) keep_made_of(pipeline, plan, planned);
}

void explain_plan(const Pipeline& pipeline, Plan& plan, const fs::path& store) {
  std::vector<Earlier> entries;
  bool looked = false;
  std::set<std::string> own;
  for (const PlannedStep& planned : plan.steps) own.insert(planned.key);
  for (PlannedStep& planned : plan.steps) {
    if (planned.cached && is_sealed(planned.file)) {
      planned.reason = "its result is in the store";
      continue;
    }
    if (std::exchange(planned.cached, false)) {
      planned.reason = "its result in the store is damaged";
      continue;
    }
    const auto checkpoints = CheckpointFiles{planned.file}.list();
    if (!checkpoints.empty()) {
      planned.resume_at = checkpoints.front().steps;
      planned.reason = fmt::format("a checkpoint after {} steps is in the store", planned.resume_at);
      continue;
    }
    if (!looked) entries = earlier_entries(store), looked = true;
    planned.reason = why_it_runs(planned, made_of(pipeline, plan, planned), entries, own);
  }
}

std::string first_difference(const fs::path& one, const fs::path& other) {
  if (sealed_digest(one) == sealed_digest(other)) return {};
  const std::string place = first_difference(read_tree(one), read_tree(other), "");
  return place.empty() ? "the layout of the file" : place;
}

}  // namespace ansatz::host
