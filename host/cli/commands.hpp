// The commands behind `ansatz`: each takes its arguments as a struct, writes data to stdout and messages to
// stderr, and returns the exit code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "run/job.hpp"
#include "validate/validate.hpp"

namespace ansatz::host {

struct PipelineArguments {
  std::filesystem::path file;
  std::vector<std::string> plugin_paths, overrides;
  std::vector<std::string> data;  // NAME=FILE
  std::filesystem::path runs = "runs";
  bool json = false;
};

struct RunArguments {
  PipelineArguments pipeline;
  bool embed_inputs = false, embed_plugins = false;
  unsigned jobs = 1, threads = 1;
  bool keep_going = false, in_process = false, deterministic = false, quiet = false, paranoid = false;
  double checkpoint_seconds = 30;
  Limits limits;
  std::filesystem::path resume;  // the .partial folder to go on in
  std::string command;           // as it was typed
};

struct ImportArguments {
  std::filesystem::path file, output;
  std::string format, header;  // header: true, false, or "" for by its look
  std::vector<std::string> arrays, attributes, renames;
  bool force = false, json = false;
};

struct PluginInfoArguments {
  std::vector<std::string> plugin_paths;
  std::string id;
  bool json = false, markdown = false;
  std::filesystem::path update;  // a README whose reference is rewritten
};

Exit check_command(const PipelineArguments& arguments);
Exit plan_command(const PipelineArguments& arguments);
Exit run_command(const RunArguments& arguments);
// The points of a sweep, and one of them as a run of its own: what an engine needs to spread a sweep.
Exit points_command(const PipelineArguments& arguments);
Exit run_point_command(const RunArguments& arguments, std::size_t point);
// Goes on with the run in the folder; only `quiet` and `pipeline.json` of `arguments` are looked at.
Exit resume_command(const std::filesystem::path& partial, RunArguments arguments);
Exit recover_command(const std::vector<std::filesystem::path>& partials, bool json);

struct GcArguments {
  std::filesystem::path runs = "runs";
  double older_days = -1;  // below 0: only what nobody can use any more
  bool dry_run = false, json = false;
};
Exit gc_command(const GcArguments& arguments);

Exit schema_command(const std::vector<std::string>& plugin_paths);
Exit explain_command(const std::string& code, bool json);
Exit doctor_command(const std::vector<std::string>& plugin_paths, bool json);
Exit plugin_list_command(const std::vector<std::string>& plugin_paths, bool failures, bool json);
Exit plugin_info_command(const PluginInfoArguments& arguments);
Exit plugin_validate_command(const validate::Request& request, bool json);
Exit plugin_new_command(const std::string& name, const std::filesystem::path& parent, bool json);

Exit import_command(const ImportArguments& arguments);
Exit show_command(const std::filesystem::path& file, const std::string& item, bool json);
struct ReplayArguments {
  std::vector<std::filesystem::path> archives;
  RunArguments run;  // its pipeline.file is not used
  std::uint64_t ulp = 0;
};
Exit replay_command(const ReplayArguments& arguments);
Exit diff_command(const std::filesystem::path& a, const std::filesystem::path& b, bool only_changed,
                  bool json);
Exit ls_command(const std::filesystem::path& folder, bool json);
// One page of HTML; its pictures as SVG files too if `svg_folder` is set.
struct ReportArguments {
  std::vector<std::filesystem::path> archives;
  std::filesystem::path output, svg_folder;
};
Exit report_command(const ReportArguments& arguments);
Exit verify_command(const std::vector<std::filesystem::path>& files, bool json);

}  // namespace ansatz::host
