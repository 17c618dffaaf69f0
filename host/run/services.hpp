// The host's side of the C boundary while one verb runs: inputs from sources, outputs into a tree, and what
// the plugin reports.  Whatever the plugin asks wrongly is remembered as the failure, since the plugin's own
// text can only repeat it.
#pragma once

#include <ansatz/abi.h>

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/dims.hpp"
#include "run/c_values.hpp"
#include "run/thread_pool.hpp"
#include "run/verb_call.hpp"

namespace ansatz::host {

class Services {
 public:
  Services(const VerbCall& call, const ansatz_verb& verb, VerbResult& result);

  // Match all inputs against the ports before the plugin runs; "" or what is wrong.
  [[nodiscard]] std::string check_inputs();
  // After the verb is done: all required outputs there; "" or what is wrong.
  [[nodiscard]] std::string check_outputs() const;
  // Outputs, metrics and log of an interrupted call, as if this one had made them.  Throws DataError if they
  // do not fit the verb.
  void restore(const Checkpoint& checkpoint);

  [[nodiscard]] const ansatz_host* table() const { return &table_; }
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] bool out_of_memory() const;
  // Throws the IoError that made a service fail, if one did.
  void rethrow_io_error() const;

 private:
  struct Input {
    std::shared_ptr<ArraySource> source;
    const ansatz_port* port = nullptr;
    std::vector<const char*> dims;
    Buffer whole;
    bool read = false;
  };

  static Services& of(void* context) { return *static_cast<Services*>(context); }
  template <class Body>
  std::int32_t service(const Body& body) noexcept;
  std::int32_t refuse(std::int32_t status, const std::string& text);

  Input* input(const char* port);
  std::int32_t describe(const char* port, ansatz_array* array);
  std::int32_t read_whole(const char* port, const void** data);
  std::int32_t read_rows(const char* port, std::uint64_t first, std::uint64_t count, void* buffer);
  std::int32_t attribute(const char* port, const char* name, ansatz_value* value);
  std::int32_t output(const char* port, const ansatz_array& wanted, void** data);
  std::int32_t output_attribute(const char* port, const char* name, const ansatz_value& value);
  std::int32_t check_finite(const Input& in, const void* data, std::uint64_t first_row,
                            std::uint64_t elements);
  bool must_stop();
  std::int32_t run_tasks(std::uint64_t tasks, ansatz_task task, void* user);
  void log(std::int32_t level, const std::string& text);
  void fill_table();

  const VerbCall& call_;
  const ansatz_verb& verb_;
  VerbResult& result_;
  ansatz_host table_{};
  std::map<std::string, Input, std::less<>> inputs_;
  CValues attribute_values_;
  std::map<std::pair<std::string, std::string>, const ansatz_value*> attributes_asked_;  // by port and name
  DimSizes sizes_;
  ThreadPool pool_;
  std::mutex log_mutex_;
  std::vector<std::pair<std::uint64_t, std::string>> task_lines_;  // of the running loop's log, by task
  std::atomic<std::int64_t> asked_to_stop_ = 0;  // when the plugin first looked and found so
  // A plugin logs from any of its threads, and every service may fail.
  mutable std::mutex failure_mutex_;
  std::string failure_;
  bool out_of_memory_ = false;
  std::exception_ptr io_error_;
};

}  // namespace ansatz::host
