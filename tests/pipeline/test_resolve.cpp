// What the front end hands on: order, defaults, kinds of values, the frozen text.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "fakes.hpp"

namespace ansatz::host {
namespace {

const std::string ridge_steps =
    "  error: {do: measure.classification, in: {truth: split.test_y, estimate: guess.y}}\n"
    "  guess: {do: ridge.predict, model: fit, in: {x: split.test_x}, with: {block: 16}}\n"
    "  split: {do: prepare.split, in: {x: digits.images, y: digits.labels}}\n"
    "  fit: {do: ridge.ridge.fit, in: {x: split.train_x, y: split.train_y}, with: {penalty: 2, length: [1, "
    "2.5]}}\n"
    "  early: {do: prepare.generate}\n";

std::vector<std::string> ids(const Pipeline& pipeline) {
  std::vector<std::string> names;
  for (const Step& step : pipeline.steps) names.push_back(step.id);
  return names;
}

const Step& step(const Pipeline& pipeline, const std::string& id) {
  for (const Step& s : pipeline.steps) {
    if (s.id == id) return s;
  }
  throw std::runtime_error{"no step " + id};
}

Pipeline good(const std::string& source, CheckOptions options = {}) {
  Checked checked = check(source, std::move(options));
  INFO(checked.diagnostics.render("p.yaml", source, false));
  REQUIRE(checked.pipeline);
  return std::move(*checked.pipeline);
}

}  // namespace

TEST_CASE("steps stand after those they refer to, else as in the file") {
  CHECK(ids(good(with_steps(ridge_steps))) ==
        std::vector<std::string>{"split", "fit", "guess", "error", "early"});
  const std::string apart =
      "  c: {do: prepare.generate}\n  a: {do: prepare.generate}\n  b: {do: prepare.generate}\n";
  CHECK(ids(good(with_steps(apart))) == std::vector<std::string>{"c", "a", "b"});
}

TEST_CASE("verbs, references and settings are resolved in full") {
  const Pipeline pipeline = good(with_steps(ridge_steps) + "seed: 9\nplugins: [build, /abs]\n");
  CHECK(pipeline.seed == 9);
  CHECK(pipeline.plugin_folders == std::vector<std::string>{"/project/build", "/abs"});
  const Step& fit = step(pipeline, "fit");
  CHECK(fit.plugin == "ridge");
  CHECK(fit.model == "ridge");
  CHECK(fit.verb == "fit");
  CHECK(fit.inputs.at("x").text() == "split.train_x");
  CHECK_FALSE(fit.inputs.at("x").is_data);
  CHECK(fit.model_settings.at("penalty") == Value{2.0});  // an integer, where a real is meant
  CHECK(fit.model_settings.at("length") == Value{std::vector<double>{1, 2.5}});
  CHECK(fit.model_settings.at("kernel") == Value{std::string{"gaussian"}});
  CHECK(fit.model_settings.at("degree") == Value{std::int64_t{3}});
  CHECK(fit.model_settings.size() == 11);
  CHECK(fit.verb_settings.empty());
  const Step& guess = step(pipeline, "guess");
  CHECK(guess.model == "ridge");
  CHECK(guess.model_step == "fit");
  CHECK(guess.model_settings.empty());
  CHECK(guess.verb_settings == Settings{{"block", Value{std::int64_t{16}}}});
  const Step& split = step(pipeline, "split");
  CHECK(split.model == "split");
  CHECK(split.inputs.at("x").is_data);
  CHECK(split.inputs.at("x").item == "images");
  REQUIRE(pipeline.data.size() == 2);
  CHECK(pipeline.data[0].file == "/project/digits.h5");
  CHECK(pipeline.data[0].written == "digits.h5");
}

TEST_CASE("values have the kind that the parameter takes") {
  const auto value = [](const std::string& with, const std::string& name) {
    const auto pipeline = good(with_steps(
        "  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}, with: {" + with + "}}\n"));
    return step(pipeline, "fit").model_settings.at(name);
  };
  CHECK(value("sizes: 7", "sizes") == Value{std::int64_t{7}});
  CHECK(value("sizes: [7, 8]", "sizes") == Value{std::vector<std::int64_t>{7, 8}});
  CHECK(value("sizes: []", "sizes") == Value{std::vector<std::int64_t>{}});
  CHECK(value("length: []", "length") == Value{std::vector<double>{}});
  CHECK(value("length: median", "length") == Value{std::string{"median"}});
  CHECK(value("length: .inf", "length") == Value{std::numeric_limits<double>::infinity()});
  CHECK(value("tags: [a, \"1\"]", "tags") == Value{std::vector<std::string>{"a", "1"}});
  CHECK(value("anything: [true, false]", "anything") == Value{std::vector<bool>{true, false}});
  CHECK(value("anything: [1, 2.5]", "anything") == Value{std::vector<double>{1, 2.5}});
  CHECK(value("anything: 1", "anything") == Value{std::int64_t{1}});
  CHECK(value("anything: \"1\"", "anything") == Value{std::string{"1"}});
  CHECK(value("label: yes", "label") == Value{std::string{"yes"}});  // a text, since a text is expected
  CHECK(value("label: 'true'", "label") == Value{std::string{"true"}});
}

TEST_CASE("arrays are named by everything behind the first dot") {
  const Pipeline pipeline =
      good(with_steps("  a: {do: measure.norm, in: {x: digits.odd/name.x}}\n"
                      "  b: {do: prepare.split, in: {x: one}}\n"));
  CHECK(step(pipeline, "a").inputs.at("x").item == "odd/name.x");
  CHECK(step(pipeline, "b").inputs.at("x").item.empty());
}

TEST_CASE("--set and --data change what is resolved, as if it stood in the file") {
  CheckOptions options;
  options.overrides = {"fit.penalty=0.5", "fit.penalty=0.25", "fit.length=[1, 2]", "seed=-4", "name=other"};
  options.data["digits"] = "/elsewhere/digits.h5";
  const Pipeline pipeline = good(with_steps(ridge_steps), options);
  CHECK(step(pipeline, "fit").model_settings.at("penalty") == Value{0.25});  // the last one counts
  CHECK(step(pipeline, "fit").model_settings.at("length") == Value{std::vector<double>{1, 2}});
  CHECK(pipeline.seed == -4);
  CHECK(pipeline.name == "other");
  CHECK(pipeline.data[0].file == "/elsewhere/digits.h5");
  CHECK(pipeline.overrides == options.overrides);
}

TEST_CASE("the frozen text depends on what determines the results and on nothing else") {
  const std::string frozen = good(with_steps(ridge_steps)).frozen();
  SECTION("not on layout, order, defaults written out, or the folder") {
    const std::string same =
        "# the same\nsteps:\n  early: {do: prepare.blobs.generate}\n"
        "  split: {in: {y: digits.labels, x: digits.images}, do: prepare.split, with: {test: 0.25}}\n"
        "  fit:\n    do: ridge.fit\n    in: {x: split.train_x, y: split.train_y}\n"
        "    with: {length: [1.0, 2.5], penalty: 2.0, kernel: 'gaussian'}\n"
        "  guess: {do: ridge.predict, model: fit, in: {x: split.test_x}, with: {block: 16}}\n"
        "  error: {do: measure.classification, in: {truth: split.test_y, estimate: guess.y}}\n"
        "data: {one: {file: one.npy}, digits: {file: digits.h5}}\nname: test\nansatz: 1\nseed: 0\n";
    CHECK(good(same).frozen() == frozen);
    FakeCatalogue catalogue;
    Diagnostics diagnostics;
    const auto elsewhere =
        check_pipeline(with_steps(ridge_steps), "/other/machine", catalogue, {}, diagnostics);
    REQUIRE(elsewhere);
    CHECK(elsewhere->frozen() == frozen);
    CHECK(frozen.find("/project") == std::string::npos);
  }
  SECTION("on seeds, settings, wiring and claims") {
    CheckOptions options;
    options.overrides = {"seed=1"};
    CHECK(good(with_steps(ridge_steps), options).frozen() != frozen);
    options.overrides = {"guess.block=17"};
    CHECK(good(with_steps(ridge_steps), options).frozen() != frozen);
    CHECK(good(with_steps(ridge_steps) + "expect: [{that: error.accuracy, at_least: 0.5}]\n").frozen() !=
          frozen);
  }
  SECTION("and is JSON with everything filled in") {
    const auto json = nlohmann::json::parse(frozen);
    CHECK(json["steps"]["fit"]["model_settings"]["kernel"] == "gaussian");
    CHECK(json["steps"]["guess"]["model_step"] == "fit");
    CHECK(json["steps"]["split"]["inputs"]["x"] == "digits.images");
    CHECK(json["data"]["digits"]["file"] == "digits.h5");
    CHECK(json["seed"] == 0);
  }
}

TEST_CASE("claims keep their numbers and reasons") {
  const Pipeline pipeline =
      good(with_steps(ridge_steps) +
           "expect:\n"
           "  - {that: error.accuracy, at_least: 0.9, at_most: 1, because: \"it is: easy\"}\n"
           "  - {that: fit.residual, equals: 0, within: 1e-9}\n"
           "  - {that: guess.y.scale, at_most: .inf}\n");
  REQUIRE(pipeline.claims.size() == 3);
  CHECK(pipeline.claims[0].that.text() == "error.accuracy");
  CHECK(pipeline.claims[0].at_least == 0.9);
  CHECK(pipeline.claims[0].at_most == 1.0);
  CHECK(pipeline.claims[0].because == "it is: easy");
  CHECK(pipeline.claims[1].equals == 0.0);
  CHECK(pipeline.claims[1].within == 1e-9);
  CHECK(pipeline.claims[2].that.item == "y.scale");
}

TEST_CASE("the plugin folders can be had before the check, also from a file with other faults") {
  CHECK(plugin_folders("plugins: [a, ../b]\nsteps: 3\n", "/p/q") ==
        std::vector<std::string>{"/p/q/a", "/p/b"});
  CHECK(plugin_folders("plugins: {a: b}\n", "/p").empty());
  CHECK(plugin_folders("plugins: [a\n", "/p").empty());
  CHECK(plugin_folders("", "/p").empty());
}

}  // namespace ansatz::host
