// What the validator compares and makes up, on small examples.
#include <ansatz/abi.h>
#include <sys/time.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <limits>
#include <thread>

#include "run/state_table.hpp"
#include "validate/compare.hpp"
#include "validate/isolated.hpp"
#include "validate/settings.hpp"

using namespace ansatz::host;
using namespace ansatz::host::validate;
using Catch::Contains;

namespace {

PortInfo port(const char* name, const char* dims, std::uint32_t types, std::uint32_t flags = 0) {
  return {name, "text", dims, types, flags, 0};
}
constexpr std::uint32_t reals = ANSATZ_BIT(ANSATZ_F64), integers = ANSATZ_BIT(ANSATZ_I64);

VerbResult example() {
  VerbResult result;
  result.status = ANSATZ_DONE;
  result.steps = 3;
  Array y{ElementType::f64, {2}, {"n"}};
  y.as<double>()[0] = 1, y.as<double>()[1] = 2;
  y.attributes["picture"] = std::string{"line"};
  result.outputs.put("y", y);
  result.state.put("layer/weights", Array::scalar(4.0));
  result.metrics.push_back({"loss", 1, 0.5});
  result.log = {"info: ready"};
  return result;
}

template <class Change>
std::string after(const Change& change, double tolerance = 0) {
  VerbResult changed = decode(encode(example()));
  change(changed);
  return difference(example(), changed, tolerance);
}

}  // namespace

TEST_CASE("results that went through a pipe are the same; every difference is told") {
  CHECK(after([](VerbResult&) {}).empty());
  CHECK_THAT(after([](VerbResult& r) { r.status = ANSATZ_NUMERICAL; }), Contains("NUMERICAL"));
  CHECK_THAT(after([](VerbResult& r) { r.steps = 4; }), Contains("3 steps and then 4"));
  CHECK_THAT(after([](VerbResult& r) { r.outputs.array("y").as<double>()[1] = 3; }),
             Contains("output 'y' differs at [1]: 2 and 3"));
  CHECK_THAT(after([](VerbResult& r) {
               r.outputs.put("y", Array{ElementType::f64, {3}});
             }),
             Contains("2 of f64 and then 3 of f64"));
  CHECK_THAT(after([](VerbResult& r) {
               r.outputs.put("y", Array{ElementType::i64, {2}});
             }),
             Contains("2 of f64 and then 2 of i64"));
  const auto edit = [](VerbResult& r, auto change) {
    Array y = r.outputs.array("y");
    change(y);
    r.outputs.put("y", y);
  };
  CHECK_THAT(after([&](VerbResult& r) { edit(r, [](Array& y) { y.dims = {"m"}; }); }), Contains("names"));
  CHECK_THAT(after([&](VerbResult& r) { edit(r, [](Array& y) { y.attributes.clear(); }); }),
             Contains("attributes"));
  CHECK_THAT(after([](VerbResult& r) { r.outputs = {}; }), Contains("there once"));
  CHECK_THAT(after([](VerbResult& r) { r.outputs.put("z", Array::scalar(1.0)); }),
             Contains("'z' is there once"));
  CHECK_THAT(after([](VerbResult& r) { r.state.put("layer/weights", Array::scalar(5.0)); }),
             Contains("'layer' 'weights' differs"));
  CHECK_THAT(after([](VerbResult& r) { r.state = {}; }), Contains("'layer' is there once"));
  CHECK_THAT(after([](VerbResult& r) { r.metrics.clear(); }), Contains("more metrics"));
  CHECK_THAT(after([](VerbResult& r) { r.metrics[0].name = "gain"; }), Contains("'gain'"));
  CHECK_THAT(after([](VerbResult& r) { r.metrics[0].step = 2; }), Contains("step 2"));
  CHECK_THAT(after([](VerbResult& r) { r.metrics[0].value = 0.6; }), Contains("0.6"));
  CHECK_THAT(after([](VerbResult& r) { r.log[0] = "info: set"; }),
             Contains("'info: ready', and then 'info: set'"));
  CHECK_THAT(after([](VerbResult& r) { r.log.clear(); }), Contains("then 'nothing'"));
  CHECK(after([](VerbResult& r) { r.log.clear(); }, 1e-8).empty());  // it may have numbers in it
  // Signed zeros differ in bytes, not within a tolerance; larger differences are told in either case.
  const auto nearly = [](VerbResult& r) { r.outputs.array("y").as<double>()[0] = 1 + 1e-10; };
  CHECK_FALSE(after(nearly).empty());
  CHECK(after(nearly, 1e-8).empty());
  CHECK_FALSE(after(nearly, 1e-11).empty());
}

