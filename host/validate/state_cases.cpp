// What a plugin keeps between steps and runs: saved, loaded, interrupted, damaged.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <utility>

#include "validate/cases.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

// Stopped after `steps`; the state as it was saved then.
VerbResult stopped(const Setup& setup, std::uint64_t steps) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  trial.load();
  trial.begin();
  while (trial.result().steps < steps && trial.step() == ANSATZ_MORE) {
  }
  VerbResult& result = trial.result();
  if (result.status == ANSATZ_MORE) trial.save(result.state);
  return std::move(result);
}

VerbResult resumed(const Setup& setup, const VerbResult& from) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  VerbResult copy = decode(encode(from));
  trial.restore({from.steps, {}, std::move(copy.outputs), from.metrics, from.log});
  if (trial.create() == ANSATZ_DONE && trial.load(from.state) == ANSATZ_DONE &&
      trial.begin(from.steps) == ANSATZ_DONE) {
    trial.finish();
  }
  return std::move(trial.result());
}

// The whole verb, saved after every step as checkpoints do.
VerbResult saved_often(const Setup& setup) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  trial.load();
  trial.begin();
  while (trial.result().steps < 20 && trial.step() == ANSATZ_MORE) {
    Tree ignored;
    trial.save(ignored);
    trial.result().status = ANSATZ_MORE;
  }
  if (trial.result().status == ANSATZ_MORE) trial.finish();
  if (trial.result().status == ANSATZ_DONE && (trial.verb().flags & ANSATZ_LEARNS) != 0 &&
      trial.result().state.empty()) {
    trial.save(trial.result().state);
  }
  return std::move(trial.result());
}

// Paths of all arrays in a tree.
void list_arrays(const Tree& tree, const std::string& prefix, std::vector<std::string>& paths) {
  for (const auto& [name, node] : tree.children()) {
    if (const auto* inner = std::get_if<Tree>(node.get())) {
      list_arrays(*inner, prefix + name + "/", paths);
    } else {
      paths.push_back(prefix + name);
    }
  }
}

// The tree with one array left out (null) or replaced.
Tree with(const Tree& tree, const std::string& path, const Array* other) {
  Tree copy;
  std::vector<std::string> paths;
  list_arrays(tree, "", paths);
  for (const std::string& each : paths) {
    if (each != path) copy.put(each, tree.array(each));
  }
  if (other != nullptr) copy.put(path, *other);
  return copy;
}

std::int32_t load_into_new(const Setup& setup, const Tree& tree) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  return trial.load(tree);
}

Array resized(const Array& array, std::uint64_t rows) {
  ArrayInfo info = array;
  info.shape[0] = rows;
  Array other{info};
  std::copy_n(array.data.data(), std::min(array.bytes(), other.bytes()), other.data.data());
  return other;
}

// Looks at cancelled() in a whole run, and seconds of its longest step.
std::pair<std::uint64_t, double> watch_steps(const Setup& setup) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  trial.load();
  trial.begin();
  double longest = 0;
  do {
    const auto start = std::chrono::steady_clock::now();
    trial.step();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    longest = std::max(longest, taken.count());
  } while (trial.result().status == ANSATZ_MORE);
  return {trial.probe().used("cancelled"), longest};
}

// How a run ends that is told from look number `look` on that it is cancelled.
struct Stop {
  std::int32_t status;
  double latency;  // seconds from that look to the end of its step
  std::string words;
};

Stop stop_at(Instance& instance, Setup setup, std::uint64_t look) {
  setup.probe.cancel_at = look;
  Trial trial{instance, setup};
  trial.create();
  trial.load();
  trial.begin();
  while (trial.probe().seconds_since_cancel() == 0 && trial.step() == ANSATZ_MORE) {
  }
  return {trial.result().status, trial.probe().seconds_since_cancel(), words(trial.result())};
}

}  // namespace

void state_round_trip(Subject& subject) {
  if (!subject.has(ANSATZ_LEARNS)) throw Skipped{"it learns nothing"};
  const Setup setup = subject.setup();
  const VerbResult first = run(setup);
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  Tree second;
  Subject::at("saved, loaded and saved again");
  trial.load(first.state);
  trial.save(second);
  const std::string found = difference(first.state, second, "saved array");
  if (!found.empty()) throw Failed{"saved, loaded and saved again: " + found};
}

void state_resume(Subject& subject) {
  const Setup setup = subject.setup();
  const VerbResult whole = Subject::in_fresh_process([&] { return run(setup); }, "the uninterrupted run");
  if (whole.steps < 2) throw Skipped{"it ends after one step"};
  for (const std::uint64_t stop : std::set<std::uint64_t>{1, whole.steps / 2, whole.steps - 1}) {
    const std::string what = fmt::format("stopped after step {} of {}", stop, whole.steps);
    const VerbResult part = Subject::in_fresh_process([&] { return stopped(setup, stop); }, what);
    if (part.status != ANSATZ_DONE) throw Failed{fmt::format("{}: save answered {}", what, words(part))};
    const VerbResult end =
        Subject::in_fresh_process([&] { return resumed(setup, part); }, what + " and resumed");
    const std::string found = difference(whole, end);
    if (!found.empty()) throw Failed{fmt::format("{} and resumed in another process: {}", what, found)};
  }
  subject.note(fmt::format("{} steps", whole.steps));
}

void state_saving(Subject& subject) {
  const Setup setup = subject.setup();
  const VerbResult plain = run(setup);
  Subject::at("a run that is saved after every step");
  const std::string found = difference(plain, saved_often(setup));
  if (!found.empty()) throw Failed{"a run that was saved after every step: " + found};
}

