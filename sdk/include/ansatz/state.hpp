// State: one list of what a model must keep between steps and between runs, read and written by the same
// code.
//
//   void state(Archive& a) {
//     a("points", points_, "n,d");
//     a("weights", weights_, "n,m");
//   }
//
// Numbers, enums, std::string, std::vector of numbers and strings, Eigen matrices and vectors, and structs (or
// vectors of structs) with a state() of their own.  A name of a dimension has one size among the arrays of a
// struct: what is read is refused where it has two.
#pragma once

#include <ansatz/abi.h>

#include <Eigen/Core>
#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ansatz/num/error.hpp"
#include "ansatz/verbs.hpp"

namespace ansatz {

namespace detail {

// Split "n,d" into names.
inline std::vector<std::string> split_dims(const std::string& dims) {
  std::vector<std::string> names;
  std::stringstream stream{dims};
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

[[noreturn]] inline void throw_status(std::int32_t status, const std::string& text) {
  if (status == ANSATZ_BAD_ARGUMENT) throw BadArgument(text);
  if (status == ANSATZ_BAD_STATE) throw BadState(text);
  if (status == ANSATZ_NUMERICAL) throw NumericalError(text);
  if (status == ANSATZ_CANCELLED) throw Cancelled(text);
  if (status == ANSATZ_UNSUPPORTED) throw Unsupported(text);
  throw std::runtime_error(text);
}

}  // namespace detail

class Archive {
 public:
  Archive(const ansatz_tree& tree, bool writing) : tree_{&tree}, writing_{writing} {}

  [[nodiscard]] bool writing() const { return writing_; }

  // Write or read `value` under `name`.  `dims` names the dimensions ("n,d") for whoever opens the file
  // later. Reading throws BadState if the array is missing or has another type or rank.
  template <class T>
  void operator()(const std::string& name, T& value, const char* dims = "") {
    if constexpr (requires { value.state(*this); }) {
      const std::string outer = std::exchange(prefix_, prefix_ + name + "/");
      value.state(*this);
      prefix_ = outer;
    } else if constexpr (std::is_same_v<T, std::string>) {
      text(name, value);
    } else if constexpr (std::is_enum_v<T>) {
      auto number = static_cast<std::int64_t>(value);
      scalar(name, number);
      if constexpr (detail::Choice<T>) {
        if (number < 0 || number >= static_cast<std::int64_t>(choices(T{}).size())) {
          throw BadState("'" + prefix_ + name + "' of the saved state is " + std::to_string(number) +
                         ", which is none of its choices");
        }
      }
      value = static_cast<T>(number);
    } else if constexpr (std::is_arithmetic_v<T>) {
      scalar(name, value);
    } else if constexpr (detail::is_list<T>) {
      list(name, value, dims);
    } else {
      static_assert(
          requires {
            typename T::Scalar;
            value.rows();
          },
          "state: numbers, enums, strings, vectors of these, Eigen matrices and structs with state() can be "
          "saved; give other types a state() of their own");
      matrix(name, value, dims);
    }
  }

 private:
  struct Found {
    std::vector<std::uint64_t> shape;
    std::uint64_t text_width;
    const std::byte* data;
  };

  std::byte* put(const std::string& name, std::int32_t type, const std::vector<std::uint64_t>& shape,
                 const char* dims, std::uint64_t width = 0) {
    const std::vector<std::string> names = detail::split_dims(dims);
    std::vector<const char*> pointers;
    for (const std::string& n : names) pointers.push_back(n.c_str());
    const bool named = pointers.size() == shape.size() && !shape.empty();
    const ansatz_array array{sizeof(ansatz_array), type,         width,
                             shape.size(),         shape.data(), named ? pointers.data() : nullptr};
    void* data = nullptr;
    const std::int32_t status = tree_->put(tree_->context, (prefix_ + name).c_str(), &array, &data);
    if (status != ANSATZ_DONE) detail::throw_status(status, "cannot save '" + prefix_ + name + "'");
    return static_cast<std::byte*>(data);
  }

  // Throws BadState if a dimension had another size in an array before.
  void check_sizes(const std::string& name, const char* dims, const std::vector<std::uint64_t>& shape) {
    const std::vector<std::string> names = detail::split_dims(dims);
    for (std::size_t i = 0; i < names.size() && names.size() == shape.size(); ++i) {
      const auto [known, added] = sizes_.try_emplace(prefix_ + names[i], shape[i], name);
      if (added || known->second.first == shape[i]) continue;
      throw BadState("array '" + prefix_ + name + "' of the saved state has " + names[i] + " = " +
                     std::to_string(shape[i]) + ", but '" + prefix_ + known->second.second + "' has " +
                     std::to_string(known->second.first));
    }
  }

  Found get(const std::string& name, std::int32_t type, std::size_t rank, const char* dims = "") {
    ansatz_array array{};
    array.struct_size = sizeof array;
    const void* data = nullptr;
    const std::int32_t status = tree_->get(tree_->context, (prefix_ + name).c_str(), &array, &data);
    if (status != ANSATZ_DONE) throw BadState("the saved state has no array '" + prefix_ + name + "'");
    if (array.type != type || array.rank != rank) {
      throw BadState("array '" + prefix_ + name + "' of the saved state has another type or rank");
    }
    Found found{{array.shape, array.shape + rank}, array.text_width, static_cast<const std::byte*>(data)};
    check_sizes(name, dims, found.shape);
    return found;
  }

