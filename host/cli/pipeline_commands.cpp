// check, plan, run and resume.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/pipeline.hpp"
#include "plugins/registry.hpp"
#include "run/partial.hpp"
#include "run/plan.hpp"
#include "run/run.hpp"
#include "run/store_entry.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_pipeline = std::size_t{1} << 20;

std::atomic<int> interrupts = 0;

std::string read_pipeline(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    throw Error{Exit::usage, fmt::format("there is no pipeline file {}", file.string())};
  }
  if (!fs::is_regular_file(file, error) || !std::ifstream{file}) {
    throw Error{Exit::usage, fmt::format("{} cannot be read as a pipeline file", file.string())};
  }
  std::ifstream stream{file, std::ios::binary};
  std::string text;
  // One byte more than is allowed is enough for the front end to say so.
  text.resize(largest_pipeline + 1);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::map<std::string, fs::path> parse_data(const std::vector<std::string>& data) {
  std::map<std::string, fs::path> files;
  for (const std::string& entry : data) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error{Exit::usage, fmt::format("--data takes NAME=FILE, got '{}'", entry)};
    }
    files[entry.substr(0, equals)] = fs::absolute(entry.substr(equals + 1));
  }
  return files;
}

// A pipeline with the registry its plan will point into.
struct Checked {
  Registry registry;
  std::optional<Pipeline> pipeline;
  Exit code = Exit::ok;
  nlohmann::ordered_json diagnostics;
};

Exit code_of(const Diagnostics& diagnostics) {
  if (!diagnostics.failed()) return Exit::ok;
  const auto& list = diagnostics.list();
  const auto only = [&](const std::string& code) {
    return std::all_of(list.begin(), list.end(),
                       [&](const Diagnostic& d) { return d.warning || d.code == code; });
  };
  if (only(code::unknown_plugin)) return Exit::plugin_refused;
  if (only(code::data_unreadable)) return Exit::data_invalid;
  return Exit::pipeline_invalid;
}

Checked check(const PipelineArguments& arguments) {
  const std::string source = read_pipeline(arguments.file);
  const fs::path folder = fs::absolute(arguments.file).parent_path();
  Checked checked{
      Registry{search_folders(arguments.plugin_paths, plugin_folders(source, folder))}, {}, Exit::ok, {}};
  CheckOptions options;
  options.overrides = arguments.overrides;
  options.data = parse_data(arguments.data);
  options.open_data = open_data;
  Diagnostics diagnostics;
  checked.pipeline = check_pipeline(source, folder, checked.registry, options, diagnostics);
  checked.code = code_of(diagnostics);
  checked.diagnostics = diagnostics.to_json(arguments.file.string());
  if (!arguments.json) {
    std::fputs(diagnostics.render(arguments.file.string(), source, stderr_is_terminal()).c_str(), stderr);
  }
  return checked;
}

void print_json(const nlohmann::ordered_json& json) { std::puts(json.dump(2).c_str()); }

void on_interrupt(int) { ++interrupts; }

// Says nothing; errors come at the end.
class QuietReporter : public Reporter {
  void started(const Plan&) override {}
  void step_started(const PlannedStep&) override {}
  void step_waits(const PlannedStep&) override {}
  void progress(const PlannedStep&, double, const std::string&) override {}
  void log(const PlannedStep&, int, const std::string&) override {}
  void step_ended(const PlannedStep&, const StepRecord&) override {}
  void claim(const ClaimResult&) override {}
  void tick() override {}
};

nlohmann::ordered_json result_json(const RunResult& result) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::object(), claims = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const StepRecord& record = result.steps[i];
    auto& step = steps[result.plan.steps[i].label];
    step = {{"status", name_of(record.status)},
            {"cached", record.cached},
            {"wall_s", record.usage.wall_seconds},
            {"cpu_s", record.usage.cpu_seconds},
            {"max_rss_kib", record.usage.max_rss_kib}};
    if (!record.outcome.text.empty()) step["text"] = record.outcome.text;
  }
  for (const ClaimResult& claim : result.claims) {
    claims.push_back(
        {{"that", claim.claim->that.text()},
         {"value", claim.value ? nlohmann::ordered_json(*claim.value) : nlohmann::ordered_json{}},
         {"holds", claim.holds}});
  }
  return {{"archive", result.archive.string()},
          {"partial", result.partial.string()},
          {"exit_code", static_cast<int>(result.code)},
          {"steps", steps},
          {"claims", claims}};
}

