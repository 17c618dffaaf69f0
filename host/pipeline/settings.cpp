// `with:` against the parameters of the model and the verb, and the defaults of those left out.
#include <fmt/core.h>

#include <algorithm>

#include "pipeline/draft.hpp"
#include "pipeline/parameter.hpp"

namespace ansatz::host {
namespace {

const ParameterInfo* find_parameter(const std::vector<ParameterInfo>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& p) { return p.name == name; });
  return found == list.end() ? nullptr : &*found;
}

// One step's settings.  A step makes its model (with parameters) unless it goes on from another step's.
class StepSettings {
 public:
  StepSettings(DraftStep& draft, Report& report) : draft_{draft}, report_{report} {
    makes_model_ = draft.model_node == nullptr;
  }

  void resolve() {
    if (draft_.with != nullptr) {
      for (const Entry& entry : draft_.with->entries) set(entry);
    }
    if (makes_model_) add_defaults(draft_.model->parameters, draft_.step.model_settings);
    add_defaults(draft_.verb->parameters, draft_.step.verb_settings);
    // In other points of a sweep the parameter may have an effect.
    if (draft_.with != nullptr && !draft_.swept) {
      for (const Entry& entry : draft_.with->entries) check_used(entry);
    }
  }

 private:
  void set(const Entry& entry) {
    if (const ParameterInfo* parameter = find_parameter(draft_.verb->parameters, entry.key)) {
      return set(entry, *parameter, draft_.step.verb_settings);
    }
    const ParameterInfo* parameter = find_parameter(draft_.model->parameters, entry.key);
    if (parameter != nullptr && makes_model_) return set(entry, *parameter, draft_.step.model_settings);
    if (parameter != nullptr) return misplaced(entry);
    unknown(entry);
  }

  void set(const Entry& entry, const ParameterInfo& parameter, Settings& settings) {
    if (auto value = check_parameter(entry.value, parameter, report_)) {
      settings[parameter.name] = std::move(*value);
    } else {
      failed_.push_back(parameter.name);
    }
  }

  void misplaced(const Entry& entry) {
    const Node& model = *draft_.model_node;
    const std::string maker = model.kind == Node::Kind::scalar ? clean(model.text) : "it";
    error(code::settings_of_another_step, entry,
          fmt::format("{} is a parameter of the model, which this step takes from {}", in_quotes(entry.key),
                      in_quotes(maker)),
          documentation_of_verb(), fmt::format("set it in the step {}", in_quotes(maker)));
  }

  void unknown(const Entry& entry) {
    std::vector<std::string> names = names_of(draft_.verb->parameters);
    if (makes_model_) {
      for (const ParameterInfo& p : draft_.model->parameters) names.push_back(p.name);
    }
    error(
        code::unknown_parameter, entry,
        fmt::format("{}.{} has no parameter {}", draft_.plugin->id, draft_.verb->name, in_quotes(entry.key)),
        names.empty() ? "no parameters" : "one of " + listed(names, 40), report_.suggest(entry.key, names));
  }

  // At the key, which an override does not have.
  void error(const char* code, const Entry& entry, std::string message, std::string expected,
             std::string hint) {
    if (entry.value.override_text != nullptr) {
      report_.error(code, entry.value, std::move(message), std::move(expected), std::move(hint));
    } else {
      report_.error(code, entry.place, std::move(message), std::move(expected), std::move(hint));
    }
  }

  [[nodiscard]] std::string documentation_of_verb() const {
    const auto names = names_of(draft_.verb->parameters);
    return names.empty() ? "no parameters here" : "one of " + listed(names, 40);
  }

  void add_defaults(const std::vector<ParameterInfo>& parameters, Settings& settings) {
    for (const ParameterInfo& parameter : parameters) {
      if (settings.count(parameter.name) > 0 || failed(parameter.name)) continue;
      if (parameter.initial) {
        settings[parameter.name] = *parameter.initial;
      } else if (!broken_condition(parameter)) {
        report_.error(
            code::missing_parameter, draft_.place,
            fmt::format("the step {} does not set {}", in_quotes(draft_.step.id), in_quotes(parameter.name)),
            documentation(parameter), fmt::format("add it under with: {{{}: ...}}", parameter.name));
      }
    }
  }

  [[nodiscard]] bool failed(const std::string& name) const {
    return std::find(failed_.begin(), failed_.end(), name) != failed_.end();
  }

  // The value that the parameter `name` has or will have, as text; "" if it is not known.
  [[nodiscard]] std::string value_of(const std::string& name) const {
    if (failed(name)) return "";
    if (name == "verb") return draft_.verb->name;
    for (const Settings* settings : {&draft_.step.verb_settings, &draft_.step.model_settings}) {
      if (const auto found = settings->find(name); found != settings->end()) return to_text(found->second);
    }
    for (const auto* parameters : {&draft_.verb->parameters, &draft_.model->parameters}) {
      const ParameterInfo* parameter = find_parameter(*parameters, name);
      if (parameter != nullptr && parameter->initial) return to_text(*parameter->initial);
    }
    return "";
  }

  // The first of the parameter's conditions that does not hold, as far as that is known.
  [[nodiscard]] std::optional<Condition> broken_condition(const ParameterInfo& parameter) const {
    for (const Condition& condition : parameter.conditions()) {
      const std::string value = value_of(condition.parameter);
      const auto& values = condition.values;
      if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end()) return condition;
    }
    return std::nullopt;
  }

  void check_used(const Entry& entry) {
    const ParameterInfo* parameter = find_parameter(draft_.verb->parameters, entry.key);
    if (parameter == nullptr && makes_model_) parameter = find_parameter(draft_.model->parameters, entry.key);
    if (parameter == nullptr) return;
    const auto condition = broken_condition(*parameter);
    if (!condition) return;
    if (condition->parameter == "verb") {
      return error(code::unused_parameter, entry,
                   fmt::format("{} has no effect on {}.{}", in_quotes(entry.key), draft_.plugin->id,
                               draft_.verb->name),
                   fmt::format("{}; used by {}", documentation(*parameter), listed(condition->values)),
                   fmt::format("remove {}", entry.key));
    }
    error(code::unused_parameter, entry,
          fmt::format("{} has no effect, because {} is {}", in_quotes(entry.key), condition->parameter,
                      value_of(condition->parameter)),
          fmt::format("{}; used if {} is {}", documentation(*parameter), condition->parameter,
                      listed(condition->values)),
          fmt::format("remove {}, or set {}", entry.key, condition->parameter));
  }

  DraftStep& draft_;
  Report& report_;
  bool makes_model_ = true;
  std::vector<std::string> failed_;  // given, but wrong
};

}  // namespace

void resolve_settings(Draft& draft, Report& report) {
  for (DraftStep& step : draft.steps) {
    if (step.verb != nullptr) StepSettings{step, report}.resolve();
  }
}

}  // namespace ansatz::host
