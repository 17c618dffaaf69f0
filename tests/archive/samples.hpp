// Trees for tests, and their comparison.
#pragma once

#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "archive/store.hpp"
#include "core/tree.hpp"

namespace ansatz::test {

using namespace ansatz::host;

// Bytes that no type, byte order or row order leaves as they are when they go wrong.
inline void fill(const Array& array) {
  std::uint64_t state = 1;
  for (std::uint64_t i = 0; i < array.bytes(); ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    auto byte = static_cast<std::uint8_t>(state >> 56);
    if (array.type == ElementType::boolean) byte &= 1;
    if (array.type == ElementType::text) byte = static_cast<std::uint8_t>('a' + byte % 26);
    array.data.data()[i] = std::byte{byte};
  }
}

inline Array filled(ElementType type, std::vector<std::uint64_t> shape, std::vector<std::string> dims = {},
                    std::size_t text_width = 0) {
  Array array{type, std::move(shape), std::move(dims), text_width};
  fill(array);
  return array;
}

inline Attributes all_attributes() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                   inf = std::numeric_limits<double>::infinity();
  return {{"yes", true},
          {"no", false},
          {"integer", std::numeric_limits<std::int64_t>::min()},
          {"real", 0.1},
          {"nan", nan},
          {"infinite", -inf},
          {"text", std::string{"äöü and\na second line"}},
          {"empty text", std::string{}},
          {"booleans", std::vector<bool>{true, false, true}},
          {"integers", std::vector<std::int64_t>{1, -2}},
          {"reals", std::vector<double>{0.5, nan, inf}},
          {"texts", std::vector<std::string>{"", "a", "longer"}},
          {"one", std::vector<std::int64_t>{7}},  // a list of one is no scalar
          {"no booleans", std::vector<bool>{}},
          {"no integers", std::vector<std::int64_t>{}},
          {"no reals", std::vector<double>{}},
          {"no texts", std::vector<std::string>{}},
          {"name with / and ü", std::int64_t{1}}};
}

// Every type in several sizes: below and above what is copied, mapped and chunked.
inline Tree varied_tree() {
  Tree tree;
  tree.attributes = all_attributes();
  for (int i = 1; i <= 7; ++i) {
    const auto type = static_cast<ElementType>(i);
    const std::size_t width = type == ElementType::text ? 5 : 0;
    const std::string group{name_of(type)};
    tree.put(group + "/small", filled(type, {3, 5}, {"n", "d"}, width));
    tree.put(group + "/page", filled(type, {700, 11}, {"rows", ""}, width));
    tree.put(group + "/large", filled(type, {3001, 7, 13}, {}, width));
    tree.put(group + "/scalar", filled(type, {}, {}, width));
    tree.put(group + "/empty", filled(type, {0, 4}, {"none", "d"}, width));
    tree.put(group + "/tail empty", filled(type, {4, 0}, {}, width));
    tree.put(group + "/n", filled(type, {3}, {"n"}, width)).attributes = all_attributes();
    tree.put(group + "/square", filled(type, {6, 6}, {"m", "m"}, width));
    tree.put(group + "/other n", filled(type, {9}, {"n"}, width));
  }
  for (const std::size_t width : {0, 1, 2}) {
    tree.put(fmt::format("widths/{}", width), filled(ElementType::text, {4}, {"n"}, width));
    tree.put(fmt::format("widths/many {}", width), filled(ElementType::text, {90000}, {}, width));
  }
  tree.group("empty group");
  tree.group("z/y/x").attributes["deep"] = true;
  tree.put("a", Array::scalar(1.0));  // after "z": not in the order of the alphabet
  return tree;
}

inline bool same(const Value& a, const Value& b) {
  const auto equal = [](double x, double y) { return std::memcmp(&x, &y, sizeof x) == 0; };
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<double>(&a)) return equal(*x, std::get<double>(b));
  if (const auto* x = std::get_if<std::vector<double>>(&a)) {
    const auto& y = std::get<std::vector<double>>(b);
    return x->size() == y.size() && std::equal(x->begin(), x->end(), y.begin(), equal);
  }
  return a == b;
}

inline void check_same(const Attributes& found, const Attributes& expected) {
  CHECK(found.size() == expected.size());
  for (const auto& [name, value] : expected) {
    CAPTURE(name);
    const auto other = found.find(name);
    REQUIRE(other != found.end());
    CHECK(same(other->second, value));
  }
}

inline void check_same(const Array& found, const Array& expected) {
  CHECK(found.type == expected.type);
  CHECK(found.shape == expected.shape);
  CHECK(found.dims == expected.dims);
  CHECK(found.text_width == expected.text_width);
  REQUIRE(found.bytes() == expected.bytes());
  REQUIRE(found.data.size() >= found.bytes());
  CHECK(reinterpret_cast<std::uintptr_t>(found.data.data()) % 64 == 0);
  CHECK(std::memcmp(found.data.data(), expected.data.data(), expected.bytes()) == 0);
  check_same(found.attributes, expected.attributes);
}

inline void check_same(const Tree& found, const Tree& expected, const std::string& where = "") {
  CAPTURE(where);
  check_same(found.attributes, expected.attributes);
  std::vector<std::string> names, expected_names;
  for (const auto& [name, node] : found.children()) names.push_back(name);
  for (const auto& [name, node] : expected.children()) expected_names.push_back(name);
  REQUIRE(names == expected_names);
  for (const auto& [name, node] : expected.children()) {
    const std::string place = where + "/" + name;
    CAPTURE(place);
    if (const Array* array = std::get_if<Array>(node.get())) {
      REQUIRE(found.find_array(name) != nullptr);
      check_same(found.array(name), *array);
    } else {
      REQUIRE(found.find_tree(name) != nullptr);
      check_same(found.at(name), std::get<Tree>(*node), place);
    }
  }
}

inline WriteOptions as_archive() {
  WriteOptions options;
  options.archive = true;
  return options;
}

}  // namespace ansatz::test
