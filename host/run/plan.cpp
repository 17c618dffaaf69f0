#include "run/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "data/open.hpp"

namespace ansatz::host {
namespace {

constexpr const char* scheme = "ansatz-step-key-2";

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

void add_settings(MadeOf& made_of, const Settings& settings, const std::vector<ParameterInfo>& parameters) {
  for (const auto& [name, value] : settings) {
    const auto info = std::find_if(parameters.begin(), parameters.end(),
                                   [&, &wanted = name](const ParameterInfo& p) { return p.name == wanted; });
    if (info != parameters.end() && !info->affects_result) continue;
    made_of["parameter/" + name] = to_json(value).dump();
  }
}

std::uint64_t step_seed(std::int64_t seed, const std::string& step) {
  Digest digest;
  digest.text("ansatz-step-seed-1");
  digest.number(static_cast<std::uint64_t>(seed));
  digest.text(step);
  return std::strtoull(digest.hex().substr(0, 16).c_str(), nullptr, 16);
}

// The file's bytes, and how they are read.
std::string data_key(const Pipeline& pipeline, const Plan& plan, const std::string& name) {
  const auto entry = std::find_if(pipeline.data.begin(), pipeline.data.end(),
                                  [&](const DataEntry& candidate) { return candidate.name == name; });
  const auto& header = entry->options.header;
  const DataFileInfo& file = plan.data.at(name);
  return fmt::format("{}/{}/{}", file.sha256, file.format, header ? (*header ? "header" : "bare") : "");
}

std::string key_of(const MadeOf& made_of) {
  Digest digest;
  digest.text(scheme);
  for (const auto& [name, value] : made_of) {
    digest.text(name);
    digest.text(value);
  }
  return digest.hex();
}

std::string action_of(const PlannedStep& planned) {
  if (planned.cached) return "cached";
  return planned.resume_at > 0 ? fmt::format("resume(step {})", planned.resume_at) : "run";
}

// Makes the plan, point by point; steps with one key are one.
class Planner {
 public:
  Planner(const Pipeline& pipeline, Catalogue& catalogue, std::filesystem::path store)
      : pipeline_{pipeline}, catalogue_{catalogue}, store_{std::move(store)} {}

  Plan make() {
    for (const DataEntry& entry : pipeline_.data) {
      const FileStamp stamp = stamp_of(entry.file);
      plan_.data[entry.name] = {stamp.bytes, sha256_of_file(entry.file),
                                name_of(know_file(entry.file, entry.options).format), stamp};
      check_unchanged(entry.file, stamp);
    }
    if (pipeline_.points.empty()) add_point({pipeline_.seed, {}}, "");
    for (std::size_t i = 0; i < pipeline_.points.size(); ++i)
      add_point(pipeline_.points[i], fmt::format("@{}", i));
    return std::move(plan_);
  }

 private:
  // `suffix` tells the points of a sweep apart.
  void add_point(const Point& point, const std::string& suffix) {
    PlannedPoint planned;
    std::map<std::string, std::size_t> places;  // of this point's steps, by id
    for (const Step& step : pipeline_.steps) {
      places[step.id] = add_step(varied(step, point), point.seed, step.id + suffix, places);
      planned.steps.push_back(places[step.id]);
    }
    plan_.points.push_back(std::move(planned));
  }

  // The step with the point's values; steps that the sweep leaves alone, or gives the same values again, are
  // one.
  const Step& varied(const Step& step, const Point& point) {
    std::string values;
    for (std::size_t i = 0; i < pipeline_.swept.size(); ++i) {
      if (pipeline_.swept[i].step == step.id) values += to_json(point.values[i]).dump() + "\n";
    }
    if (values.empty()) return step;
    const auto [place, is_new] = varied_.emplace(step.id + "\n" + values, nullptr);
    if (is_new) place->second = &plan_.varied.emplace_back(pipeline_.step_at(step, point));
    return *place->second;
  }

