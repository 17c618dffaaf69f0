// `ansatz`: parses the command line and calls one command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "cli/commands.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "plugins/describe.hpp"
#include "run/environment.hpp"
#include "run/fork_server.hpp"
#include "run/process.hpp"

namespace {

using namespace ansatz::host;

constexpr const char* example = R"(Example:
  ansatz run configs/digits-ridge.yaml     run a pipeline; prints its archive's path
  ansatz show ARCHIVE                      look into the archive
  ansatz resume runs/digits-ridge-*.partial   go on with an interrupted run; running it again does the same
  ansatz report runs/digits-ridge-*.h5     claims, steps and pictures as one HTML page
  ansatz replay runs/digits-ridge-*.h5     run it again from the archive alone, and compare every result
  ansatz diff A.h5 B.h5 --only-changed     what differs between two runs

Exit codes: 0 ok, 1 step failed, 2 usage, 3 pipeline invalid, 4 plugin missing or refused, 5 data or archive invalid,
6 claim or replay differs, 7 limit hit, 74 I/O error, 130 interrupted.
)";

struct Arguments {
  std::vector<std::string> plugin_paths;
  bool json = false;
  RunArguments run;
  ImportArguments import;
  ReportArguments report;
  ReplayArguments replay;
  std::filesystem::path other;
  std::size_t point = 0;
  bool only_changed = false;
  std::filesystem::path file;
  std::vector<std::filesystem::path> files;
  PluginInfoArguments info;
  validate::Request validation;
  std::filesystem::path folder = ".", runs = "runs";
  GcArguments gc;
  std::string word, item;
  bool failures = false;
  Exit result = Exit::ok;
};

void add_pipeline_options(CLI::App& command, Arguments& a) {
  PipelineArguments& p = a.run.pipeline;
  command.add_option("PIPELINE", p.file, "The YAML file")->required();
  command.add_option("--set", p.overrides, "STEP.PARAMETER=VALUE, seed=N: override the pipeline")
      ->type_size(1);
  command.add_option("--data", p.data, "NAME=FILE: another file for a data entry")->type_size(1);
  command.add_option("--runs", p.runs, "Folder of archives and of the store (default: runs)");
}

void add_run_options(CLI::App& command, Arguments& a) {
  RunArguments& run = a.run;
  command.add_option("-j,--jobs", run.jobs, "Independent steps at once (default: 1)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--threads", run.threads, "Threads in each step; results do not depend on it (default: 1)")
      ->check(CLI::Range(1, 1024));
  command.add_flag("--keep-going", run.keep_going, "After a failed step, run those that do not need it");
  command.add_flag("--in-process", run.in_process, "No worker processes: for a debugger");
  command.add_flag("--embed-inputs", run.embed_inputs, "The data files' bytes into the archive, for replay");
  command.add_flag("--embed-plugins", run.embed_plugins, "The plugins' files too");
  command.add_flag("--deterministic", run.deterministic,
                   "Leave times and places out: equal runs give equal files");
  command.add_flag("--quiet", run.quiet, "No progress");
  command.add_option("--limit-wall", run.limits.wall_seconds, "Seconds a step may last")
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--limit-cpu", run.limits.cpu_seconds, "CPU seconds a step may use")
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--limit-memory", run.limits.memory_mib, "MiB of memory a step may allocate");
  command
      .add_option("--checkpoint-every", run.checkpoint_seconds,
                  "Seconds between checkpoints of a running step (default: 30)")
      ->check(CLI::Range(0.0, 1e9));
  command.add_flag("--paranoid", run.paranoid, "Compute again what the store has, and compare");
}

// A command that runs `body` when it is chosen.
template <class Body>
CLI::App& command(CLI::App& parent, Arguments& a, const char* name, const char* text, Body body) {
  CLI::App& made = *parent.add_subcommand(name, text);
  made.callback([&a, body] {
    a.run.pipeline.plugin_paths = a.plugin_paths;
    a.run.pipeline.json = a.import.json = a.json;
    a.result = body();
  });
  return made;
}

