#include <fmt/core.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"
#include "raw_file.hpp"
#include "samples.hpp"
#include "support/temporary_folder.hpp"

using namespace ansatz::test;

namespace {

// What plain HDF5 reads as native numbers must be what memory held.
template <class T>
void check_numbers(const RawFile& raw, const std::string& type, hid_t memory, const Tree& tree) {
  for (const char* name : {"small", "page", "large", "scalar"}) {
    const std::string path = type + "/" + name;
    CAPTURE(path);
    const Array& array = tree.array(path);
    const auto values = raw.read<T>(path, memory);
    REQUIRE(values.size() * sizeof(T) == array.bytes());
    CHECK(std::memcmp(values.data(), array.data.data(), array.bytes()) == 0);
    const auto shape = raw.shape(path);
    CHECK(std::vector<std::uint64_t>(shape.begin(), shape.end()) == array.shape);
  }
}

void check_raw(const std::filesystem::path& path, const Tree& tree) {
  const RawFile raw{path};
  check_numbers<double>(raw, "f64", H5T_NATIVE_DOUBLE, tree);
  check_numbers<float>(raw, "f32", H5T_NATIVE_FLOAT, tree);
  check_numbers<std::int64_t>(raw, "i64", H5T_NATIVE_INT64, tree);
  check_numbers<std::int32_t>(raw, "i32", H5T_NATIVE_INT32, tree);
  check_numbers<std::uint8_t>(raw, "u8", H5T_NATIVE_UINT8, tree);
  const Raw boolean{H5Tenum_create(H5T_NATIVE_INT8), H5Tclose};
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(boolean, "FALSE", &no);
  H5Tenum_insert(boolean, "TRUE", &yes);
  check_numbers<std::int8_t>(raw, "bool", boolean, tree);
  const Raw text{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(text, 5);
  H5Tset_strpad(text, H5T_STR_NULLPAD);
  H5Tset_cset(text, H5T_CSET_UTF8);
  check_numbers<char>(raw, "text", text, tree);
}

}  // namespace

TEST_CASE("a tree comes back as it was") {
  const TemporaryFolder folder;
  const Tree tree = varied_tree();
  const bool archive = GENERATE(false, true);
  CAPTURE(archive);
  WriteOptions options;
  options.archive = archive;
  const std::filesystem::path path = folder / "tree.h5";

  SECTION("sealed") {
    const std::string digest = write_sealed(tree, path, options);
    CHECK(verify_sealed(path) == digest);
  }
  SECTION("plain") {
    write_plain(tree, path, options);
    CHECK_THROWS_AS(verify_sealed(path), DataError);
  }
  SECTION("beyond the memory cap") {
    options.memory_cap = 100000;
    const std::string digest = write_sealed(tree, path, options);
    CHECK(verify_sealed(path) == digest);
  }
  check_same(read_tree(path), tree);
  check_raw(path, tree);
}

TEST_CASE("one group of a file can be read") {
  const TemporaryFolder folder;
  const Tree tree = varied_tree();
  write_sealed(tree, folder / "tree.h5");
  check_same(read_tree(folder / "tree.h5", "/f64"), tree.at("f64"));
  check_same(read_tree(folder / "tree.h5", "z/y"), tree.at("z/y"));
  CHECK_THROWS_WITH(read_tree(folder / "tree.h5", "/none"), Catch::Matchers::Contains("/none"));
}

TEST_CASE("an empty tree is a file") {
  const TemporaryFolder folder;
  write_sealed(Tree{}, folder / "empty.h5", as_archive());
  CHECK(read_tree(folder / "empty.h5").empty());
}

TEST_CASE("what was read may be changed and dropped in any order, the file stays") {
  const TemporaryFolder folder;
  Tree tree;
  tree.put("x", filled(ElementType::f64, {100000}));
  const std::string digest = write_sealed(tree, folder / "x.h5");
  Array x;
  {
    const Tree read = read_tree(folder / "x.h5");
    x = read.array("x");
  }
  x.as<double>()[99999] = 1.5;  // a mapping: private to this process
  CHECK(x.number(99999) == 1.5);
  CHECK(verify_sealed(folder / "x.h5") == digest);
  std::filesystem::remove(folder / "x.h5");
  CHECK(x.number(99999) == 1.5);
}

TEST_CASE("large attributes and many attributes come back") {
  const TemporaryFolder folder;
  Tree tree;
  tree.attributes["source"] = std::string(200000, 'x') + "end";  // beyond an HDF5 object header
  for (int i = 0; i < 300; ++i) tree.attributes[fmt::format("number {}", i)] = std::int64_t{i};
  for (int i = 0; i < 300; ++i) tree.group(fmt::format("g{}", 299 - i));
  write_sealed(tree, folder / "a.h5", as_archive());
  check_same(read_tree(folder / "a.h5"), tree);
}

TEST_CASE("texts keep their bytes") {
  const TemporaryFolder folder;
  Tree tree;
  tree.attributes["inner nul"] = std::string{"a\0b", 3};
  tree.attributes["not utf-8"] = std::string{"\xff\xfe"};
  tree.put("words", Array::texts({"äöü", "", "a b", "Zürich"}));
  const bool archive = GENERATE(false, true);
  write_sealed(tree, folder / "t.h5", archive ? as_archive() : WriteOptions{});
  check_same(read_tree(folder / "t.h5"), tree);
}

TEST_CASE("a tree that has no place in a file is refused with the array's name") {
  const TemporaryFolder folder;
  const auto refusal = [&](const Tree& tree) {
    try {
      write_sealed(tree, folder / "bad.h5", as_archive());
    } catch (const DataError& e) {
      CHECK(std::filesystem::is_empty(folder.path()));
      return std::string{e.what()};
    }
    return std::string{"accepted"};
  };
  using Catch::Matchers::Contains;
  SECTION("names of dimensions") {
    Tree tree;
    tree.put("points", Array{ElementType::f64, {2, 3}, {"n"}});
    CHECK_THAT(refusal(tree), Contains("points") && Contains("2 x 3"));
  }
  SECTION("elements") {
    Tree tree;
    tree.put("points", Array{ArrayInfo{}}).shape = {1000};
    CHECK_THAT(refusal(tree), Contains("points") && Contains("8000"));
  }
  SECTION("a name that is a path") {
    Tree tree;
    tree.put(".", Array::scalar(1.0));
    CHECK_THAT(refusal(tree), Contains("'.'"));
  }
  SECTION("attributes that the format uses itself") {
    Tree tree;
    tree.put("points", Array::scalar(1.0)).attributes["DIMENSION_LIST"] = 1.0;
    CHECK_THAT(refusal(tree), Contains("DIMENSION_LIST"));
    tree.put("points", Array{ElementType::f64, {1}}).attributes = {{"dims", std::vector<std::string>{"n"}}};
    CHECK_THAT(refusal(tree), Contains("points") && Contains("dims"));
  }
}

TEST_CASE("an outline has everything but large arrays' elements") {
  const TemporaryFolder folder;
  Tree tree = varied_tree();
  write_sealed(tree, folder / "tree.h5", as_archive());
  const Tree outline = read_outline(folder / "tree.h5", "/", 1000);
  const Array& large = outline.array("f64/large");
  CHECK(large.shape == tree.array("f64/large").shape);
  CHECK(large.data.size() == 0);
  check_same(outline.array("f64/small"), tree.array("f64/small"));
  check_same(outline.array("f64/n"), tree.array("f64/n"));
}
