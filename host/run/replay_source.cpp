// What a replay runs: the archived pipeline, its inputs and its plugins.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "archive/step_results.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "core/suggest.hpp"
#include "run/replay.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

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

fs::path embedded_input(const fs::path& folder, const DataEntry& entry) {
  return fs::absolute(folder / "inputs" / entry.name / fs::path{entry.written}.filename());
}

// Whether the archive embeds the file, now at `target`.
bool take_out(const fs::path& archive, const std::string& group, const std::string& sha256,
              const fs::path& target) {
  fs::create_directories(target.parent_path());
  return extract(archive, group + "/file", target) && has_hash(target, sha256);
}

Json read_inputs(const fs::path& archive, const Pipeline& pipeline, const fs::path& folder) {
  Json inputs = Json::object();
  for (const DataEntry& entry : pipeline.data) {
    // Whoever made the archive must not choose where files are written.
    if (fs::path{entry.name}.filename() != entry.name || entry.name == "..")
      throw DataError{fmt::format("{}: '{}' is no name of an input", archive.string(), entry.name)};
    const std::string group = "inputs/" + entry.name;
    const std::string sha256 = text_of(read_head(archive, "/" + group).attributes, "sha256");
    inputs[entry.name] = {{"sha256", sha256},
                          {"embedded", take_out(archive, group, sha256, embedded_input(folder, entry))}};
  }
  return inputs;
}

Json read_plugins(const fs::path& archive, const fs::path& folder) {
  Json plugins = Json::object();
  for (const std::string& id : read_head(archive, "/plugins").groups) {
    const Attributes wanted = read_head(archive, "/plugins/" + id).attributes;
    const std::string sha256 = text_of(wanted, "sha256");
    const fs::path file = folder / "plugins" / (id + ".ansatz.so");
    const bool embedded = take_out(archive, "plugins/" + id, sha256, file);
    std::error_code ignored;
    if (!embedded) fs::remove(file, ignored);
    plugins[id] = {{"sha256", sha256}, {"version", text_of(wanted, "version")}, {"embedded", embedded}};
  }
  return plugins;
}

class Preparation {
 public:
  Preparation(const Json& archived, const fs::path& archive, const fs::path& folder)
      : archived_{archived}, folder_{folder}, folder_of_pipeline_{archived.at("folder").get<std::string>()} {
    source_.archive = archive;
    source_.pipeline = thaw(archived.at("frozen"));
    source_.pipeline.source = archived.at("source");
    if (!archived.at("point").is_null()) source_.pipeline.point_number = archived.at("point");
  }

  void find_inputs(const std::map<std::string, fs::path>& data) {
    std::vector<std::string> names;
    for (const DataEntry& entry : source_.pipeline.data) names.push_back(entry.name);
    for (const auto& [name, file] : data) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw Error{Exit::usage, fmt::format("--data {}: the run in {} has no data entry of this name; {}",
                                             name, source_.archive.string(), names_there_are(name, names))};
      }
    }
    for (DataEntry& entry : source_.pipeline.data)
      entry.file = find_input(entry, archived_.at("inputs").at(entry.name), data);
  }

  void find_plugins(const std::vector<fs::path>& folders) {
    const fs::path own = folder_ / "plugins";
    fs::create_directories(own);
    for (const auto& [id, wanted] : archived_.at("plugins").items()) find_plugin(id, wanted, own, folders);
    source_.plugin_folders = folders;
    source_.plugin_folders.insert(source_.plugin_folders.begin(), fs::absolute(own));
  }

  ReplaySource take() { return std::move(source_); }

 private:
  // Embedded, or where it was given, or where the name leads from the places that a run knows.
  fs::path find_input(const DataEntry& entry, const Json& wanted,
                      const std::map<std::string, fs::path>& data) {
    if (wanted.at("embedded").get<bool>()) {
      source_.notes.push_back(fmt::format("input {}: from the archive", entry.name));
      return embedded_input(folder_, entry);
    }
    const std::string sha256 = wanted.at("sha256");
    const fs::path name{entry.written}, near = source_.archive.parent_path();
    std::vector<fs::path> places{name, near / name, near / ".." / name};
    if (!folder_of_pipeline_.empty()) places.push_back(folder_of_pipeline_ / name);
    if (const auto given = data.find(entry.name); given != data.end()) places = {given->second};
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

  void find_plugin(const std::string& id, const Json& wanted, const fs::path& own,
                   const std::vector<fs::path>& folders) {
    if (wanted.at("embedded").get<bool>()) {
      source_.notes.push_back(fmt::format("plugin {}: from the archive", id));
      return;
    }
    const std::string sha256 = wanted.at("sha256"), file = id + ".ansatz.so";
    for (const fs::path& folder : folders) {
      if (!has_hash(folder / file, sha256)) continue;
      fs::create_symlink(fs::absolute(folder / file), own / file);
      source_.notes.push_back(fmt::format("plugin {}: {}", id, (folder / file).string()));
      return;
    }
    source_.notes.push_back(
        fmt::format("plugin {}: the file that ran ({}, SHA-256 {}...) is not here; the one that is found by "
                    "its name runs",
                    id, wanted.at("version").get<std::string>(), sha256.substr(0, 12)));
  }

  const Json& archived_;
  ReplaySource source_;
  fs::path folder_, folder_of_pipeline_;
};

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

Json read_for_replay(const fs::path& archive, const fs::path& folder) {
  verify_sealed(archive);
  const GroupHead read = read_head(archive);
  const auto& head = read.attributes;
  if (text_of(head, "format") != "ansatz-run")
    throw DataError{fmt::format("{} is no archive of a run; `ansatz run` writes those", archive.string())};
  const Tree source = read_tree(archive, "/pipeline");
  const std::string frozen = source.array("frozen").text(0);
  const Pipeline pipeline = thaw(frozen);
  Json json{{"frozen", frozen}, {"source", source.array("source").text(0)}, {"folder", ""}, {"point", {}}};
  if (head.contains("point"))
    json["point"] = static_cast<std::size_t>(std::get<std::int64_t>(head.at("point")));
  // A deterministic run has none.
  if (std::find(read.groups.begin(), read.groups.end(), "timeline") != read.groups.end())
    json["folder"] = text_of(read_head(archive, "/timeline").attributes, "pipeline_folder");
  json["inputs"] = read_inputs(archive, pipeline, folder);
  json["plugins"] = read_plugins(archive, folder);
  return json;
}

ReplaySource prepare_replay(const Json& archived, const fs::path& archive, const fs::path& folder,
                            const std::map<std::string, fs::path>& data,
                            const std::vector<fs::path>& plugin_folders) {
  Preparation preparation{archived, archive, folder};
  preparation.find_inputs(data);
  preparation.find_plugins(plugin_folders);
  return preparation.take();
}

}  // namespace ansatz::host
