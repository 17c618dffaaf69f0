// A verb on inputs that it cannot use, and on a host that fails: a named error or a finite result.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/dims.hpp"
#include "validate/cases.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

bool is_error(std::int32_t status) {
  return status != ANSATZ_DONE && status != ANSATZ_MORE && status != ANSATZ_CANCELLED;
}

void demand_refusal(Subject& subject, const Setup& setup, const std::string& port, const std::string& what) {
  Subject::at(what);
  const VerbResult result = run(setup);
  if (!is_named_error(result, subject.model(), subject.verb()) || !has_word(result.text, port)) {
    throw Failed{fmt::format("{}: it ended with {}; an error that names '{}' was expected", what,
                             words(result), port)};
  }
}

// The letters of the dims that the inputs of a setup have.
std::set<std::string> letters_of(const Setup& setup) {
  std::set<std::string> letters;
  for (const auto& [port, array] : setup.inputs) {
    for (const std::string& dim : array.dims) {
      if (dim.find_first_not_of("0123456789") != std::string::npos) letters.insert(dim);
    }
  }
  return letters;
}

// The setup with another size of one dimension in all inputs.
Setup resized(Subject& subject, const std::string& letter, std::uint64_t size) {
  Sizes sizes = subject.maker().sizes();
  sizes[letter] = size;
  InputMaker maker{sizes, subject.seed()};
  Setup setup = subject.setup();
  setup.inputs = maker.make(subject.verb(), *subject.candidate_of(subject.verb().name));
  return setup;
}

// An array of this rank can be meant in one way only.
bool is_plain(const PortInfo& port) {
  std::set<std::size_t> ranks;
  for (const DimNames& dims : dim_alternatives(port.dims)) {
    if (!ranks.insert(dims.size()).second || (!dims.empty() && dims.back() == "...")) return false;
  }
  return true;
}

// With every input wired, one at a time has another size than the others of a dimension that they share.
void demand_agreement(Subject& subject) {
  Setup all = subject.setup();
  const Candidate& c = *subject.candidate_of(subject.verb().name);
  for (const PortInfo& port : subject.verb().inputs) {
    if (all.inputs.contains(port.name)) continue;
    all.inputs[port.name] = subject.maker(3).make(port, type_for(port, c.prefer), c.alternative, c.reals);
  }
  for (const PortInfo& port : subject.verb().inputs) {
    if (!is_plain(port)) continue;
    Setup others = all;
    for (const PortInfo& other : subject.verb().inputs) {
      if (other.name == port.name || !is_plain(other)) others.inputs.erase(other.name);
    }
    const DimNames dims = all.inputs.at(port.name).dims;
    for (const std::string& letter : letters_of(others)) {
      if (std::find(dims.begin(), dims.end(), letter) == dims.end()) continue;
      Sizes sizes = subject.maker().sizes();
      const std::uint64_t size = sizes.at(letter)++;
      Setup changed = all;
      changed.inputs[port.name] =
          InputMaker{sizes, subject.seed()}.make(port, type_for(port, c.prefer), c.alternative, c.reals);
      demand_refusal(
          subject, changed, port.name,
          fmt::format("input '{}' with {} = {}, others with {}", port.name, letter, size + 1, size));
    }
  }
}

template <class T>
void spoil(Array& array, double value) {
  array.as<T>()[array.count() / 2] = static_cast<T>(value);
}

}  // namespace

// What the host refuses before the plugin sees it hangs on the plugin's tables; a port left out, which the
// host refuses too, is put before the plugin itself, since a plugin that trusts it crashes where another host
// does not.
void verb_wiring(Subject& subject) {
  const Setup setup = subject.setup();
  if (setup.inputs.empty()) throw Skipped{"it has no inputs"};
  for (const PortInfo& port : subject.verb().inputs) {
    const auto wired = setup.inputs.find(port.name);
    if (wired == setup.inputs.end()) continue;
    Setup changed = setup;
    changed.inputs.erase(port.name);
    if (!port.optional()) {
      changed.host_checks = false;
      demand_refusal(subject, changed, port.name, fmt::format("input '{}' left out", port.name));
      changed.host_checks = true;
    }
    changed.inputs[port.name] = wired->second;
    for (int type = ANSATZ_F64; type <= ANSATZ_TEXT; ++type) {
      if (takes(port, static_cast<ElementType>(type))) continue;
      changed.inputs[port.name] = Array{static_cast<ElementType>(type), wired->second.shape, {}, 1};
      demand_refusal(subject, changed, port.name,
                     fmt::format("input '{}' of type {}, which it does not take", port.name,
                                 name_of(static_cast<ElementType>(type))));
      break;
    }
    if (port.dims.find("...") != std::string::npos) continue;  // takes any rank
    std::vector<std::uint64_t> shape(9, 1);
    changed.inputs[port.name] = Array{wired->second.type, shape, {}, wired->second.text_width};
    demand_refusal(subject, changed, port.name, fmt::format("input '{}' of rank 9", port.name));
  }
  demand_agreement(subject);
}