TEST_CASE("an answer is finite or an error that names a port, a parameter or the verb") {
  VerbInfo verb{"fit", "Fit", 0, {}, {port("x", "n,d", reals)}, {port("y", "n", reals)}};
  ModelInfo model{"m", "text", "", {}, {verb}};
  VerbResult result = example();
  CHECK(not_an_answer(result, model, verb).empty());
  result.outputs.array("y").as<double>()[1] = std::numeric_limits<double>::infinity();
  CHECK_THAT(not_an_answer(result, model, verb), Contains("output 'y' is inf at [1]"));
  verb.outputs[0].flags = ANSATZ_MISSING;
  CHECK(not_an_answer(result, model, verb).empty());
  result.text = "'x' has no rows";
  for (const int status : {ANSATZ_BAD_ARGUMENT, ANSATZ_BAD_STATE, ANSATZ_NUMERICAL, ANSATZ_UNSUPPORTED}) {
    result.status = status;
    CHECK(not_an_answer(result, model, verb).empty());
  }
  result.text = "something expected is not there";  // no word of it is a port
  CHECK_THAT(not_an_answer(result, model, verb), Contains("UNSUPPORTED: something"));
  result.text = "'x' has no rows";
  for (const int status : {ANSATZ_INTERNAL, ANSATZ_MORE, ANSATZ_CANCELLED}) {
    result.status = status;
    CHECK_FALSE(not_an_answer(result, model, verb).empty());
  }
}

TEST_CASE("made-up inputs fit their ports") {
  VerbInfo verb{"fit", "Fit", 0, {}, {}, {}};
  verb.inputs = {port("x", "n,d", reals),   port("y", "n|n,m", reals | integers),
                 port("k", "d,d", reals),   port("classes", "m", integers),
                 port("rgb", "n,3", reals), port("w", "n", reals, ANSATZ_OPTIONAL)};
  const ModelInfo model{"m", "text", "", {}, {verb}};
  const Sizes sizes = sizes_of(model);
  CHECK(sizes.at("n") > sizes.at("d"));
  CHECK(sizes.at("d") != sizes.at("m"));
  InputMaker maker{sizes, 5};
  for (const Candidate& c : candidates(verb)) {
    const Inputs inputs = maker.make(verb, c);
    CHECK(inputs.contains("w") == (c.wiring == Candidate::Wiring::all));
    const Array &x = inputs.at("x"), &y = inputs.at("y"), &k = inputs.at("k");
    CHECK(x.shape == std::vector{sizes.at("n"), sizes.at("d")});
    CHECK(y.shape.size() == (c.alternative == 0 ? 1 : 2));
    CHECK(y.type == (c.prefer == Candidate::Prefer::reals ? ElementType::f64 : ElementType::i64));
    CHECK(inputs.at("rgb").shape[1] == 3);
    for (std::uint64_t i = 0; i < inputs.at("classes").count(); ++i) {
      CHECK(inputs.at("classes").number(i) == static_cast<double>(i));
    }
    // Symmetric, and dominant on the diagonal in the sense that counts: z'Kz >= z'z.
    const std::uint64_t d = sizes.at("d");
    double form = 0;
    for (std::uint64_t i = 0; i < d; ++i) {
      for (std::uint64_t j = 0; j < d; ++j) {
        if (c.reals != Candidate::Reals::shares) CHECK(k.number(i * d + j) == k.number(j * d + i));
        form += (i % 2 == 0 ? 1 : -1) * (j % 2 == 0 ? 1 : -1) * k.number(i * d + j);
      }
    }
    if (c.reals != Candidate::Reals::shares) CHECK(form >= static_cast<double>(d) * (1 - 1e-12));
    double sum = 0;
    for (std::uint64_t i = 0; i < d; ++i) {
      CHECK(std::isfinite(x.number(i)));
      sum += x.number(i);
    }
    if (c.reals == Candidate::Reals::shares) CHECK(sum == Approx(1));
  }
}

