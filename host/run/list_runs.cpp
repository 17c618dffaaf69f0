#include "run/list_runs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "archive/step_results.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/partial.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

double age_of(const fs::path& path) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return error ? 0 : std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
}

// Derived from the process that left its name there; a killed one never looks alive.
std::string status_of(const fs::path& folder) {
  const auto info = read_partial(folder);
  if (!info) return "killed";  // it died before it began
  if (info->liveness() == Liveness::alive) return "running";
  if (info->liveness() == Liveness::elsewhere) return "on " + info->owner.host;
  return info->records.back().value("event", "") == "interrupted" ? "interrupted" : "killed";
}

ListedRun unreadable(const fs::path& file) { return {file, "", "", "unreadable", 0, 0, 0, age_of(file)}; }

std::string age_text(double seconds) {
  const auto whole = static_cast<long>(std::max(0.0, seconds));
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  if (whole < 172800) return fmt::format("{} h", whole / 3600);
  return fmt::format("{} days", whole / 86400);
}

}  // namespace

ListedRun listed_archive(const fs::path& file) {
  ListedRun run = unreadable(file);
  try {
    (void)sealed_digest(file);
    const GroupHead head = read_head(file);
    if (text_of(head.attributes, "format") != "ansatz-run") return run;
    const auto has = [&](const char* group) {
      return std::find(head.groups.begin(), head.groups.end(), group) != head.groups.end();
    };
    run.name = text_of(head.attributes, "name"), run.id = text_of(head.attributes, "run_id");
    run.status = text_of(head.attributes, "status");
    for (const std::string& claim :
         has("claims") ? read_head(file, "/claims").groups : std::vector<std::string>{}) {
      ++run.claims;
      if (text_of(read_head(file, "/claims/" + claim).attributes, "verdict") == "holds") ++run.holding;
    }
    if (has("points")) run.points = read_head(file, "/points").groups.size();
  } catch (const Error&) {
    run.status = "unreadable";
  }
  return run;
}

std::vector<ListedRun> list_runs(const fs::path& folder,
                                 const std::function<ListedRun(const fs::path&)>& listed) {
  std::error_code error;
  std::vector<ListedRun> runs;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, error}) {
    const fs::path& path = entry.path();
    if (entry.is_regular_file() && path.extension() == ".h5") {
      try {
        runs.push_back(listed(path));
      } catch (const Error& e) {
        if (e.code() != Exit::data_invalid) throw;
        runs.push_back(unreadable(path));
      }
    } else if (entry.is_directory() && path.extension() == ".partial") {
      runs.push_back({path, path.stem().string(), "", status_of(path), 0, 0, 0, age_of(path)});
    }
  }
  if (error) throw IoError{fmt::format("cannot list the folder {}", folder.string()), error.value()};
  std::sort(runs.begin(), runs.end(), [](const ListedRun& a, const ListedRun& b) {
    return a.age_seconds != b.age_seconds ? a.age_seconds < b.age_seconds : a.file < b.file;
  });
  return runs;
}

std::string runs_text(const std::vector<ListedRun>& runs) {
  std::string text;
  for (const ListedRun& run : runs) {
    const std::string claims = run.claims == 0 ? "-" : fmt::format("{}/{} hold", run.holding, run.claims);
    const std::string points = run.points == 0 ? "" : fmt::format("  {} points", run.points);
    text += fmt::format("{:<11}  {:<9}  {:>7}  {}{}\n", run.status, claims, age_text(run.age_seconds),
                        run.file.string(), points);
  }
  return text;
}

nlohmann::ordered_json runs_json(const std::vector<ListedRun>& runs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedRun& run : runs) {
    list.push_back({{"file", run.file.string()},
                    {"name", run.name},
                    {"run_id", run.id},
                    {"status", run.status},
                    {"claims", run.claims},
                    {"claims_that_hold", run.holding},
                    {"points", run.points},
                    {"age_s", run.age_seconds}});
  }
  return list;
}

ListedRun run_from_json(const nlohmann::ordered_json& json) {
  return {json.at("file").get<std::string>(),
          json.at("name"),
          json.at("run_id"),
          json.at("status"),
          json.at("claims"),
          json.at("claims_that_hold"),
          json.at("points"),
          json.at("age_s")};
}

}  // namespace ansatz::host
