#include <ansatz/abi.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "plugins/library.hpp"
#include "run/verb_call.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

const ansatz_model& faulty() {
  static const Library library{FAULTY_PLUGIN};
  return library.model("faulty");
}

Array matrix(std::uint64_t rows, std::uint64_t columns) {
  Array array{ElementType::f64, {rows, columns}, {"n", "d"}};
  const auto values = array.as<double>();
  std::iota(values.begin(), values.end(), 1.0);
  return array;
}

VerbCall call(const std::string& verb) {
  VerbCall call;
  call.model = &faulty();
  call.verb = verb;
  return call;
}

}  // namespace

TEST_CASE("a fit runs its steps, reports them and leaves state that the next verb reads") {
  VerbCall fit = call("fit");
  fit.inputs["x"] = source_of(matrix(2, 3));  // 1 + ... + 6 = 21
  fit.model_settings = {{"steps", std::int64_t{4}}, {"scale", 0.5}};
  const VerbResult fitted = run_verb(fit);
  REQUIRE(fitted.status == ANSATZ_DONE);
  CHECK(fitted.steps == 4);
  REQUIRE(fitted.metrics.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(fitted.metrics[i].step == static_cast<std::int64_t>(i));
    CHECK(fitted.metrics[i].value == 0.5 * 21 * static_cast<double>(i + 1));
  }
  VerbCall tell = call("tell");
  tell.state = &fitted.state;
  const VerbResult told = run_verb(tell);
  REQUIRE(told.status == ANSATZ_DONE);
  CHECK(told.outputs.array("y").number(0) == 42);
}

TEST_CASE("a verb that needs a model says so") {
  const VerbResult result = run_verb(call("tell"));
  CHECK(result.status == ANSATZ_BAD_STATE);
  CHECK_THAT(result.text, Contains("'tell' needs a model"));
}

TEST_CASE("inputs are checked before the plugin sees them") {
  VerbCall add = call("add");
  add.inputs["a"] = source_of(matrix(2, 3));
  SECTION("missing") { CHECK_THAT(run_verb(add).text, Contains("input 'b' is not wired: Other")); }
  SECTION("sizes that do not agree name both ports") {
    add.inputs["b"] = source_of(matrix(2, 4));
    CHECK_THAT(run_verb(add).text, Contains("'b' has d = 4, but 'a' has d = 3"));
  }
  SECTION("wrong rank") {
    add.inputs["b"] = source_of(Array{ElementType::f64, {6}});
    CHECK_THAT(run_verb(add).text, Contains("'b' is 6 (rank 1), expected dims \"n,d\""));
  }
  SECTION("wrong type") {
    add.inputs["b"] = source_of(Array{ElementType::text, {2, 3}, {}, 4});
    CHECK_THAT(run_verb(add).text, Contains("'b' has elements of type text, expected f64"));
  }
  SECTION("no such port") {
    add.inputs["c"] = source_of(matrix(2, 3));
    CHECK_THAT(run_verb(add).text, Contains("there is no input port 'c'; the ports are a, b"));
  }
  SECTION("NaN and infinity, by port and index, whole and by rows") {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      Array b = matrix(2, 3);
      b.as<double>()[4] = bad;
      add.inputs["b"] = source_of(b);
      const VerbResult result = run_verb(add);
      CHECK(result.status == ANSATZ_NUMERICAL);
      CHECK_THAT(result.text, Contains("input 'b' is") && Contains("at index [1, 1]"));
      VerbCall blocks = call("blocks");
      blocks.inputs["x"] = source_of(b);
      CHECK_THAT(run_verb(blocks).text, Contains("input 'x' is") && Contains("at index [1, 1]"));
    }
  }
}

TEST_CASE("rows read by blocks are the rows of the whole") {
  VerbCall blocks = call("blocks");
  blocks.inputs["x"] = source_of(matrix(50, 7));
  CHECK(run_verb(blocks).outputs.array("y").number(0) == 350.0 * 351 / 2);
}

TEST_CASE("numbers of any type are converted") {
  VerbCall add = call("add");
  Array bytes{ElementType::u8, {2, 2}};
  for (std::size_t i = 0; i < 4; ++i) bytes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(250 + i);
  add.inputs["a"] = source_of(bytes);
  add.inputs["b"] = source_of(Array{ElementType::i32, {2, 2}});
  const VerbResult result = run_verb(add);
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(result.outputs.array("y").number(3) == 253);
  CHECK(result.outputs.array("y").dims == std::vector<std::string>{"n", "d"});
}

TEST_CASE("what a plugin does wrong costs it the verb, with the reason") {
  const auto text_of = [](const std::string& verb) {
    VerbCall c = call(verb);
    if (verb == "wrong-shape") c.inputs["x"] = source_of(matrix(2, 3));
    const VerbResult result = run_verb(c);
    CHECK(result.status != ANSATZ_DONE);
    return result.text;
  };
  CHECK(text_of("throws") == "the moon is not full; wait for it");
  CHECK_THAT(text_of("throws-strange"), Contains("no std::exception"));
  CHECK(text_of("throws-in-task") == "task 3");
  CHECK_THAT(text_of("wrong-shape"), Contains("'y' has n = 3, but 'x' has n = 2"));
  CHECK_THAT(text_of("wrong-name"), Contains("output 'z' that it does not declare; it declares y"));
  CHECK_THAT(text_of("forgets"), Contains("did not write output 'y'"));
  CHECK_THAT(text_of("changes-shape"), Contains("'y' as 3 and then as 4"));
  CHECK_THAT(text_of("widens-text"), Contains("'y' as text of 1 bytes"));
  CHECK_THAT(text_of("stops"), Contains("nobody asked"));
}

