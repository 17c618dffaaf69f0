#include "run/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr const char* scheme = "ansatz-step-key-1";

const VerbInfo& find_verb(const PluginInfo& plugin, const Step& step) {
  for (const ModelInfo& model : plugin.models) {
    if (model.name != step.model) continue;
    for (const VerbInfo& verb : model.verbs) {
      if (verb.name == step.verb) return verb;
    }
  }
  throw Error{Exit::plugin_refused,
              fmt::format("plugin '{}' no longer has {}.{}", plugin.id, step.model, step.verb)};
}

const ModelInfo& find_model(const PluginInfo& plugin, const Step& step) {
  return *std::find_if(plugin.models.begin(), plugin.models.end(),
                       [&](const ModelInfo& model) { return model.name == step.model; });
}

void add_settings(Digest& digest, const Settings& settings, const std::vector<ParameterInfo>& parameters) {
  for (const auto& [name, value] : settings) {
    const auto info = std::find_if(parameters.begin(), parameters.end(),
                                   [&, &wanted = name](const ParameterInfo& p) { return p.name == wanted; });
    if (info != parameters.end() && !info->affects_result) continue;
    digest.text(name);
    digest.text(to_json(value).dump());
  }
  digest.text("");  // ends the list
}

std::uint64_t step_seed(const Pipeline& pipeline, const std::string& step) {
  Digest digest;
  digest.text("ansatz-step-seed-1");
  digest.number(static_cast<std::uint64_t>(pipeline.seed));
  digest.text(step);
  return std::strtoull(digest.hex().substr(0, 16).c_str(), nullptr, 16);
}

// The file's bytes, and how they are read.
std::string data_key(const Pipeline& pipeline, const Plan& plan, const std::string& name) {
  const auto entry = std::find_if(pipeline.data.begin(), pipeline.data.end(),
                                  [&](const DataEntry& candidate) { return candidate.name == name; });
  const auto& header = entry->options.header;
  return fmt::format("{}/{}/{}", plan.data.at(name).sha256, entry->options.format,
                     header ? (*header ? "header" : "bare") : "");
}

}  // namespace

Plan plan_run(const Pipeline& pipeline, Catalogue& catalogue, const std::filesystem::path& store) {
  Plan plan;
  for (const DataEntry& entry : pipeline.data) {
    plan.data[entry.name] = {std::filesystem::file_size(entry.file), sha256_of_file(entry.file)};
  }
  std::map<std::string, std::string> keys;
  for (const Step& step : pipeline.steps) {
    PlannedStep planned;
    planned.step = &step;
    planned.plugin = catalogue.find(step.plugin);
    if (planned.plugin == nullptr) throw Error{Exit::plugin_refused, catalogue.why_not(step.plugin)};
    planned.verb = &find_verb(*planned.plugin, step);
    planned.random_key = step_seed(pipeline, step.id);
    std::string& plugin_digest = plan.plugin_sha256[step.plugin];
    if (plugin_digest.empty()) plugin_digest = sha256_of_file(planned.plugin->path);

    Digest digest;
    digest.text(scheme);
    digest.text(planned.plugin->id);
    digest.text(planned.plugin->version);
    digest.text(plugin_digest);
    digest.number(planned.plugin->abi_major);
    digest.text(step.model);
    digest.text(step.verb);
    add_settings(digest, step.model_settings, find_model(*planned.plugin, step).parameters);
    add_settings(digest, step.verb_settings, planned.verb->parameters);
    digest.number(planned.random_key);
    for (const auto& [port, reference] : step.inputs) {
      digest.text(port);
      digest.text(reference.is_data ? data_key(pipeline, plan, reference.source) : keys.at(reference.source));
      digest.text(reference.item);
    }
    digest.text("");
    digest.text(step.model_step ? keys.at(*step.model_step) : "");

    planned.key = digest.hex();
    keys[step.id] = planned.key;
    planned.file = store / planned.key.substr(0, 2) / (planned.key + ".h5");
    planned.cached = std::filesystem::exists(planned.file);
    planned.reason = planned.cached ? "its result is in the store" : "no result in the store has its key";
    plan.steps.push_back(std::move(planned));
  }
  return plan;
}

std::string plan_text(const Plan& plan) {
  std::size_t width = 4;
  for (const PlannedStep& planned : plan.steps) width = std::max(width, planned.step->id.size());
  std::string text;
  for (const PlannedStep& planned : plan.steps) {
    text += fmt::format("{:<{}}  {:<6}  {}.{}.{}  {}  ({})\n", planned.step->id, width,
                        planned.cached ? "cached" : "run", planned.step->plugin, planned.step->model,
                        planned.step->verb, planned.key.substr(0, 12), planned.reason);
  }
  return text;
}

nlohmann::ordered_json plan_json(const Plan& plan) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PlannedStep& planned : plan.steps) {
    list.push_back(
        {{"step", planned.step->id},
         {"action", planned.cached ? "cached" : "run"},
         {"reason", planned.reason},
         {"key", planned.key},
         {"do", fmt::format("{}.{}.{}", planned.step->plugin, planned.step->model, planned.step->verb)}});
  }
  return list;
}

}  // namespace ansatz::host