  template <class T>
  static constexpr std::int32_t stored_type() {
    if constexpr (detail::Integer<T> && sizeof(T) == 8) {
      return ANSATZ_I64;  // size_t and long alike
    } else {
      return static_cast<std::int32_t>(detail::type_of<T>());
    }
  }

  template <class T>
  void scalar(const std::string& name, T& value) {
    if (writing_) {
      std::memcpy(put(name, stored_type<T>(), {}, ""), &value, sizeof value);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = *get(name, stored_type<T>(), 0).data != std::byte{0};  // whatever byte it is
    } else {
      std::memcpy(&value, get(name, stored_type<T>(), 0).data, sizeof value);
    }
  }

  void text(const std::string& name, std::string& value) {
    if (writing_) {
      const std::size_t width = std::max<std::size_t>(1, value.size());
      std::memcpy(put(name, ANSATZ_TEXT, {}, "", width), value.data(), value.size());
    } else {
      const Found found = get(name, ANSATZ_TEXT, 0);
      value = element(found, 0);
    }
  }

  static std::string element(const Found& found, std::uint64_t i) {
    const auto* first = reinterpret_cast<const char*>(found.data) + i * found.text_width;
    return {first, strnlen(first, found.text_width)};
  }

  template <class T>
  void list(const std::string& name, std::vector<T>& value, const char* dims) {
    if constexpr (requires(T item, Archive & a) { item.state(a); }) {
      std::uint64_t count = value.size();
      scalar(name + "/count", count);
      value.resize(count);
      for (std::uint64_t i = 0; i < count; ++i) (*this)(name + "/" + std::to_string(i), value[i]);
    } else if constexpr (std::is_same_v<T, std::string>) {
      texts(name, value, dims);
    } else {
      static_assert(!std::is_same_v<T, bool>,
                    "state: std::vector<bool> has no bytes; use std::vector<std::uint8_t>");
      static_assert(std::is_arithmetic_v<T>, "state: a vector has numbers, strings or structs with state()");
      if (writing_) {
        std::byte* data = put(name, stored_type<T>(), {value.size()}, dims);
        std::copy_n(reinterpret_cast<const std::byte*>(value.data()), value.size() * sizeof(T), data);
      } else {
        const Found found = get(name, stored_type<T>(), 1, dims);
        value.resize(found.shape[0]);
        std::copy_n(found.data, value.size() * sizeof(T), reinterpret_cast<std::byte*>(value.data()));
      }
    }
  }

  void texts(const std::string& name, std::vector<std::string>& value, const char* dims) {
    if (writing_) {
      std::size_t width = 1;
      for (const std::string& item : value) width = std::max(width, item.size());
      std::byte* data = put(name, ANSATZ_TEXT, {value.size()}, dims, width);
      for (std::size_t i = 0; i < value.size(); ++i) {
        std::memcpy(data + i * width, value[i].data(), value[i].size());
      }
    } else {
      const Found found = get(name, ANSATZ_TEXT, 1, dims);
      value.clear();
      for (std::uint64_t i = 0; i < found.shape[0]; ++i) value.push_back(element(found, i));
    }
  }

  // Eigen matrices and vectors, of either storage order; row-major in the file.
  template <class M>
  void matrix(const std::string& name, M& value, const char* dims) {
    using Scalar = typename M::Scalar;
    using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    constexpr bool vector = M::IsVectorAtCompileTime;
    const auto rows = static_cast<std::uint64_t>(value.rows()),
               cols = static_cast<std::uint64_t>(value.cols());
    if (writing_) {
      const std::vector<std::uint64_t> shape = vector ? std::vector{rows * cols} : std::vector{rows, cols};
      auto* data = reinterpret_cast<Scalar*>(put(name, stored_type<Scalar>(), shape, dims));
      Eigen::Map<RowMajor>(data, value.rows(), value.cols()) = value;
    } else {
      const Found found = get(name, stored_type<Scalar>(), vector ? 1 : 2, dims);
      const auto* data = reinterpret_cast<const Scalar*>(found.data);
      const auto n = static_cast<Eigen::Index>(found.shape[0]);
      const bool fits = vector ? M::SizeAtCompileTime == Eigen::Dynamic || n == M::SizeAtCompileTime
                               : (M::RowsAtCompileTime == Eigen::Dynamic || n == M::RowsAtCompileTime) &&
                                     (M::ColsAtCompileTime == Eigen::Dynamic ||
                                      static_cast<Eigen::Index>(found.shape.back()) == M::ColsAtCompileTime);
      if (!fits) throw BadState("array '" + prefix_ + name + "' of the saved state has another size");
      if constexpr (vector) {
        value.resize(n);
        std::copy_n(data, n, value.data());
      } else {
        value = Eigen::Map<const RowMajor>(data, n, static_cast<Eigen::Index>(found.shape[1]));
      }
    }
  }

  const ansatz_tree* tree_;
  bool writing_;
  std::string prefix_;
  std::map<std::string, std::pair<std::uint64_t, std::string>> sizes_;  // and the array that has it, by name
};

}  // namespace ansatz
