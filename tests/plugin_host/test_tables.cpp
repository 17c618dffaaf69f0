// Tables that are unsound in one way each: every refusal names the place.
#include <ansatz/abi.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "core/error.hpp"
#include "plugins/tables.hpp"

using namespace ansatz::host;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// A sound plugin with something of everything; a test breaks one field.
struct Tables {
  const char* choice_texts[2] = {"gaussian", "linear"};
  const char* texts[1] = {"gaussian"};
  double reals[2] = {0.5, 1};
  std::int64_t integers[1] = {3};
  ansatz_value real{sizeof real, ANSATZ_KIND_REAL, 0, 0, 1, nullptr, reals, nullptr};
  ansatz_value text{sizeof text, ANSATZ_KIND_TEXT, 0, 0, 1, nullptr, nullptr, texts};
  ansatz_value integer{sizeof integer, ANSATZ_KIND_INTEGER, 0, 0, 1, integers, nullptr, nullptr};
  ansatz_value list{sizeof list, ANSATZ_KIND_REAL, 1, 0, 2, nullptr, reals, nullptr};

  ansatz_parameter kernel = parameter("kernel", ANSATZ_BIT(ANSATZ_KIND_TEXT), &text);
  ansatz_parameter penalty = parameter("penalty", ANSATZ_BIT(ANSATZ_KIND_REAL), &real);
  ansatz_parameter rates =
      parameter("rates", ANSATZ_BIT(ANSATZ_KIND_REAL) | ANSATZ_BIT(ANSATZ_KIND_LIST), &list);
  ansatz_parameter steps = parameter("steps", ANSATZ_BIT(ANSATZ_KIND_INTEGER), &integer);
  const ansatz_parameter* model_parameters[3] = {&kernel, &penalty, &rates};
  const ansatz_parameter* verb_parameters[1] = {&steps};

  ansatz_port x{sizeof x, ANSATZ_BIT(ANSATZ_F64), 0, ANSATZ_NO_PICTURE, "x", "Points", "n,d|n"};
  ansatz_port w{sizeof w, ANSATZ_BIT(ANSATZ_F64), ANSATZ_OPTIONAL, ANSATZ_NO_PICTURE, "w", "Weights", "n"};
  ansatz_port y{sizeof y, ANSATZ_BIT(ANSATZ_F64), 0, ANSATZ_LINE, "y", "Values", "n,3,..."};
  const ansatz_port* inputs[2] = {&x, &w};
  const ansatz_port* outputs[1] = {&y};
  ansatz_verb fit{sizeof fit, ANSATZ_LEARNS, "fit", "Learn", verb_parameters, 1, inputs, 2, outputs, 1};
  ansatz_verb predict{
      sizeof predict, ANSATZ_NEEDS_MODEL, "predict", "Use", nullptr, 0, inputs, 1, outputs, 1};
  const ansatz_verb* verbs[2] = {&fit, &predict};
  ansatz_model model{sizeof model,
                     0,
                     "ridge",
                     "A model",
                     "A paper",
                     model_parameters,
                     3,
                     verbs,
                     2,
                     [](auto...) { return std::int32_t{0}; },
                     [](auto...) {},
                     [](auto...) { return std::int32_t{0}; },
                     [](auto...) { return std::int32_t{0}; },
                     [](auto...) { return std::int32_t{0}; },
                     [](auto...) { return std::int32_t{0}; }};
  const ansatz_model* models[2] = {&model, &model};
  ansatz_info info{sizeof info, 0, "A plugin", models, 1};

  Tables() {
    kernel.choices = choice_texts, kernel.choice_count = 2;
    penalty.minimum = 0, penalty.minimum_excluded = 1;
    rates.used_if = "kernel=gaussian|linear";
  }

  static ansatz_parameter parameter(const char* name, std::uint32_t kinds, const ansatz_value* initial) {
    return {sizeof(ansatz_parameter),
            kinds,
            name,
            "What it does",
            "dimensionless",
            -infinity,
            infinity,
            0,
            0,
            nullptr,
            0,
            initial,
            1,
            0,
            nullptr};
  }
};