void add_plugin_commands(CLI::App& app, Arguments& a) {
  CLI::App& plugin = *app.add_subcommand("plugin", "What plugins there are and what they do");
  plugin.require_subcommand(1);
  CLI::App& list = command(plugin, a, "list", "Plugins found; runs none of their code",
                           [&a] { return plugin_list_command(a.plugin_paths, a.failures, a.json); });
  list.add_flag("--failures", a.failures, "Those refused as well, with the reasons");
  CLI::App& info = command(plugin, a, "info", "Models, verbs, ports and parameters of a plugin", [&a] {
    a.info.plugin_paths = a.plugin_paths;
    a.info.json = a.json;
    return plugin_info_command(a.info);
  });
  info.add_option("ID", a.info.id, "The plugin's id")->required();
  info.add_flag("--markdown", a.info.markdown, "As reference pages for its README");
  info.add_option("--update", a.info.update, "The README whose reference pages are rewritten")
      ->check(CLI::ExistingFile);
  CLI::App& make = command(plugin, a, "new", "A plugin to start from: source, build, pipeline and tests",
                           [&a] { return plugin_new_command(a.word, a.folder, a.json); });
  make.add_option("NAME", a.word, "Its id: lower case letters, digits and inner '-'")->required();
  CLI::App& validation =
      command(plugin, a, "validate", "Try to catch a plugin breaking the rules that runs rely on",
              [&a] { return plugin_validate_command(a.validation, a.json); });
  a.validation.jobs = std::max(1U, std::thread::hardware_concurrency());
  validation.add_option("FILE", a.validation.file, "The plugin's file: build/my-model.ansatz.so")->required();
  validation.add_option("--level", a.validation.level,
                        "1 quick, 2 before others use it, 3 everything (default: 2)");
  validation.add_option("--case", a.validation.only, "One case by its name, with those that it needs");
  validation.add_option("--seed", a.validation.seed,
                        "Of inputs and settings; equal seeds give equal verdicts (default: 1)");
  validation.add_option("-j,--jobs", a.validation.jobs, "Cases at once (default: one a processor)")
      ->check(CLI::Range(1, 1024));
  validation
      .add_option("--limit", a.validation.limit, "Seconds that a case may last on one verb (default: 30)")
      ->check(CLI::PositiveNumber);
  validation.add_flag("--in-process", a.validation.in_process, "No child processes: for a debugger");
  make.add_option("--dir", a.folder, "Folder to make NAME/ in (default: here)");
}

void add_sweep_commands(CLI::App& app, Arguments& a) {
  add_pipeline_options(command(app, a, "points", "The points of a pipeline's sweep, numbered",
                               [&a] { return points_command(a.run.pipeline); }),
                       a);
  CLI::App& point = command(app, a, "run-point", "Run one point of a sweep as a run of its own",
                            [&a] { return run_point_command(a.run, a.point); });
  add_pipeline_options(point, a);
  point.add_option("POINT", a.point, "Its number")->required();
  add_run_options(point, a);
}

