#include "run/verb_call.hpp"

#include <fmt/core.h>

#include <cstring>

#include "core/error.hpp"
#include "run/services.hpp"
#include "run/state_table.hpp"
#include "run/surroundings.hpp"

namespace ansatz::host {
namespace {

class MemorySource : public ArraySource {
 public:
  explicit MemorySource(Array array) : array_{std::move(array)} {}
  [[nodiscard]] const ArrayInfo& info() const override { return array_; }
  void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) override {
    if (array_.shape.empty() || first > array_.shape[0] || count > array_.shape[0] - first) {
      throw DataError{fmt::format("rows {} to {} are outside an array of {}", first, first + count,
                                  shape_text(array_.shape))};
    }
    std::memcpy(buffer, array_.data.data() + first * array_.row_bytes(), count * array_.row_bytes());
  }
  Buffer whole() override { return array_.data; }

 private:
  Array array_;
};

// Destroys the plugin's instance at the end of the call.
class ModelInstance {
 public:
  explicit ModelInstance(const ansatz_model& model) : model_{model} {}
  ~ModelInstance() {
    if (instance_ != nullptr) model_.destroy(instance_);
  }
  ModelInstance(const ModelInstance&) = delete;
  ModelInstance& operator=(const ModelInstance&) = delete;
  void** slot() { return &instance_; }
  [[nodiscard]] void* get() const { return instance_; }

 private:
  const ansatz_model& model_;
  void* instance_ = nullptr;
};

std::uint32_t verb_index(const ansatz_model& model, const std::string& name) {
  for (std::uint32_t i = 0; i < model.verb_count; ++i) {
    if (name == model.verbs[i]->name) return i;
  }
  throw Error{Exit::plugin_refused, fmt::format("model '{}' has no verb '{}'", model.name, name)};
}

// What the host and the model need to go on from here.
Checkpoint take_checkpoint(const ansatz_model& model, void* instance, const ansatz_host* host,
                           const VerbResult& result) {
  Checkpoint checkpoint;
  const ansatz_tree writer = state_writer(checkpoint.state);
  if (model.save(instance, host, &writer) != ANSATZ_DONE) {
    throw Error{Exit::step_failed, "the model could not be saved: " + result.text};
  }
  for (const auto& [name, node] : result.outputs.children()) {
    checkpoint.outputs.put(name, copy_of(std::get<Array>(*node)));
  }
  checkpoint.steps = result.steps;
  checkpoint.metrics = result.metrics;
  checkpoint.log = result.log;
  return checkpoint;
}

// Between two steps.  A checkpoint that cannot be had costs no step: the listener hears why.
void offer_checkpoint(const Listener& listener, const ansatz_model& model, void* instance,
                      const ansatz_host* host, VerbResult& result) {
  std::string why = "out of memory";
  try {
    listener.checkpoint(take_checkpoint(model, instance, host, result));
    return;
  } catch (const std::bad_alloc&) {
  } catch (const std::exception& e) {
    why = e.what();
  }
  result.text.clear();
  if (listener.log) listener.log(ANSATZ_WARNING, "no checkpoint was taken: " + why);
}

// create, load, begin, the steps, save.  Returns the status that ended it.
std::int32_t drive(const VerbCall& call, std::uint32_t index, Services& services, ModelInstance& instance,
                   VerbResult& result) {
  const ansatz_model& model = *call.model;
  const ansatz_host* host = services.table();
  const CSettings model_settings{call.model_settings}, verb_settings{call.verb_settings};
  std::int32_t status = model.create(host, model_settings.data(), model_settings.size(), instance.slot());
  if (status != ANSATZ_DONE) return status;
  const Tree* state = call.resume != nullptr ? &call.resume->state : call.state;
  if (state != nullptr) {
    const ansatz_tree reader = state_reader(*state);
    status = model.load(instance.get(), host, &reader);
    if (status != ANSATZ_DONE) return status;
  }
  status = model.begin(instance.get(), host, index, verb_settings.data(), verb_settings.size(), result.steps);
  if (status != ANSATZ_DONE) return status;
  for (;;) {
    status = model.step(instance.get(), host);
    if (status != ANSATZ_MORE && status != ANSATZ_DONE) return status;
    ++result.steps;
    if (call.listener.after_step) call.listener.after_step(result.steps);
    if (status == ANSATZ_DONE) break;
    const Listener& listener = call.listener;
    const bool stop = listener.cancelled && listener.cancelled();
    if (listener.checkpoint && (stop || (listener.wants_checkpoint && listener.wants_checkpoint()))) {
      offer_checkpoint(listener, model, instance.get(), host, result);
    }
    if (stop) return ANSATZ_CANCELLED;
  }
  if ((model.verbs[index]->flags & ANSATZ_LEARNS) == 0) return ANSATZ_DONE;
  const ansatz_tree writer = state_writer(result.state);
  return model.save(instance.get(), host, &writer);
}

// From create to destroy.  Whatever the plugin lets out of its functions ends here.
std::int32_t drive_to_end(const VerbCall& call, std::uint32_t index, Services& services, VerbResult& result) {
  try {
    ModelInstance instance{*call.model};
    return drive(call, index, services, instance, result);
  } catch (const Error&) {
    throw;  // the host's own
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    result.text = std::string{"the plugin let an exception out of its functions: "} + e.what();
  } catch (...) {
    result.text = "the plugin let an exception out of its functions that is no std::exception";
  }
  return ANSATZ_INTERNAL;
}

}  // namespace

VerbResult run_verb(const VerbCall& call) {
  VerbResult result;
  const std::uint32_t index = verb_index(*call.model, call.verb);
  Services services{call, *call.model->verbs[index], result};
  result.text = services.check_inputs();
  if (!result.text.empty()) {
    result.status = ANSATZ_BAD_ARGUMENT;
    return result;
  }
  if (call.resume != nullptr) services.restore(*call.resume);
  const Surroundings before = Surroundings::now();
  result.status = drive_to_end(call, index, services, result);
  const std::string change = before.change();
  if (!change.empty()) before.restore();
  services.rethrow_io_error();
  result.out_of_memory = services.out_of_memory();
  const bool asked = call.listener.cancelled && call.listener.cancelled();
  if (!change.empty()) {
    result.status = ANSATZ_INTERNAL;
    result.text = "the plugin changed what it shares with its process: " + change;
  } else if (result.status == ANSATZ_CANCELLED && !asked) {
    result.status = ANSATZ_INTERNAL;
    result.text = "the plugin stopped as if it had been cancelled, though nobody asked it to";
  } else if (result.status == ANSATZ_DONE) {
    // A refusal that the plugin swallowed is a fault all the same.
    result.text = services.failure().empty() ? services.check_outputs() : services.failure();
    if (!result.text.empty()) result.status = ANSATZ_INTERNAL;
  } else if (!services.failure().empty()) {
    result.text = services.failure();
  } else if (result.text.empty() && result.status != ANSATZ_CANCELLED) {
    result.text = fmt::format("the plugin returned status {} without saying why", result.status);
  }
  return result;
}

std::shared_ptr<ArraySource> source_of(Array array) {
  return std::make_shared<MemorySource>(std::move(array));
}

}  // namespace ansatz::host