TEST_CASE("draws depend on the key alone, not on threads") {
  const auto draw = [](std::uint64_t key, unsigned threads) {
    VerbCall c = call("draw");
    c.random_key = key;
    c.threads = threads;
    const VerbResult result = run_verb(c);
    const auto values = result.outputs.array("y").as<double>();
    return std::vector<double>(values.begin(), values.end());
  };
  CHECK(draw(1, 1) == draw(1, 4));
  CHECK(draw(1, 2) == draw(1, 3));
  CHECK(draw(1, 1) != draw(2, 1));
}

TEST_CASE("a verb is cancelled between steps") {
  VerbCall waits = call("waits");
  int looks = 0;
  waits.listener.cancelled = [&] { return ++looks > 2; };
  const VerbResult result = run_verb(waits);
  CHECK(result.status == ANSATZ_CANCELLED);
  CHECK(result.steps == 3);
}

namespace {

std::string bytes_of(const Array& array) {
  return {reinterpret_cast<const char*>(array.data.data()), static_cast<std::size_t>(array.bytes())};
}

void check_equal(const VerbResult& a, const VerbResult& b) {
  CHECK(a.status == b.status);
  CHECK(a.steps == b.steps);
  CHECK(bytes_of(a.outputs.array("y")) == bytes_of(b.outputs.array("y")));
  CHECK(bytes_of(a.state.array("total")) == bytes_of(b.state.array("total")));
  CHECK(a.log == b.log);
  REQUIRE(a.metrics.size() == b.metrics.size());
  for (std::size_t i = 0; i < a.metrics.size(); ++i) {
    CHECK(a.metrics[i].name == b.metrics[i].name);
    CHECK(a.metrics[i].step == b.metrics[i].step);
    CHECK(a.metrics[i].value == b.metrics[i].value);
  }
}

VerbCall walk(std::int64_t steps) {
  VerbCall walk = call("walk");
  walk.model_settings = {{"steps", steps}};
  walk.random_key = 5;
  return walk;
}

}  // namespace

TEST_CASE("a verb goes on from any checkpoint as if it had never stopped") {
  const VerbResult whole = run_verb(walk(10));
  REQUIRE(whole.status == ANSATZ_DONE);
  REQUIRE(whole.metrics.size() == 15);
  for (std::uint64_t stop = 1; stop < 10; ++stop) {
    Checkpoint kept;
    VerbCall first = walk(10);
    std::uint64_t done = 0;
    first.listener.after_step = [&](std::uint64_t step) { done = step; };
    first.listener.cancelled = [&] { return done == stop; };
    first.listener.checkpoint = [&](Checkpoint checkpoint) { kept = std::move(checkpoint); };
    REQUIRE(run_verb(first).status == ANSATZ_CANCELLED);
    REQUIRE(kept.steps == stop);
    VerbCall second = walk(10);
    second.resume = &kept;
    check_equal(run_verb(second), whole);
    check_equal(run_verb(second), whole);  // going on leaves the checkpoint alone
  }
}

TEST_CASE("taking checkpoints changes nothing, and each is a snapshot") {
  std::vector<Checkpoint> kept;
  VerbCall observed = walk(6);
  observed.listener.wants_checkpoint = [] { return true; };
  observed.listener.checkpoint = [&](Checkpoint checkpoint) { kept.push_back(std::move(checkpoint)); };
  const VerbResult whole = run_verb(walk(6));
  check_equal(run_verb(observed), whole);
  REQUIRE(kept.size() == 5);  // none after the last step
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CHECK(kept[i].steps == i + 1);
    const auto y = kept[i].outputs.array("y").as<double>();
    CHECK(y[3 * i] == whole.outputs.array("y").as<double>()[3 * i]);
    CHECK(y[3 * i + 3] == 0);  // not yet written then
  }
}

TEST_CASE("a checkpoint of another call is refused") {
  Checkpoint other;
  other.steps = 2;
  other.outputs.put("z", Array::scalar(1.0));
  VerbCall second = walk(6);
  second.resume = &other;
  CHECK_THROWS_WITH(run_verb(second), Contains("output 'z'"));
}

TEST_CASE("settings are checked in the plugin too") {
  VerbCall fit = call("fit");
  fit.inputs["x"] = source_of(matrix(2, 3));
  fit.model_settings = {{"scale", -1.0}};
  CHECK_THAT(run_verb(fit).text, Contains("'scale' is -1"));
  fit.model_settings = {{"speed", 1.0}};
  CHECK_THAT(run_verb(fit).text, Contains("there is no parameter 'speed'"));
  fit.model_settings = {{"steps", std::string{"many"}}};
  CHECK_THAT(run_verb(fit).text, Contains("'steps' has a value of the wrong kind"));
}