Origin origin_of(const PipelineArguments& arguments) {
  Origin origin{fs::absolute(arguments.file), {}, arguments.overrides, {}};
  for (const std::string& folder : arguments.plugin_paths) {
    origin.plugin_paths.push_back(fs::absolute(folder).string());
  }
  for (const auto& [name, file] : parse_data(arguments.data)) {
    origin.data.push_back(name + "=" + file.string());
  }
  return origin;
}

RunOptions options_of(const RunArguments& arguments) {
  RunOptions options;
  options.runs = arguments.pipeline.runs;
  options.executable = "/proc/self/exe";
  options.jobs = std::max(1u, arguments.jobs);
  options.threads = std::max(1u, arguments.threads);
  options.keep_going = arguments.keep_going;
  options.in_process = arguments.in_process;
  options.deterministic = arguments.deterministic;
  options.paranoid = arguments.paranoid;
  options.checkpoint_seconds = arguments.checkpoint_seconds;
  options.limits = arguments.limits;
  options.origin = origin_of(arguments.pipeline);
  options.resume = arguments.resume;
  options.command = arguments.command;
  options.interrupts = [] { return interrupts.load(); };
  return options;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

}  // namespace

Exit check_command(const PipelineArguments& arguments) {
  const Checked checked = check(arguments);
  if (arguments.json) {
    print_json(checked.diagnostics);
  } else if (checked.pipeline) {
    std::fputs(
        fmt::format("{}: {} steps, no errors\n", arguments.file.string(), checked.pipeline->steps.size())
            .c_str(),
        stderr);
  }
  return checked.code;
}

Exit plan_command(const PipelineArguments& arguments) {
  Checked checked = check(arguments);
  if (!checked.pipeline) {
    if (arguments.json) print_json(checked.diagnostics);
    return checked.code;
  }
  Plan plan = plan_run(*checked.pipeline, checked.registry, arguments.runs / ".store");
  explain_plan(plan, arguments.runs / ".store");
  if (arguments.json) {
    print_json(plan_json(plan));
  } else {
    std::fputs(plan_text(plan).c_str(), stdout);
  }
  return Exit::ok;
}

Exit run_command(const RunArguments& arguments) {
  Checked checked = check(arguments.pipeline);
  if (!checked.pipeline) {
    if (arguments.pipeline.json) print_json(checked.diagnostics);
    return checked.code;
  }
  const RunOptions options = options_of(arguments);
  catch_interrupts();
  QuietReporter quiet;
  TerminalReporter terminal{stderr_is_terminal()};
  Reporter& reporter = arguments.quiet ? static_cast<Reporter&>(quiet) : terminal;
  const RunResult result = run_pipeline(*checked.pipeline, checked.registry, options, reporter);
  if (arguments.pipeline.json) {
    print_json(result_json(result));
  } else if (result.partial.empty()) {
    std::puts(result.archive.c_str());
  }
  if (!result.partial.empty() && !arguments.quiet) {
    std::fputs(
        fmt::format("interrupted; `ansatz resume {}` or the same `ansatz run` goes on, `ansatz recover` "
                    "seals what there is\n",
                    result.partial.string())
            .c_str(),
        stderr);
  }
  return result.code;
}

Exit resume_command(const fs::path& partial, RunArguments arguments) {
  const auto info = read_partial(partial);
  if (!info) {
    throw DataError{
        fmt::format("{} is no folder of an interrupted run; those are called runs/<name>-<id>.partial",
                    partial.string())};
  }
  const nlohmann::ordered_json &origin = info->header.at("origin"), &options = info->header.at("options");
  PipelineArguments& pipeline = arguments.pipeline;
  pipeline.file = origin.at("file").get<std::string>();
  pipeline.plugin_paths = origin.at("plugin_paths");
  pipeline.overrides = origin.at("overrides");
  pipeline.data = origin.at("data");
  pipeline.runs = fs::absolute(partial).lexically_normal().parent_path();
  arguments.jobs = options.at("jobs");
  arguments.threads = options.at("threads");
  arguments.keep_going = options.at("keep_going");
  arguments.deterministic = options.at("deterministic");
  arguments.checkpoint_seconds = options.at("checkpoint_seconds");
  const auto& limits = options.at("limits");
  arguments.limits = {limits.at("wall_seconds"), limits.at("cpu_seconds"), limits.at("memory_mib")};
  arguments.resume = partial;
  return run_command(arguments);
}

}  // namespace ansatz::host
