// Pipeline::frozen(): the text that two pipelines share exactly if they ask for the same results.
#include <nlohmann/json.hpp>

#include "pipeline/pipeline.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::json;  // keys in order of their bytes

Json settings_json(const Settings& settings) {
  Json json = Json::object();
  for (const auto& [name, value] : settings) json[name] = Json(to_json(value));
  return json;
}

Json step_json(const Step& step) {
  Json inputs = Json::object();
  for (const auto& [port, reference] : step.inputs) inputs[port] = reference.text();
  return {{"plugin", step.plugin},
          {"model", step.model},
          {"verb", step.verb},
          {"model_step", step.model_step ? Json(*step.model_step) : Json{}},
          {"inputs", std::move(inputs)},
          {"model_settings", settings_json(step.model_settings)},
          {"verb_settings", settings_json(step.verb_settings)}};
}

Json claim_json(const Claim& claim) {
  Json json{{"that", claim.that.text()}, {"because", claim.because}};
  if (claim.at_least) json["at_least"] = Json(to_json(Value{*claim.at_least}));
  if (claim.at_most) json["at_most"] = Json(to_json(Value{*claim.at_most}));
  if (claim.equals) {
    json["equals"] = Json(to_json(Value{*claim.equals}));
    json["within"] = Json(to_json(Value{claim.within}));
  }
  return json;
}

}  // namespace

std::string Pipeline::frozen() const {
  Json json{{"ansatz", 1}, {"name", name}, {"seed", seed}};
  json["data"] = Json::object();
  for (const DataEntry& entry : data) {
    json["data"][entry.name] = {{"file", entry.written}, {"format", entry.options.format}};
    if (entry.options.header) json["data"][entry.name]["header"] = *entry.options.header;
  }
  json["steps"] = Json::object();
  for (const Step& step : steps) json["steps"][step.id] = step_json(step);
  json["expect"] = Json::array();
  for (const Claim& claim : claims) json["expect"].push_back(claim_json(claim));
  return json.dump(2) + "\n";
}

}  // namespace ansatz::host
