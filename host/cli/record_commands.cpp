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

Exit replay_command(const ReplayArguments& arguments) {
  const RunArguments& run = arguments.run;
  const ReplayFolder folder{run.pipeline.runs};
  const ReplaySource source = prepare_replay(arguments.archive, folder.path(), parse_data(run.pipeline.data),
                                             search_folders(run.pipeline.plugin_paths, {}));
  Registry registry{source.plugin_folders};
  RunOptions options = run_options(run);
  options.runs = folder.path();
  const Watcher watcher{run.quiet};
  const ReplayReport report = replay(source, registry, options, arguments.ulp, watcher.reporter());
  std::fputs(run.pipeline.json ? (replay_json(report).dump(2) + "\n").c_str() : replay_text(report).c_str(),
             stdout);
  return report.code;
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
    return run_from_json(nlohmann::ordered_json::parse(text_guarded({file}, listed)));
  });
  std::fputs(json ? (runs_json(runs).dump(2) + "\n").c_str() : runs_text(runs).c_str(), stdout);
  return Exit::ok;
}

}  // namespace ansatz::host