TEST_CASE("state of no type, rank or size is refused before memory is handed out") {
  Tree tree;
  const ansatz_tree writer = state_writer(tree);
  const auto put = [&](std::int32_t type, std::vector<std::uint64_t> shape, std::uint64_t width = 0) {
    const ansatz_array array{sizeof(ansatz_array), type, width, shape.size(), shape.data(), nullptr};
    void* data = nullptr;
    const std::int32_t status = writer.put(writer.context, "a", &array, &data);
    CHECK((status == ANSATZ_DONE) == (data != nullptr));
    return status;
  };
  CHECK(put(0, {1}) == ANSATZ_BAD_ARGUMENT);
  CHECK(put(99, {1}) == ANSATZ_BAD_ARGUMENT);
  CHECK(put(ANSATZ_F64, std::vector<std::uint64_t>(17, 1)) == ANSATZ_BAD_ARGUMENT);
  // 2^61 x 8 bytes are 0 in 64 bits.
  CHECK(put(ANSATZ_F64, {std::uint64_t{1} << 61}) == ANSATZ_BAD_ARGUMENT);
  CHECK(put(ANSATZ_TEXT, {2}, std::uint64_t{1} << 63) == ANSATZ_BAD_ARGUMENT);
  CHECK(tree.empty());
  CHECK(put(ANSATZ_F64, std::vector<std::uint64_t>(16, 1)) == ANSATZ_DONE);
}

TEST_CASE("half an answer is none") {
  using std::chrono::milliseconds;
  // The answer is larger than a pipe, and nobody reads before the alarm ends the process.
  const auto body = [] {
    const itimerval soon{{}, {0, 50'000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    return std::string(1 << 20, 'a');
  };
  Isolated process{body, milliseconds{20'000}};
  std::this_thread::sleep_for(milliseconds{500});
  while (!process.look()) std::this_thread::sleep_for(milliseconds{10});
  CHECK_FALSE(process.ending().answered);
  CHECK_THAT(process.ending().failure, Contains("SIGALRM"));
  const Ending whole = run_isolated([] { return std::string(1 << 20, 'a'); }, milliseconds{20'000});
  CHECK(whole.answered);
  CHECK(whole.answer == std::string(1 << 20, 'a'));
}

TEST_CASE("settings stay within ranges and conditions") {
  ParameterInfo kernel, degree, rate, count;
  kernel.name = "kernel", kernel.kinds = ANSATZ_BIT(ANSATZ_KIND_TEXT),
  kernel.choices = {"linear", "polynomial"};
  kernel.initial = std::string{"linear"};
  degree.name = "degree", degree.kinds = ANSATZ_BIT(ANSATZ_KIND_INTEGER), degree.minimum = 1,
  degree.maximum = 5;
  degree.used_if = "kernel=polynomial", degree.initial = std::int64_t{2};
  rate.name = "rate", rate.kinds = ANSATZ_BIT(ANSATZ_KIND_REAL), rate.minimum = 0,
  rate.minimum_excluded = true;
  rate.initial = 0.5;
  count.name = "count", count.kinds = ANSATZ_BIT(ANSATZ_KIND_INTEGER), count.minimum = 2;  // must be given
  const std::vector<ParameterInfo> all{degree, kernel, rate, count};
  std::mt19937_64 engine{1};
  const Settings low = settings_at(all, {}, Choice::lowest, engine);
  CHECK(std::get<std::string>(low.at("kernel")) == "linear");
  CHECK_FALSE(low.contains("degree"));
  CHECK(std::get<double>(low.at("rate")) > 0);
  CHECK(std::get<std::int64_t>(low.at("count")) == 2);
  const Settings high = settings_at(all, {}, Choice::highest, engine);
  CHECK(std::get<std::int64_t>(high.at("degree")) == 5);
  CHECK(std::get<double>(high.at("rate")) == 12);  // 10 + 4 |default|
  for (int i = 0; i < 50; ++i) {
    const Settings random = settings_at(all, {}, Choice::random, engine);
    CHECK(random.contains("degree") == (std::get<std::string>(random.at("kernel")) == "polynomial"));
    CHECK(std::get<double>(random.at("rate")) > 0);
    CHECK(std::get<std::int64_t>(random.at("count")) >= 2);
  }
  // The largest integer is no double: the end of the range is the double before it.
  ParameterInfo key = count;
  key.minimum = -0x1p63, key.maximum = 0x1p63;
  CHECK(std::get<std::int64_t>(settings_at({key}, {}, Choice::highest, engine).at("count")) ==
        (std::int64_t{1} << 62) - 512 + (std::int64_t{1} << 62) - 512);
  const Settings required = required_settings(all);
  CHECK(required.size() == 1);
  CHECK(std::get<std::int64_t>(required.at("count")) == 2);
}
