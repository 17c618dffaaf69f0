#include "cli/setup.hpp"

#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>

#include "cli/terminal.hpp"
#include "pipeline/codes.hpp"

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

void on_interrupt(int) { ++interrupts; }

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

}  // namespace

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

namespace {

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

}  // namespace

RunOptions run_options(const RunArguments& arguments) {
  RunOptions options;
  options.runs = arguments.pipeline.runs;
  options.executable = "/proc/self/exe";
  options.jobs = std::max(1u, arguments.jobs);
  options.threads = std::max(1u, arguments.threads);
  options.keep_going = arguments.keep_going;
  options.in_process = arguments.in_process;
  options.embed_inputs = arguments.embed_inputs;
  options.embed_plugins = arguments.embed_plugins;
  options.deterministic = arguments.deterministic;
  options.paranoid = arguments.paranoid;
  options.checkpoint_seconds = arguments.checkpoint_seconds;
  options.limits = arguments.limits;
  if (!arguments.pipeline.file.empty()) options.origin = origin_of(arguments.pipeline);
  options.resume = arguments.resume;
  options.command = arguments.command;
  options.interrupts = [] { return interrupts.load(); };
  return options;
}

Watcher::Watcher(bool quiet) : reporter_{std::make_unique<TerminalReporter>(stderr_is_terminal(), quiet)} {
  catch_interrupts();
}

}  // namespace ansatz::host
