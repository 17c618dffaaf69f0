// Session: what a verb sees of the host while it runs.
//
//   void predict(Session& s) {
//     const auto x = s.in<double>("x");                  // q x d, row-major; converted if stored otherwise
//     auto y = s.out<double>("y", {rows, outputs});      // zeroed, written in place
//     s.parallel_for(blocks, [&](std::uint64_t block, std::uint32_t) { ... });
//   }
//
// Lives as long as the verb runs.  All functions are for the thread that runs the verb, except cancelled(),
// warn() and note().  Everything throws the errors of ansatz/num/error.hpp; the layer below turns them into a status
// and a text.
#pragma once

#include <ansatz/abi.h>

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ansatz/num/error.hpp"
#include "ansatz/num/random.hpp"
#include "ansatz/state.hpp"

namespace ansatz {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using MatrixMap = Eigen::Map<Matrix<T>, Eigen::Aligned64>;
template <class T>
using ConstMatrixMap = Eigen::Map<const Matrix<T>, Eigen::Aligned64>;

namespace detail {

// Converting x to T keeps its value; to a real, up to rounding.
template <class T, class S>
constexpr bool fits(S x) {
  if constexpr (std::is_same_v<T, bool>) {
    return x == S{0} || x == S{1};
  } else if constexpr (std::is_floating_point_v<T>) {
    return true;
  } else if constexpr (std::is_floating_point_v<S>) {
    constexpr S end = 2 * static_cast<S>(std::uint64_t{1} << (std::numeric_limits<T>::digits - 1));
    return x >= (std::is_signed_v<T> ? -end : S{0}) && x < end && x == std::trunc(x);
  } else {
    return std::in_range<T>(x);
  }
}

}  // namespace detail

// Sizes of an array, as the ports speak of them.
using Shape = std::vector<std::uint64_t>;

class Session {
 public:
  explicit Session(std::uint64_t first_step) : step_{first_step} {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // 0 in the first call of the verb; goes on counting after a resume.
  [[nodiscard]] std::uint64_t step() const { return step_; }

  // --- inputs ---

  [[nodiscard]] bool has(const char* port) const {
    ansatz_array array{};
    array.struct_size = sizeof array;
    return host().input(host().context, port, &array) == ANSATZ_DONE;
  }
  // Throws BadState if the port is not wired.
  [[nodiscard]] Shape shape(const char* port) const {
    const ansatz_array array = describe(port);
    return {array.shape, array.shape + array.rank};
  }
  // ANSATZ_F64 ... ANSATZ_TEXT.
  [[nodiscard]] std::int32_t type(const char* port) const { return describe(port).type; }

  // All elements in order; a view of the host's memory if stored as T, else a converted copy kept until the
  // verb ends.  Throws BadArgument for an element that an integer T cannot hold: 1.5, NaN, 300 as u8.
  template <class T>
  [[nodiscard]] std::span<const T> values(const char* port) {
    const ansatz_array array = describe(port);
    const std::size_t count = element_count(array);
    const void* data = input_data(port);
    if (array.type == static_cast<std::int32_t>(detail::type_of<T>()))
      return {static_cast<const T*>(data), count};
    return {converted<T>(port, array.type, data, count), count};
  }

  // The same as a matrix: rows are the first dimension, columns the product of the others (1 for rank 1 and
  // 0).
  template <class T>
  [[nodiscard]] ConstMatrixMap<T> in(const char* port) {
    const Shape sizes = shape(port);
    const auto [rows, columns] = as_matrix(sizes);
    return {values<T>(port).data(), rows, columns};
  }

  // Rows [first, first + count) as stored, for arrays larger than memory; the port must be stored as T.
  template <class T>
  void read_rows(const char* port, std::uint64_t first, std::uint64_t count, T* buffer) const {
    if (describe(port).type != static_cast<std::int32_t>(detail::type_of<T>())) {
      throw BadArgument("input '" + std::string{port} + "' is stored with another element type");
    }
    check(host().input_rows(host().context, port, first, count, buffer), "cannot read rows of", port);
  }

  [[nodiscard]] std::vector<std::string> texts(const char* port) const {
    const ansatz_array array = describe(port);
    if (array.type != ANSATZ_TEXT) throw BadArgument("input '" + std::string{port} + "' is not text");
    const auto* data = static_cast<const char*>(input_data(port));
    std::vector<std::string> result;
    for (std::size_t i = 0; i < element_count(array); ++i) {
      const char* first = data + i * array.text_width;
      result.emplace_back(first, strnlen(first, array.text_width));
    }
    return result;
  }

  // --- elements of any type, text too, as they are stored: for verbs that move rows without reading them ---

  struct Stored {
    std::int32_t type;
    std::uint64_t text_width;
    Shape shape;
    std::size_t row_bytes;  // of one index of the first dimension
  };
  [[nodiscard]] Stored stored(const char* port) const {
    const ansatz_array array = describe(port);
    std::size_t bytes = detail::bytes_of(array.type, array.text_width);
    for (std::uint64_t i = 1; i < array.rank; ++i) bytes *= array.shape[i];
    return {array.type, array.text_width, {array.shape, array.shape + array.rank}, bytes};
  }
  void read_stored_rows(const char* port, std::uint64_t first, std::uint64_t count, void* buffer) const {
    check(host().input_rows(host().context, port, first, count, buffer), "cannot read rows of", port);
  }
  // An output of the same element type as `like`, with sizes of its own.
  std::byte* out_stored(const char* port, const Stored& like, const Shape& sizes) {
    return static_cast<std::byte*>(output(port, like.type, sizes, like.text_width));
  }

  // A number among the attributes of an input ("height"), if there.
  [[nodiscard]] std::optional<double> attribute(const char* port, const char* name) const {
    ansatz_value value{};
    value.struct_size = sizeof value;
    if (host().input_attribute(host().context, port, name, &value) != ANSATZ_DONE || value.count != 1)
      return {};
    if (value.kind == ANSATZ_KIND_REAL) return value.reals[0];
    if (value.kind == ANSATZ_KIND_INTEGER) return static_cast<double>(value.integers[0]);
    return {};
  }

  // --- outputs ---

  // Memory of an output port, zeroed; the same again in later steps.  Viewed as a matrix like in().
  template <class T>
  MatrixMap<T> out(const char* port, const Shape& sizes) {
    const auto [rows, columns] = as_matrix(sizes);
    return {static_cast<T*>(output(port, static_cast<std::int32_t>(detail::type_of<T>()), sizes, 0)), rows,
            columns};
  }
  template <class T>
  std::span<T> out_values(const char* port, const Shape& sizes) {
    std::size_t count = 1;
    for (const std::uint64_t size : sizes) count *= size;
    return {static_cast<T*>(output(port, static_cast<std::int32_t>(detail::type_of<T>()), sizes, 0)), count};
  }
  void out_scalar(const char* port, double value) { out_values<double>(port, {})[0] = value; }
  void out_texts(const char* port, const std::vector<std::string>& items) {
    std::size_t width = 1;
    for (const std::string& item : items) width = std::max(width, item.size());
    auto* data = static_cast<char*>(output(port, ANSATZ_TEXT, {items.size()}, width));
    for (std::size_t i = 0; i < items.size(); ++i)
      std::memcpy(data + i * width, items[i].data(), items[i].size());
  }
  // Attribute of an output that was already reserved: a number, a text, or a list.
  template <class T>
  void out_attribute(const char* port, const char* name, const T& value) {
    detail::OwnedValue owned = detail::OwnedValue::of(value);
    const ansatz_value view = owned.view();
    check(host().output_attribute(host().context, port, name, &view), "cannot set an attribute of", port);
  }

  // --- telling the user ---

  // Archived with the number of this step.
  void metric(const char* name, double value) {
    host().metric(host().context, name, static_cast<std::int64_t>(step_), value);
  }
  void progress(double fraction, const std::string& text = {}) {
    host().progress(host().context, fraction, text.c_str());
  }
  void warn(const std::string& text) { host().log(host().context, ANSATZ_WARNING, text.c_str()); }
  void note(const std::string& text) { host().log(host().context, ANSATZ_INFO, text.c_str()); }

  [[nodiscard]] bool cancelled() const { return host().cancelled(host().context) != 0; }
  // Throws Cancelled; call it between blocks of work.
  void check_cancelled() const {
    if (cancelled()) throw Cancelled("cancelled");
  }

  // --- randomness and parallel work ---

  // Draws depend on the run's seed, the step's id, the stream's name and `index` alone.
  [[nodiscard]] Rng rng(std::string_view stream, std::uint64_t index = 0) const {
    return Rng{host().random_key, stream, index};
  }

  [[nodiscard]] std::uint32_t threads() const { return host().threads(host().context); }

  // body(task, worker) for every task in [0, tasks); worker < threads() picks scratch memory, never results.
  // The exception of the lowest task is rethrown after all have ended.
  template <class Body>
  void parallel_for(std::uint64_t tasks, Body&& body) {
    struct Shared {
      Body& body;
      std::mutex mutex;
      std::uint64_t failed_task;
      std::exception_ptr failure;
    } shared{body, {}, tasks, nullptr};
    const ansatz_task run = [](void* user, std::uint64_t task, std::uint32_t worker) {
      auto& s = *static_cast<Shared*>(user);
      try {
        s.body(task, worker);
      } catch (...) {
        const std::lock_guard lock{s.mutex};
        if (task < s.failed_task) s.failed_task = task, s.failure = std::current_exception();
      }
    };
    const std::int32_t status = host().parallel_for(host().context, tasks, run, &shared);
    if (shared.failure) std::rethrow_exception(shared.failure);
    if (status != ANSATZ_DONE) detail::throw_status(status, "parallel loop failed");
  }

  // For the trampolines of plugin.hpp.
  void attach(const ansatz_host* host) { host_ = host; }
  void next_step() { ++step_; }

 private:
  [[nodiscard]] const ansatz_host& host() const { return *host_; }

  static void check(std::int32_t status, const char* what, const char* port) {
    if (status != ANSATZ_DONE) detail::throw_status(status, std::string{what} + " '" + port + "'");
  }

  [[nodiscard]] ansatz_array describe(const char* port) const {
    ansatz_array array{};
    array.struct_size = sizeof array;
    check(host().input(host().context, port, &array), "there is no input wired to", port);
    return array;
  }
  [[nodiscard]] const void* input_data(const char* port) const {
    const void* data = nullptr;
    check(host().input_data(host().context, port, &data), "cannot read input", port);
    return data;
  }
  void* output(const char* port, std::int32_t type, const Shape& sizes, std::size_t width) {
    const ansatz_array array{sizeof(ansatz_array), type, width, sizes.size(), sizes.data(), nullptr};
    void* data = nullptr;
    check(host().output(host().context, port, &array, &data), "cannot reserve output", port);
    return data;
  }

  static std::size_t element_count(const ansatz_array& array) {
    std::size_t count = 1;
    for (std::uint64_t i = 0; i < array.rank; ++i) count *= array.shape[i];
    return count;
  }
  static std::pair<Eigen::Index, Eigen::Index> as_matrix(const Shape& sizes) {
    std::uint64_t columns = 1;
    for (std::size_t i = 1; i < sizes.size(); ++i) columns *= sizes[i];
    return {static_cast<Eigen::Index>(sizes.empty() ? 1 : sizes[0]), static_cast<Eigen::Index>(columns)};
  }

  // Converted copies, one for each port and type, so that a later step finds the first one's.
  template <class T>
  const T* converted(const char* port, std::int32_t type, const void* data, std::size_t count) {
    const std::string key = std::string{port} + '/' + std::to_string(detail::type_of<T>());
    if (const auto found = copies_.find(key); found != copies_.end())
      return static_cast<const T*>(found->second.get());
    const std::size_t bytes = (count * sizeof(T) + 63) / 64 * 64;
    std::shared_ptr<void> copy{std::aligned_alloc(64, std::max<std::size_t>(bytes, 64)), std::free};
    if (!copy) throw std::bad_alloc{};
    auto* target = static_cast<T*>(copy.get());
    const auto fill = [&]<class S>(const S* source) {
      for (std::size_t i = 0; i < count; ++i) {
        if (!detail::fits<T>(source[i])) refuse_element<T>(port, source[i], i);
        target[i] = static_cast<T>(source[i]);
      }
    };
    if (type == ANSATZ_F64) {
      fill(static_cast<const double*>(data));
    } else if (type == ANSATZ_F32) {
      fill(static_cast<const float*>(data));
    } else if (type == ANSATZ_I64) {
      fill(static_cast<const std::int64_t*>(data));
    } else if (type == ANSATZ_I32) {
      fill(static_cast<const std::int32_t*>(data));
    } else if (type == ANSATZ_U8 || type == ANSATZ_BOOL) {
      fill(static_cast<const std::uint8_t*>(data));
    } else {
      throw BadArgument("input '" + std::string{port} + "' is text where numbers are needed");
    }
    copies_.emplace(key, std::move(copy));
    return target;
  }

  template <class T, class S>
  [[noreturn]] static void refuse_element(const char* port, S x, std::size_t i) {
    std::ostringstream text;
    text << "input '" << port << "' has " << +x << " at element " << i
         << " (counted from 0, row by row), where "
         << (std::is_same_v<T, bool> ? "0 or 1"
                                     : "a whole number of " + std::to_string(8 * sizeof(T)) + " bits")
         << " is needed";
    throw BadArgument(text.str());
  }

  const ansatz_host* host_ = nullptr;
  std::uint64_t step_;
  std::map<std::string, std::shared_ptr<void>> copies_;
};

}  // namespace ansatz
