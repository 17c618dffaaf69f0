#include "fakes.hpp"

#include <ansatz/abi.h>

#include <map>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint32_t boolean = ANSATZ_BIT(ANSATZ_KIND_BOOL), integer = ANSATZ_BIT(ANSATZ_KIND_INTEGER),
                        real = ANSATZ_BIT(ANSATZ_KIND_REAL), text = ANSATZ_BIT(ANSATZ_KIND_TEXT),
                        list = ANSATZ_BIT(ANSATZ_KIND_LIST);
constexpr std::uint32_t numbers = ANSATZ_BIT(ANSATZ_F64) | ANSATZ_BIT(ANSATZ_F32) | ANSATZ_BIT(ANSATZ_I64) |
                                  ANSATZ_BIT(ANSATZ_I32) | ANSATZ_BIT(ANSATZ_U8) | ANSATZ_BIT(ANSATZ_BOOL);
constexpr std::uint32_t words = ANSATZ_BIT(ANSATZ_TEXT);

ParameterInfo parameter(const std::string& name, std::uint32_t kinds, std::optional<Value> initial) {
  ParameterInfo p;
  p.name = name;
  p.text = "About " + name;
  p.unit = "dimensionless";
  p.kinds = kinds;
  p.initial = std::move(initial);
  return p;
}

ParameterInfo ranged(ParameterInfo p, double minimum, double maximum, bool minimum_excluded = false,
                     bool maximum_excluded = false) {
  p.minimum = minimum;
  p.maximum = maximum;
  p.minimum_excluded = minimum_excluded;
  p.maximum_excluded = maximum_excluded;
  return p;
}

ParameterInfo chosen(ParameterInfo p, std::vector<std::string> choices) {
  p.choices = std::move(choices);
  return p;
}

ParameterInfo conditional(ParameterInfo p, const std::string& used_if) {
  p.used_if = used_if;
  return p;
}

PortInfo port(const std::string& name, const std::string& dims, std::uint32_t types = numbers,
              std::uint32_t flags = 0) {
  return {name, "About " + name, dims, types, flags, 0};
}

constexpr double infinity = std::numeric_limits<double>::infinity();

PluginInfo ridge() {
  ModelInfo model{
      "ridge",
      "Kernel ridge regression",
      "",
      {chosen(parameter("kernel", text, Value{std::string{"gaussian"}}),
              {"gaussian", "laplacian", "polynomial", "linear"}),
       chosen(
           ranged(parameter("length", real | list | text, Value{std::string{"median"}}), 0, infinity, true),
           {"median"}),
       ranged(parameter("penalty", real, Value{1e-3}), 0, infinity),
       conditional(ranged(parameter("degree", integer, Value{std::int64_t{3}}), 1, 20),
                   "kernel=polynomial|sigmoid"),
       conditional(parameter("warmth", real, Value{1.0}), "kernel=polynomial&verb=refine"),
       parameter("intercept", boolean, Value{true}), parameter("label", text, Value{std::string{"plain"}}),
       ranged(parameter("mixture", real, Value{0.5}), 0, 1, true, true),
       ranged(parameter("sizes", integer | list, Value{std::vector<std::int64_t>{}}), 1, 100),
       parameter("tags", text | list, Value{std::string{"none"}}),
       parameter("anything", boolean | integer | real | text | list, Value{false})},
      {}};
  model.verbs = {{"fit",
                  "Fit the weights",
                  ANSATZ_LEARNS,
                  {},
                  {port("x", "n,d"), port("y", "n,m|n"), port("weight", "n", numbers, ANSATZ_OPTIONAL)},
                  {port("fitted", "n,m"), port("loss", "", numbers, ANSATZ_OPTIONAL)}},
                 {"predict",
                  "Evaluate the fitted function",
                  ANSATZ_NEEDS_MODEL,
                  {ranged(parameter("block", integer, Value{std::int64_t{512}}), 1, infinity)},
                  {port("x", "q,d")},
                  {port("y", "q,m")}},
                 {"refine",
                  "Go on",
                  ANSATZ_LEARNS | ANSATZ_TAKES_MODEL,
                  {parameter("rounds", integer, std::nullopt)},
                  {port("x", "n,d")},
                  {port("trace", "t")}}};
  return {"ridge", "1.0.0", "", "", "Ridge", 1, 0, 0, 0, {}, {model}};
}

