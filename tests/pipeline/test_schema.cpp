// What the schema says; check_schema.py lets an independent validator judge by it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fakes.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

Json schema() {
  FakeCatalogue catalogue;
  return pipeline_schema(catalogue);
}

// The part of the schema that holds for a step with this `do`.
Json for_verb(const Json& json, const std::string& spelling) {
  for (const Json& condition : json["$defs"]["step"]["allOf"]) {
    const Json& names = condition["if"]["properties"]["do"]["enum"];
    if (std::find(names.begin(), names.end(), spelling) != names.end()) return condition["then"];
  }
  throw std::runtime_error{"no condition for " + spelling};
}

}  // namespace

TEST_CASE("the schema completes verbs in both spellings, the short one where it works") {
  const Json json = schema();
  CHECK(json["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  const Json& names = json["$defs"]["step"]["properties"]["do"]["enum"];
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  CHECK(has("ridge.fit"));
  CHECK(has("ridge.ridge.fit"));
  CHECK(has("prepare.scale.learn"));
  CHECK_FALSE(has("prepare.learn"));  // two models have it
  CHECK(for_verb(json, "ridge.fit") == for_verb(json, "ridge.ridge.fit"));
}

TEST_CASE("the schema carries ranges, choices, defaults and documentation of parameters") {
  const Json with = for_verb(schema(), "ridge.fit")["allOf"][0]["properties"]["with"]["properties"];
  CHECK(with["penalty"]["type"] == "number");
  CHECK(with["penalty"]["minimum"] == 0);
  CHECK(with["penalty"]["default"] == 1e-3);
  CHECK(with["mixture"]["exclusiveMaximum"] == 1);
  CHECK(with["degree"]["type"] == "integer");
  CHECK(with["kernel"]["enum"] == Json::array({"gaussian", "laplacian", "polynomial", "linear"}));
  CHECK(with["kernel"]["description"].get<std::string>().find("About kernel") != std::string::npos);
  CHECK(with["length"]["anyOf"].size() == 3);
  CHECK_FALSE(with.contains("block"));
}

TEST_CASE("the schema knows what a step with a learned model may set") {
  const Json predict = for_verb(schema(), "ridge.predict");
  CHECK(predict["required"] == Json::array({"in", "model"}));
  CHECK(predict["allOf"][0]["properties"]["with"]["properties"].contains("block"));
  CHECK_FALSE(predict["allOf"][0]["properties"]["with"]["properties"].contains("penalty"));
  const Json generate = for_verb(schema(), "prepare.generate");
  CHECK(generate["properties"]["model"] == false);
}

TEST_CASE("a schema without plugins is a schema") {
  class Empty : public Catalogue {
    const PluginInfo* find(const std::string&) override { return nullptr; }
    std::string why_not(const std::string&) override { return ""; }
    std::vector<std::string> ids() override { return {}; }
  } none;
  const Json json = pipeline_schema(none);
  CHECK_FALSE(json["$defs"]["step"]["properties"]["do"].contains("enum"));
  CHECK_FALSE(json["$defs"]["step"].contains("allOf"));
}

}  // namespace ansatz::host
