#include "run/partial.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "archive/atomic_file.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/assemble.hpp"
#include "run/environment.hpp"
#include "run/git_state.hpp"
#include "run/sweep_archive.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json to_json(const Limits& limits) {
  return {{"wall_seconds", limits.wall_seconds},
          {"cpu_seconds", limits.cpu_seconds},
          {"memory_mib", limits.memory_mib}};
}

// How to run it again, and what must not have changed then.
Json header(const Pipeline& pipeline, const Plan& plan, const RunOptions& options, const std::string& id,
            const std::string& digest) {
  Json inputs = Json::object();
  for (const auto& [name, info] : plan.data) inputs[name] = info.sha256;
  return {{"event", "run"},
          {"format_version", 1},
          {"id", id},
          {"name", pipeline.name},
          {"started", utc_now()},
          {"command", without_secrets(options.command)},
          {"digest", digest},
          {"frozen", pipeline.frozen()},
          {"plugins", plan.plugin_sha256},
          {"inputs", inputs},
          {"origin",
           {{"file", options.origin.file.string()},
            {"plugin_paths", options.origin.plugin_paths},
            {"overrides", options.origin.overrides},
            {"data", options.origin.data}}},
          {"options",
           {{"jobs", options.jobs},
            {"threads", options.threads},
            {"keep_going", options.keep_going},
            {"deterministic", options.deterministic},
            {"checkpoint_seconds", options.checkpoint_seconds},
            {"limits", to_json(options.limits)}}},
          {"owner", to_json(this_process())}};
}

void add_changes(std::string& text, const char* what, const Json& before, const Json& now) {
  for (const auto& [name, digest] : before.items()) {
    if (now.contains(name) && now.at(name) != digest) text += fmt::format("\n  {} {} changed", what, name);
  }
}

// In the words of the pipeline: "steps/ridge/model_settings/penalty: 0.05 -> 0.1".
void add_pipeline_changes(std::string& text, const std::string& before, const std::string& now) {
  const Json was = Json::parse(before), is = Json::parse(now);
  for (const Json& change : Json::diff(was, is)) {
    const Json::json_pointer place{change.at("path").get<std::string>()};
    text += fmt::format("\n  the pipeline changed at {}: {} -> {}",
                        change.at("path").get<std::string>().substr(1),
                        was.contains(place) ? was.at(place).dump() : "nothing",
                        is.contains(place) ? is.at(place).dump() : "nothing");
  }
}

// Why this plan is not the one that the partial run was made from; "" if it is.
std::string what_differs(const PartialInfo& info, const Pipeline& pipeline, const Plan& plan) {
  if (info.header.at("digest") == plan_digest(pipeline, plan)) return {};
  Json inputs = Json::object();
  for (const auto& [name, data] : plan.data) inputs[name] = data.sha256;
  std::string text;
  add_changes(text, "the file of plugin", info.header.at("plugins"), Json(plan.plugin_sha256));
  add_changes(text, "the input", info.header.at("inputs"), inputs);
  add_pipeline_changes(text, info.header.at("frozen"), pipeline.frozen());
  return text.empty() ? "\n  the keys of its steps are made in another way by this version of ansatz" : text;
}

}  // namespace

