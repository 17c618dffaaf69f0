// Try something first in a process of its own, where a crash does no harm.
//
// HDF5 1.10 trusts some lengths that a damaged file holds and then reads outside its memory, or goes round in
// circles.  Nothing in this process can catch that.
#pragma once

#include <functional>
#include <string>

namespace ansatz::host {

// Runs `reading` in a child process, which shows nothing and leaves nothing; its exceptions are ignored,
// since the caller will meet them too.  Throws DataError that begins with `where` if the child crashed or
// used more than half a minute of CPU time.
void rehearse(const std::string& where, const std::function<void()>& reading);

}  // namespace ansatz::host
