// Parameters: the ends of their ranges, random values, and settings that there are not.
#include <fmt/core.h>

#include "validate/cases.hpp"
#include "validate/settings.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

std::string settings_text(const Setup& setup) {
  std::string text;
  for (const Settings* settings : {&setup.model_settings, &setup.verb_settings}) {
    for (const auto& [name, value] : *settings) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, to_text(value));
    }
  }
  return text;
}

// Without parameters of the model where it comes from elsewhere.
Setup setup_at(Subject& subject, Choice choice, std::mt19937_64& engine) {
  Setup setup = subject.setup();
  if (!setup.state) setup.model_settings = settings_at(subject.model().parameters, {}, choice, engine);
  setup.verb_settings = settings_at(subject.verb().parameters, setup.model_settings, choice, engine);
  return setup;
}

bool has_parameters(Subject& subject) {
  return !subject.verb().parameters.empty() ||
         (!subject.has(ANSATZ_NEEDS_MODEL) && !subject.model().parameters.empty());
}

void demand_answer(Subject& subject, const Setup& setup) {
  const std::string what = "with " + settings_text(setup);
  Subject::at(what);
  const std::string problem = not_an_answer(run(setup), subject.model(), subject.verb());
  if (!problem.empty()) throw Failed{what + ": " + problem};
}

}  // namespace

void verb_settings(Subject& subject) {
  const Setup setup = subject.setup();
  const auto refused = [&](const Setup& changed, const std::string& name, const std::string& what) {
    Subject::at(what);
    Instance instance{*changed.model};
    Trial trial{instance, changed};
    std::int32_t status = trial.create();
    if (status == ANSATZ_DONE) status = trial.load();
    if (status == ANSATZ_DONE) status = trial.begin();
    if (status != ANSATZ_BAD_ARGUMENT || trial.result().text.find(name) == std::string::npos) {
      throw Failed{fmt::format("{}: it answered {}; BAD_ARGUMENT with the name '{}' was expected", what,
                               words(trial.result()), name)};
    }
  };
  const std::string unknown = "there_is_no_such_parameter";
  Setup changed = setup;
  changed.model_settings[unknown] = 1.0;
  refused(changed, unknown, "create with a parameter that there is not");
  changed = setup;
  changed.verb_settings[unknown] = 1.0;
  refused(changed, unknown, "begin with a parameter that there is not");
  const auto wrong_kind = [](const ParameterInfo& p) -> Value {
    if ((p.kinds & ANSATZ_BIT(ANSATZ_KIND_TEXT)) == 0) return std::string{"a word"};
    if (!p.choices.empty()) return std::string{"no word of these"};
    return std::vector<bool>{true};
  };
  for (const ParameterInfo& p : subject.model().parameters) {
    changed = setup;
    changed.model_settings[p.name] = wrong_kind(p);
    refused(changed, p.name, fmt::format("{}={}", p.name, to_text(changed.model_settings[p.name])));
  }
  for (const ParameterInfo& p : subject.verb().parameters) {
    changed = setup;
    changed.verb_settings[p.name] = wrong_kind(p);
    refused(changed, p.name, fmt::format("{}={}", p.name, to_text(changed.verb_settings[p.name])));
  }
}

void verb_extremes(Subject& subject) {
  if (!has_parameters(subject)) throw Skipped{"it has no parameters"};
  std::mt19937_64 engine{subject.seed()};
  for (const Choice choice : {Choice::lowest, Choice::highest}) {
    demand_answer(subject, setup_at(subject, choice, engine));
    // One by one, the others at their defaults, so that one refusal does not hide the rest.
    const Setup all = setup_at(subject, choice, engine), plain = subject.setup();
    for (const auto& [name, value] : all.model_settings) {
      if (all.state) break;
      Setup one = plain;
      one.model_settings[name] = value;
      demand_answer(subject, one);
    }
    for (const auto& [name, value] : all.verb_settings) {
      Setup one = plain;
      one.verb_settings[name] = value;
      demand_answer(subject, one);
    }
  }
}

void verb_random_settings(Subject& subject) {
  if (!has_parameters(subject)) throw Skipped{"it has no parameters"};
  std::mt19937_64 engine{subject.seed() + 17};
  for (int i = 0; i < 20; ++i) demand_answer(subject, setup_at(subject, Choice::random, engine));
}

}  // namespace ansatz::host::validate
