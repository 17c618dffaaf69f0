#include <ansatz/abi.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "files.hpp"
#include "plugins/print.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;

namespace {

struct Folder {
  TemporaryFolder folder;
  Folder() {
    std::filesystem::copy_file(variant("sound"), folder / "sound.ansatz.so");
    folder.write("broken.ansatz.so", "text");
  }
  Registry registry() const { return Registry{{folder.path(), "/nowhere/at/all"}}; }
};

}  // namespace

TEST_CASE("the list shows plugins, and failures with reasons on request") {
  const Folder folder;
  Registry registry = folder.registry();
  const std::string plain = plugin_list_text(registry, false);
  CHECK_THAT(plain, Contains("sound   1.2.3") && Contains("sound.ansatz.so") && Contains("1 refused") &&
                        Contains("--failures") && !Contains("ELF"));
  const std::string full = plugin_list_text(registry, true);
  CHECK_THAT(full, Contains("broken.ansatz.so") && Contains("not an ELF file") &&
                       Contains("/nowhere/at/all  (no such folder)"));
  Registry empty{{"/nowhere/at/all"}};
  CHECK_THAT(plugin_list_text(empty, false), Contains("no plugins") && Contains("/nowhere/at/all"));
}

TEST_CASE("the list as JSON holds the same") {
  const Folder folder;
  // A name that is not UTF-8 is found but cannot stand in JSON as it is.
  folder.folder.write("b\xff.ansatz.so", "text");
  Registry registry = folder.registry();
  const auto json = nlohmann::json::parse(plugin_list_json(registry).dump());
  REQUIRE(json.at("plugins").size() == 1);
  CHECK(json.at("plugins")[0].at("id") == "sound");
  CHECK(json.at("plugins")[0].at("version") == "1.2.3");
  CHECK(json.at("refused").size() == 2);
  CHECK_THAT(json.at("refused")[0].at("refused").get<std::string>(), Contains("not an ELF file"));
  CHECK(json.at("folders").size() == 2);
}

TEST_CASE("the description tells all that a user may set") {
  ParameterInfo penalty;
  penalty.name = "penalty", penalty.text = "Weight of the norm", penalty.unit = "1/s";
  penalty.kinds = ANSATZ_BIT(ANSATZ_KIND_REAL);
  penalty.minimum = 0, penalty.minimum_excluded = true;
  penalty.initial = 0.5;
  penalty.used_if = "kernel=gaussian";
  ParameterInfo block;
  block.name = "block", block.text = "Rows at a time", block.unit = "dimensionless";
  block.kinds = ANSATZ_BIT(ANSATZ_KIND_INTEGER);
  block.affects_result = false;
  VerbInfo fit{"fit", "Solve", ANSATZ_LEARNS | ANSATZ_STEPS, {block}, {}, {}};
  fit.inputs = {{"x", "Points", "n,d", ANSATZ_BIT(ANSATZ_F64) | ANSATZ_BIT(ANSATZ_F32), ANSATZ_OPTIONAL, 0}};
  fit.outputs = {{"loss", "Loss", "", ANSATZ_BIT(ANSATZ_F64), 0, ANSATZ_HEAT_MAP}};
  PluginInfo plugin;
  plugin.id = "ridge", plugin.version = "2.0.0", plugin.text = "Ridge", plugin.compiler = "gcc 12";
  plugin.models = {{"ridge", "A model", "Paper one\nPaper two", {penalty}, {fit}}};
  const std::string text = plugin_info_text(plugin);
  CHECK_THAT(text, Contains("ridge 2.0.0: Ridge") && Contains("by gcc 12") && Contains("plain x86-64"));
  CHECK_THAT(text, Contains("    Paper one\n    Paper two\n"));
  CHECK_THAT(text,
             Contains("penalty  real > 0  default 0.5  Weight of the norm [1/s] (only if kernel=gaussian)"));
  CHECK_THAT(text, Contains("fit: Solve (learns, runs in steps)"));
  CHECK_THAT(text, Contains("in   x     n,d     f64|f32  Points (optional)"));
  CHECK_THAT(text, Contains("out  loss  scalar  f64      Loss (shown as heat map)"));
  CHECK_THAT(text, Contains("block  integer  must be given  Rows at a time (no effect on results)"));
}
