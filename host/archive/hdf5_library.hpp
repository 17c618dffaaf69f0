// The HDF5 library itself, for those who see none of its headers.
#pragma once

#include <string>

namespace ansatz::host {

[[nodiscard]] std::string hdf5_version();
// Whether several threads of a process may use the library at once, each on a file of its own.  Where they may
// not, checkpoints are written on the thread of their verb, which may read its inputs by rows meanwhile.
[[nodiscard]] bool hdf5_is_thread_safe();

// Starts the library, with its own printing of errors off in this thread; whatever opens a file does so itself.
void h5_quiet();

}  // namespace ansatz::host
