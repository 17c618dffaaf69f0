// pipeline_schema(): what editors complete and check by.  It says the same as the checks, as far as a schema
// can: references, names that clash, shapes and conditions between parameters are beyond it.
#include <ansatz/abi.h>
#include <fmt/core.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "pipeline/language.hpp"
#include "pipeline/parameter.hpp"
#include "pipeline/pipeline.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* name_pattern = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$";
constexpr const char* reference_pattern = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}(\\..+)?$";

constexpr const char* target_pattern = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\\.[^.]+$";
constexpr const char* quantity_pattern = "^(seed|point|[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\\..+)$";

template <class Words>
Json word_list(const Words& words) {
  Json list = Json::array();
  for (const auto& word : words) list.push_back(word);
  return list;
}

Json closed_map(Json properties, Json required = Json::array()) {
  Json json{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) json["required"] = std::move(required);
  return json;
}

Json number_schema(const char* type, const ParameterInfo& p) {
  Json json{{"type", type}};
  if (std::isfinite(p.minimum)) json[p.minimum_excluded ? "exclusiveMinimum" : "minimum"] = p.minimum;
  if (std::isfinite(p.maximum)) json[p.maximum_excluded ? "exclusiveMaximum" : "maximum"] = p.maximum;
  return json;
}

bool has_plain_json(const Value& value) {
  const Json json = to_json(value);
  return json.dump().find('{') == std::string::npos || std::holds_alternative<std::string>(value);
}

Json parameter_schema(const ParameterInfo& p) {
  const auto takes = [&](int kind) { return (p.kinds & ANSATZ_BIT(kind)) != 0; };
  std::vector<Json> kinds;
  if (takes(ANSATZ_KIND_BOOL)) kinds.push_back({{"type", "boolean"}});
  if (takes(ANSATZ_KIND_REAL)) {
    kinds.push_back(number_schema("number", p));
  } else if (takes(ANSATZ_KIND_INTEGER)) {
    kinds.push_back(number_schema("integer", p));
  }
  if (takes(ANSATZ_KIND_TEXT)) {
    kinds.push_back(p.choices.empty() ? Json{{"type", "string"}} : Json{{"enum", word_list(p.choices)}});
  }
  if (takes(ANSATZ_KIND_LIST)) {
    kinds.push_back({{"type", "array"}, {"items", kinds.size() == 1 ? kinds[0] : Json{{"anyOf", kinds}}}});
  }
  Json json = kinds.size() == 1 ? kinds[0] : Json{{"anyOf", kinds}};
  json["description"] = documentation(p);
  if (p.initial && has_plain_json(*p.initial)) json["default"] = to_json(*p.initial);
  return json;
}

// The `with:` of a step with these parameters.
Json with_schema(const std::vector<const std::vector<ParameterInfo>*>& lists) {
  Json properties = Json::object(), required = Json::array();
  for (const auto* list : lists) {
    for (const ParameterInfo& p : *list) {
      properties[p.name] = parameter_schema(p);
      if (!p.initial && p.used_if.empty()) required.push_back(p.name);
    }
  }
  Json json{{"properties", {{"with", closed_map(std::move(properties), required)}}}};
  if (!required.empty()) json["required"] = Json::array({"with"});
  return json;
}

Json in_schema(const VerbInfo& verb) {
  Json properties = Json::object(), required = Json::array();
  for (const PortInfo& port : verb.inputs) {
    properties[port.name] = {{"$ref", "#/$defs/reference"},
                             {"description", fmt::format("{} (dims \"{}\")", port.text, port.dims)}};
    if (!port.optional()) required.push_back(port.name);
  }
  return closed_map(std::move(properties), std::move(required));
}

// What a step with this verb must look like.
Json verb_schema(const ModelInfo& model, const VerbInfo& verb) {
  const bool needs = (verb.flags & ANSATZ_NEEDS_MODEL) != 0, takes = (verb.flags & ANSATZ_TAKES_MODEL) != 0;
  Json in = in_schema(verb);
  Json required = Json::array();
  if (in.contains("required")) required.push_back("in");
  if (needs) required.push_back("model");
  Json properties{{"do", {{"description", verb.text}}}, {"in", std::move(in)}};
  if (!needs && !takes) properties["model"] = false;
  Json json{{"properties", std::move(properties)}};
  if (!required.empty()) json["required"] = std::move(required);
  const Json going_on = with_schema({&verb.parameters});
  const Json making = with_schema({&model.parameters, &verb.parameters});
  if (needs) {
    json["allOf"] = Json::array({going_on});
  } else if (takes) {
    json["allOf"] = Json::array(
        {Json{{"if", {{"required", Json::array({"model"})}}}, {"then", going_on}, {"else", making}}});
  } else {
    json["allOf"] = Json::array({making});
  }
  return json;
}

