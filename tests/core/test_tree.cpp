#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>

#include "core/error.hpp"
#include "core/tree.hpp"

using namespace ansatz::host;

TEST_CASE("buffers are zero, aligned, and shared by copies") {
  // Both sides of the size from which memory comes straight from the kernel.
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{4096},
                                  (std::size_t{1} << 20) - 1, std::size_t{1} << 20, std::size_t{3} << 20}) {
    CAPTURE(bytes);
    // Dirty memory of the same size goes back to the allocator first.
    { std::fill_n(Buffer{bytes}.data(), bytes, std::byte{0xff}); }
    const Buffer buffer{bytes};
    REQUIRE(buffer.data() != nullptr);
    CHECK(buffer.size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    CHECK(std::all_of(buffer.data(), buffer.data() + bytes, [](std::byte b) { return b == std::byte{0}; }));
    const Buffer copy = buffer;
    CHECK(copy.data() == buffer.data());
  }
}

TEST_CASE("an array knows its sizes") {
  const Array cube{ElementType::f32, {2, 3, 5}};
  CHECK(cube.count() == 2 * 3 * 5);
  CHECK(cube.bytes() == 2 * 3 * 5 * sizeof(float));
  CHECK(cube.row_bytes() == 3 * 5 * sizeof(float));
  const Array scalar{ElementType::i64};
  CHECK(scalar.count() == 1);
  CHECK(Array{ElementType::f64, {4, 0}}.bytes() == 0);
  CHECK(Array{ElementType::text, {4}, {}, 3}.bytes() == 12);
}

TEST_CASE("texts come out without their padding") {
  const Array words = Array::texts({"a", "", "four"}, "word");
  CHECK(words.text_width == 4);
  CHECK(words.text(0) == "a");
  CHECK(words.text(1) == "");
  CHECK(words.text(2) == "four");  // as wide as the element: no NUL at its end
  CHECK(words.dims == std::vector<std::string>{"word"});
  CHECK_THROWS_AS(words.number(0), DataError);
  CHECK_THROWS_AS(Array::scalar(1.0).text(0), DataError);
}

TEST_CASE("paths put and find") {
  Tree tree;
  tree.put("a/b/x", Array::scalar(1.5));
  tree.put("a/y", Array::scalar(std::int64_t{2}));
  CHECK(tree.array("a/b/x").number(0) == 1.5);
  CHECK(tree.array("/a/y").number(0) == 2.0);
  CHECK(tree.at("a").children().size() == 2);
  CHECK(tree.find_array("a/b") == nullptr);
  CHECK(tree.find_tree("a/y") == nullptr);
  CHECK(tree.find_array("a/y/z") == nullptr);
  CHECK(&tree.at("a/b") == tree.find_tree("a")->find_tree("b"));
  CHECK(&tree.at("") == &tree);
}

TEST_CASE("children keep their order, and putting again replaces in place") {
  Tree tree;
  for (const char* name : {"z", "a", "m"}) tree.put(name, Array::scalar(1.0));
  tree.put("a", Array::scalar(2.0));
  std::vector<std::string> names;
  for (const auto& [name, node] : tree.children()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"z", "a", "m"});
  CHECK(tree.array("a").number(0) == 2.0);
}

TEST_CASE("what is missing is named, with what there is instead") {
  Tree tree;
  tree.put("weights", Array::scalar(1.0));
  CHECK_THROWS_WITH(tree.array("weigths"),
                    Catch::Matchers::Contains("weigths") && Catch::Matchers::Contains("weights"));
  CHECK_THROWS_AS(tree.at("weights"), DataError);
  CHECK_THROWS_AS(tree.group("weights/more"), DataError);
  CHECK_THROWS_AS(tree.put("", Array::scalar(1.0)), DataError);
}

TEST_CASE("element types have names that read back") {
  for (int i = 1; i <= 7; ++i) {
    const auto type = static_cast<ElementType>(i);
    CHECK(element_type_from(name_of(type)) == type);
  }
  CHECK_THROWS_AS(element_type_from("float"), DataError);
  CHECK_THROWS_AS(element_type_from(""), DataError);
}
