#include "validate/trial.hpp"

#include <fmt/core.h>

#include <string_view>

#include "run/state_table.hpp"

namespace ansatz::host::validate {
namespace {

std::uint32_t number_of(const ansatz_model& model, const std::string& verb) {
  std::uint32_t number = 0;
  while (number + 1 < model.verb_count && verb != model.verbs[number]->name) ++number;
  return number;
}

VerbCall call_of(const Setup& setup) {
  VerbCall call;
  call.model = setup.model;
  call.verb = setup.verb;
  call.random_key = setup.random_key;
  call.threads = setup.threads;
  for (const auto& [port, array] : setup.inputs) call.inputs[port] = source_of(array);
  return call;
}

}  // namespace

void Instance::destroy() {
  if (pointer_ != nullptr) model_.destroy(pointer_);
  pointer_ = nullptr;
}

Trial::Trial(Instance& instance, const Setup& setup)
    : setup_{setup},
      instance_{instance},
      number_{number_of(instance.model(), setup.verb)},
      call_{call_of(setup)},
      model_settings_{setup.model_settings},
      verb_settings_{setup.verb_settings},
      services_{call_, *instance.model().verbs[number_], result_},
      probe_{*services_.table(), setup.probe} {}

std::int32_t Trial::ended(std::int32_t status) {
  probe_.close();
  return result_.status = status;
}

std::int32_t Trial::create() {
  return ended(instance_.model().create(probe_.open("create"), model_settings_.data(), model_settings_.size(),
                                        instance_.slot()));
}

std::int32_t Trial::load(const Tree& tree) {
  const ansatz_host* host = probe_.open("load");
  return ended(instance_.model().load(instance_.get(), host, probe_.reader(state_reader(tree))));
}

std::int32_t Trial::begin(std::uint64_t first_step) { return begin_number(number_, first_step); }

std::int32_t Trial::begin_number(std::uint32_t verb, std::uint64_t first_step) {
  return ended(instance_.model().begin(instance_.get(), probe_.open("begin"), verb, verb_settings_.data(),
                                       verb_settings_.size(), first_step));
}

std::int32_t Trial::step() {
  ended(instance_.model().step(instance_.get(), probe_.open("step")));
  if (result_.status == ANSATZ_DONE || result_.status == ANSATZ_MORE) ++result_.steps;
  return result_.status;
}

std::int32_t Trial::save(Tree& tree) {
  const ansatz_host* host = probe_.open("save");
  return ended(instance_.model().save(instance_.get(), host, probe_.writer(state_writer(tree))));
}

std::int32_t Trial::finish() {
  do {
    step();
  } while (result_.status == ANSATZ_MORE && result_.steps < setup_.most_steps);
  if (result_.status == ANSATZ_MORE) {
    result_.text = fmt::format("it still wanted another step after {} of them", result_.steps);
    return result_.status;
  }
  if (result_.status != ANSATZ_DONE) {
    if (services_.failure().empty()) return result_.status;
    result_.text = services_.failure();
    // The services call BAD_ARGUMENT what the plugin, not the user, did wrong: an output of the wrong shape.
    if (result_.status == ANSATZ_BAD_ARGUMENT) result_.status = ANSATZ_INTERNAL;
    return result_.status;
  }
  result_.text = services_.failure().empty() ? services_.check_outputs() : services_.failure();
  if (!result_.text.empty()) return result_.status = ANSATZ_INTERNAL;
  if ((verb().flags & ANSATZ_LEARNS) != 0) save(result_.state);
  return result_.status;
}

std::int32_t Trial::run() {
  if (setup_.host_checks) {
    result_.text = services_.check_inputs();
    if (!result_.text.empty()) return result_.status = ANSATZ_BAD_ARGUMENT;
  }
  if (create() != ANSATZ_DONE || load() != ANSATZ_DONE || begin() != ANSATZ_DONE) return result_.status;
  return finish();
}

VerbResult run(const Setup& setup) {
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.run();
  VerbResult result = std::move(trial.result());
  return result;
}

}  // namespace ansatz::host::validate
