// The host table of a plugin under test: it passes everything on to the host's real services and watches.
// Every call into the plugin gets a table of its own, which is dead once the call has returned; what the
// plugin is given stands in guarded memory.
//
//   Probe probe{*services.table(), {}};
//   status = model.step(instance, probe.open("step"));
//   probe.close();
#pragma once

#include <ansatz/abi.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "validate/guarded.hpp"

namespace ansatz::host::validate {

// What a probe does beside passing on.
struct ProbeOptions {
  static constexpr std::uint64_t never = ~std::uint64_t{0};
  std::uint64_t cancel_at = never;  // look number of cancelled() from which it says yes
  std::string failing;              // this service fails, as if the memory or the disk were at their end
  std::uint64_t shuffled = 0;       // not 0: parallel_for runs tasks one by one in an order of this number
};

class Probe {
 public:
  Probe(const ansatz_host& real, ProbeOptions options) : real_{real}, options_{std::move(options)} {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // The table for the next call of this name.
  const ansatz_host* open(const char* call);
  // The call has returned: its table is dead; what it wrote goes to where the host keeps it.
  void close();
  // Trees for save and load.
  const ansatz_tree* writer(const ansatz_tree& real);
  const ansatz_tree* reader(const ansatz_tree& real);

  // Guard zones that were written to, and inputs or saved state that were changed; "" if none.
  [[nodiscard]] std::string written_outside() const;
  [[nodiscard]] std::string changed_input() const;
  [[nodiscard]] std::uint64_t used(const char* service) const;
  [[nodiscard]] double seconds_since_cancel() const;
  // Nothing that was handed out may be used any more.
  void poison();

 private:
  struct Lent {
    GuardedMemory memory;
    std::byte* home;       // where the host keeps it; null: the plugin only reads it, from now on
    std::uint64_t digest;  // of what it only reads
    bool saved;            // of a tree, which is complete when save returns
  };
  friend struct Token;

  bool fails(const char* service);
  Lent& lend(const char* what, const char* name, std::byte* home, const void* from, std::size_t bytes,
             bool saved = false);
  Lent* find(const char* what, const char* name);
  std::int32_t run_tasks(std::uint64_t tasks, ansatz_task task, void* user);
  static void fill_table(ansatz_host& table);

  const ansatz_host& real_;
  ProbeOptions options_;
  struct Token* open_ = nullptr;
  std::deque<Lent> lent_;
  std::map<std::string, std::uint64_t> used_;
  double cancelled_since_ = 0;
  ansatz_tree real_tree_{}, tree_{};
};

// Rules of the boundary that this process has seen broken: services of a dead table called, or from a thread
// that may not.
[[nodiscard]] std::vector<std::string> violations();

}  // namespace ansatz::host::validate
