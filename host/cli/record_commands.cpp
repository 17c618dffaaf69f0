// replay, diff and ls.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/guarded.hpp"
#include "cli/setup.hpp"
#include "plugins/registry.hpp"
#include "report/diff.hpp"
#include "run/list_runs.hpp"
#include "run/replay.hpp"

namespace ansatz::host {

using Json = nlohmann::ordered_json;

namespace {

Exit replay_archive(const std::filesystem::path& archive, const ReplayArguments& arguments) {
  const RunArguments& run = arguments.run;
  const ReplayFolder folder{run.pipeline.runs};
  const auto read = [&] {
    return read_for_replay(archive, folder.path()).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  const Json archived = Json::parse(text_guarded({archive}, read));
  const ReplaySource source = prepare_replay(archived, archive, folder.path(), parse_data(run.pipeline.data),
                                             search_folders(run.pipeline.plugin_paths, {}));
  Registry registry{source.plugin_folders};
  RunOptions options = run_options(run);
  options.runs = folder.path();
  options.keep_going = true;
  const Watcher watcher{run.quiet};
  const RunResult result = run_pipeline(source.pipeline, registry, options, watcher.reporter());
  if (result.code == Exit::interrupted) return result.code;
  return run_guarded({archive, result.archive}, [&] {
    const ReplayReport report = compare_replay(source, result, arguments.ulp);
    std::fputs(run.pipeline.json ? (replay_json(report).dump(2) + "\n").c_str() : replay_text(report).c_str(),
               stdout);
    return report.code;
  });
}

}  // namespace

Exit replay_command(const ReplayArguments& arguments) {
  if (arguments.archives.size() == 1) return replay_archive(arguments.archives[0], arguments);
  const bool json = arguments.run.pipeline.json;
  Exit worst = Exit::ok;
  if (json) std::fputs("[", stdout);
  for (std::size_t i = 0; i < arguments.archives.size() && worst != Exit::interrupted; ++i) {
    const std::filesystem::path& archive = arguments.archives[i];
    std::fputs(json ? (i == 0 ? "" : ",") : fmt::format("{}\n", archive.string()).c_str(), stdout);
    worst = std::max(worst, replay_archive(archive, arguments));
  }
  if (json) std::fputs("]\n", stdout);
  return worst;
}

Exit diff_command(const std::filesystem::path& a, const std::filesystem::path& b, bool only_changed,
                  bool json) {
  return run_guarded({a, b}, [&] {
    const ArchiveDiff diff = diff_archives(a, b);
    std::fputs(
        json ? (diff_json(diff, only_changed).dump(2) + "\n").c_str() : diff_text(diff, only_changed).c_str(),
        stdout);
    return diff.any() ? Exit::differs : Exit::ok;
  });
}

Exit ls_command(const std::filesystem::path& folder, bool json) {
  // A damaged archive costs its own line.
  const std::vector<ListedRun> runs = list_runs(folder, [](const std::filesystem::path& file) {
    const auto listed = [&] { return runs_json({listed_archive(file)}).at(0).dump(); };
    return run_from_json(Json::parse(text_guarded({file}, listed)));
  });
  std::fputs(json ? (runs_json(runs).dump(2) + "\n").c_str() : runs_text(runs).c_str(), stdout);
  return Exit::ok;
}

}  // namespace ansatz::host