void add_record_commands(CLI::App& app, Arguments& a) {
  CLI::App& report = command(app, a, "report", "Claims, steps and pictures of runs as one HTML page",
                             [&a] { return report_command(a.report); });
  report.add_option("ARCHIVE", a.report.archives, "Archives of runs")->required();
  report.add_option("-o,--output", a.report.output, "The page to write (default: beside the first archive)");
  report.add_option("--svg", a.report.svg_folder, "Folder for the pictures as SVG files of their own");
  CLI::App& replay =
      command(app, a, "replay", "Run archives again, from themselves alone, and compare every result", [&a] {
        a.replay.run = a.run;
        return replay_command(a.replay);
      });
  replay.add_option("ARCHIVE", a.replay.archives, "Archives of runs")->required();
  replay.add_option("--data", a.run.pipeline.data, "NAME=FILE: where an input is now")->type_size(1);
  replay.add_option("--runs", a.run.pipeline.runs, "Folder to work in (default: runs)");
  replay.add_option("--ulp", a.replay.ulp, "How many units in the last place reals may be off (default: 0)");
  replay.add_option("-j,--jobs", a.run.jobs, "Independent steps at once (default: 1)")
      ->check(CLI::Range(1, 1024));
  replay.add_option("--threads", a.run.threads, "Threads in each step (default: 1)")
      ->check(CLI::Range(1, 1024));
  replay.add_flag("--quiet", a.run.quiet, "No progress");
  CLI::App& diff = command(app, a, "diff", "What differs between two runs, from parameters to outputs",
                           [&a] { return diff_command(a.file, a.other, a.only_changed, a.json); });
  diff.add_option("A", a.file, "An archive")->required();
  diff.add_option("B", a.other, "Another one")->required();
  diff.add_flag("--only-changed", a.only_changed, "Leave out what is equal");
  CLI::App& ls = command(app, a, "ls", "Runs in a folder: status, claims, age",
                         [&a] { return ls_command(a.runs, a.json); });
  ls.add_option("FOLDER", a.runs, "The folder (default: runs)");
}

void add_commands(CLI::App& app, Arguments& a) {
  add_pipeline_options(command(app, a, "check", "Check a pipeline without running it",
                               [&a] { return check_command(a.run.pipeline); }),
                       a);
  add_pipeline_options(command(app, a, "plan", "Say for each step whether it will run, and why",
                               [&a] { return plan_command(a.run.pipeline); }),
                       a);
  CLI::App& run =
      command(app, a, "run", "Run a pipeline and seal its archive", [&a] { return run_command(a.run); });
  add_pipeline_options(run, a);
  add_run_options(run, a);

  add_sweep_commands(app, a);
  CLI::App& resume = command(app, a, "resume", "Go on with an interrupted run",
                             [&a] { return resume_command(a.file, a.run); });
  resume.add_option("RUN", a.file, "Its folder: runs/<name>-<id>.partial")->required();
  resume.add_flag("--quiet", a.run.quiet, "No progress");
  CLI::App& recover = command(app, a, "recover", "Seal what there is of interrupted runs",
                              [&a] { return recover_command(a.files, a.json); });
  recover.add_option("RUN", a.files, "Their folders: runs/<name>-<id>.partial")->required();
  CLI::App& gc = command(app, a, "gc", "Free what the store no longer needs", [&a] {
    a.gc.json = a.json;
    return gc_command(a.gc);
  });
  gc.add_option("--runs", a.gc.runs, "Folder of archives and of the store (default: runs)");
  gc.add_option("--older", a.gc.older_days,
                "Also results, checkpoints and interrupted runs unused for so many days")
      ->check(CLI::Range(0.0, 1e9));
  gc.add_flag("--dry-run", a.gc.dry_run, "Only say what would be freed");

  CLI::App& show = command(app, a, "show", "Look into an archive or any HDF5 file",
                           [&a] { return show_command(a.file, a.item, a.json); });
  show.add_option("FILE", a.file, "The file")->required();
  show.add_option("ITEM", a.item, "A group or array inside it: steps/error/outputs/confusion");
  CLI::App& verify = command(app, a, "verify", "Check that sealed files are whole and unchanged",
                             [&a] { return verify_command(a.files, a.json); });
  verify.add_option("FILE", a.files, "Archives or step files")->required();
  add_record_commands(app, a);
  CLI::App& import = command(app, a, "import", "Turn CSV, NPY, NPZ, IDX, text or HDF5 into an HDF5 data set",
                             [&a] { return import_command(a.import); });
  import.add_option("FILE", a.import.file, "What to read")->required();
  import.add_option("-o,--output", a.import.output, "The HDF5 file to write")->required();
  import.add_option("--format", a.import.format, "hdf5, csv, tsv, npy, npz, idx, text (default: by content)");
  import
      .add_option("--header", a.import.header,
                  "true or false: whether the first line of a CSV or TSV file names the columns (default: by "
                  "its look)")
      ->check(CLI::IsMember({"true", "false"}));
  import
      .add_option("--array", a.import.arrays,
                  "NAME=COLUMNS[:TYPE]: columns of a table, or an array of another file, as one array")
      ->type_size(1);
  import.add_option("--attribute", a.import.attributes, "[ARRAY@]NAME=VALUE: an attribute to set")
      ->type_size(1);
  import.add_option("--rename", a.import.renames, "OLD=NEW: another name for an array")->type_size(1);
  import.add_flag("--force", a.import.force, "Replace a file that import did not write");

  add_plugin_commands(app, a);
  command(app, a, "schema", "JSON Schema of the pipeline language, for editors",
          [&a] { return schema_command(a.plugin_paths); });
  CLI::App& explain = command(app, a, "explain", "What a diagnostic code means",
                              [&a] { return explain_command(a.word, a.json); });
  explain.add_option("CODE", a.word, "P020, for instance; without it all codes are listed");
  command(app, a, "doctor", "What this installation runs on, and what is wrong with it",
          [&a] { return doctor_command(a.plugin_paths, a.json); });
}

