#include "core/tree.hpp"

#include <fmt/core.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/dims.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t mapped_from = std::size_t{1} << 20;  // the kernel zeroes pages as they are touched

constexpr std::string_view type_names[] = {"", "f64", "f32", "i64", "i32", "u8", "bool", "text"};

std::pair<std::string_view, std::string_view> split_first(std::string_view path) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {path, {}};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::string_view name_of(ElementType type) { return type_names[static_cast<int>(type)]; }

ElementType element_type_from(std::string_view name) {
  for (int i = 1; i <= static_cast<int>(ElementType::text); ++i) {
    if (type_names[i] == name) return static_cast<ElementType>(i);
  }
  throw DataError{
      fmt::format("'{}' is no element type; there are f64, f32, i64, i32, u8, bool and text", name)};
}

Buffer::Buffer(std::size_t bytes) : bytes_{bytes} {
  if (bytes >= mapped_from) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    memory_ = {static_cast<std::byte*>(memory), [bytes](std::byte* p) { munmap(p, bytes); }};
    return;
  }
  const std::size_t rounded =
      (bytes + alignment) / alignment * alignment;  // at least one, so that data() is not null
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  std::memset(memory, 0, rounded);
  memory_ = {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
}

std::size_t ArrayInfo::element_bytes() const {
  switch (type) {
    case ElementType::f64:
    case ElementType::i64: return 8;
    case ElementType::f32:
    case ElementType::i32: return 4;
    case ElementType::u8:
    case ElementType::boolean: return 1;
    case ElementType::text: return text_width;
  }
  return 0;
}

std::uint64_t ArrayInfo::count() const {
  std::uint64_t n = 1;
  for (const std::uint64_t size : shape) n *= size;
  return n;
}

std::uint64_t ArrayInfo::bytes() const { return count() * element_bytes(); }

std::uint64_t ArrayInfo::row_bytes() const {
  std::uint64_t n = element_bytes();
  for (std::size_t i = 1; i < shape.size(); ++i) n *= shape[i];
  return n;
}

Array::Array(ElementType element, std::vector<std::uint64_t> sizes, std::vector<std::string> names,
             std::size_t width)
    : Array{ArrayInfo{element, std::move(sizes), std::move(names), width, {}}} {}

Array::Array(ArrayInfo info) : ArrayInfo{std::move(info)}, data{static_cast<std::size_t>(bytes())} {}

std::string Array::text(std::uint64_t index) const {
  if (type != ElementType::text) throw DataError{fmt::format("an array of {} is not text", name_of(type))};
  if (text_width == 0) return {};
  const char* first = reinterpret_cast<const char*>(data.data()) + index * text_width;
  return {first, strnlen(first, text_width)};
}

double Array::number(std::uint64_t index) const {
  switch (type) {
    case ElementType::f64: return as<double>()[index];
    case ElementType::f32: return static_cast<double>(as<float>()[index]);
    case ElementType::i64: return static_cast<double>(as<std::int64_t>()[index]);
    case ElementType::i32: return as<std::int32_t>()[index];
    case ElementType::u8:
    case ElementType::boolean: return as<std::uint8_t>()[index];
    case ElementType::text: break;
  }
  throw DataError{"an array of text has no numbers"};
}

Array Array::scalar(double value) {
  Array array{ElementType::f64};
  array.as<double>()[0] = value;
  return array;
}

Array Array::scalar(std::int64_t value) {
  Array array{ElementType::i64};
  array.as<std::int64_t>()[0] = value;
  return array;
}

Array Array::scalar(const std::string& value) {
  Array array{ElementType::text, {}, {}, std::max<std::size_t>(1, value.size())};
  std::memcpy(array.data.data(), value.data(), value.size());
  return array;
}

Array Array::texts(const std::vector<std::string>& values, const std::string& dim) {
  std::size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  Array array{
      ElementType::text, {values.size()}, dim.empty() ? std::vector<std::string>{} : std::vector{dim}, width};
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(array.data.data() + i * width, values[i].data(), values[i].size());
  }
  return array;
}

Array copy_of(const Array& array) {
  Array copy{static_cast<const ArrayInfo&>(array)};
  if (copy.data.size() > 0) std::memcpy(copy.data.data(), array.data.data(), copy.data.size());
  return copy;
}

void Tree::remove(std::string_view name) {
  std::erase_if(children_, [&](const auto& child) { return child.first == name; });
}

Tree::Node* Tree::find(std::string_view name) const {
  for (const auto& [child, node] : children_) {
    if (child == name) return node.get();
  }
  return nullptr;
}

Tree& Tree::group(std::string_view path) {
  const auto [name, rest] = split_first(path);
  if (name.empty()) return *this;
  Node* node = find(name);
  if (node == nullptr) {
    node = children_.emplace_back(std::string{name}, std::make_unique<Node>(Tree{})).second.get();
  } else if (std::holds_alternative<Array>(*node)) {
    throw DataError{fmt::format("'{}' is an array, not a group", name)};
  }
  return std::get<Tree>(*node).group(rest);
}

Array& Tree::put(std::string_view path, Array array) {
  const auto slash = path.rfind('/');
  Tree& parent = slash == std::string_view::npos ? *this : group(path.substr(0, slash));
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (name.empty()) throw DataError{"an array needs a name"};
  if (Node* node = parent.find(name)) return node->emplace<Array>(std::move(array));
  Node& made =
      *parent.children_.emplace_back(std::string{name}, std::make_unique<Node>(std::move(array))).second;
  return std::get<Array>(made);
}

const Tree* Tree::find_tree(std::string_view path) const {
  const auto [name, rest] = split_first(path);
  if (name.empty()) return this;
  const Node* node = find(name);
  if (node == nullptr || !std::holds_alternative<Tree>(*node)) return nullptr;
  return std::get<Tree>(*node).find_tree(rest);
}

const Array* Tree::find_array(std::string_view path) const {
  const auto slash = path.rfind('/');
  const Tree* parent = slash == std::string_view::npos ? this : find_tree(path.substr(0, slash));
  const Node* node = parent == nullptr ? nullptr : parent->find(path.substr(slash + 1));
  return node == nullptr ? nullptr : std::get_if<Array>(node);
}

const Array& Tree::array(std::string_view path) const {
  if (const Array* found = find_array(path)) return *found;
  std::string names;
  for (const auto& [name, node] : children_) names += (names.empty() ? "" : ", ") + name;
  throw DataError{
      fmt::format("there is no array '{}' here; there are: {}", path, names.empty() ? "none" : names)};
}

const Tree& Tree::at(std::string_view path) const {
  if (const Tree* found = find_tree(path)) return *found;
  std::string names;
  for (const auto& [name, node] : children_) names += (names.empty() ? "" : ", ") + name;
  throw DataError{
      fmt::format("there is no group '{}' here; there are: {}", path, names.empty() ? "none" : names)};
}

}  // namespace ansatz::host
