// Memory given to a plugin under test: between guard zones whose bytes are looked at afterwards, and able to
// be made untouchable once the plugin may no longer use it.  Never given back to the heap while the process
// lives, so that a plugin that uses it too late hurts nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ansatz::host::validate {

class GuardedMemory {
 public:
  // `bytes` zeroed bytes, aligned to a page; `what` as messages call them ("output 'y'").
  GuardedMemory(std::size_t bytes, std::string what);

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  [[nodiscard]] const std::string& what() const { return what_; }

  // "" or where a guard zone was written to: "3 bytes behind the end".
  [[nodiscard]] std::string damage() const;
  // From now on every access is a fault, which `poisoned_at` tells from other crashes.
  void poison() const;

 private:
  std::byte* base_;
  std::byte* data_;
  std::size_t bytes_, mapped_;
  std::string what_;
};

// Report an access to poisoned memory instead of crashing: `report` gets the text and does not return.
void catch_poisoned_access(void (*report)(const char* text));

}  // namespace ansatz::host::validate
