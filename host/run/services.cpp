#include "run/services.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "core/abi_sizes.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "run/guarded_output.hpp"

namespace ansatz::host {
namespace {

// The task of parallel_for that this thread runs, counted from 1; 0: none.
thread_local std::uint64_t current_task = 0;

class TaskScope {
 public:
  explicit TaskScope(std::uint64_t task) : outer_{current_task} {
    if (outer_ == 0) current_task = task + 1;  // a loop inside a task belongs to it
  }
  ~TaskScope() { current_task = outer_; }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  std::uint64_t outer_;
};

// A step that ends within this time is not cut short: the checkpoint after it loses nothing.
constexpr std::chrono::seconds step_grace{2};

const ansatz_port* find_port(const ansatz_port* const* ports, std::uint64_t count, std::string_view name) {
  const auto* end = ports + count;
  const auto* found = std::find_if(ports, end, [&](const ansatz_port* port) { return name == port->name; });
  return found == end ? nullptr : *found;
}

// Index of the first element that is not finite, or `count`.
template <class T>
std::uint64_t first_not_finite(const T* data, std::uint64_t count) {
  constexpr std::uint64_t block = 4096;
  for (std::uint64_t start = 0; start < count; start += block) {
    const std::uint64_t end = std::min(count, start + block);
    // 0 x is 0 for finite x and NaN otherwise; the sum vectorises.
    T poison = 0;
    for (std::uint64_t i = start; i < end; ++i) poison += 0 * data[i];
    if (poison == 0) continue;
    for (std::uint64_t i = start; i < end; ++i) {
      if (!std::isfinite(data[i])) return i;
    }
  }
  return count;
}

std::string index_text(std::uint64_t flat, const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (std::size_t i = shape.size(); i-- > 0;) {
    text = fmt::format("{}{}{}", flat % shape[i], text.empty() ? "" : ", ", text);
    flat /= shape[i];
  }
  return "[" + text + "]";
}

bool type_allowed(std::uint32_t types, std::int32_t type) {
  return type >= ANSATZ_F64 && type <= ANSATZ_TEXT && (types & ANSATZ_BIT(type)) != 0;
}

std::string types_text(std::uint32_t types) {
  std::string text;
  for (std::int32_t type = ANSATZ_F64; type <= ANSATZ_TEXT; ++type) {
    if (!type_allowed(types, type)) continue;
    text += (text.empty() ? "" : ", ") + std::string{name_of(static_cast<ElementType>(type))};
  }
  return text;
}

std::string picture_name(std::int32_t picture) {
  constexpr const char* names[] = {"none",      "line",   "scatter", "image-grid", "heat-map",
                                   "histogram", "raster", "bars",    "table"};
  return picture >= 0 && picture <= ANSATZ_TABLE ? names[picture] : names[0];
}

std::string verb_ports(const ansatz_port* const* ports, std::uint64_t count) {
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::string{ports[i]->name};
  return text.empty() ? "none" : text;
}

Array guarded_array(ArrayInfo info) {
  Array array;
  static_cast<ArrayInfo&>(array) = std::move(info);
  array.data = guarded_buffer(array.bytes());
  return array;
}

}  // namespace

Services::Services(const VerbCall& call, const ansatz_verb& verb, VerbResult& result)
    : call_{call}, verb_{verb}, result_{result}, pool_{call.threads} {
  for (const auto& [name, source] : call.inputs) {
    Input& in = inputs_[name];
    in.source = source;
    in.port = find_port(verb.inputs, verb.input_count, name);
    for (const std::string& dim : source->info().dims) in.dims.push_back(dim.c_str());
  }
  fill_table();
}

std::string Services::check_inputs() {
  for (const auto& [name, in] : inputs_) {
    if (in.port == nullptr) {
      return fmt::format("there is no input port '{}'; the ports are {}", name,
                         verb_ports(verb_.inputs, verb_.input_count));
    }
  }
  for (std::uint64_t i = 0; i < verb_.input_count; ++i) {
    const ansatz_port& port = *verb_.inputs[i];
    const auto found = inputs_.find(port.name);
    if (found == inputs_.end()) {
      if ((port.flags & ANSATZ_OPTIONAL) != 0) continue;
      return fmt::format("input '{}' is not wired: {}", port.name, port.text);
    }
    const ArrayInfo& info = found->second.source->info();
    if (!type_allowed(port.types, static_cast<std::int32_t>(info.type))) {
      return fmt::format("input '{}' has elements of type {}, expected {}", port.name, name_of(info.type),
                         types_text(port.types));
    }
    std::string why;
    if (!match_dims(port.name, port.dims, info.shape, sizes_, why)) return "input " + why;
  }
  return {};
}

std::string Services::check_outputs() const {
  for (std::uint64_t i = 0; i < verb_.output_count; ++i) {
    const ansatz_port& port = *verb_.outputs[i];
    if ((port.flags & ANSATZ_OPTIONAL) != 0 || result_.outputs.find_array(port.name) != nullptr) continue;
    return fmt::format("the plugin did not write output '{}'; it declares this output as always there",
                       port.name);
  }
  for (const auto& [name, node] : result_.outputs.children()) {
    const std::string damage = guard_damage(std::get<Array>(*node).data);
    if (!damage.empty()) return fmt::format("the plugin wrote to memory {} of output '{}'", damage, name);
  }
  return {};
}

void Services::restore(const Checkpoint& checkpoint) {
  for (const auto& [name, node] : checkpoint.outputs.children()) {
    const ansatz_port* port = find_port(verb_.outputs, verb_.output_count, name);
    const Array* array = std::get_if<Array>(node.get());
    std::string why = "there is no such output";
    if (port == nullptr || array == nullptr || !match_dims(name, port->dims, array->shape, sizes_, why)) {
      throw DataError{fmt::format("the checkpoint's output '{}' does not fit: {}", name, why)};
    }
    const Buffer& bytes = array->data;
    std::memcpy(result_.outputs.put(name, guarded_array(*array)).data.data(), bytes.data(), array->bytes());
  }
  result_.metrics = checkpoint.metrics;
  result_.log = checkpoint.log;
  result_.steps = checkpoint.steps;
}

std::string Services::failure() const {
  const std::lock_guard lock{failure_mutex_};
  return failure_;
}

bool Services::out_of_memory() const {
  const std::lock_guard lock{failure_mutex_};
  return out_of_memory_;
}

void Services::rethrow_io_error() const {
  const std::lock_guard lock{failure_mutex_};
  if (io_error_) std::rethrow_exception(io_error_);
}

std::int32_t Services::refuse(std::int32_t status, const std::string& text) {
  const std::lock_guard lock{failure_mutex_};
  failure_ = text;
  return status;
}

Services::Input* Services::input(const char* port) {
  const auto found = inputs_.find(port);
  return found == inputs_.end() ? nullptr : &found->second;
}

std::int32_t Services::describe(const char* port, ansatz_array* array) {
  const Input* in = input(port);
  if (in == nullptr) return ANSATZ_BAD_STATE;
  const ArrayInfo& info = in->source->info();
  const bool named = !in->dims.empty() && in->dims.size() == info.shape.size();
  fill_in(array,
          {sizeof(ansatz_array), static_cast<std::int32_t>(info.type), info.text_width, info.shape.size(),
           info.shape.empty() ? nullptr : info.shape.data(), named ? in->dims.data() : nullptr});
  return ANSATZ_DONE;
}

std::int32_t Services::check_finite(const Input& in, const void* data, std::uint64_t first_row,
                                    std::uint64_t elements) {
  if ((in.port->flags & ANSATZ_MISSING) != 0) return ANSATZ_DONE;
  const ArrayInfo& info = in.source->info();
  std::uint64_t found = elements;
  if (info.type == ElementType::f64) {
    found = first_not_finite(static_cast<const double*>(data), elements);
  } else if (info.type == ElementType::f32) {
    found = first_not_finite(static_cast<const float*>(data), elements);
  }
  if (found == elements) return ANSATZ_DONE;
  const std::uint64_t row = info.shape.empty() ? 1 : info.count() / info.shape[0];
  const double value = info.type == ElementType::f64
                           ? static_cast<const double*>(data)[found]
                           : static_cast<double>(static_cast<const float*>(data)[found]);
  return refuse(
      ANSATZ_NUMERICAL,
      fmt::format("input '{}' is {} at index {}; this port takes finite numbers only: remove or fill in such "
                  "rows first",
                  in.port->name, std::isnan(value) ? "NaN" : "infinite",
                  index_text(first_row * row + found, info.shape)));
}

std::int32_t Services::read_whole(const char* port, const void** data) {
  Input* in = input(port);
  if (in == nullptr) return refuse(ANSATZ_BAD_STATE, fmt::format("input '{}' is not wired", port));
  if (!in->read) {
    in->whole = in->source->whole();
    in->read = true;
    if (const auto status = check_finite(*in, in->whole.data(), 0, in->source->info().count())) return status;
  }
  *data = in->whole.data();
  return ANSATZ_DONE;
}

std::int32_t Services::read_rows(const char* port, std::uint64_t first, std::uint64_t count, void* buffer) {
  const Input* in = input(port);
  if (in == nullptr) return refuse(ANSATZ_BAD_STATE, fmt::format("input '{}' is not wired", port));
  const ArrayInfo& info = in->source->info();
  if (info.shape.empty() || first > info.shape[0] || count > info.shape[0] - first) {
    return refuse(ANSATZ_BAD_ARGUMENT, fmt::format("rows {} to {} of input '{}' were asked for; it is {}",
                                                   first, first + count, port, shape_text(info.shape)));
  }
  if (count == 0 || info.row_bytes() == 0) return ANSATZ_DONE;
  in->source->read_rows(first, count, buffer);
  return check_finite(*in, buffer, first, count * (info.row_bytes() / info.element_bytes()));
}

std::int32_t Services::attribute(const char* port, const char* name, ansatz_value* value) {
  const Input* in = input(port);
  if (in == nullptr) return ANSATZ_BAD_STATE;
  const Attributes& attributes = in->source->info().attributes;
  const auto found = attributes.find(name);
  if (found == attributes.end()) return ANSATZ_BAD_STATE;
  const ansatz_value*& kept = attributes_asked_[{port, name}];  // a plugin may ask for every row
  if (kept == nullptr) kept = attribute_values_.add(found->second);
  fill_in(value, *kept);
  return ANSATZ_DONE;
}

std::int32_t Services::output(const char* name, const ansatz_array& wanted, void** data) {
  const ansatz_port* port = find_port(verb_.outputs, verb_.output_count, name);
  if (port == nullptr) {
    return refuse(ANSATZ_BAD_ARGUMENT,
                  fmt::format("the plugin wrote an output '{}' that it does not declare; it declares {}",
                              name, verb_ports(verb_.outputs, verb_.output_count)));
  }
  if (!type_allowed(port->types, wanted.type) || wanted.rank > ANSATZ_MAX_RANK) {
    return refuse(ANSATZ_BAD_ARGUMENT,
                  fmt::format("the plugin wrote output '{}' with element type {}, declared {}", name,
                              wanted.type, types_text(port->types)));
  }
  ArrayInfo info = info_from_c(wanted);
  if (is_beyond_memory(info)) {
    return refuse(ANSATZ_BAD_ARGUMENT, fmt::format("output '{}' of shape {} is too large for any memory",
                                                   name, shape_text(info.shape)));
  }
  if (const Array* existing = result_.outputs.find_array(name)) {
    if (existing->type != info.type || existing->shape != info.shape ||
        existing->text_width != info.text_width) {
      const bool reshaped = existing->shape != info.shape;
      const auto words = [&](const ArrayInfo& a) {
        return reshaped ? shape_text(a.shape)
                        : fmt::format("{} of {} bytes each", name_of(a.type), a.element_bytes());
      };
      return refuse(ANSATZ_BAD_ARGUMENT, fmt::format("the plugin asked for output '{}' as {} and then as {}",
                                                     name, words(*existing), words(info)));
    }
    *data = existing->data.data();
    return ANSATZ_DONE;
  }
  std::string why;
  const auto names = match_dims(name, port->dims, info.shape, sizes_, why);
  if (!names) {
    return refuse(ANSATZ_BAD_ARGUMENT, "the plugin wrote an output of the wrong shape: " + why);
  }
  if (names->size() == info.shape.size() && (names->empty() || names->back() != "...")) info.dims = *names;
  if (port->picture != ANSATZ_NO_PICTURE) info.attributes["picture"] = picture_name(port->picture);
  *data = result_.outputs.put(name, guarded_array(std::move(info))).data.data();
  return ANSATZ_DONE;
}

bool Services::must_stop() {
  const Listener& listener = call_.listener;
  if (!listener.cancelled || !listener.cancelled()) return false;
  if (!listener.checkpoint) return true;
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t first = 0;
  if (asked_to_stop_.compare_exchange_strong(first, now)) return false;
  return std::chrono::steady_clock::duration{now - first} > step_grace;
}

void Services::log(std::int32_t level, const std::string& text) {
  constexpr const char* names[] = {"debug", "info", "warning"};
  const std::lock_guard lock{log_mutex_};
  std::string line = fmt::format("{}: {}", names[std::clamp(level, 0, 2)], text);
  if (current_task == 0) {
    result_.log.push_back(std::move(line));
  } else {
    task_lines_.emplace_back(current_task, std::move(line));
  }
  if (call_.listener.log) call_.listener.log(level, text);
}

// What tasks log is archived in their order, whichever came first.
std::int32_t Services::run_tasks(std::uint64_t tasks, ansatz_task task, void* user) {
  pool_.run(tasks, [&](std::uint64_t i, std::uint32_t worker) {
    const TaskScope scope{i};
    task(user, i, worker);
  });
  if (current_task != 0) return ANSATZ_DONE;
  std::stable_sort(task_lines_.begin(), task_lines_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [number, line] : task_lines_) result_.log.push_back(std::move(line));
  task_lines_.clear();
  return ANSATZ_DONE;
}

std::int32_t Services::output_attribute(const char* port, const char* name, const ansatz_value& value) {
  const Array* array = result_.outputs.find_array(port);
  if (array == nullptr)
    return refuse(ANSATZ_BAD_STATE, fmt::format("output '{}' has not been written yet", port));
  Array changed = *array;  // shares the elements
  Value made = value_from_c(value);
  if (const auto* text = std::get_if<std::string>(&made); text != nullptr && !is_utf8(*text)) {
    return refuse(ANSATZ_BAD_ARGUMENT,
                  fmt::format("attribute '{}' of output '{}' is a text that is not UTF-8", name, port));
  }
  changed.attributes[name] = std::move(made);
  result_.outputs.put(port, std::move(changed));
  return ANSATZ_DONE;
}

}  // namespace ansatz::host