PluginInfo prepare() {
  const ModelInfo split{"split",
                        "Split",
                        "",
                        {},
                        {{"split",
                          "Split rows",
                          0,
                          {ranged(parameter("test", real, Value{0.25}), 0, 1, true, true),
                           parameter("stratify", boolean, Value{false})},
                          {port("x", "n,..."), port("y", "n", numbers | words, ANSATZ_OPTIONAL)},
                          {port("train_x", "r,..."), port("train_y", "r"), port("test_x", "s,..."),
                           port("test_y", "s"), port("names", "r", words)}}}};
  ModelInfo scale{
      "scale",
      "Scale",
      "",
      {},
      {{"learn", "Learn scales", ANSATZ_LEARNS, {}, {port("x", "n,d")}, {port("scaled", "n,d")}},
       {"apply", "Apply scales", ANSATZ_NEEDS_MODEL, {}, {port("x", "n,d")}, {port("scaled", "n,d")}}}};
  ModelInfo robust = scale;
  robust.name = "robust";
  const ModelInfo blobs{"blobs",
                        "Blobs",
                        "",
                        {},
                        {{"generate", "Generate", 0, {}, {}, {port("x", "n,2"), port("label", "n")}}}};
  return {"prepare", "1.0.0", "", "", "Prepare", 1, 0, 0, 0, {}, {split, scale, robust, blobs}};
}

PluginInfo measure() {
  const ModelInfo model{"measure",
                        "Measures",
                        "",
                        {},
                        {{"classification",
                          "Accuracy and the like",
                          0,
                          {},
                          {port("truth", "n"), port("estimate", "n,m|n")},
                          {port("accuracy", ""), port("confusion", "c,c"), port("verdict", "", words)}},
                         {"norm", "Norm", 0, {}, {port("x", "3")}, {port("value", "")}}}};
  return {"measure", "1.0.0", "", "", "Measure", 1, 0, 0, 0, {}, {model}};
}

class FakeSource : public ArraySource {
 public:
  explicit FakeSource(ArrayInfo info) : info_{std::move(info)} {}
  const ArrayInfo& info() const override { return info_; }
  void read_rows(std::uint64_t, std::uint64_t, void*) override { throw DataError{"the check reads no rows"}; }
  Buffer whole() override { throw DataError{"the check reads no elements"}; }

 private:
  ArrayInfo info_;
};

class FakeFile : public DataFile {
 public:
  explicit FakeFile(std::map<std::string, ArrayInfo> arrays) : arrays_{std::move(arrays)} {}
  std::vector<std::string> items() const override {
    std::vector<std::string> names;
    for (const auto& [name, info] : arrays_) names.push_back(name);
    return names;
  }
  std::unique_ptr<ArraySource> open(const std::string& item) override {
    const auto found = arrays_.find(item);
    if (found == arrays_.end()) throw DataError{"there is no array '" + item + "' in this file"};
    return std::make_unique<FakeSource>(found->second);
  }

 private:
  std::map<std::string, ArrayInfo> arrays_;
};

ArrayInfo array(ElementType type, std::vector<std::uint64_t> shape) {
  ArrayInfo info;
  info.type = type;
  info.shape = std::move(shape);
  return info;
}

}  // namespace

FakeCatalogue::FakeCatalogue() : plugins_{ridge(), prepare(), measure()} {}

const PluginInfo* FakeCatalogue::find(const std::string& id) {
  for (const PluginInfo& plugin : plugins_) {
    if (plugin.id == id) return &plugin;
  }
  return nullptr;
}

std::string FakeCatalogue::why_not(const std::string& id) {
  if (id == "refused") return "it was linked with -ffast-math";
  return "there is no plugin '" + id + "'; searched /plugins";
}

std::vector<std::string> FakeCatalogue::ids() { return {"measure", "prepare", "ridge"}; }

std::unique_ptr<DataFile> open_fake(const std::filesystem::path& path, const DataOptions&) {
  if (path.filename() == "digits.h5") {
    return std::make_unique<FakeFile>(
        std::map<std::string, ArrayInfo>{{"images", array(ElementType::f64, {100, 64})},
                                         {"labels", array(ElementType::i64, {100})},
                                         {"words", array(ElementType::text, {100})},
                                         {"cube", array(ElementType::u8, {100, 8, 8})},
                                         {"few", array(ElementType::i64, {60})},
                                         {"odd/name.x", array(ElementType::f64, {3})}});
  }
  if (path.filename() == "one.npy") {
    return std::make_unique<FakeFile>(
        std::map<std::string, ArrayInfo>{{"", array(ElementType::f64, {100, 64})}});
  }
  throw DataError{path.string() + ": no such file"};
}

Checked check(const std::string& source, CheckOptions options) {
  Checked checked;
  FakeCatalogue catalogue;
  options.open_data = open_fake;
  checked.pipeline = check_pipeline(source, "/project", catalogue, options, checked.diagnostics);
  return checked;
}

std::string with_steps(const std::string& steps) {
  return "ansatz: 1\nname: test\ndata:\n  digits: {file: digits.h5}\n  one: {file: one.npy}\nsteps:\n" +
         steps;
}

}  // namespace ansatz::host
