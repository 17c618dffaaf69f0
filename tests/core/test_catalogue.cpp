#include <ansatz/abi.h>

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/catalogue.hpp"

using namespace ansatz::host;

namespace {

ParameterInfo number() {
  ParameterInfo p;
  p.name = "length";
  p.kinds = ANSATZ_BIT(ANSATZ_KIND_REAL);
  return p;
}

PluginInfo sample() {
  ParameterInfo bounded = number();
  bounded.text = "Width of the kernel";
  bounded.unit = "units of x";
  bounded.kinds |= ANSATZ_BIT(ANSATZ_KIND_TEXT) | ANSATZ_BIT(ANSATZ_KIND_LIST);
  bounded.minimum = 0;
  bounded.minimum_excluded = true;
  bounded.choices = {"median", "mean"};
  bounded.initial = Value{std::string{"median"}};
  bounded.affects_result = false;
  bounded.used_if = "kernel=gaussian|laplacian";
  ParameterInfo required = number();  // both bounds infinite, no default
  required.maximum_excluded = true;
  ParameterInfo listed = number();
  listed.initial = Value{std::vector<double>{1.0, std::numeric_limits<double>::infinity()}};

  PortInfo port{"x", "Points", "n,d|n", ANSATZ_BIT(ANSATZ_F64), ANSATZ_OPTIONAL, ANSATZ_HEAT_MAP};
  VerbInfo verb{"fit", "Learn", ANSATZ_LEARNS, {required}, {port}, {port, port}};
  PluginInfo plugin;
  plugin.id = "kernel-ridge";
  plugin.version = "1.2.3";
  plugin.sdk_version = "0.1.0";
  plugin.compiler = "g++ 12.2";
  plugin.text = "Ridge \"regression\"";
  plugin.abi_major = 1;
  plugin.abi_minor = 7;
  plugin.instruction_sets = std::uint64_t{1} << 63;
  plugin.build_flags = 2;
  plugin.path = "/a folder/kernel-ridge.ansatz.so";
  plugin.models = {{"ridge", "A model", "A paper\nAnother", {bounded, listed}, {verb}},
                   {"empty", "", "", {}, {}}};
  return plugin;
}

}  // namespace

TEST_CASE("a plugin's description survives JSON text") {
  const PluginInfo plugin = sample();
  const std::string text = to_json(plugin).dump();
  const PluginInfo back = plugin_info_from_json(nlohmann::ordered_json::parse(text));
  CHECK(to_json(back).dump() == text);

  // Not only stable, but the same where JSON has no such value or could mix fields up.
  CHECK(back.id == plugin.id);
  CHECK(back.version == plugin.version);
  CHECK(back.sdk_version == plugin.sdk_version);
  CHECK(back.compiler == plugin.compiler);
  CHECK(back.abi_minor == 7);
  CHECK(back.instruction_sets == std::uint64_t{1} << 63);
  CHECK(back.path == plugin.path);
  REQUIRE(back.models.size() == 2);
  REQUIRE(back.models[0].parameters.size() == 2);
  const ParameterInfo& bounded = back.models[0].parameters[0];
  CHECK(bounded.minimum == 0);
  CHECK(bounded.maximum == std::numeric_limits<double>::infinity());
  CHECK(bounded.minimum_excluded);
  CHECK_FALSE(bounded.maximum_excluded);
  CHECK(bounded.initial == plugin.models[0].parameters[0].initial);
  CHECK(bounded.choices == std::vector<std::string>{"median", "mean"});
  CHECK_FALSE(bounded.affects_result);
  CHECK(bounded.used_if == "kernel=gaussian|laplacian");
  CHECK(back.models[0].parameters[1].initial == plugin.models[0].parameters[1].initial);
  const VerbInfo& verb = back.models[0].verbs.at(0);
  CHECK(verb.flags == ANSATZ_LEARNS);
  CHECK_FALSE(verb.parameters.at(0).initial.has_value());
  CHECK(verb.parameters[0].minimum == -std::numeric_limits<double>::infinity());
  CHECK(verb.inputs.at(0).dims == "n,d|n");
  CHECK(verb.inputs[0].optional());
  CHECK(verb.inputs[0].picture == ANSATZ_HEAT_MAP);
  CHECK(verb.outputs.size() == 2);
}

TEST_CASE("what a parameter expects is said in words") {
  ParameterInfo p = number();
  CHECK(p.expectation() == "real");
  p.minimum = 0;
  CHECK(p.expectation() == "real >= 0");
  p.minimum_excluded = true;
  CHECK(p.expectation() == "real > 0");
  p.maximum = 1;
  CHECK(p.expectation() == "real in (0, 1]");
  p.kinds |= ANSATZ_BIT(ANSATZ_KIND_TEXT);
  p.choices = {"median"};
  CHECK(p.expectation() == "real in (0, 1], or the word median");
  p.choices = {"median", "mean"};
  CHECK(p.expectation() == "real in (0, 1], or one of median, mean");
  p.kinds = ANSATZ_BIT(ANSATZ_KIND_BOOL);
  CHECK(p.expectation() == "true or false");
}
