#include "run/replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "archive/step_results.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/environment.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

std::string text_of(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : to_text(found->second);
}

bool has_hash(const fs::path& file, const std::string& sha256) {
  std::error_code error;
  return fs::is_regular_file(file, error) && sha256_of_file(file) == sha256;
}

// The bytes of a file that the archive embeds; false if it does not.
bool extract(const fs::path& archive, const std::string& item, const fs::path& target) {
  try {
    const auto bytes = read_array(archive, item);
    if (!bytes) return false;
    std::ofstream stream{target, std::ios::binary};
    stream.write(reinterpret_cast<const char*>(bytes->data.data()),
                 static_cast<std::streamsize>(bytes->bytes()));
    stream.close();
    if (!stream) throw IoError{fmt::format("cannot write {}", target.string()), errno};
    return true;
  } catch (const DataError&) {
    return false;
  }
}

class Preparation {
 public:
  Preparation(const fs::path& archive, const fs::path& folder) : folder_{folder} {
    source_.archive = archive;
    verify_sealed(archive);
    const Attributes head = read_head(archive).attributes;
    if (text_of(head, "format") != "ansatz-run")
      throw DataError{fmt::format("{} is no archive of a run; `ansatz run` writes those", archive.string())};
    const Tree pipeline = read_tree(archive, "/pipeline");
    source_.pipeline = thaw(pipeline.array("frozen").text(0));
    source_.pipeline.source = pipeline.array("source").text(0);
    if (head.contains("point"))
      source_.pipeline.point_number = static_cast<std::size_t>(std::get<std::int64_t>(head.at("point")));
    try {
      place_ = read_head(archive, "/timeline").attributes;
    } catch (const DataError&) {
      place_.clear();  // of a deterministic run
    }
  }

  void find_inputs(const std::map<std::string, fs::path>& data) {
    for (DataEntry& entry : source_.pipeline.data) {
      const Attributes wanted = read_head(source_.archive, "/inputs/" + entry.name).attributes;
      entry.file = find_input(entry, text_of(wanted, "sha256"), data);
    }
  }

  void find_plugins(const std::vector<fs::path>& folders) {
    const fs::path own = folder_ / "plugins";
    fs::create_directories(own);
    for (const std::string& id : read_head(source_.archive, "/plugins").groups) {
      const Attributes wanted = read_head(source_.archive, "/plugins/" + id).attributes;
      find_plugin(id, wanted, own, folders);
    }
    source_.plugin_folders = folders;
    source_.plugin_folders.insert(source_.plugin_folders.begin(), fs::absolute(own));
  }

  ReplaySource take() { return std::move(source_); }

 private:
  // Embedded, given, or where the name leads from the places that a run knows.
  fs::path find_input(const DataEntry& entry, const std::string& sha256,
                      const std::map<std::string, fs::path>& data) {
    fs::path embedded = fs::absolute(folder_ / "inputs" / entry.name / fs::path{entry.written}.filename());
    fs::create_directories(embedded.parent_path());
    if (extract(source_.archive, "inputs/" + entry.name + "/file", embedded) && has_hash(embedded, sha256)) {
      source_.notes.push_back(fmt::format("input {}: from the archive", entry.name));
      return embedded;
    }
    std::vector<fs::path> places;
    if (const auto given = data.find(entry.name); given != data.end()) places.push_back(given->second);
    const fs::path name{entry.written};
    places.push_back(name);
    places.push_back(source_.archive.parent_path() / name);
    places.push_back(source_.archive.parent_path() / ".." / name);
    if (const std::string folder = text_of(place_, "pipeline_folder"); !folder.empty())
      places.push_back(fs::path{folder} / name);
    std::vector<std::string> looked_at;
    for (const fs::path& place : places) {
      fs::path file = fs::absolute(place).lexically_normal();
      if (has_hash(file, sha256)) {
        source_.notes.push_back(fmt::format("input {}: {}", entry.name, file.string()));
        return file;
      }
      std::error_code error;
      looked_at.push_back(file.string() +
                          (fs::exists(file, error) ? " (there, but with other content)" : ""));
    }
    throw DataError{fmt::format(
        "the input {} of the run is not here: no file with SHA-256 {} among\n  {}\nGive its place with "
        "--data {}=FILE, or embed inputs when running (run --embed-inputs)",
        entry.name, sha256, fmt::join(looked_at, "\n  "), entry.name)};
  }

  void find_plugin(const std::string& id, const Attributes& wanted, const fs::path& own,
                   const std::vector<fs::path>& folders) {
    const std::string sha256 = text_of(wanted, "sha256"), file = id + ".ansatz.so";
    if (extract(source_.archive, "plugins/" + id + "/file", own / file) && has_hash(own / file, sha256)) {
      source_.notes.push_back(fmt::format("plugin {}: from the archive", id));
      return;
    }
    std::error_code ignored;
    fs::remove(own / file, ignored);
    for (const fs::path& folder : folders) {
      if (!has_hash(folder / file, sha256)) continue;
      fs::create_symlink(fs::absolute(folder / file), own / file);
      source_.notes.push_back(fmt::format("plugin {}: {}", id, (folder / file).string()));
      return;
    }
    source_.notes.push_back(
        fmt::format("plugin {}: the file that ran ({}, SHA-256 {}...) is not here; the one that is found by "
                    "its name runs",
                    id, text_of(wanted, "version"), sha256.substr(0, 12)));
  }

  fs::path folder_;
  ReplaySource source_;
  Attributes place_;
};

