// References between steps and data.
#include <ansatz/abi.h>
#include <fmt/core.h>

#include <algorithm>
#include <exception>

#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

constexpr const char* reference_form = "data.item, data (a file with one array), or step.output";

// Resolves the references of all steps.  Files are opened once, arrays looked at once.
class Wiring {
 public:
  Wiring(Draft& draft, const OpenData& open, Report& report) : draft_{draft}, open_{open}, report_{report} {}

  void open_files() {
    if (!open_) return;
    for (DraftData& data : draft_.data) {
      if (data.entry.file.empty()) continue;  // reported
      try {
        data.file = open_(data.entry.file, data.entry.options);
      } catch (const std::exception& error) {
        const std::string by =
            data.from_command_line ? fmt::format("--data {}: ", in_quotes(data.entry.name)) : "";
        const char* expected = data.from_command_line
                                   ? "a data file; after --data names are relative to the current folder"
                                   : "a data file; names are relative to the pipeline's folder";
        report_.error(code::data_unreadable, data.from_command_line ? Location{} : data.entry.location,
                      by + error.what(), expected);
      }
    }
  }

  void resolve(DraftStep& step) {
    for (DraftInput& input : step.inputs) resolve_input(step, input);
    if (step.verb != nullptr) check_required(step);
    resolve_model(step);
  }

