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

Json sweep_json(const Pipeline& pipeline) {
  Json parameters = Json::array(), list = Json::array();
  for (const SweptParameter& parameter : pipeline.swept) parameters.push_back(parameter.name());
  for (const Point& point : pipeline.points) {
    Json values = Json::array();
    for (const Value& value : point.values) values.push_back(Json(to_json(value)));
    list.push_back({{"seed", point.seed}, {"values", std::move(values)}});
  }
  return {{"parameters", std::move(parameters)}, {"points", std::move(list)}};
}

}  // namespace

Step Pipeline::step_at(const Step& step, const Point& point) const {
  Step varied = step;
  for (std::size_t i = 0; i < swept.size(); ++i) {
    if (swept[i].step != step.id) continue;
    (swept[i].of_model ? varied.model_settings : varied.verb_settings)[swept[i].parameter] = point.values[i];
  }
  return varied;
}

Pipeline Pipeline::at(std::size_t index) const {
  Pipeline one = *this;
  for (Step& step : one.steps) step = step_at(step, points[index]);
  one.seed = points[index].seed;
  one.point_number = index;
  one.swept.clear(), one.points.clear();
  return one;
}

std::string Pipeline::frozen() const {
  Json json{{"ansatz", 1}, {"name", name}, {"seed", seed}};
  json["data"] = Json::object();
  for (const DataEntry& entry : data) {
    json["data"][entry.name] = {{"file", entry.written}, {"format", entry.options.format}};
    if (entry.options.header) json["data"][entry.name]["header"] = *entry.options.header;
  }
  json["steps"] = Json::object();
  for (const Step& step : steps) json["steps"][step.id] = step_json(step);
  if (!points.empty()) json["sweep"] = sweep_json(*this);
  json["expect"] = Json::array();
  for (const Claim& claim : claims) json["expect"].push_back(claim_json(claim));
  return json.dump(2) + "\n";
}

}  // namespace ansatz::host
