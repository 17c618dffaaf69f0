#include "run/job.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "plugins/library.hpp"
#include "run/checkpoint.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

Json settings_json(const std::map<std::string, Value>& settings) {
  Json json = Json::object();
  for (const auto& [name, value] : settings) json[name] = to_json(value);
  return json;
}

std::map<std::string, Value> settings_from(const Json& json) {
  std::map<std::string, Value> settings;
  for (const auto& [name, value] : json.items()) settings[name] = value_from_json(value);
  return settings;
}

// The step's key has the digest that data files had when the run was planned.
void check_inputs_unchanged(const Job& job) {
  for (const auto& [port, input] : job.inputs) {
    if (input.stamp) check_unchanged(input.file, *input.stamp);
  }
}

std::map<std::string, std::shared_ptr<ArraySource>> open_inputs(const Job& job) {
  std::map<std::string, std::shared_ptr<ArraySource>> sources;
  for (const auto& [port, input] : job.inputs) {
    sources[port] = open_data(input.file, input.options)->open(input.item);
  }
  check_inputs_unchanged(job);
  return sources;
}

// Only verbs that step stop where they can go on from.
bool steps(const ansatz_model& model, const std::string& verb) {
  for (std::uint64_t i = 0; i < model.verb_count; ++i) {
    if (verb == model.verbs[i]->name) return (model.verbs[i]->flags & ANSATZ_STEPS) != 0;
  }
  return false;
}

// A checkpoint that the plugin does not take back is set aside: the step starts from its beginning.
VerbResult run_or_resume(VerbCall& call, const CheckpointFiles& files, std::uint64_t& resumed_at) {
  if (const std::optional<Checkpoint> checkpoint = files.newest()) {
    call.resume = &*checkpoint;
    VerbResult result = run_verb(call);
    call.resume = nullptr;
    if (result.steps > checkpoint->steps || result.status == ANSATZ_DONE ||
        result.status == ANSATZ_CANCELLED) {
      resumed_at = checkpoint->steps;
      return result;
    }
    files.remove_all();
    if (call.listener.log) {
      call.listener.log(ANSATZ_WARNING, fmt::format("it could not go on after step {} and starts anew: {}",
                                                    checkpoint->steps, result.text));
    }
  }
  return run_verb(call);
}

// With the stamp that it had then, it need not be read as a whole.
bool is_planned_plugin(const Job& job) {
  return (job.plugin_stamp && stamp_of(job.plugin) == *job.plugin_stamp) ||
         sha256_of_file(job.plugin) == job.plugin_sha256;
}

VerbResult call_plugin(const Job& job, const Listener& listener, std::uint64_t& resumed_at) {
  if (!is_planned_plugin(job)) {
    throw Error{
        Exit::plugin_refused,
        fmt::format("the plugin file {} changed since the run was planned; run again", job.plugin.string())};
  }
  const Library library{job.plugin};
  Tree state;
  VerbCall call;
  call.model = &library.model(job.model);
  call.verb = job.verb;
  call.model_settings = job.model_settings;
  call.verb_settings = job.verb_settings;
  call.inputs = open_inputs(job);
  if (job.model_file) {
    verify_sealed(*job.model_file);
    state = read_tree(*job.model_file, "/model");
    call.state = &state;
  }
  call.random_key = job.random_key;
  call.threads = job.threads;
  call.listener = listener;
  if (!steps(*call.model, job.verb)) return run_verb(call);
  const CheckpointFiles files{job.output};
  Checkpointer checkpointer{files, std::chrono::duration<double>{job.checkpoint_seconds}};
  call.listener = checkpointer.attach(listener);
  call.listener.checkpoint = [&job, keep = call.listener.checkpoint](Checkpoint checkpoint) {
    check_inputs_unchanged(job);
    keep(std::move(checkpoint));
  };
  VerbResult result = run_or_resume(call, files, resumed_at);
  checkpointer.finish();
  return result;
}

}  // namespace