// "there is no command 'rnu'; ..." if the first word that is no option names none, else "".
std::string unknown_command(const CLI::App& app, int count, char** words) {
  const CLI::App* at = &app;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--plugin-path") ++i;
    if (word.starts_with("-")) continue;
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) return "";
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      const std::string meant = did_you_mean(word, names);
      return fmt::format("there is no command {}; {}", in_quotes(word),
                         meant.empty() ? fmt::format("the commands are {}", fmt::join(names, ", "))
                                       : fmt::format("did you mean '{}'?", meant));
    }
    at = commands[static_cast<std::size_t>(found - names.begin())];
  }
  return "";
}

int run_main(int count, char** words) {
  Arguments a;
  for (int i = 0; i < count; ++i) a.run.command += (i == 0 ? "" : " ") + std::string{words[i]};
  CLI::App app{"Ansatz: statistical learning by pipelines of plugins, archived run by run", "ansatz"};
  app.set_version_flag("--version", version);
  app.footer(example);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--plugin-path", a.plugin_paths, "Folder to search for plugins first")->type_size(1);
  app.add_flag("--json", a.json, "Answer in JSON");
  add_commands(app, a);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& e) {
    if (const std::string unknown = unknown_command(app, count, words); !unknown.empty()) {
      std::fprintf(stderr, "ansatz: %s\n", unknown.c_str());
      return static_cast<int>(Exit::usage);
    }
    return app.exit(e) == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Error& e) {
    if (a.json) {
      const nlohmann::ordered_json answer{{"error", clean(e.what())},
                                          {"exit_code", static_cast<int>(e.code())}};
      std::puts(answer.dump(2).c_str());
    }
    throw;
  }
  // A full disk behind `ansatz ... > file` shows no sooner.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw IoError{"cannot write to standard output", errno};
  return static_cast<int>(a.result);
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGCHLD, SIG_DFL);  // inherited as ignored, it would hide how children end
  // A file that would pass `ulimit -f` is an error like a full disk; workers inherit it.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    // Hidden: what this executable runs as a child of itself.
    if (count == 3 && std::string{words[1]} == "worker") return worker_main(words[2]);
    if (count == 3 && std::string{words[1]} == "worker-server") return fork_server_main();
    if (count == 3 && std::string{words[1]} == "describe") return describe_main(words[2]);
    return run_main(count, words);
  } catch (const Error& e) {
    std::fprintf(stderr, "ansatz: %s\n", e.what());
    return static_cast<int>(e.code());
  } catch (const std::filesystem::filesystem_error& e) {
    std::fprintf(stderr, "ansatz: %s\n", e.what());
    return static_cast<int>(Exit::io_error);
  } catch (const std::bad_alloc&) {
    std::fputs("ansatz: out of memory\n", stderr);
    return static_cast<int>(Exit::step_failed);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ansatz: %s\n", e.what());
    return static_cast<int>(Exit::step_failed);
  }
}
