// One run of one verb, call by call, as cases need it: stopped between steps, saved and loaded, on an
// instance that other verbs used before.
//
//   Instance instance{model};
//   Trial trial{instance, setup};
//   trial.create();
//   trial.begin();
//   while (trial.step() == ANSATZ_MORE) trial.save();
#pragma once

#include <ansatz/abi.h>

#include <memory>

#include "run/services.hpp"
#include "validate/inputs.hpp"
#include "validate/probe.hpp"

namespace ansatz::host::validate {

struct Setup {
  const ansatz_model* model = nullptr;
  std::string verb;
  Inputs inputs;
  Settings model_settings, verb_settings;
  std::shared_ptr<const Tree> state;  // learned, to start from
  std::uint64_t random_key = 1;
  unsigned threads = 1;
  ProbeOptions probe;
  bool host_checks = true;          // refuse inputs that do not fit the ports, as the host does
  std::uint64_t most_steps = 5000;  // a verb that takes more is told to be endless
};

// The plugin's instance; destroyed with this object.
class Instance {
 public:
  explicit Instance(const ansatz_model& model) : model_{model} {}
  ~Instance() { destroy(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void destroy();
  [[nodiscard]] const ansatz_model& model() const { return model_; }
  void** slot() { return &pointer_; }
  [[nodiscard]] void* get() const { return pointer_; }

 private:
  const ansatz_model& model_;
  void* pointer_ = nullptr;
};

class Trial {
 public:
  Trial(Instance& instance, const Setup& setup);

  // Calls into the plugin; each returns the status and keeps it with its text in result().
  std::int32_t create();
  std::int32_t load(const Tree& tree);
  std::int32_t load() { return setup_.state ? load(*setup_.state) : ANSATZ_DONE; }
  std::int32_t begin(std::uint64_t first_step = 0);
  std::int32_t begin_number(std::uint32_t verb, std::uint64_t first_step);
  std::int32_t step();
  std::int32_t save(Tree& tree);
  // Steps until DONE or an error, with the host's check of the outputs; learned state goes to result().
  std::int32_t finish();

  // All of the above on a new instance, inputs checked first.
  std::int32_t run();

  // What earlier steps brought forth, as after a resume.
  void restore(const Checkpoint& checkpoint) { services_.restore(checkpoint); }

  [[nodiscard]] VerbResult& result() { return result_; }
  [[nodiscard]] Probe& probe() { return probe_; }
  [[nodiscard]] const ansatz_verb& verb() const { return *instance_.model().verbs[number_]; }

 private:
  std::int32_t ended(std::int32_t status);

  Setup setup_;
  Instance& instance_;
  std::uint32_t number_ = 0;
  VerbCall call_;
  VerbResult result_;
  CSettings model_settings_, verb_settings_;
  Services services_;
  Probe probe_;
};

// `setup` on a new instance, from create to destroy.
[[nodiscard]] VerbResult run(const Setup& setup);

}  // namespace ansatz::host::validate