Json to_json(const Job& job) {
  Json inputs = Json::object();
  for (const auto& [port, input] : job.inputs) {
    inputs[port] = {{"file", input.file.string()},
                    {"format", input.options.format},
                    {"header", input.options.header ? Json(*input.options.header) : Json{}},
                    {"item", input.item},
                    {"reference", input.reference},
                    {"stamp", input.stamp ? to_json(*input.stamp) : Json{}}};
  }
  return {{"step", job.step},
          {"key", job.key},
          {"plugin", job.plugin.string()},
          {"plugin_sha256", job.plugin_sha256},
          {"plugin_stamp", job.plugin_stamp ? to_json(*job.plugin_stamp) : Json{}},
          {"model", job.model},
          {"verb", job.verb},
          {"model_settings", settings_json(job.model_settings)},
          {"verb_settings", settings_json(job.verb_settings)},
          {"inputs", inputs},
          {"model_file", job.model_file ? job.model_file->string() : ""},
          {"random_key", job.random_key},
          {"threads", job.threads},
          {"wall_seconds", job.limits.wall_seconds},
          {"cpu_seconds", job.limits.cpu_seconds},
          {"memory_mib", job.limits.memory_mib},
          {"checkpoint_seconds", job.checkpoint_seconds},
          {"output", job.output.string()}};
}

Job job_from_json(const Json& json) {
  Job job;
  job.step = json.at("step");
  job.key = json.at("key");
  job.plugin = json.at("plugin").get<std::string>();
  job.plugin_sha256 = json.at("plugin_sha256");
  if (!json.at("plugin_stamp").is_null()) job.plugin_stamp = stamp_from_json(json.at("plugin_stamp"));
  job.model = json.at("model");
  job.verb = json.at("verb");
  job.model_settings = settings_from(json.at("model_settings"));
  job.verb_settings = settings_from(json.at("verb_settings"));
  for (const auto& [port, input] : json.at("inputs").items()) {
    JobInput& target = job.inputs[port];
    target.file = input.at("file").get<std::string>();
    target.options.format = input.at("format");
    if (!input.at("header").is_null()) target.options.header = input.at("header").get<bool>();
    target.item = input.at("item");
    target.reference = input.at("reference");
    if (!input.at("stamp").is_null()) target.stamp = stamp_from_json(input.at("stamp"));
  }
  if (const std::string file = json.at("model_file"); !file.empty()) job.model_file = file;
  job.random_key = json.at("random_key");
  job.threads = json.at("threads");
  job.limits = {json.at("wall_seconds"), json.at("cpu_seconds"), json.at("memory_mib")};
  job.checkpoint_seconds = json.at("checkpoint_seconds");
  job.output = json.at("output").get<std::string>();
  return job;
}

Tree step_tree(const Job& job, VerbResult& result) {
  Tree tree;
  tree.attributes["format"] = std::string{"ansatz-step"};
  tree.attributes["format_version"] = std::int64_t{1};
  tree.attributes["key"] = job.key;
  tree.attributes["steps"] = static_cast<std::int64_t>(result.steps);
  tree.group("outputs") = std::move(result.outputs);
  if (!result.state.empty()) tree.group("model") = std::move(result.state);
  put_metrics(tree, result.metrics);
  if (!result.log.empty()) tree.put("log", Array::texts(result.log));
  return tree;
}

StepOutcome run_job(const Job& job, const Listener& listener) {
  // The boundary has no status for it: what the SDK says of a std::bad_alloc that the plugin let out.
  constexpr std::string_view plugin_out_of_memory = "out of memory";
  StepOutcome outcome;
  bool out_of_memory = false;
  try {
    VerbResult result = call_plugin(job, listener, outcome.resumed_at);
    check_inputs_unchanged(job);
    outcome.steps = result.steps;
    outcome.text = result.text;
    out_of_memory =
        result.out_of_memory || (result.status == ANSATZ_INTERNAL && result.text == plugin_out_of_memory);
    if (result.status == ANSATZ_DONE) {
      write_sealed(step_tree(job, result), job.output);
      CheckpointFiles{job.output}.remove_all();
    }
    outcome.status = result.status;
  } catch (const IoError& e) {
    outcome.text = e.what();
    outcome.io_error = true;
  } catch (const std::bad_alloc&) {
    outcome.text = "out of memory";
    out_of_memory = true;
  } catch (const std::exception& e) {
    outcome.text = e.what();
  }
  // Without the limit the same request would have been granted or killed by the kernel.
  outcome.limit_hit = job.limits.memory_mib != 0 && out_of_memory;
  return outcome;
}

}  // namespace ansatz::host