// How often a verb's name stands among the plugin's models: the short form needs exactly one.
bool short_form_works(const PluginInfo& plugin, const std::string& verb) {
  int count = 0;
  for (const ModelInfo& model : plugin.models) {
    for (const VerbInfo& other : model.verbs) count += other.name == verb ? 1 : 0;
  }
  return count == 1;
}

Json step_schema(Catalogue& catalogue) {
  Json spellings = Json::array(), conditions = Json::array();
  for (const std::string& id : catalogue.ids()) {
    const PluginInfo* plugin = catalogue.find(id);
    if (plugin == nullptr) continue;
    for (const ModelInfo& model : plugin->models) {
      for (const VerbInfo& verb : model.verbs) {
        Json own = Json::array({fmt::format("{}.{}.{}", id, model.name, verb.name)});
        if (short_form_works(*plugin, verb.name))
          own.insert(own.begin(), fmt::format("{}.{}", id, verb.name));
        for (const Json& spelling : own) spellings.push_back(spelling);
        conditions.push_back(
            {{"if", {{"properties", {{"do", {{"enum", own}}}}}, {"required", Json::array({"do"})}}},
             {"then", verb_schema(model, verb)}});
      }
    }
  }
  Json verb{{"type", "string"}, {"description", "What the step does: plugin.verb or plugin.model.verb"}};
  if (!spellings.empty()) verb["enum"] = std::move(spellings);
  Json json = closed_map({{"do", std::move(verb)},
                          {"model",
                           {{"type", "string"},
                            {"pattern", name_pattern},
                            {"description", "The step whose learned state this one goes on from"}}},
                          {"in", {{"type", "object"}, {"description", "Input port: reference"}}},
                          {"with", {{"type", "object"}, {"description", "Parameter: value"}}}},
                         Json::array({"do"}));
  if (!conditions.empty()) json["allOf"] = std::move(conditions);
  return json;
}

Json data_schema() {
  return closed_map(
      {{"file", {{"type", "string"}, {"description", "A file, relative to the pipeline's folder"}}},
       {"format",
        {{"enum", word_list(data_formats)},
         {"description", "Needed only where content and name of the file do not tell"}}},
       {"header",
        {{"type", "boolean"},
         {"description",
          "Whether the first line of a CSV or TSV file names the columns; default: by its look"}}}},
      Json::array({"file"}));
}

Json claim_schema() {
  Json json = closed_map(
      {{"that",
        {{"$ref", "#/$defs/reference"}, {"description", "step.output or step.metric, a single number"}}},
       {"at_least", {{"type", "number"}}},
       {"at_most", {{"type", "number"}}},
       {"equals", {{"type", "number"}}},
       {"within", {{"type", "number"}, {"minimum", 0}, {"description", "Absolute distance, with equals"}}},
       {"because", {{"type", "string"}, {"description", "Why this is expected"}}}},
      Json::array({"that"}));
  const auto has = [](const char* key) { return Json{{"required", Json::array({key})}}; };
  json["anyOf"] = Json::array({has("at_least"), has("at_most"), has("equals")});
  json["dependentSchemas"] = {{"equals", {{"properties", {{"at_least", false}, {"at_most", false}}}}},
                              {"within", has("equals")}};
  return json;
}

// One entry of `report:`, for each kind of plot its own keys.
Json figure_schema() {
  const Json reference{{"$ref", "#/$defs/quantity"}};
  const Json references{
      {"anyOf", Json::array({reference, Json{{"type", "array"}, {"items", reference}, {"minItems", 1}}})}};
  const Json text{{"type", "string"}};
  const Json axis{{"enum", Json::array({"x", "y"})}};
  const auto count = [](int most) { return Json{{"type", "integer"}, {"minimum", 1}, {"maximum", most}}; };
  const std::map<std::string, Json> keys{
      {"x", reference},
      {"y", references},
      {"low", references},
      {"high", references},
      {"value", reference},
      {"group", reference},
      {"band", reference},
      {"rows", references},
      {"columns", references},
      {"title", text},
      {"x_label", text},
      {"y_label", text},
      {"count", count(100)},
      {"height", count(4096)},
      {"width", count(4096)},
      {"bins", count(1000)},
      {"log", Json{{"anyOf", Json::array({axis, Json{{"type", "array"}, {"items", axis}}})}}}};
  Json kinds = Json::array();
  for (const std::string& plot : plot_names()) {
    Json properties{{"plot", {{"const", plot}}}}, required = Json::array({"plot"});
    for (const std::string& key : plot_keys(plot, false)) properties[key] = keys.at(key);
    for (const std::string& key : plot_keys(plot, true)) required.push_back(key);
    Json kind = closed_map(std::move(properties), std::move(required));
    if (kind["properties"].contains("low"))
      kind["dependentRequired"] = {{"low", Json::array({"high"})}, {"high", Json::array({"low"})}};
    kinds.push_back(std::move(kind));
  }
  return {{"oneOf", std::move(kinds)}};
}

