#include "data/import.hpp"

#include "archive/store.hpp"
#include "files.hpp"
#include "zip_bytes.hpp"

using namespace ansatz::host;
using Catch::Contains;

namespace {

const std::string table = "id,a,b,flag,word\n1,1.5,10,true,x\n2,2.5,300,false,yy\n";

Tree import_table(const std::vector<std::string>& arrays, const std::string& text = table) {
  const Folder folder;
  ImportOptions options;
  options.arrays = arrays;
  return import_file(folder.write("t.csv", text), options);
}

std::string usage_error(const ImportOptions& options) {
  const Folder folder;
  try {
    (void)import_file(folder.write("t.csv", table), options);
  } catch (const Error& e) {
    CHECK(e.code() == Exit::usage);
    return e.what();
  }
  return "";
}

ImportOptions chosen(std::vector<std::string> arrays, std::vector<std::string> attributes = {},
                     std::map<std::string, std::string> rename = {}) {
  ImportOptions options;
  options.arrays = std::move(arrays);
  options.attributes = std::move(attributes);
  options.rename = std::move(rename);
  return options;
}

std::string request_error(const std::string& array) {
  return error_of([&] { (void)import_table({array}); });
}

template <class T>
std::vector<T> elements(const Array& array) {
  return {array.as<T>().begin(), array.as<T>().end()};
}

}  // namespace

TEST_CASE("import: columns by name, number and range, with a type") {
  const Tree tree = import_table({"x=1:3", "y=0", "named=b,a", "small=id:u8", "deep/flag=flag", "w=word",
                                  "one=2:3:i32", "number=flag:f32"});
  CHECK(tree.array("x").shape == std::vector<std::uint64_t>{2, 2});
  CHECK(tree.array("x").dims == std::vector<std::string>{"n", "d"});
  CHECK(elements<double>(tree.array("x")) == std::vector<double>{1.5, 10, 2.5, 300});
  CHECK(tree.array("x").attributes.at("columns") == Value{std::vector<std::string>{"a", "b"}});
  CHECK(elements<std::int64_t>(tree.array("y")) == std::vector<std::int64_t>{1, 2});
  CHECK(elements<double>(tree.array("named")) == std::vector<double>{10, 1.5, 300, 2.5});
  CHECK(elements<std::uint8_t>(tree.array("small")) == std::vector<std::uint8_t>{1, 2});
  CHECK(tree.array("deep/flag").type == ElementType::boolean);
  CHECK(tree.array("w").text(1) == "yy");
  CHECK(tree.array("one").shape == std::vector<std::uint64_t>{2, 1});
  CHECK(elements<std::int32_t>(tree.array("one")) == std::vector<std::int32_t>{10, 300});
  CHECK(elements<float>(tree.array("number")) == std::vector<float>{1, 0});
  // A name wins over a number, and over what its commas and colons could mean.
  const std::string odd = "1,\"a,b\",c:d\n5,6,7\n";
  const Folder folder;
  ImportOptions options;
  options.data.header = true;
  options.arrays = {"p=1", "q=a,b", "r=c:d:i32"};
  const Tree odd_tree = import_file(folder.write("t.csv", odd), options);
  CHECK(odd_tree.array("p").number(0) == 5);
  CHECK(odd_tree.array("q").number(0) == 6);
  CHECK(odd_tree.array("r").number(0) == 7);
}

TEST_CASE("import: values that do not fit their type are refused with their place") {
  CHECK_THAT(request_error("x=b:u8"), Contains("t.csv:3:7: column 'b' as u8: 300 is outside u8 (0 to 255)"));
  CHECK_THAT(request_error("x=a:i64"), Contains("t.csv:2:3:") && Contains("1.5 is no whole number"));
  CHECK_THAT(request_error("x=word:f64"), Contains("t.csv:2:15:") && Contains("'x' is no number"));
  CHECK_THAT(request_error("x=b:bool"), Contains("10 is no truth value"));
  CHECK_THAT(error_of([] { (void)import_table({"x=a:i64"}, "a,b\n1,2\n,3\n"); }),
             Contains("t.csv:3:1:") && Contains("missing"));
  CHECK_THAT(error_of([] { (void)import_table({"x=a:f32"}, "a\n1e39\n"); }), Contains("beyond f32"));
  CHECK_THAT(error_of([] { (void)import_table({"x=a:u8"}, "a\n255\n-1\n"); }),
             Contains("t.csv:3:1:") && Contains("-1 is outside u8"));
  CHECK_THAT(error_of([] { (void)import_table({"x=a:i32"}, "a\n2147483647\n-2147483649\n"); }),
             Contains("t.csv:3:1:") && Contains("is outside i32"));
  CHECK_THAT(error_of([] { (void)import_table({"x=a:i64"}, "a\n1e19\n"); }), Contains("beyond i64"));
}

TEST_CASE("import: wrong options are refused") {
  CHECK_THAT(usage_error(chosen({"images"})), Contains("no '='") && Contains("images=0:64:u8"));
  CHECK_THAT(usage_error(chosen({"x=a:f65"})),
             Contains("'f65' is no element type") && Contains("did you mean 'f64'"));
  CHECK_THAT(usage_error(chosen({"=a"})), Contains("cannot name an array"));
  CHECK_THAT(usage_error(chosen({"a//b=a"})), Contains("cannot name an array"));
  CHECK_THAT(usage_error(chosen({"x=a", "x=b"})), Contains("two arrays"));
  CHECK_THAT(usage_error(chosen({"x=a", "x/y=b"})), Contains("two arrays") && Contains("'x/y'"));
  CHECK_THAT(usage_error(chosen({}, {"licence"})), Contains("KEY=VALUE"));
  CHECK_THAT(usage_error(chosen({}, {"nothing@unit=s"})), Contains("no array 'nothing'"));
  CHECK_THAT(usage_error(chosen({"x=a"}, {}, {{"a", "b"}})), Contains("--rename"));
  CHECK_THAT(request_error("x=5"), Contains("5 is beyond the last column"));
  CHECK_THAT(request_error("x=2:9"), Contains("9 is beyond"));
  CHECK_THAT(request_error("x=3:3"), Contains("no column"));
  CHECK_THAT(request_error("x=wodr"), Contains("did you mean 'word'"));
  CHECK_THAT(request_error("x="), Contains("no column ''"));
}