std::string refusal(const std::function<void(Tables&)>& damage) {
  Tables tables;
  damage(tables);
  try {
    (void)plugin_from_tables(PluginInfo{}, &tables.info);
  } catch (const Error& e) {
    CHECK(e.code() == Exit::plugin_refused);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("sound tables become values") {
  Tables t;
  PluginInfo header;
  header.id = "ridge";
  const PluginInfo plugin = plugin_from_tables(header, &t.info);
  CHECK(plugin.id == "ridge");
  CHECK(plugin.text == "A plugin");
  const ModelInfo& model = plugin.models.at(0);
  CHECK(model.references == "A paper");
  REQUIRE(model.parameters.size() == 3);
  CHECK(model.parameters[0].choices == std::vector<std::string>{"gaussian", "linear"});
  CHECK(model.parameters[0].initial == Value{std::string{"gaussian"}});
  CHECK(model.parameters[1].initial == Value{0.5});
  CHECK(model.parameters[1].minimum == 0);
  CHECK(model.parameters[1].minimum_excluded);
  CHECK(model.parameters[2].initial == Value{std::vector<double>{0.5, 1}});
  CHECK(model.parameters[2].used_if == "kernel=gaussian|linear");
  REQUIRE(model.verbs.size() == 2);
  CHECK(model.verbs[0].flags == ANSATZ_LEARNS);
  CHECK(model.verbs[0].parameters.at(0).initial == Value{std::int64_t{3}});
  CHECK(model.verbs[0].inputs.at(1).optional());
  CHECK(model.verbs[0].outputs.at(0).dims == "n,3,...");
  CHECK(model.verbs[0].outputs.at(0).picture == ANSATZ_LINE);
}

TEST_CASE("tables of a later minor version are longer") {
  struct Longer {
    ansatz_port port;
    const char* news;
  };
  Tables t;
  Longer longer{t.x, "news"};
  longer.port.struct_size = sizeof longer;
  t.inputs[0] = &longer.port;
  CHECK(plugin_from_tables(PluginInfo{}, &t.info).models[0].verbs[0].inputs[0].name == "x");
}

TEST_CASE("missing and short tables are refused") {
  CHECK_THROWS_WITH(plugin_from_tables(PluginInfo{}, nullptr), Contains("info()") && Contains("null"));
  CHECK_THAT(refusal([](Tables& t) { t.info.struct_size = 8; }), Contains("8 bytes, at least"));
  CHECK_THAT(refusal([](Tables& t) { t.info.text = nullptr; }), Contains("info(): its text is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.info.model_count = 0; }), Contains("no models"));
  CHECK_THAT(refusal([](Tables& t) { t.info.models = nullptr; }), Contains("models: a list is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.info.model_count = 1'000'000'000; }), Contains("1000000000 entries"));
  CHECK_THAT(refusal([](Tables& t) { t.models[0] = nullptr; }), Contains("models entry 0"));
  CHECK_THAT(refusal([](Tables& t) { t.info.model_count = 2; }), Contains("'ridge' occurs twice"));
  CHECK_THAT(refusal([](Tables& t) { t.model.verb_count = 0; }), Contains("model 'ridge': it has no verbs"));
  CHECK_THAT(refusal([](Tables& t) { t.model.references = nullptr; }), Contains("references"));
  CHECK_THAT(refusal([](Tables& t) { t.fit.struct_size -= 1; }),
             Contains("model 'ridge'") && Contains("bytes"));
  CHECK_THAT(refusal([](Tables& t) { t.inputs[1] = &t.x; }), Contains("'x' occurs twice"));
  CHECK_THAT(refusal([](Tables& t) { t.verbs[1] = &t.fit; }), Contains("'fit' occurs twice"));
}

TEST_CASE("missing functions are refused") {
  CHECK_THAT(refusal([](Tables& t) { t.model.create = nullptr; }), Contains("functions is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.model.destroy = nullptr; }), Contains("functions is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.model.begin = nullptr; }), Contains("functions is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.model.step = nullptr; }), Contains("functions is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.model.save = nullptr; }), Contains("functions is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.model.load = nullptr; }), Contains("functions is missing"));
}

TEST_CASE("names are words and texts are UTF-8") {
  for (const char* name : {"", "a.b", "a b", "a/b", "1a", "-a", "\xc3\xa4", "a\n"}) {
    INFO(name);
    CHECK_THAT(refusal([&](Tables& t) { t.x.name = name; }), Contains("is no name"));
  }
  for (const char* text :
       {"\xff", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80"}) {
    CHECK_THAT(refusal([&](Tables& t) { t.x.text = text; }), Contains("port 'x': its text is not UTF-8"));
  }
  CHECK(refusal([](Tables& t) { t.x.text = "\xce\xbb \xe2\x82\xac \xf0\x9f\x8e\xb2"; }).empty());
  const std::string endless(70'000, 'a');
  CHECK_THAT(refusal([&](Tables& t) { t.x.text = endless.c_str(); }), Contains("64 KiB"));
}

TEST_CASE("parameters that contradict themselves are refused") {
  const auto place = Contains("model 'ridge' parameter 'penalty'");
  CHECK_THAT(refusal([](Tables& t) { t.penalty.kinds = 0; }), place && Contains("kinds"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.kinds = ANSATZ_BIT(ANSATZ_KIND_LIST); }), Contains("kinds"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.kinds |= 1u << 9; }), Contains("kinds"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.minimum = std::nan(""); }), place && Contains("empty"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.maximum = -1; }), place && Contains("empty"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.maximum = 0; }), place && Contains("empty"));
  CHECK_THAT(refusal([](Tables& t) { t.reals[0] = 0; }), place && Contains("outside its range (real > 0)"));
  CHECK_THAT(refusal([](Tables& t) { t.reals[0] = std::nan(""); }), place && Contains("outside its range"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.initial = &t.text; }), place && Contains("kind"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.initial = &t.list; }), place && Contains("list"));
  CHECK_THAT(refusal([](Tables& t) { t.real.kind = 77; }), place && Contains("unknown kind 77"));
  CHECK_THAT(refusal([](Tables& t) { t.real.reals = nullptr; }), place && Contains("points nowhere"));
  CHECK_THAT(refusal([](Tables& t) { t.real.count = 2; }), place && Contains("scalar"));
  CHECK_THAT(refusal([](Tables& t) { t.real.struct_size = 4; }), place && Contains("4 bytes"));
  CHECK_THAT(refusal([](Tables& t) { t.penalty.unit = nullptr; }), place && Contains("unit"));
  CHECK_THAT(refusal([](Tables& t) { t.texts[0] = "cubic"; }), Contains("'cubic' is none of its choices"));
  CHECK_THAT(refusal([](Tables& t) { t.texts[0] = nullptr; }), Contains("default is missing"));
  CHECK_THAT(refusal([](Tables& t) { t.choice_texts[1] = "gaussian"; }), Contains("occurs twice"));
  CHECK_THAT(refusal([](Tables& t) { t.kernel.choices = nullptr; }), Contains("choices are missing"));
  CHECK_THAT(refusal([](Tables& t) { t.verb_parameters[0] = &t.penalty; }),
             Contains("a parameter of the model and of verb 'fit'"));
  // An integer is a real number that a pipeline may write.
  CHECK(refusal([](Tables& t) { t.penalty.initial = &t.integer; }).empty());
  CHECK(refusal([](Tables& t) { t.penalty.initial = nullptr; }).empty());
}

TEST_CASE("conditions name another parameter and a choice of it") {
  const auto with = [](const char* condition) {
    return refusal([=](Tables& t) { t.rates.used_if = condition; });
  };
  CHECK_THAT(with("kernel"), Contains("expected 'name=value|value'"));
  CHECK_THAT(with("colour=red"), Contains("'colour'"));
  CHECK_THAT(with("rates=1"), Contains("no other parameter"));
  CHECK_THAT(with("kernel=cubic"), Contains("kernel=cubic"));
  CHECK(with("penalty=1").empty());
  CHECK(with("kernel=gaussian&verb=fit|predict&penalty=1").empty());
  CHECK_THAT(with("verb=fit&kernel=cubic"), Contains("kernel=cubic"));
  CHECK_THAT(with("kernel=gaussian&penalty"), Contains("several joined by '&'"));
  // A verb's parameter may depend on the model's.
  CHECK(refusal([](Tables& t) { t.steps.used_if = "kernel=linear"; }).empty());
  CHECK_THAT(refusal([](Tables& t) { t.rates.used_if = "steps=3"; }), Contains("'steps'"));
}

TEST_CASE("ports and verbs that contradict themselves are refused") {
  CHECK_THAT(refusal([](Tables& t) { t.x.types = 0; }), Contains("verb 'fit' input port 'x'"));
  CHECK_THAT(refusal([](Tables& t) { t.x.types = 1; }), Contains("element types 0x1"));
  CHECK_THAT(refusal([](Tables& t) { t.x.types = 1u << 8; }), Contains("element types"));
  CHECK(refusal([](Tables& t) { t.x.types = 0xfe; }).empty());
  CHECK_THAT(refusal([](Tables& t) { t.x.flags = 4; }), Contains("flags"));
  CHECK_THAT(refusal([](Tables& t) { t.y.picture = 9; }), Contains("picture 9"));
  CHECK_THAT(refusal([](Tables& t) { t.y.picture = -1; }), Contains("picture -1"));
  for (const char* dims : {"n,,d", "n,", "n d", "...,n", "n|,", "n-1"}) {
    INFO(dims);
    CHECK_THAT(refusal([&](Tables& t) { t.x.dims = dims; }), Contains("dims"));
  }
  CHECK_THAT(refusal([](Tables& t) { t.x.dims = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"; }), Contains("16"));
  CHECK_THAT(refusal([](Tables& t) { t.fit.flags = 1u << 20; }), Contains("verb 'fit'") && Contains("flags"));
  CHECK_THAT(refusal([](Tables& t) { t.fit.flags = 0; }),
             Contains("'predict' needs a learned model, but no verb learns one"));
}
