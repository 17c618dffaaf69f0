// The points of a sweep against the parameters of the steps they vary.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "pipeline/draft.hpp"
#include "pipeline/parameter.hpp"

namespace ansatz::host {
namespace {

const ParameterInfo* find_parameter(const std::vector<ParameterInfo>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& p) { return p.name == name; });
  return found == list.end() ? nullptr : &*found;
}

// "step.parameter", the step known; nullptr with a finding if it is not.
DraftStep* target_step(Draft& draft, const SweepTarget& target, Report& report) {
  const auto dot = target.name.find('.');
  const std::string id = target.name.substr(0, dot);
  if (dot == std::string::npos || dot == 0 || dot + 1 == target.name.size()) {
    report.error(code::sweep_target, target.place,
                 fmt::format("{} names no parameter of a step", in_quotes(target.name)), "step.parameter",
                 target.name == "seed" ? "write seeds: beside grid:" : "");
    return nullptr;
  }
  const auto found = draft.step_index.find(id);
  if (found != draft.step_index.end()) return &draft.steps[found->second];
  report.error(code::sweep_target, target.place, fmt::format("there is no step {}", in_quotes(id)),
               "one of " + listed(draft.step_names), report.suggest(id, draft.step_names));
  return nullptr;
}

// The values of one swept parameter in all points.
class Column {
 public:
  Column(Draft& draft, std::size_t index, Report& report) : draft_{draft}, index_{index}, report_{report} {
    const std::string& name = draft.points.targets[index].name;
    const auto dot = name.find('.');
    swept_.step = name.substr(0, dot), swept_.parameter = name.substr(dot + 1);
    const auto found = draft.step_index.find(swept_.step);
    if (found == draft.step_index.end() || draft.steps[found->second].verb == nullptr) return;
    step_ = &draft.steps[found->second];
    info_ = find_parameter(step_->verb->parameters, swept_.parameter);
    if (info_ != nullptr || step_->model_node != nullptr) return;
    info_ = find_parameter(step_->model->parameters, swept_.parameter);
    swept_.of_model = true;
  }

  // False: there is no such parameter, which was said of the first point.
  [[nodiscard]] bool known() const { return info_ != nullptr; }
  [[nodiscard]] const SweptParameter& swept() const { return swept_; }
  [[nodiscard]] const ParameterInfo& info() const { return *info_; }
  [[nodiscard]] const DraftStep& step() const { return *step_; }

  // The value in this point, checked once for each place where it stands; the first point's was checked
  // before.
  const Value* value(std::size_t point) {
    const Node* node = draft_.points.values[point][index_];
    auto found = checked_.find(node);
    if (found == checked_.end()) {
      const bool first = node == draft_.points.values[0][index_];
      Diagnostics unseen;
      Report silent{unseen};
      found = checked_.emplace(node, check_parameter(*node, *info_, first ? silent : report_)).first;
    }
    return found->second ? &*found->second : nullptr;
  }

 private:
  Draft& draft_;
  std::size_t index_;
  Report& report_;
  SweptParameter swept_;
  DraftStep* step_ = nullptr;
  const ParameterInfo* info_ = nullptr;
  std::map<const Node*, std::optional<Value>> checked_;
};

class Points {
 public:
  Points(Draft& draft, Report& report) : draft_{draft} {
    for (std::size_t i = 0; i < draft.points.targets.size(); ++i) columns_.emplace_back(draft, i, report);
  }

  void resolve() {
    if (!std::all_of(columns_.begin(), columns_.end(), [](const Column& c) { return c.known(); })) return;
    Pipeline& pipeline = draft_.pipeline;
    for (const Column& column : columns_) pipeline.swept.push_back(column.swept());
    for (std::size_t i = 0; i < draft_.points.values.size(); ++i) {
      Point point{draft_.points.seeds[i], {}};
      for (Column& column : columns_) {
        const Value* value = column.value(i);
        point.values.push_back(value == nullptr ? Value{} : *value);
      }
      drop_unused(point);
      pipeline.points.push_back(std::move(point));
    }
    if (pipeline.points.empty()) return;
    pipeline.seed = pipeline.points[0].seed;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      Step& step = draft_.steps[draft_.step_index.at(columns_[c].swept().step)].step;
      (columns_[c].swept().of_model ? step.model_settings
                                    : step.verb_settings)[columns_[c].swept().parameter] =
          pipeline.points[0].values[c];
    }
  }

 private:
  // A parameter that the point's other settings leave without effect has its default, so that points that
  // differ in it alone share their steps.
  void drop_unused(Point& point) const {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!columns_[c].info().initial) continue;
      for (const Condition& condition : columns_[c].info().conditions()) {
        const std::string value = value_of(columns_[c].step(), condition.parameter, point);
        const auto& wanted = condition.values;
        if (std::find(wanted.begin(), wanted.end(), value) == wanted.end())
          point.values[c] = *columns_[c].info().initial;
      }
    }
  }

  [[nodiscard]] std::string value_of(const DraftStep& step, const std::string& parameter,
                                     const Point& point) const {
    if (parameter == "verb") return step.verb->name;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (&columns_[c].step() == &step && columns_[c].swept().parameter == parameter)
        return to_text(point.values[c]);
    }
    for (const Settings* settings : {&step.step.verb_settings, &step.step.model_settings}) {
      if (const auto found = settings->find(parameter); found != settings->end())
        return to_text(found->second);
    }
    return "";
  }

  Draft& draft_;
  std::vector<Column> columns_;
};

}  // namespace

void read_sweep(Draft& draft, Report& report) {
  if (draft.sweep == nullptr) return;
  draft.points = expand_sweep(*draft.sweep, draft.pipeline.seed, report);
  for (std::size_t i = 0; i < draft.points.targets.size(); ++i) {
    const SweepTarget& target = draft.points.targets[i];
    DraftStep* step = target_step(draft, target, report);
    if (step == nullptr) continue;
    if (!step->swept) {
      Node with;
      with.kind = Node::Kind::map;
      with.place = step->place;
      step->with = &draft.swept_settings.emplace_back(step->with != nullptr ? *step->with : with);
      step->swept = true;
    }
    Node& with = const_cast<Node&>(*step->with);  // the copy that was just made
    const std::string parameter = target.name.substr(target.name.find('.') + 1);
    const Node* old = with.find(parameter);
    if (old != nullptr && old->override_text != nullptr) {
      report.error(code::bad_sweep, *old,
                   fmt::format("the sweep sets {} in every point", in_quotes(target.name)),
                   "a parameter that the sweep leaves alone",
                   "change the sweep, or run one point of it with run-point");
    }
    if (Node* slot = with.find(parameter)) {
      *slot = *draft.points.values[0][i];
    } else {
      with.entries.push_back({parameter, target.place, *draft.points.values[0][i]});
    }
  }
}

void resolve_points(Draft& draft, Report& report) {
  if (draft.points.values.empty()) return;
  Points{draft, report}.resolve();
}

}  // namespace ansatz::host