void state_incomplete(Subject& subject) {
  if (!subject.has(ANSATZ_LEARNS)) throw Skipped{"it learns nothing"};
  const Setup setup = subject.setup();
  const Tree state = run(setup).state;
  std::vector<std::string> paths;
  list_arrays(state, "", paths);
  if (paths.empty()) throw Skipped{"its state has no arrays"};
  const auto refused = [&](const Tree& tree, const std::string& what) {
    Subject::at("load of " + what);
    const std::int32_t status = load_into_new(setup, tree);
    if (status == ANSATZ_DONE) throw Failed{fmt::format("load took {}", what)};
  };
  refused(Tree{}, "an empty tree");
  for (const std::string& path : paths) {
    const Array& array = state.array(path);
    refused(with(state, path, nullptr), fmt::format("state without array '{}'", path));
    Array other = array;
    other.shape.insert(other.shape.begin(), 1);
    other.dims.clear();
    refused(with(state, path, &other),
            fmt::format("array '{}' of rank {} instead of {}", path, other.shape.size(), array.shape.size()));
    other = Array{array.type == ElementType::u8 ? ElementType::f64 : ElementType::u8, array.shape};
    refused(with(state, path, &other), fmt::format("array '{}' of another element type", path));
  }
}

// Bytes and sizes that a plugin may not be able to tell from good ones: anything but a crash or a hang.
void state_corrupt(Subject& subject) {
  const auto& verbs = subject.model().verbs;
  constexpr std::uint32_t on_state = ANSATZ_NEEDS_MODEL | ANSATZ_TAKES_MODEL;
  if (!subject.has(on_state)) {
    if (!subject.has(ANSATZ_LEARNS)) throw Skipped{"it starts from no state"};
    const bool shown = std::any_of(verbs.begin(), verbs.end(),
                                   [](const VerbInfo& verb) { return (verb.flags & on_state) != 0; });
    if (shown) throw Skipped{"it starts from no state; other verbs do"};
  }
  const Setup plain = subject.setup();
  const auto state = subject.learned();
  std::vector<std::string> paths;
  list_arrays(*state, "", paths);
  std::mt19937_64 engine{subject.seed()};
  const auto survives = [&](const std::string& path, const Array& other, const std::string& what) {
    Subject::at(fmt::format("a run on state whose array '{}' {}", path, what));
    Setup setup = plain;
    setup.state = std::make_shared<const Tree>(with(*state, path, &other));
    (void)run(setup);
  };
  for (const std::string& path : paths) {
    const Array& array = state->array(path);
    if (!array.shape.empty()) {
      for (const std::uint64_t rows : {std::uint64_t{0}, array.shape[0] + 1, array.shape[0] / 2}) {
        survives(path, resized(array, rows), fmt::format("has {} rows instead of {}", rows, array.shape[0]));
      }
    }
    for (int attempt = 0; attempt < 3; ++attempt) {
      Array other{static_cast<const ArrayInfo&>(array)};
      std::byte* bytes = other.data.data();
      for (std::uint64_t i = 0; i < other.bytes(); ++i) bytes[i] = static_cast<std::byte>(engine());
      survives(path, other, "has random bytes");
    }
  }
}

void state_cancel(Subject& subject) {
  const Setup setup = subject.setup();
  const auto [looks, longest_step] = watch_steps(setup);
  if (looks == 0) {
    subject.note("it never looks at cancelled()");
    if (longest_step > 1) {
      subject.warn(
          fmt::format("a step takes {:.1f} s on small inputs and never looks at cancelled()", longest_step));
    }
    return;
  }
  const VerbResult plain = run(setup);
  double latency = 0;
  for (const std::uint64_t at : std::set<std::uint64_t>{0, looks / 2, looks - 1}) {
    const std::string what = fmt::format("cancelled at look {} of {}", at, looks);
    Subject::at(what + ", then destroyed");
    {
      Instance instance{*setup.model};
      (void)stop_at(instance, setup, at);
    }
    Subject::at(what);
    Instance instance{*setup.model};
    const Stop stop = stop_at(instance, setup, at);
    latency = std::max(latency, stop.latency);
    if (stop.status != ANSATZ_CANCELLED && stop.status != ANSATZ_DONE && stop.status != ANSATZ_MORE) {
      throw Failed{fmt::format("{}: it answered {}", what, stop.words)};
    }
    // The instance must be good for another run.
    Subject::at(what + ", then run again");
    Trial again{instance, setup};
    again.load();
    if (again.begin() == ANSATZ_DONE) again.finish();
    const std::string found = difference(plain, again.result());
    if (!found.empty()) throw Failed{fmt::format("{}, then run again on the same instance: {}", what, found)};
  }
  subject.note(fmt::format("cancel takes at most {:.1f} ms", 1e3 * latency));
  if (latency > 1) subject.warn(fmt::format("it answered a cancel only after {:.1f} s", latency));
}

void state_early_end(Subject& subject) {
  const Setup setup = subject.setup();
  const char* places[] = {"create", "load", "begin", "the first step"};
  for (int calls = 1; calls <= 4; ++calls) {
    Subject::at(fmt::format("destroy after {}", places[calls - 1]));
    Instance instance{*setup.model};
    Trial trial{instance, setup};
    trial.create();
    if (calls > 1) trial.load();
    if (calls > 2) trial.begin();
    if (calls > 3) trial.step();
    instance.destroy();
  }
}

}  // namespace ansatz::host::validate
