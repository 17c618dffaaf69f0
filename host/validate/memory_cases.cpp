// What a plugin does with memory and with the host's table.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <thread>

#include "validate/cases.hpp"
#include "validate/isolated.hpp"
#include "validate/process_state.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

// A long run on small inputs that stays below this has no constant of a dangerous size.
constexpr std::size_t most_memory = std::size_t{256} << 20;

// Looks at the probe when all is over.
template <class Look>
void run_and_look(const Setup& setup, const Look& look) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.run();
  instance.destroy();
  look(trial.probe());
}

// Bytes by which the heap grows with each call of `body`.  The allocator's own lists, and libraries that keep
// memory for later, grow for some hundred calls: the least growth of several rounds counts, which a leak has
// in every round.
template <class Body>
double growth(const Body& body, int calls) {
  constexpr int least_rounds = 10, most_rounds = 200;
  constexpr std::chrono::seconds enough{3};
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) body();
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < most_rounds && least > 0; ++round) {
    if (round >= least_rounds && std::chrono::steady_clock::now() - start > enough) break;
    const std::size_t before = heap_in_use();
    for (int i = 0; i < calls; ++i) body();
    const std::size_t after = heap_in_use();
    least = std::min(least, after <= before ? 0 : static_cast<double>(after - before) / calls);
  }
  return least;
}

}  // namespace

void hygiene_callbacks(Subject& subject) {
  const Setup setup = subject.setup();
  {
    Instance instance{*setup.model};
    Trial trial{instance, setup};
    trial.run();
    instance.destroy();
    std::this_thread::sleep_for(std::chrono::milliseconds{30});  // for a thread that it left behind
  }
  const std::vector<std::string> broken = violations();
  if (!broken.empty()) throw Failed{broken.front()};
}

void hygiene_bounds(Subject& subject) {
  run_and_look(subject.setup(), [](const Probe& probe) {
    if (const std::string damage = probe.written_outside(); !damage.empty()) {
      throw Failed{"it wrote to " + damage};
    }
  });
}

void hygiene_inputs(Subject& subject) {
  run_and_look(subject.setup(), [](const Probe& probe) {
    if (const std::string changed = probe.changed_input(); !changed.empty()) {
      throw Failed{"it changed " + changed};
    }
  });
}

// The memory of inputs, outputs and trees is the host's: used after its time it is someone else's.
void hygiene_pointers(Subject& subject) {
  static std::array<char, 400> text;
  catch_poisoned_access([](const char* what) {
    constexpr std::string_view head = R"({"outcome": "fail", "text": "it used )",
                               tail = R"( after its time was over"})";
    char* end = std::copy(head.begin(), head.end(), text.data());
    end = stpcpy(end, what);
    *std::copy(tail.begin(), tail.end(), end) = 0;
    answer_at_once(text.data());
  });
  const Setup setup = subject.setup();
  Instance instance{*setup.model};
  for (int i = 0; i < 2; ++i) {
    Subject::at(fmt::format("run {} on one instance", i + 1));
    Trial trial{instance, setup};
    if (i == 0) trial.create();
    trial.load();
    trial.probe().poison();  // the tree's arrays
    trial.begin();
    trial.finish();
    trial.probe().poison();
    Tree state;
    trial.save(state);
  }
  if (subject.has(ANSATZ_LEARNS)) {
    for (const VerbInfo& verb : subject.model().verbs) {
      if ((verb.flags & ANSATZ_NEEDS_MODEL) == 0 || subject.candidate_of(verb.name) == nullptr) continue;
      Subject::at(fmt::format("verb '{}' on the instance that has learned", verb.name));
      Setup next = subject.setup_of(verb.name);
      Trial trial{instance, next};
      trial.begin();
      trial.finish();
    }
  }
  Subject::at("destroy");
  instance.destroy();
}

void hygiene_instances(Subject& subject) {
  if (heap_in_use() == 0) throw Skipped{"under a sanitizer the heap is not counted"};
  const Setup setup = subject.setup();
  const double bytes = growth(
      [&] {
        Instance instance{*setup.model};
        Trial{instance, setup}.create();
      },
      25);
  if (bytes >= 8) throw Failed{fmt::format("each create and destroy keeps {:.0f} bytes of the heap", bytes)};
}

void hygiene_leaks(Subject& subject) {
  if (heap_in_use() == 0) throw Skipped{"under a sanitizer the heap is not counted"};
  const Setup setup = subject.setup();
  const double bytes = growth([&] { (void)run(setup); }, 4);
  if (bytes >= 8) throw Failed{fmt::format("each run keeps {:.0f} bytes of the heap", bytes)};
}

void hygiene_memory(Subject& subject) {
  const Setup setup = subject.setup();
  reset_peak_memory();
  const std::size_t before = peak_memory();
  (void)run(setup);
  const std::size_t after = peak_memory();
  const std::size_t used = after - std::min(before, after);
  subject.note(fmt::format("{:.1f} MiB", static_cast<double>(used) / (1 << 20)));
  if (used > most_memory) {
    throw Failed{fmt::format("it took {} MiB for inputs of a few KiB", used >> 20)};
  }
}

}  // namespace ansatz::host::validate
