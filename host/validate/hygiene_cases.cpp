// What a verb may not leave changed in its process.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <utility>

#include "run/surroundings.hpp"
#include "validate/cases.hpp"
#include "validate/process_state.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

template <class Change>
void demand_unchanged(Subject& subject, const Change& change) {
  const Setup setup = subject.setup();
  const ProcessState before = ProcessState::now();
  (void)run(setup);
  const std::string found = change(before, ProcessState::now());
  if (!found.empty()) throw Failed{found};
}

// The first change after any call, not only the last.
template <class Change>
void demand_unchanged_after_each_call(Subject& subject, const Change& change) {
  const Setup setup = subject.setup();
  const Surroundings before = Surroundings::now();
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  Tree state;
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"create", [&] { trial.create(); }},  {"load", [&] { trial.load(); }},
      {"begin", [&] { trial.begin(); }},    {"the steps", [&] { trial.finish(); }},
      {"save", [&] { trial.save(state); }}, {"destroy", [&] { instance.destroy(); }}};
  for (const auto& [name, call] : calls) {
    call();
    if (const std::string found = change(before); !found.empty()) {
      before.restore();
      throw Failed{fmt::format("after {}: {}", name, found)};
    }
  }
}

}  // namespace

void hygiene_prints(Subject& subject) {
  const Setup setup = subject.setup();
  const PrintCatcher prints;
  (void)run(setup);
  const std::string printed = prints.caught();
  if (!printed.empty()) throw Failed{"it printed: " + printed};
}

void hygiene_floating_point(Subject& subject) {
  demand_unchanged_after_each_call(subject, [](const Surroundings& before) -> std::string {
    return FloatingPointMode::now() == before.floating_point ? "" : before.change();
  });
}

void hygiene_locale(Subject& subject) {
  demand_unchanged_after_each_call(subject, [](const Surroundings& before) -> std::string {
    const Surroundings now = Surroundings::now();
    return now.locale == before.locale && now.thread_locale == before.thread_locale ? "" : before.change();
  });
}

void hygiene_working_directory(Subject& subject) {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "ansatz-validate-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw Skipped{"no folder can be made in " + pattern};
  fs::current_path(pattern);
  std::string failure;
  try {
    demand_unchanged_after_each_call(subject, [](const Surroundings& before) -> std::string {
      const Surroundings now = Surroundings::now();
      return now.working_directory == before.working_directory && now.file_mask == before.file_mask
                 ? ""
                 : before.change();
    });
  } catch (const Failed& e) {
    failure = e.what();
  }
  for (const auto& entry : fs::directory_iterator{pattern}) {
    if (failure.empty()) failure = "it left the file " + entry.path().filename().string();
  }
  std::error_code error;
  fs::current_path("/", error);
  fs::remove_all(pattern, error);
  if (!failure.empty()) throw Failed{failure};
}

void hygiene_environment(Subject& subject) { demand_unchanged(subject, changed_variables); }
void hygiene_signals(Subject& subject) { demand_unchanged(subject, changed_signals); }
void hygiene_files(Subject& subject) { demand_unchanged(subject, changed_files); }
void hygiene_processes(Subject& subject) { demand_unchanged(subject, new_children); }
void hygiene_threads(Subject& subject) {
  demand_unchanged(subject,
                   [](const ProcessState& before, const ProcessState&) { return new_threads(before); });
}

}  // namespace ansatz::host::validate
