#include "core/error.hpp"

#include <cstring>

namespace ansatz::host {

IoError::IoError(const std::string& what, int error_number)
    : Error{Exit::io_error, what + ": " + std::strerror(error_number)} {}

}  // namespace ansatz::host
