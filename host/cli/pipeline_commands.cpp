// check, plan, run, resume, points and run-point.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/setup.hpp"
#include "run/partial.hpp"
#include "run/plan.hpp"
#include "run/run.hpp"
#include "run/store_entry.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

void print_json(const nlohmann::ordered_json& json) { std::puts(json.dump(2).c_str()); }

// What a plugin prints in this process is no answer of ours.
class StdoutToStderr {
 public:
  explicit StdoutToStderr(bool wanted) {
    if (!wanted) return;
    std::fflush(stdout);
    saved_ = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~StdoutToStderr() {
    if (saved_ < 0) return;
    std::fflush(stdout);
    dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }
  StdoutToStderr(const StdoutToStderr&) = delete;
  StdoutToStderr& operator=(const StdoutToStderr&) = delete;

 private:
  int saved_ = -1;
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
    if (!record.outcome.details.empty()) step["details"] = record.outcome.details;
  }
  for (const ClaimResult& claim : result.claims) {
    claims.push_back(
        {{"that", claim.claim->that.text()},
         {"value", claim.value ? nlohmann::ordered_json(*claim.value) : nlohmann::ordered_json{}},
         {"verdict", claim.holds   ? "holds"
                     : claim.value ? "fails"
                                   : "unknown"}});
  }
  return {{"archive", result.archive.string()},
          {"partial", result.partial.string()},
          {"exit_code", static_cast<int>(result.code)},
          {"steps", steps},
          {"claims", claims}};
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
  explain_plan(*checked.pipeline, plan, arguments.runs / ".store");
  if (arguments.json) {
    print_json(plan_json(plan));
  } else {
    std::fputs(plan_text(plan).c_str(), stdout);
  }
  return Exit::ok;
}

namespace {

Exit run_checked(const Pipeline& pipeline, Registry& registry, const RunArguments& arguments) {
  const RunOptions options = run_options(arguments);
  const Watcher watcher{arguments.quiet};
  const RunResult result = [&] {
    const StdoutToStderr diverted{arguments.in_process};
    return run_pipeline(pipeline, registry, options, watcher.reporter());
  }();
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

}  // namespace

Exit run_command(const RunArguments& arguments) {
  Checked checked = check(arguments.pipeline);
  if (!checked.pipeline) {
    if (arguments.pipeline.json) print_json(checked.diagnostics);
    return checked.code;
  }
  return run_checked(*checked.pipeline, checked.registry, arguments);
}

Exit points_command(const PipelineArguments& arguments) {
  const Checked checked = check(arguments);
  if (!checked.pipeline) {
    if (arguments.json) print_json(checked.diagnostics);
    return checked.code;
  }
  const Pipeline& pipeline = *checked.pipeline;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < pipeline.points.size(); ++i) {
    const Point& point = pipeline.points[i];
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    std::string text = fmt::format("{}  seed={}", i, point.seed);
    for (std::size_t c = 0; c < pipeline.swept.size(); ++c) {
      values[pipeline.swept[c].name()] = to_json(point.values[c]);
      text += fmt::format("  {}={}", pipeline.swept[c].name(), to_text(point.values[c]));
    }
    if (arguments.json) {
      list.push_back({{"point", i}, {"seed", point.seed}, {"values", values}});
    } else {
      std::puts(text.c_str());
    }
  }
  if (arguments.json) print_json(list);
  return Exit::ok;
}

Exit run_point_command(const RunArguments& arguments, std::size_t point) {
  Checked checked = check(arguments.pipeline);
  if (!checked.pipeline) {
    if (arguments.pipeline.json) print_json(checked.diagnostics);
    return checked.code;
  }
  const std::size_t points = checked.pipeline->points.size();
  if (point >= points) {
    throw Error{Exit::usage,
                points == 0
                    ? fmt::format("{} has no sweep, so it has no points", arguments.pipeline.file.string())
                    : fmt::format("there is no point {}; the sweep has points 0 to {}", point, points - 1)};
  }
  const Pipeline pipeline = checked.pipeline->at(point);
  return run_checked(pipeline, checked.registry, arguments);
}

Exit resume_command(const fs::path& given, RunArguments arguments) {
  const fs::path partial = partial_path(given);
  const auto info = read_partial(partial);
  if (!info) throw no_partial_run(given);
  const nlohmann::ordered_json &origin = info->header.at("origin"), &options = info->header.at("options");
  PipelineArguments& pipeline = arguments.pipeline;
  pipeline.file = origin.at("file").get<std::string>();
  pipeline.plugin_paths = origin.at("plugin_paths");
  pipeline.overrides = origin.at("overrides");
  pipeline.data = origin.at("data");
  pipeline.runs = partial.parent_path();
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
