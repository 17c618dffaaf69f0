// The functions of the table that a plugin is given: each passes on to the member of Services and lets no
// exception out.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <new>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/services.hpp"

namespace ansatz::host {
namespace {

// It names a group of the archive.
bool is_metric_name(const char* name) {
  return name != nullptr && *name != 0 && std::string_view{name} != "." && std::string_view{name} != ".." &&
         std::all_of(name, name + std::strlen(name), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
         });
}

}  // namespace

template <class Body>
std::int32_t Services::service(const Body& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    const std::lock_guard lock{failure_mutex_};
    failure_ = "out of memory";
    out_of_memory_ = true;
  } catch (const IoError& e) {
    const std::lock_guard lock{failure_mutex_};
    failure_ = e.what();
    io_error_ = std::current_exception();
  } catch (const std::exception& e) {
    const std::lock_guard lock{failure_mutex_};
    failure_ = e.what();
  }
  return ANSATZ_INTERNAL;
}

void Services::fill_table() {
  table_.struct_size = sizeof table_;
  table_.abi_minor = ANSATZ_ABI_MINOR;
  table_.context = this;
  table_.random_key = call_.random_key;
  table_.input = [](void* c, const char* port, ansatz_array* array) -> std::int32_t {
    return of(c).service([&] { return of(c).describe(port, array); });
  };
  table_.input_data = [](void* c, const char* port, const void** data) -> std::int32_t {
    return of(c).service([&] { return of(c).read_whole(port, data); });
  };
  table_.input_rows = [](void* c, const char* port, std::uint64_t first, std::uint64_t count,
                         void* buffer) -> std::int32_t {
    return of(c).service([&] { return of(c).read_rows(port, first, count, buffer); });
  };
  table_.input_attribute = [](void* c, const char* port, const char* name,
                              ansatz_value* value) -> std::int32_t {
    return of(c).service([&] { return of(c).attribute(port, name, value); });
  };
  table_.output = [](void* c, const char* port, const ansatz_array* array, void** data) -> std::int32_t {
    return of(c).service([&] { return of(c).output(port, *array, data); });
  };
  table_.output_attribute = [](void* c, const char* port, const char* name,
                               const ansatz_value* value) -> std::int32_t {
    return of(c).service([&] { return of(c).output_attribute(port, name, *value); });
  };
  table_.metric = [](void* c, const char* name, std::int64_t step, double value) {
    of(c).service([&]() -> std::int32_t {
      if (!is_metric_name(name)) {
        return of(c).refuse(
            ANSATZ_BAD_ARGUMENT,
            fmt::format("{} is no name of a metric; a name has letters, digits, '_', '-', '.'",
                        in_quotes(name == nullptr ? "" : name)));
      }
      const Metric& metric = of(c).result_.metrics.emplace_back(Metric{name, step, value});
      if (of(c).call_.listener.metric) of(c).call_.listener.metric(metric);
      return ANSATZ_DONE;
    });
  };
  table_.progress = [](void* c, double fraction, const char* text) {
    of(c).service([&] {
      if (of(c).call_.listener.progress) of(c).call_.listener.progress(fraction, text == nullptr ? "" : text);
      return ANSATZ_DONE;
    });
  };
  table_.log = [](void* c, std::int32_t level, const char* text) {
    of(c).service([&] {
      of(c).log(level, clean(text == nullptr ? "" : text));
      return ANSATZ_DONE;
    });
  };
  table_.fail = [](void* c, const char* text) {
    of(c).service([&] {
      of(c).result_.text = clean(text == nullptr ? "" : text);
      return ANSATZ_DONE;
    });
  };
  table_.cancelled = [](void* c) -> std::int32_t { return of(c).must_stop() ? 1 : 0; };
  table_.parallel_for = [](void* c, std::uint64_t tasks, ansatz_task task, void* user) -> std::int32_t {
    return of(c).service([&] { return of(c).run_tasks(tasks, task, user); });
  };
  table_.threads = [](void* c) -> std::uint32_t { return of(c).pool_.size(); };
  table_.extension = [](void*, const char*) -> const void* { return nullptr; };
}

}  // namespace ansatz::host