  std::size_t add_step(const Step& step, std::int64_t seed, const std::string& label,
                       const std::map<std::string, std::size_t>& places) {
    PlannedStep planned;
    planned.step = &step;
    planned.label = label;
    planned.plugin = catalogue_.find(step.plugin);
    if (planned.plugin == nullptr) throw Error{Exit::plugin_refused, catalogue_.why_not(step.plugin)};
    planned.verb = &find_verb(*planned.plugin, step);
    planned.random_key = step_seed(seed, step.id);
    for (const auto& [port, reference] : step.inputs) {
      if (!reference.is_data) planned.sources[reference.source] = places.at(reference.source);
    }
    if (step.model_step) planned.sources[*step.model_step] = places.at(*step.model_step);
    std::string& plugin_digest = plan_.plugin_sha256[step.plugin];
    if (plugin_digest.empty()) {
      plan_.plugin_stamps[step.plugin] =
          stamp_of(planned.plugin->path);  // first: what changes now is read again
      plugin_digest = sha256_of_file(planned.plugin->path);
    }
    planned.key = key_of(made_of(pipeline_, plan_, planned));
    const auto [place, is_new] = by_key_.emplace(planned.key, plan_.steps.size());
    if (!is_new) return place->second;
    planned.file = (store_ / planned.key.substr(0, 2) / (planned.key + ".h5")).string();
    planned.cached = std::filesystem::exists(planned.file);
    plan_.steps.push_back(std::move(planned));
    return place->second;
  }

  const Pipeline& pipeline_;
  Catalogue& catalogue_;
  std::filesystem::path store_;
  Plan plan_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::unordered_map<std::string, const Step*> varied_;
};

}  // namespace

MadeOf made_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned) {
  const Step& step = *planned.step;
  const auto source_key = [&](const std::string& id) { return plan.steps[planned.sources.at(id)].key; };
  MadeOf made_of;
  made_of["do"] = fmt::format("{}.{}.{}", planned.plugin->id, step.model, step.verb);
  made_of["plugin version"] = planned.plugin->version;
  made_of["plugin file"] = plan.plugin_sha256.at(step.plugin);
  made_of["abi"] = std::to_string(planned.plugin->abi_major);
  made_of["seed"] = fmt::format("{:016x}", planned.random_key);
  add_settings(made_of, step.model_settings, find_model(*planned.plugin, step).parameters);
  add_settings(made_of, step.verb_settings, planned.verb->parameters);
  for (const auto& [port, reference] : step.inputs) {
    made_of["input/" + port] = fmt::format(
        "{} {}",
        reference.is_data ? data_key(pipeline, plan, reference.source) : source_key(reference.source),
        reference.item);
  }
  if (step.model_step) made_of["model"] = source_key(*step.model_step);
  return made_of;
}

Plan plan_run(const Pipeline& pipeline, Catalogue& catalogue, const std::filesystem::path& store) {
  return Planner{pipeline, catalogue, store}.make();
}

std::string plan_text(const Plan& plan) {
  std::size_t width = 4;
  for (const PlannedStep& planned : plan.steps) width = std::max(width, planned.label.size());
  std::string text;
  for (const PlannedStep& planned : plan.steps) {
    text += fmt::format("{:<{}}  {:<6}  {}.{}  {}  ({})\n", planned.label, width, action_of(planned),
                        planned.step->plugin, planned.step->verb, planned.key.substr(0, 12), planned.reason);
  }
  return text;
}

nlohmann::ordered_json plan_json(const Plan& plan) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PlannedStep& planned : plan.steps) {
    list.push_back(
        {{"step", planned.label},
         {"action", planned.cached          ? "cached"
                    : planned.resume_at > 0 ? "resume"
                                            : "run"},
         {"resume_at", planned.resume_at},
         {"reason", planned.reason},
         {"key", planned.key},
         {"do", fmt::format("{}.{}.{}", planned.step->plugin, planned.step->model, planned.step->verb)}});
  }
  return list;
}

}  // namespace ansatz::host
