#include "run/summary.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace ansatz::host {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

template <class T>
Array column_of(const std::vector<T>& values, ElementType type) {
  Array array{type, {values.size()}};
  std::copy(values.begin(), values.end(), array.as<T>().begin());
  return array;
}

// All integers, all numbers, or texts.
Array column_of(const std::vector<Value>& values) {
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
  for (const Value& value : values) {
    const auto* integer = std::get_if<std::int64_t>(&value);
    const auto* real = std::get_if<double>(&value);
    const auto* text = std::get_if<std::string>(&value);
    if (integer != nullptr) integers.push_back(*integer);
    if (integer != nullptr || real != nullptr)
      reals.push_back(integer != nullptr ? static_cast<double>(*integer) : *real);
    texts.push_back(text != nullptr ? *text : to_text(value));
  }
  if (integers.size() == values.size()) return column_of(integers, ElementType::i64);
  if (reals.size() == values.size()) return column_of(reals, ElementType::f64);
  return Array::texts(texts);
}

}  // namespace

Scalars scalars_of(const Tree& step) {
  Scalars scalars;
  const auto numeric = [](const Array& a) { return a.type != ElementType::text; };
  if (const Tree* metrics = step.find_tree("metrics")) {
    for (const auto& [name, node] : metrics->children()) {
      const Tree* metric = std::get_if<Tree>(node.get());
      const Array* values = metric == nullptr ? nullptr : metric->find_array("value");
      if (values != nullptr && values->count() > 0 && numeric(*values))
        scalars[name] = values->number(values->count() - 1);
    }
  }
  if (const Tree* outputs = step.find_tree("outputs")) {
    for (const auto& [name, node] : outputs->children()) {
      const Array* output = std::get_if<Array>(node.get());
      if (output != nullptr && output->shape.empty() && numeric(*output)) scalars[name] = output->number(0);
    }
  }
  return scalars;
}

std::string point_status(const RunResult& result, const PlannedPoint& point) {
  StepStatus worst = StepStatus::done;
  for (const std::size_t step : point.steps) {
    const StepStatus status = result.steps[step].status;
    // A step was skipped because another one failed, which says more.
    if (status == StepStatus::failed || worst == StepStatus::done) worst = status;
  }
  return std::string{name_of(worst)};
}

Tree data_frame(std::vector<std::pair<std::string, Array>> columns) {
  Tree frame;
  std::vector<std::string> order;
  for (auto& [name, array] : columns) {
    if (name != columns[0].first) order.push_back(name);
    array.dims = {columns[0].first};
    array.attributes["encoding-type"] =
        std::string{array.type == ElementType::text ? "string-array" : "array"};
    array.attributes["encoding-version"] = std::string{"0.2.0"};
    frame.put(name, std::move(array));
  }
  frame.attributes = {{"encoding-type", std::string{"dataframe"}},
                      {"encoding-version", std::string{"0.2.0"}},
                      {"_index", columns[0].first},
                      {"column-order", order}};
  return frame;
}

Tree summary_table(const Pipeline& pipeline, const RunResult& result, const std::vector<Scalars>& scalars) {
  const Plan& plan = result.plan;
  std::vector<std::pair<std::string, Array>> columns;
  std::vector<std::string> index, status;
  std::vector<std::int64_t> seeds;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    index.push_back(std::to_string(i));
    seeds.push_back(pipeline.points[i].seed);
    status.push_back(point_status(result, plan.points[i]));
  }
  columns.emplace_back("point", Array::texts(index));
  for (std::size_t c = 0; c < pipeline.swept.size(); ++c) {
    std::vector<Value> values;
    for (const Point& point : pipeline.points) values.push_back(point.values[c]);
    columns.emplace_back(pipeline.swept[c].name(), column_of(values));
  }
  columns.emplace_back("seed", column_of(seeds, ElementType::i64));
  columns.emplace_back("status", Array::texts(status));
  for (std::size_t s = 0; s < pipeline.steps.size(); ++s) {
    std::set<std::string> names;
    for (const PlannedPoint& point : plan.points) {
      for (const auto& [name, value] : scalars[point.steps[s]]) names.insert(name);
    }
    for (const std::string& name : names) {
      std::vector<double> values;
      for (const PlannedPoint& point : plan.points) {
        const auto found = scalars[point.steps[s]].find(name);
        values.push_back(found == scalars[point.steps[s]].end() ? missing : found->second);
      }
      columns.emplace_back(pipeline.steps[s].id + "." + name, column_of(values, ElementType::f64));
    }
  }
  return data_frame(std::move(columns));
}

}  // namespace ansatz::host
