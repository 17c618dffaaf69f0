// A verb on inputs that fit its ports.
#include <fmt/core.h>

#include "core/dims.hpp"
#include "validate/cases.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

// Inputs with one port made otherwise than the candidate says; others that share its dimensions agree.
void demand_answer(Subject& subject, const Setup& setup, const std::string& what) {
  Subject::at(what);
  const std::string problem = not_an_answer(run(setup), subject.model(), subject.verb());
  if (!problem.empty()) throw Failed{what + ": " + problem};
}

std::string status_expected(const char* what, std::int32_t status, const VerbResult& result) {
  if (status == ANSATZ_BAD_STATE) return {};
  return fmt::format("{}: it answered {}, BAD_STATE was expected", what, words(result));
}

}  // namespace

// Finds inputs with which the verb runs, and keeps their number for all other cases.
void verb_runs(Subject& subject) {
  const std::vector<Candidate> list = candidates(subject.verb());
  std::string refusal;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Setup setup = subject.setup_with(list[i], subject.verb().name);
    Subject::at(fmt::format("generated inputs number {}", i));
    const VerbResult result = run(setup);
    if (result.status == ANSATZ_DONE) return subject.choose(i);
    if (!is_named_error(result, subject.model(), subject.verb())) {
      throw Failed{fmt::format("on generated inputs number {} it ended with {}", i, words(result))};
    }
    if (refusal.empty()) refusal = words(result);
  }
  subject.warn(fmt::format("it refuses all {} kinds of generated inputs, so that little of it is tested: {}",
                           list.size(), refusal));
}

void verb_finite(Subject& subject) {
  const std::string problem = not_finite(run(subject.setup()), subject.verb());
  if (!problem.empty()) throw Failed{problem + "; if that means something, declare the output `missing`"};
}

void verb_order(Subject& subject) {
  const Setup setup = subject.setup();
  std::string problem;
  {
    Instance instance{*setup.model};
    Trial trial{instance, setup};
    trial.create();
    Subject::at("step before begin");
    problem = status_expected("step before begin", trial.step(), trial.result());
    Subject::at("begin of a verb that there is not");
    const auto none = static_cast<std::uint32_t>(setup.model->verb_count);
    const std::int32_t status = trial.begin_number(none, 0);
    if (problem.empty())
      problem = status_expected("begin of a verb that there is not", status, trial.result());
  }
  Instance instance{*setup.model};
  Trial trial{instance, setup};
  trial.create();
  if (problem.empty() && subject.has(ANSATZ_NEEDS_MODEL)) {
    Subject::at("begin without a learned model");
    const std::int32_t status = trial.begin() == ANSATZ_DONE ? trial.step() : trial.result().status;
    problem = status_expected("without a learned model", status, trial.result());
  }
  trial.load();
  trial.begin();
  trial.finish();
  Subject::at("step after DONE");
  if (problem.empty()) problem = status_expected("step after DONE", trial.step(), trial.result());
  if (!problem.empty()) throw Failed{problem};
}

void verb_types(Subject& subject) {
  for (const PortInfo& port : subject.verb().inputs) {
    Setup setup = subject.setup();
    if (!setup.inputs.contains(port.name)) continue;
    for (int type = ANSATZ_F64; type <= ANSATZ_TEXT; ++type) {
      const auto element = static_cast<ElementType>(type);
      if (!takes(port, element)) continue;
      const Candidate& c = *subject.candidate_of(subject.verb().name);
      setup.inputs[port.name] = subject.maker(1).make(port, element, c.alternative, c.reals);
      demand_answer(subject, setup, fmt::format("input '{}' of type {}", port.name, name_of(element)));
    }
  }
}

void verb_shapes(Subject& subject) {
  const Candidate chosen = *subject.candidate_of(subject.verb().name);
  std::size_t most = 1;
  for (const PortInfo& port : subject.verb().inputs)
    most = std::max(most, dim_alternatives(port.dims).size());
  for (std::size_t alternative = 0; alternative < most; ++alternative) {
    Candidate c = chosen;
    c.alternative = alternative;
    demand_answer(subject, subject.setup_with(c, subject.verb().name),
                  fmt::format("alternative {} of the ports' dims", alternative));
  }
}

void verb_optional(Subject& subject) {
  const Candidate& c = *subject.candidate_of(subject.verb().name);
  bool any = false;
  for (const PortInfo& port : subject.verb().inputs) {
    if (!port.optional()) continue;
    any = true;
    for (const bool wired : {true, false}) {
      Setup setup = subject.setup();
      setup.inputs.erase(port.name);
      if (wired) {
        setup.inputs[port.name] =
            subject.maker(2).make(port, type_for(port, c.prefer), c.alternative, c.reals);
      }
      demand_answer(subject, setup,
                    fmt::format("{} optional input '{}'", wired ? "with" : "without", port.name));
    }
  }
  if (!any) throw Skipped{"it has no optional inputs"};
}

}  // namespace ansatz::host::validate