TEST_CASE("import: attributes keep their kind") {
  const Folder folder;
  ImportOptions options;
  options.attributes = {"licence=CC BY 4.0", "year=1998", "a@rate=2.5",   "a@good=true", "a@code=\"17\"",
                        "negative=-3",       "word=nano", "equation=y=x", "a@empty="};
  const Tree tree = import_file(folder.write("t.csv", table), options);
  CHECK(tree.attributes.at("licence") == Value{std::string{"CC BY 4.0"}});
  CHECK(tree.attributes.at("year") == Value{std::int64_t{1998}});
  CHECK(tree.attributes.at("negative") == Value{std::int64_t{-3}});
  CHECK(tree.attributes.at("word") == Value{std::string{"nano"}});
  CHECK(tree.attributes.at("equation") == Value{std::string{"y=x"}});
  const Attributes& a = tree.array("a").attributes;
  CHECK(a.at("rate") == Value{2.5});
  CHECK(a.at("good") == Value{true});
  CHECK(a.at("code") == Value{std::string{"17"}});
  CHECK(a.at("empty") == Value{std::string{}});
  CHECK(tree.attributes.at("source") == Value{std::string{"t.csv"}});
  CHECK(tree.attributes.at("source_sha256") == Value{sha256(table.data(), table.size())});
}

TEST_CASE("import: everything, by default") {
  const Folder folder;
  const Tree columns = import_file(folder.write("t.csv", table), chosen({}, {}, {{"a", "deep/alpha"}}));
  std::vector<std::string> names;
  for (const auto& [name, node] : columns.children()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"id", "deep", "b", "flag", "word"});
  CHECK(columns.array("deep/alpha").number(1) == 2.5);
  CHECK_THAT(error_of([&] {
               (void)import_file(folder.path("t.csv"), chosen({}, {}, {{"aa", "b"}}));
             }),
             Contains("no 'aa' to rename"));

  const Tree bare = import_file(folder.write("u.csv", "1,x,2\n3,y,4\n"));
  CHECK(elements<double>(bare.array("table")) == std::vector<double>{1, 2, 3, 4});
  CHECK(bare.array("c1").text(1) == "y");

  const std::string npy = npy_bytes("<i4", "2,", bytes_of(std::vector<std::int32_t>{7, 300}));
  const auto npz = folder.write("x.npz", zip_bytes({{"b.npy", npy}, {"sub/a.npy", npy, true}}));
  CHECK(import_file(npz).array("sub/a").number(1) == 300);
  CHECK(import_file(npz, chosen({"c=b:f64"})).array("c").type == ElementType::f64);
  CHECK_THAT(error_of([&] { (void)import_file(npz, chosen({"c=b:u8"})); }),
             Contains("element 1: 300 is outside u8"));
  const auto lone = folder.write("x.npy", npy);
  CHECK(import_file(lone).array("data").number(0) == 7);
  CHECK(import_file(lone, chosen({}, {}, {{"", "x"}})).array("x").number(0) == 7);
  CHECK(import_file(lone, chosen({"y=:i64"})).array("y").type == ElementType::i64);
}

TEST_CASE("import: what is written comes back, and equal imports are equal bytes") {
  const Folder folder;
  const auto csv = folder.write("t.csv", table);
  ImportOptions options;
  options.arrays = {"x=1:3", "w=word"};
  options.attributes = {"x@unit=m"};
  write_plain(import_file(csv, options), folder.path("a.h5"));
  write_plain(import_file(csv, options), folder.path("b.h5"));
  CHECK(sha256_of_file(folder.path("a.h5")) == sha256_of_file(folder.path("b.h5")));
  const auto file = open_data(folder.path("a.h5"));
  CHECK(file->items() == std::vector<std::string>{"w", "x"});
  CHECK(values<double>(*file->open("x")) == std::vector<double>{1.5, 10, 2.5, 300});
  CHECK(file->open("x")->info().dims == std::vector<std::string>{"n", "d"});
  CHECK(file->open("x")->info().attributes.at("unit") == Value{std::string{"m"}});
  CHECK(texts(*file->open("w")) == std::vector<std::string>{"x", "yy"});
}

TEST_CASE("import: the digits that we ship") {
  const auto file = open_data(std::filesystem::path{ANSATZ_CONFIGS} / "data/digits.h5");
  CHECK(file->items() == std::vector<std::string>{"images", "labels"});
  const auto images = file->open("images"), labels = file->open("labels");
  CHECK(images->info().shape == std::vector<std::uint64_t>{1797, 64});
  CHECK(images->info().attributes.at("height") == Value{std::int64_t{8}});
  const auto pixels = values<std::uint8_t>(*images);
  CHECK(*std::max_element(pixels.begin(), pixels.end()) == 16);
  // The classes as counted in scikit-learn's description of the set.
  std::vector<int> classes(10);
  for (const std::int64_t label : values<std::int64_t>(*labels))
    ++classes.at(static_cast<std::size_t>(label));
  CHECK(classes == std::vector<int>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180});
}
