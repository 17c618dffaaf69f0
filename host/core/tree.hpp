// The one data shape: named n-d arrays, attributes and sub-trees.  A Tree is an HDF5 group, one to one.
//
//   Tree tree;
//   Array& x = tree.put("outputs/x", Array{ElementType::f64, {3, 2}, {"n", "d"}});
//   x.as<double>()[0] = 1.5;
//   tree.at("outputs").attributes["seed"] = std::int64_t{7};
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/value.hpp"

namespace ansatz::host {

// Numbers as in abi.h.
enum class ElementType : std::int32_t { f64 = 1, f32, i64, i32, u8, boolean, text };

[[nodiscard]] std::string_view name_of(ElementType type);  // "f64" ... "text"
[[nodiscard]] ElementType element_type_from(std::string_view name);

using Attributes = std::map<std::string, Value>;

// Bytes aligned to 64, zeroed when made; shared between copies of an Array.  Large buffers come straight from
// the kernel, so that zeroing costs nothing until touched.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes);
  // Take over memory that someone else frees (a file mapping).
  Buffer(std::shared_ptr<std::byte> memory, std::size_t bytes) : memory_{std::move(memory)}, bytes_{bytes} {}
  [[nodiscard]] std::byte* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t size() const { return bytes_; }

 private:
  std::shared_ptr<std::byte> memory_;
  std::size_t bytes_ = 0;
};

// Type, shape and names of an array, without its elements.
struct ArrayInfo {
  ElementType type = ElementType::f64;
  std::vector<std::uint64_t> shape;  // empty: a scalar
  std::vector<std::string> dims;     // a name for each dimension, or empty
  std::size_t text_width = 0;        // bytes an element, of text
  Attributes attributes;

  [[nodiscard]] std::size_t element_bytes() const;
  [[nodiscard]] std::uint64_t count() const;  // elements
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t row_bytes() const;  // bytes of one index of the first dimension
};

struct Array : ArrayInfo {
  Buffer data;

  Array() = default;
  // Zeroed elements.
  explicit Array(ElementType type, std::vector<std::uint64_t> shape = {}, std::vector<std::string> dims = {},
                 std::size_t text_width = 0);
  explicit Array(ArrayInfo info);

  template <class T>
  [[nodiscard]] std::span<T> as() const {
    return {reinterpret_cast<T*>(data.data()), static_cast<std::size_t>(count())};
  }
  [[nodiscard]] std::string text(std::uint64_t index) const;  // element of a text array without its padding
  // Any numeric or boolean element as a real.
  [[nodiscard]] double number(std::uint64_t index) const;

  static Array scalar(double value);
  static Array scalar(std::int64_t value);
  static Array scalar(const std::string& value);
  static Array texts(const std::vector<std::string>& values, const std::string& dim = {});
};

// With elements of its own.
[[nodiscard]] Array copy_of(const Array& array);

// Children keep the order in which they were put.
class Tree {
 public:
  using Node = std::variant<Array, Tree>;

  Attributes attributes;

  // Put under a path "a/b/c"; groups on the way are made.  Replaces what is there.
  Array& put(std::string_view path, Array array);
  Tree& group(std::string_view path);  // find or make
  void remove(std::string_view name);  // a child, if there is one

  [[nodiscard]] const Array* find_array(std::string_view path) const;  // nullptr: none
  [[nodiscard]] const Tree* find_tree(std::string_view path) const;
  // Throw DataError with the path and what is there.
  [[nodiscard]] const Array& array(std::string_view path) const;
  [[nodiscard]] const Tree& at(std::string_view path) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::unique_ptr<Node>>>& children() const {
    return children_;
  }
  [[nodiscard]] bool empty() const { return children_.empty() && attributes.empty(); }

  Tree() = default;
  Tree(Tree&&) noexcept = default;
  Tree& operator=(Tree&&) noexcept = default;

 private:
  Node* find(std::string_view name) const;
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> children_;
};

}  // namespace ansatz::host
