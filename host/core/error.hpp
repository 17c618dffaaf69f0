// Errors of the host.  Each carries the exit code that `ansatz` ends with.
#pragma once

#include <stdexcept>
#include <string>

namespace ansatz::host {

// Exit codes of the command line, fixed for scripts.
enum class Exit : int {
  ok = 0,
  step_failed = 1,
  usage = 2,
  pipeline_invalid = 3,
  plugin_refused = 4,
  data_invalid = 5,  // a data set or an archive
  differs = 6,       // a claim or a replay
  limit_hit = 7,
  io_error = 74,
  interrupted = 130
};

// The text says what was wrong, where, what was expected and what to do next.
class Error : public std::runtime_error {
 public:
  Error(Exit code, const std::string& text) : std::runtime_error{text}, code_{code} {}
  [[nodiscard]] Exit code() const { return code_; }

 private:
  Exit code_;
};

// Thrown by readers of data sets and archives.
class DataError : public Error {
 public:
  explicit DataError(const std::string& text) : Error{Exit::data_invalid, text} {}
};

// Thrown when the operating system refuses: full disk, no permission.  `what` is the action and the file.
class IoError : public Error {
 public:
  explicit IoError(const std::string& what) : Error{Exit::io_error, what} {}
  IoError(const std::string& what, int error_number);  // appends strerror(error_number)
};

}  // namespace ansatz::host