Json sweep_schema() {
  const auto by_target = [](Json value) {
    return Json{{"type", "object"},
                {"propertyNames", {{"pattern", target_pattern}}},
                {"additionalProperties", std::move(value)}};
  };
  const Json number{{"type", "number"}};
  const auto list = [](Json items, int least, int most) {
    Json json{{"type", "array"}, {"items", std::move(items)}};
    if (least > 0) json["minItems"] = least;
    if (most > 0) json["maxItems"] = most;
    return json;
  };
  const auto one_of = [](const Json& kinds) {
    Json options = Json::array();
    for (const auto& [name, argument] : kinds.items())
      options.push_back(closed_map(Json{{name, argument}}, Json::array({name})));
    return options;
  };
  Json axes = one_of({{"linspace", list(number, 3, 3)}, {"logspace", list(number, 3, 3)}});
  axes.push_back(list(Json::object(), 1, 0));
  const Json range = list(number, 2, 2);
  Json random = by_target(Json{{"oneOf", one_of({{"uniform", range},
                                                 {"log_uniform", range},
                                                 {"integer", range},
                                                 {"choice", list(Json::object(), 1, 0)}})}});
  random["properties"] = {{"draws", {{"type", "integer"}, {"minimum", 1}}}};
  random["propertyNames"] = {{"pattern", fmt::format("^draws$|{}", target_pattern)}};
  random["required"] = Json::array({"draws"});
  const Json axis{{"oneOf", std::move(axes)}};
  const Json integer{{"type", "integer"}}, count{{"type", "integer"}, {"minimum", 1}};
  Json skip = by_target(Json::object());
  skip["propertyNames"] = {{"pattern", fmt::format("^seed$|{}", target_pattern)}};
  Json json = closed_map({{"grid", by_target(axis)},
                          {"zip", by_target(axis)},
                          {"random", std::move(random)},
                          {"list", list(by_target(Json::object()), 1, 0)},
                          {"seeds", {{"anyOf", Json::array({count, list(integer, 1, 0)})}}},
                          {"skip", list(std::move(skip), 0, 0)}});
  json["description"] = "Many runs: every combination of the blocks";
  return json;
}

Json named_map(const char* definition, const char* description) {
  return {{"type", "object"},
          {"description", description},
          {"propertyNames", {{"pattern", name_pattern}}},
          {"additionalProperties", {{"$ref", std::string{"#/$defs/"} + definition}}}};
}

}  // namespace

Json pipeline_schema(Catalogue& catalogue) {
  Json steps = named_map("step", "What is computed; order follows the references");
  steps["minProperties"] = 1;
  Json json{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Ansatz pipeline"}};
  json.update(closed_map(
      {{"ansatz", {{"const", 1}, {"description", "Version of the language"}}},
       {"name",
        {{"type", "string"}, {"pattern", name_pattern}, {"description", "Name of the run and its archive"}}},
       {"seed",
        {{"type", "integer"}, {"default", 0}, {"description", "From which all random numbers derive"}}},
       {"plugins",
        {{"type", "array"},
         {"items", {{"type", "string"}}},
         {"description", "Folders to look for plugins in, relative to the pipeline's folder"}}},
       {"data", named_map("data", "Data files by name")},
       {"steps", std::move(steps)},
       {"expect",
        {{"type", "array"},
         {"items", {{"$ref", "#/$defs/claim"}}},
         {"description", "Claims, checked when the run ends"}}},
       {"sweep", sweep_schema()},
       {"report",
        {{"type", "array"},
         {"items", {{"$ref", "#/$defs/figure"}}},
         {"description", "Pictures that `ansatz report` draws"}}}},
      Json::array({"ansatz", "name", "steps"})));
  json["$defs"] = {
      {"quantity",
       {{"type", "string"},
        {"pattern", quantity_pattern},
        {"description", "step.output, step.metric or step.parameter; in sweeps also seed and point"}}},
      {"figure", figure_schema()},
      {"reference", {{"type", "string"}, {"pattern", reference_pattern}}},
      {"data", data_schema()},
      {"step", step_schema(catalogue)},
      {"claim", claim_schema()}};
  return json;
}

}  // namespace ansatz::host