// What of /environment and /plugins is not as it was.
std::vector<std::string> changes(const fs::path& before, const fs::path& after) {
  std::vector<std::string> list;
  const auto compare_groups = [&](const std::string& group, const std::string& prefix) {
    const Attributes a = read_head(before, group).attributes, b = read_head(after, group).attributes;
    Attributes all = a;
    all.insert(b.begin(), b.end());
    for (const auto& [name, value] : all) {
      if (name == "git_commit" || name == "git_dirty") continue;
      const std::string x = text_of(a, name), y = text_of(b, name);
      if (x != y) list.push_back(fmt::format("{}{}: '{}' -> '{}'", prefix, name, x, y));
    }
  };
  compare_groups("/environment", "");
  for (const std::string& id : read_head(before, "/plugins").groups)
    compare_groups("/plugins/" + id, id + " ");
  return list;
}

std::string step_name(const std::string& group) { return group.substr(group.rfind('/') + 1); }

bool within(const ArrayDifference& d, std::uint64_t ulp) {
  return d.bitwise || (d.comparable && ulp > 0 && d.max_ulp <= ulp &&
                       d.max_absolute < std::numeric_limits<double>::infinity());
}

}  // namespace

ReplayFolder::ReplayFolder(const fs::path& runs) {
  std::random_device random;
  path_ = runs / fmt::format(".replay-{:08x}", random());
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw IoError{fmt::format("cannot make the folder {}", path_.string()), error.value()};
}

ReplayFolder::~ReplayFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

ReplaySource prepare_replay(const fs::path& archive, const fs::path& folder,
                            const std::map<std::string, fs::path>& data,
                            const std::vector<fs::path>& plugin_folders) {
  Preparation preparation{archive, folder};
  preparation.find_inputs(data);
  preparation.find_plugins(plugin_folders);
  return preparation.take();
}

ReplayReport replay(const ReplaySource& source, Catalogue& catalogue, RunOptions options, std::uint64_t ulp,
                    Reporter& reporter) {
  options.keep_going = true;
  const RunResult result = run_pipeline(source.pipeline, catalogue, options, reporter);
  ReplayReport report;
  report.notes = source.notes;
  report.environment = changes(source.archive, result.archive);
  // In the order in which the steps depend on each other, so that the first to differ is the cause.
  std::vector<std::string> groups = step_groups(source.archive);
  const auto rank = [&](const std::string& group) {
    const auto& steps = source.pipeline.steps;
    return std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.id == step_name(group); }) -
           steps.begin();
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (const std::string& group : groups) {
    const std::string before = text_of(read_head(source.archive, "/" + group).attributes, "status"),
                      after = text_of(read_head(result.archive, "/" + group).attributes, "status");
    if (before != "done") {
      report.notes.push_back(fmt::format("{}: was {} in the archive, is {} now", group, before, after));
      continue;
    }
    if (after != "done") {
      ReplayedResult failed{group, "status", {}};
      failed.difference.comparable = failed.difference.bitwise = false;
      failed.difference.text = fmt::format("done -> {}", after);
      report.results.push_back(std::move(failed));
    } else {
      for (StepComparison& c : compare_steps(source.archive, group, result.archive, group))
        report.results.push_back({group, c.name, std::move(c.difference)});
    }
  }
  for (const ReplayedResult& r : report.results) {
    if (r.difference.bitwise) continue;
    if (report.first_to_differ.empty()) report.first_to_differ = r.step;
    if (!within(r.difference, ulp)) report.code = Exit::differs;
  }
  if (result.code == Exit::interrupted || result.code == Exit::io_error) report.code = result.code;
  return report;
}

std::string replay_text(const ReplayReport& report) {
  std::string text;
  for (const std::string& note : report.notes) text += note + "\n";
  std::size_t width = 10, equal = 0;
  const auto name = [](const ReplayedResult& r) { return step_name(r.step) + " " + r.name; };
  for (const ReplayedResult& r : report.results) width = std::max(width, name(r).size());
  for (const ReplayedResult& r : report.results) {
    equal += r.difference.bitwise ? 1 : 0;
    // Of a sweep with thousands of equal results, those that are not.
    if (report.results.size() > 200 && r.difference.bitwise) continue;
    text += fmt::format("{:<{}}  {}\n", name(r), width, r.difference.text);
  }
  for (const std::string& change : report.environment) text += "changed   " + change + "\n";
  if (!report.first_to_differ.empty())
    text += fmt::format("the first step to differ is {}; what it read was bitwise equal\n",
                        report.first_to_differ);
  return text + fmt::format("{} of {} results are bitwise equal\n", equal, report.results.size());
}

nlohmann::ordered_json replay_json(const ReplayReport& report) {
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const ReplayedResult& r : report.results) {
    results.push_back({{"step", r.step},
                       {"name", r.name},
                       {"bitwise", r.difference.bitwise},
                       {"comparable", r.difference.comparable},
                       {"differing", r.difference.differing},
                       {"elements", r.difference.elements},
                       {"max_absolute", to_json(Value{r.difference.max_absolute})},
                       {"max_relative", to_json(Value{r.difference.max_relative})},
                       {"max_ulp", r.difference.max_ulp},
                       {"text", r.difference.text}});
  }
  return {{"equal", report.first_to_differ.empty()},
          {"exit_code", static_cast<int>(report.code)},
          {"first_to_differ", report.first_to_differ},
          {"environment", report.environment},
          {"notes", report.notes},
          {"results", results}};
}

}  // namespace ansatz::host