std::string fresh_run_id() {
  std::random_device random;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  // The first half of the suffix is the fraction of the second, so that names are in the order of time.
  const auto fraction = static_cast<unsigned>(now.tv_nsec * 4096 / 1'000'000'000);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}-{:03x}{:03x}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction, random() & 0xfff);
}

std::string plan_digest(const Pipeline& pipeline, const Plan& plan) {
  Digest digest;
  digest.text(pipeline.frozen());
  for (const PlannedStep& planned : plan.steps) digest.text(planned.key);
  return digest.hex();
}

fs::path partial_path(const fs::path& given) {
  if (given.empty()) throw Error{Exit::usage, "give the folder of an interrupted run: runs/NAME-ID.partial"};
  std::error_code not_there;
  if (fs::path real = fs::canonical(given, not_there); !not_there) return real;
  fs::path path = fs::absolute(given).lexically_normal();
  return path.filename().empty() ? path.parent_path() : path;
}

void remove_partial(const fs::path& folder) {
  // First, so that what is left if we die here passes for a run that never began, not for one to recover.
  unlink((folder / "journal").c_str());
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

std::optional<PartialInfo> read_partial(const fs::path& folder) {
  PartialInfo info;
  info.folder = folder;
  try {
    info.records = read_journal(folder / "journal");
    if (info.records.empty() || info.records.front().value("event", "") != "run") return std::nullopt;
    info.header = info.records.front();
    for (const Json& record : info.records) {
      if (record.contains("owner")) info.owner = owner_from_json(record.at("owner"));
    }
  } catch (const IoError&) {
    return std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return info;
}

DataError no_partial_run(const fs::path& folder) {
  std::error_code error;
  const std::string name = folder.string();
  if (!fs::exists(folder, error)) {
    return DataError{fmt::format("there is no {}; `ansatz ls` lists the runs that were interrupted", name)};
  }
  if (!fs::is_directory(folder, error)) {
    return DataError{fmt::format(
        "{} is a file: a run that has ended; folders of interrupted ones are called runs/<name>-<id>.partial",
        name)};
  }
  return DataError{
      fmt::format("{} has no journal that says what was run, so it cannot go on or be sealed; run the "
                  "pipeline again, which takes "
                  "finished steps from the store",
                  name)};
}

std::vector<fs::path> partial_folders(const fs::path& runs) {
  std::vector<fs::path> folders;
  std::error_code error;
  fs::directory_iterator entry{runs, error};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    if (entry->path().extension() == ".partial") folders.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw IoError{"cannot list the folder " + runs.string(), error.value()};
  std::sort(folders.rbegin(), folders.rend());  // the ids start with the time: newest first
  return folders;
}

namespace {

// A run that died before its journal began leaves nothing that anyone could use.
void remove_unborn(const fs::path& folder) {
  if (read_partial(folder)) return;
  try {
    const auto lock = LockFile::try_lock(folder / "lock");
    std::error_code ignored;
    if (lock && !read_partial(folder)) fs::remove_all(folder, ignored);
  } catch (const IoError&) {
    return;  // it went while we looked
  }
}

// Whoever removes the unborn may be faster than we with the lock.
std::optional<LockFile> lock_new(const fs::path& folder) {
  make_folder(folder);
  try {
    return LockFile::try_lock(folder / "lock");
  } catch (const IoError&) {
    if (fs::exists(folder)) throw;
    return std::nullopt;
  }
}

}  // namespace

PartialRun::PartialRun(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options) {
  const Plan& plan = nothing_done.plan;
  const std::string digest = plan_digest(pipeline, plan);
  if (!options.resume.empty()) {
    const auto info = read_partial(options.resume);
    if (!info) throw DataError{options.resume.string() + " holds no run that could go on"};
    if (const std::string differing = what_differs(*info, pipeline, plan); !differing.empty()) {
      throw Error{
          Exit::differs,
          fmt::format("{} cannot go on, since what it was made from is not the same:{}\n`ansatz run` starts "
                      "it anew; `ansatz recover` seals what there is",
                      options.resume.string(), differing)};
    }
    if (adopt(options.resume, digest)) return;
    throw Error{Exit::usage, fmt::format("{} is being run by process {} on {}", options.resume.string(),
                                         info->owner.pid, info->owner.host)};
  }
  for (const fs::path& folder : partial_folders(options.runs)) {
    remove_unborn(folder);
    if (folder.filename().string().starts_with(pipeline.name + "-") && adopt(folder, digest)) return;
  }
  make(pipeline, nothing_done, options, digest);
}

bool PartialRun::adopt(const fs::path& folder, const std::string& digest) {
  try {
    const auto info = read_partial(folder);
    if (!info || info->header.value("digest", "") != digest || info->liveness() != Liveness::dead)
      return false;
    lock_ = LockFile::try_lock(folder / "lock");
  } catch (const IoError&) {
    return false;  // it went while we looked
  }
  if (!lock_ || !read_partial(folder)) return false;
  path_ = folder;
  const auto info = read_partial(folder);
  id_ = info->header.at("id");
  journal_.emplace(path_ / "journal");
  journal_->add({{"event", "resumed"}, {"at", utc_now()}, {"owner", to_json(this_process())}});
  return true;
}

void PartialRun::make(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options,
                      const std::string& digest) {
  while (!lock_) {
    id_ = fresh_run_id();
    path_ = options.runs / fmt::format("{}-{}.partial", pipeline.name, id_);
    lock_ = lock_new(path_);
  }
  try {
    if (pipeline.points.empty()) {
      Tree frozen = assemble_archive(pipeline, nothing_done, options, "interrupted");
      frozen.attributes["run_id"] = id_;
      write_sealed(frozen, path_ / "frozen.h5");
    } else {
      write_frozen_sweep(pipeline, nothing_done, options, id_, path_ / "frozen.h5");
    }
    journal_.emplace(path_ / "journal");
    journal_->add(header(pipeline, nothing_done.plan, options, id_, digest));
    journal_->sync();
    sync_folder(path_);
  } catch (...) {
    remove();
    throw;
  }
}

void PartialRun::remove() {
  journal_.reset();
  remove_partial(path_);
  lock_.reset();
}

}  // namespace ansatz::host