 private:
  void resolve_input(DraftStep& step, DraftInput& input) {
    if (step.verb != nullptr) {
      const auto& ports = step.verb->inputs;
      const auto port =
          std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.name == input.port; });
      if (port != ports.end()) {
        input.info = &*port;
      } else {
        const auto names = names_of(ports);
        report_.error(
            code::unknown_input, input.place,
            fmt::format("{}.{} has no input {}", step.plugin->id, step.verb->name, in_quotes(input.port)),
            names.empty() ? "no inputs" : "one of " + listed(names), report_.suggest(input.port, names));
      }
    }
    auto reference =
        read_reference(*input.reference, fmt::format("the input {}", in_quotes(input.port)), report_);
    if (!reference) return;
    const auto source = draft_.step_index.find(reference->source);
    if (source != draft_.step_index.end()) {
      step.needs.emplace_back(source->second, reference->location);
      if (!check_output(*input.reference, *reference, draft_.steps[source->second])) return;
    } else if (const auto data = draft_.data_index.find(reference->source); data != draft_.data_index.end()) {
      reference->is_data = true;
      if (!look_at(*reference, draft_.data[data->second])) return;
    } else {
      return unknown_source(*input.reference, reference->source);
    }
    input.resolved = std::move(reference);
  }

  void unknown_source(const Node& node, const std::string& source) {
    const auto& names = draft_.source_names;
    report_.error(code::unknown_source, node,
                  fmt::format("there is no data and no step {}", in_quotes(source)),
                  "one of " + listed(names), report_.suggest(source, names));
  }

  bool check_output(const Node& node, const Reference& reference, const DraftStep& source) {
    if (source.verb == nullptr) return false;  // its own finding says why
    const auto names = names_of(source.verb->outputs);
    const std::string expected =
        names.empty() ? "a step that has outputs" : fmt::format("one of {}", listed(names));
    if (reference.item.empty()) {
      const std::string hint = names.size() == 1 ? fmt::format("write {}.{}", source.step.id, names[0]) : "";
      report_.error(code::bad_reference, node,
                    fmt::format("{} is a step; say which of its outputs", in_quotes(reference.source)),
                    expected, hint);
      return false;
    }
    if (std::find(names.begin(), names.end(), reference.item) != names.end()) return true;
    report_.error(code::unknown_output, node,
                  fmt::format("{} ({}.{}) has no output {}", in_quotes(source.step.id), source.plugin->id,
                              source.verb->name, in_quotes(reference.item)),
                  expected, report_.suggest(reference.item, names));
    return false;
  }

  // Type and shape of an array in a data file.
  bool look_at(const Reference& reference, DraftData& data) {
    if (!data.file) return !open_;  // not looked at, or its own finding says why
    const auto [known, first_time] = data.items.try_emplace(reference.item);
    if (!first_time) return known->second.has_value();
    try {
      known->second = data.file->open(reference.item)->info();
      return true;
    } catch (const std::exception& error) {
      if (const auto items = data.file->items(); reference.item.empty() && !items.empty()) {
        report_.error(code::unknown_item, reference.location,
                      fmt::format("{} is a file of several arrays; say which", in_quotes(reference.source)),
                      "one of " + listed(items), fmt::format("write {}.{}", reference.source, items[0]));
        return false;
      }
      report_.error(code::unknown_item, reference.location, error.what(), "data.item, an array in the file");
      return false;
    }
  }

  void check_required(const DraftStep& step) {
    for (const PortInfo& port : step.verb->inputs) {
      if (port.optional()) continue;
      const bool wired = std::any_of(step.inputs.begin(), step.inputs.end(),
                                     [&](const auto& i) { return i.port == port.name; });
      if (wired) continue;
      report_.error(code::missing_input, step.place,
                    fmt::format("the step {} has nothing on its input {}", in_quotes(step.step.id),
                                in_quotes(port.name)),
                    fmt::format("{} (dims \"{}\"): {}", port.name, port.dims, port.text),
                    fmt::format("add it under in: {{{}: ...}}", port.name));
    }
  }

  void resolve_model(DraftStep& step) {
    const std::uint32_t flags = step.verb == nullptr ? 0 : step.verb->flags;
    if (step.model_node == nullptr) {
      if ((flags & ANSATZ_NEEDS_MODEL) != 0) missing_model(step);
      return;
    }
    const char* form = "model: step, whose learned state this step goes on from";
    const std::string* name = report_.text(*step.model_node, "`model`", form);
    if (name == nullptr) return;
    const bool needless = step.verb != nullptr && (flags & (ANSATZ_NEEDS_MODEL | ANSATZ_TAKES_MODEL)) == 0;
    if (needless) {
      report_.error(code::needless_model, *step.model_node,
                    fmt::format("{}.{} takes no learned model", step.plugin->id, step.verb->name),
                    "no `model`", "remove it");
    }
    const auto found = draft_.step_index.find(*name);
    if (found == draft_.step_index.end()) {
      return report_.error(code::unknown_source, *step.model_node,
                           fmt::format("there is no step {}", in_quotes(*name)), form,
                           report_.suggest(*name, draft_.step_names));
    }
    step.needs.emplace_back(found->second, step.model_node->place);
    step.step.model_step = *name;
    if (!needless) check_maker(step, draft_.steps[found->second]);
  }

  void check_maker(const DraftStep& step, const DraftStep& maker) {
    if (step.verb == nullptr || maker.verb == nullptr) return;
    const std::string expected = fmt::format("a step that learns a model {}.{}{}", step.plugin->id,
                                             step.model->name, makers_text(step));
    const std::string what =
        fmt::format("{} ({}.{})", in_quotes(maker.step.id), maker.plugin->id, maker.verb->name);
    if ((maker.verb->flags & ANSATZ_LEARNS) == 0) {
      report_.error(code::wrong_model, *step.model_node, what + " learns nothing", expected);
    } else if (maker.plugin != step.plugin || maker.model != step.model) {
      report_.error(code::wrong_model, *step.model_node,
                    fmt::format("{} learns a model {}.{}", what, maker.plugin->id, maker.model->name),
                    expected);
    }
  }

  // " (ridge, other)": the steps that learn such a model.
  [[nodiscard]] std::string makers_text(const DraftStep& step) const {
    std::vector<std::string> names;
    for (const DraftStep& other : draft_.steps) {
      const bool learns = other.verb != nullptr && (other.verb->flags & ANSATZ_LEARNS) != 0;
      if (learns && other.model == step.model && &other != &step) names.push_back(other.step.id);
    }
    return names.empty() ? "" : " (" + listed(names) + ")";
  }

  void missing_model(const DraftStep& step) {
    const std::string makers = makers_text(step);
    report_.error(code::missing_model, step.verb_node == nullptr ? step.place : step.verb_node->place,
                  fmt::format("{}.{} needs a learned model, and the step {} names none", step.plugin->id,
                              step.verb->name, in_quotes(step.step.id)),
                  "model: step" + makers,
                  makers.empty() ? "no step fits this model; add one" : "name one with model:");
  }

  Draft& draft_;
  const OpenData& open_;
  Report& report_;
};

}  // namespace

std::optional<Reference> read_reference(const Node& node, const std::string& what, Report& report) {
  const std::string* text = report.text(node, what, reference_form);
  if (text == nullptr) return std::nullopt;
  Reference reference;
  reference.location = node.place;
  const auto dot = text->find('.');
  reference.source = text->substr(0, dot);
  if (dot != std::string::npos) reference.item = text->substr(dot + 1);
  const bool empty_item = dot != std::string::npos && reference.item.empty();
  if (!is_name(reference.source) || empty_item) {
    report.error(code::bad_reference, node,
                 fmt::format("{} is {}, which is no reference", what, in_quotes(*text)), reference_form);
    return std::nullopt;
  }
  return reference;
}

void resolve_wiring(Draft& draft, const OpenData& open, Report& report) {
  Wiring wiring{draft, open, report};
  wiring.open_files();
  for (DraftStep& step : draft.steps) wiring.resolve(step);
}

}  // namespace ansatz::host