void verb_sizes(Subject& subject) {
  const std::set<std::string> letters = letters_of(subject.setup());
  if (letters.empty()) throw Skipped{"its inputs have fixed sizes"};
  for (const std::string& letter : letters) {
    for (const std::uint64_t size : {0, 1}) {
      const std::string what = fmt::format("inputs with {} = {}", letter, size);
      Subject::at(what);
      const std::string problem =
          not_an_answer(run(resized(subject, letter, size)), subject.model(), subject.verb());
      if (!problem.empty()) throw Failed{what + ": " + problem};
    }
  }
}

// The host knows the sizes of inputs, not those that the model was fitted on.
void verb_model_sizes(Subject& subject) {
  if (!subject.has(ANSATZ_NEEDS_MODEL)) throw Skipped{"it needs no model"};
  const std::set<std::string> fitted = letters_of(subject.setup_of(subject.learner()->name));
  bool any = false;
  for (const std::string& letter : letters_of(subject.setup())) {
    if (!fitted.contains(letter)) continue;
    any = true;
    const std::uint64_t size = subject.maker().sizes().at(letter);
    for (const std::uint64_t other : {size + 3, size - 1}) {
      const std::string what =
          fmt::format("inputs with {} = {}, on a model fitted with {}", letter, other, size);
      Subject::at(what);
      const std::string problem =
          not_an_answer(run(resized(subject, letter, other)), subject.model(), subject.verb());
      if (!problem.empty()) throw Failed{what + ": " + problem};
    }
  }
  if (!any) throw Skipped{"its inputs share no dimension with those of the verb that learns"};
}

void verb_not_finite(Subject& subject) {
  const Setup setup = subject.setup();
  bool any = false;
  for (const PortInfo& port : subject.verb().inputs) {
    const auto wired = setup.inputs.find(port.name);
    if (wired == setup.inputs.end() || wired->second.count() == 0) continue;
    const ElementType type = wired->second.type;
    if (type != ElementType::f64 && type != ElementType::f32) continue;
    any = true;
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Setup changed = setup;
      Array array{static_cast<const ArrayInfo&>(wired->second)};
      std::copy_n(wired->second.data.data(), array.bytes(), array.data.data());
      if (type == ElementType::f64) spoil<double>(array, value);
      if (type == ElementType::f32) spoil<float>(array, value);
      changed.inputs[port.name] = array;
      const std::string what =
          fmt::format("input '{}' with {}", port.name, std::isnan(value) ? "NaN" : "infinity");
      // The host refuses it, unless the verb does not look there.
      Subject::at(what);
      const std::string problem = not_an_answer(run(changed), subject.model(), subject.verb());
      if (!problem.empty()) throw Failed{what + ": " + problem};
    }
  }
  if (!any) throw Skipped{"it has no inputs of real numbers"};
}

void verb_failing_host(Subject& subject) {
  for (const char* service : {"input_data", "input_rows", "output", "parallel_for", "get", "put"}) {
    Setup setup = subject.setup();
    setup.probe.failing = service;
    Subject::at(fmt::format("the host's {}() fails", service));
    // Call by call, without the host's own checks of what came out.
    Instance instance{*setup.model};
    Trial trial{instance, setup};
    std::int32_t status = trial.create();
    if (status == ANSATZ_DONE) status = trial.load();
    if (status == ANSATZ_DONE) status = trial.begin();
    if (status == ANSATZ_DONE) status = ANSATZ_MORE;
    while (status == ANSATZ_MORE && trial.result().steps < setup.most_steps) status = trial.step();
    Tree state;
    if (status == ANSATZ_DONE && subject.has(ANSATZ_LEARNS)) status = trial.save(state);
    if (trial.probe().used(service) > 0 && !is_error(status)) {
      throw Failed{fmt::format("the host's {}() failed, and it went on: {}", service, words(trial.result()))};
    }
  }
}

}  // namespace ansatz::host::validate
