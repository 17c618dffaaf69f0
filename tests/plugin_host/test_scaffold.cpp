// New plugins and the reference pages of READMEs.
#include <ansatz/abi.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "plugins/markdown.hpp"
#include "plugins/scaffold.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

PluginInfo plugin_with_bars() {
  PluginInfo plugin;
  plugin.id = "p", plugin.text = "A plugin";
  plugin.path = "/some/where", plugin.version = "9.8.7", plugin.compiler = "gcc";
  ParameterInfo rate;
  rate.name = "rate", rate.text = "a | b", rate.unit = "1/s", rate.kinds = ANSATZ_BIT(ANSATZ_KIND_REAL);
  rate.used_if = "kernel=one|two", rate.affects_result = false, rate.initial = 0.5;
  VerbInfo fit{"fit", "Solve", ANSATZ_LEARNS, {rate}, {}, {}};
  fit.inputs = {{"x", "Points", "n,d|n", ANSATZ_BIT(ANSATZ_F64), ANSATZ_OPTIONAL, 0}};
  plugin.models = {{"m", "A model", "Paper one\nPaper two", {}, {fit}}};
  return plugin;
}

}  // namespace

TEST_CASE("a new plugin is the template under another name, and overwrites nothing") {
  const TemporaryFolder from, to;
  from.write("my-model.cpp", "ANSATZ_PLUGIN(\"my-model\", Model)  // my-model");
  from.write("CMakeLists.txt", "project(my-model)\n");
  const auto files = make_plugin(from.path(), to / "deep/folder", "rbm");
  const fs::path folder = to / "deep/folder/rbm";
  CHECK(files == std::vector<fs::path>{folder / "CMakeLists.txt", folder / "rbm.cpp"});
  CHECK(read_file(folder / "rbm.cpp") == "ANSATZ_PLUGIN(\"rbm\", Model)  // rbm");
  CHECK(read_file(folder / "CMakeLists.txt") == "project(rbm)\n");
  CHECK_THROWS_WITH(make_plugin(from.path(), to / "deep/folder", "rbm"), Contains("nothing is overwritten"));
  CHECK(read_file(folder / "rbm.cpp") == "ANSATZ_PLUGIN(\"rbm\", Model)  // rbm");
  // A name that contains the template's is not replaced again.
  make_plugin(from.path(), to.path(), "my-model-2");
  CHECK(read_file(to / "my-model-2/CMakeLists.txt") == "project(my-model-2)\n");
}

TEST_CASE("a bad name of a plugin is refused with the rule it breaks") {
  for (const char* good : {"a", "kernel-ridge", "s4", "word2vec"}) CHECK(wrong_plugin_name(good).empty());
  for (const char* bad : {"", "S4", "4s", "-a", "a-", "a_b", "a b", "../a", "a/b", "\xc3\xa4"}) {
    INFO(bad);
    CHECK_THAT(wrong_plugin_name(bad), Contains("starts with a lower case letter"));
  }
  CHECK(wrong_plugin_name(std::string(63, 'a')).empty());
  CHECK_THAT(wrong_plugin_name(std::string(64, 'a')), Contains("at most 63"));
  for (const char* target : {"test", "ansatz"}) CHECK_THAT(wrong_plugin_name(target), Contains("CMake"));
  for (const char* value : {"true", "false", "null"}) {
    CHECK_THAT(wrong_plugin_name(value), Contains("reads the name as a value"));
  }
  CHECK_THAT(wrong_plugin_name("prepare"), Contains("own pipelines"));
  const TemporaryFolder to;
  CHECK_THROWS_WITH(make_plugin(to.path(), to.path(), "A"), Contains("'A' cannot be a plugin's name"));
}

TEST_CASE("a plugin that cannot be written leaves nothing behind") {
  const TemporaryFolder from, to;
  CHECK_THROWS_WITH(make_plugin(from / "none", to.path(), "a"), Contains("install the package again"));
  CHECK_FALSE(fs::exists(to / "a"));
  from.write("my-model.cpp", "x");
  // 250 characters of file name become more than the 255 that a file system takes.
  from.write("my-model" + std::string(240, 'x'), "x");
  CHECK_THROWS_AS(make_plugin(from.path(), to.path(), std::string(40, 'a')), IoError);
  CHECK_FALSE(fs::exists(to / std::string(40, 'a')));
}

TEST_CASE("the reference has every model, verb, port and parameter, and nothing of the file") {
  const std::string text = plugin_info_markdown(plugin_with_bars());
  CHECK_THAT(text, Contains("### Model `m`\n\nA model.\n"));
  CHECK_THAT(text, Contains("#### `m.fit`\n\nSolve (learns).\n"));
  CHECK_THAT(text, Contains("| in | `x` | `n,d\\|n` | f64 | Points (optional) |"));
  CHECK_THAT(text, Contains("| `rate` | real | 0.5 | 1/s | a \\| b (only if kernel=one\\|two, no effect on "
                            "results) |"));
  CHECK_THAT(text, Contains("- Paper one\n- Paper two\n"));
  CHECK_THAT(text, !Contains("some/where") && !Contains("9.8.7") && !Contains("gcc"));
}

TEST_CASE("the reference is put between its markers, once") {
  const PluginInfo plugin = plugin_with_bars();
  const std::string once = with_reference("# p\n\nText.\n", plugin);
  CHECK_THAT(once, Catch::StartsWith("# p\n\nText.\n\n## Reference\n\n<!-- from"));
  CHECK(with_reference(once, plugin) == once);
  PluginInfo changed = plugin;
  changed.models[0].text = "Another model";
  const std::string more = with_reference(once + "\n## Cite\n", changed);
  CHECK_THAT(more, Contains("Another model.") && !Contains("A model.") && Catch::EndsWith("\n## Cite\n"));
  CHECK_THROWS_WITH(with_reference("<!-- end of the reference -->\n", plugin), Contains("markers"));
  CHECK_THROWS_WITH(
      with_reference("<!-- end of the reference -->\n<!-- from `ansatz plugin info p --markdown` -->\n",
                     plugin),
      Contains("markers"));
}
