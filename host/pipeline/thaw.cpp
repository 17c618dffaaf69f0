// The inverse of Pipeline::frozen().
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "pipeline/pipeline.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

Settings settings_from(const Json& json) {
  Settings settings;
  for (const auto& [name, value] : json.items()) settings[name] = value_from_json(value);
  return settings;
}

// `data`: names of data entries, which no step shares.
Reference reference_from(const std::string& text, const std::set<std::string>& data) {
  const auto dot = text.find('.');
  Reference reference;
  reference.source = text.substr(0, dot);
  reference.item = dot == std::string::npos ? "" : text.substr(dot + 1);
  reference.is_data = data.contains(reference.source);
  return reference;
}

double real_from(const Json& json) {
  const Value value = value_from_json(json);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

Claim claim_from(const Json& json, const std::set<std::string>& data) {
  Claim claim;
  claim.that = reference_from(json.at("that"), data);
  claim.because = json.at("because");
  if (json.contains("at_least")) claim.at_least = real_from(json["at_least"]);
  if (json.contains("at_most")) claim.at_most = real_from(json["at_most"]);
  if (json.contains("equals"))
    claim.equals = real_from(json["equals"]), claim.within = real_from(json.at("within"));
  return claim;
}

Step step_from(const std::string& id, const Json& json, const std::set<std::string>& data) {
  Step step;
  step.id = id;
  step.plugin = json.at("plugin"), step.model = json.at("model"), step.verb = json.at("verb");
  if (!json.at("model_step").is_null()) step.model_step = json["model_step"].get<std::string>();
  for (const auto& [port, reference] : json.at("inputs").items())
    step.inputs[port] = reference_from(reference.get<std::string>(), data);
  step.model_settings = settings_from(json.at("model_settings"));
  step.verb_settings = settings_from(json.at("verb_settings"));
  return step;
}

bool ready(const Step& step, const std::set<std::string>& done) {
  const auto has = [&](const std::string& id) { return done.contains(id); };
  return (!step.model_step || has(*step.model_step)) &&
         std::all_of(step.inputs.begin(), step.inputs.end(),
                     [&](const auto& input) { return input.second.is_data || has(input.second.source); });
}

// Each after the steps that it refers to, else by name.
std::vector<Step> ordered(std::vector<Step> steps) {
  std::vector<Step> order;
  std::set<std::string> done;
  while (!steps.empty()) {
    const auto next =
        std::find_if(steps.begin(), steps.end(), [&](const Step& step) { return ready(step, done); });
    if (next == steps.end())
      throw DataError{"the frozen pipeline's steps refer to each other in a circle, or to none there is"};
    done.insert(next->id);
    order.push_back(std::move(*next));
    steps.erase(next);
  }
  return order;
}

void add_sweep(const Json& json, Pipeline& pipeline) {
  for (const std::string name : json.at("parameters")) {
    const auto dot = name.find('.');
    SweptParameter swept{name.substr(0, dot), name.substr(dot + 1), false};
    const auto step = std::find_if(pipeline.steps.begin(), pipeline.steps.end(),
                                   [&](const Step& s) { return s.id == swept.step; });
    if (step == pipeline.steps.end())
      throw DataError{fmt::format("the frozen sweep varies {}, which is no step", name)};
    swept.of_model = step->model_settings.contains(swept.parameter);
    pipeline.swept.push_back(std::move(swept));
  }
  for (const Json& entry : json.at("points")) {
    Point point{entry.at("seed"), {}};
    for (const Json& value : entry.at("values")) point.values.push_back(value_from_json(value));
    if (point.values.size() != pipeline.swept.size())
      throw DataError{"a point of the frozen sweep has too few values"};
    pipeline.points.push_back(std::move(point));
  }
}

Pipeline thawed(const Json& json) {
  Pipeline pipeline;
  pipeline.name = json.at("name"), pipeline.seed = json.at("seed");
  std::set<std::string> names;
  for (const auto& [name, entry] : json.at("data").items()) {
    DataEntry data;
    data.name = name, data.written = entry.at("file"), data.options.format = entry.at("format");
    if (entry.contains("header")) data.options.header = entry["header"].get<bool>();
    names.insert(name);
    pipeline.data.push_back(std::move(data));
  }
  std::vector<Step> steps;
  for (const auto& [id, entry] : json.at("steps").items()) steps.push_back(step_from(id, entry, names));
  pipeline.steps = ordered(std::move(steps));
  for (const Json& entry : json.at("expect")) pipeline.claims.push_back(claim_from(entry, names));
  if (json.contains("sweep")) add_sweep(json["sweep"], pipeline);
  return pipeline;
}

}  // namespace

Pipeline thaw(const std::string& frozen) {
  try {
    return thawed(Json::parse(frozen));
  } catch (const Json::exception& e) {
    throw DataError{fmt::format("the frozen pipeline cannot be read: {}", e.what())};
  } catch (const std::bad_variant_access&) {
    throw DataError{"the frozen pipeline cannot be read: a number is no number"};
  }
}

}  // namespace ansatz::host
