// `report:`: the pictures that a run's report shows.
#include <fmt/core.h>

#include <algorithm>

#include "pipeline/draft.hpp"
#include "pipeline/language.hpp"
#include "pipeline/values.hpp"

namespace ansatz::host {
namespace {

constexpr const char* rule = "{plot: line, x: step.output, y: step.output}";
constexpr const char* reference_rule =
    "step.output, step.metric, step.parameter; in sweeps also seed and point";

// What each plot takes, the keys that it needs first.
struct PlotKeys {
  const char* plot;
  std::vector<std::string> needed, optional;
};

const std::vector<PlotKeys>& plots() {
  static const std::vector<PlotKeys> list{
      {"line", {"y"}, {"x", "low", "high", "group", "band", "log", "title", "x_label", "y_label"}},
      {"scatter", {"x", "y"}, {"group", "log", "title", "x_label", "y_label"}},
      {"bars", {"y"}, {"x", "low", "high", "group", "band", "log", "title", "x_label", "y_label"}},
      {"histogram", {"y"}, {"bins", "log", "title", "x_label", "y_label"}},
      {"heat-map", {"value"}, {"x", "y", "title", "x_label", "y_label"}},
      {"raster", {"value"}, {"x", "y", "title", "x_label", "y_label"}},
      {"image-grid", {"rows"}, {"count", "height", "width", "title"}},
      {"table", {"columns"}, {"title"}},
  };
  return list;
}

class FigureReader {
 public:
  FigureReader(Draft& draft, Report& report) : draft_{draft}, report_{report} {}

  void read(const Node& node) {
    if (!report_.is_map(node, "a picture", rule)) return;
    const PlotKeys* keys = plot_of(node);
    if (keys == nullptr) return;
    Figure figure;
    figure.plot = keys->plot;
    std::vector<std::string> known = keys->needed;
    known.insert(known.end(), keys->optional.begin(), keys->optional.end());
    known.insert(known.begin(), "plot");
    report_.check_keys(node, fmt::format("a picture of plot {}", keys->plot), known);
    for (const std::string& key : keys->needed) {
      if (node.find(key) == nullptr)
        report_.error(code::missing_key, node,
                      fmt::format("a picture of plot {} has no key '{}'", keys->plot, key), rule);
    }
    read_texts(node, figure);
    read_references(node, figure);
    read_numbers(node, figure);
    read_log(node, figure);
    check_together(node, figure);
    draft_.pipeline.figures.push_back(std::move(figure));
  }

 private:
  const PlotKeys* plot_of(const Node& node) {
    std::vector<std::string> names;
    for (const PlotKeys& keys : plots()) names.emplace_back(keys.plot);
    const std::string expected = "plot: one of " + listed(names);
    const Node* plot = node.find("plot");
    if (plot == nullptr) {
      report_.error(code::missing_key, node, "a picture has no key 'plot'", expected);
      return nullptr;
    }
    const std::string* text = report_.text(*plot, "`plot`", expected);
    if (text == nullptr) return nullptr;
    for (const PlotKeys& keys : plots()) {
      if (*text == keys.plot) return &keys;
    }
    report_.error(code::not_a_choice, *plot, fmt::format("`plot` is {}", in_quotes(*text)), expected,
                  report_.suggest(*text, names));
    return nullptr;
  }

  void read_texts(const Node& node, Figure& figure) {
    const auto text = [&](const char* key, std::string& target) {
      const Node* value = node.find(key);
      const std::string* found =
          value == nullptr ? nullptr
                           : report_.text(*value, fmt::format("`{}`", key), fmt::format("{}: a text", key));
      if (found != nullptr) target = *found;
    };
    text("title", figure.title), text("x_label", figure.x_label), text("y_label", figure.y_label);
  }

  void read_references(const Node& node, Figure& figure) {
    const auto one = [&](const char* key, std::string& target) {
      const Node* value = node.find(key);
      if (value != nullptr) target = reference(*value, key).value_or("");
    };
    const auto some = [&](const char* key, std::vector<std::string>& target) {
      if (const Node* value = node.find(key)) target = references(*value, key);
    };
    one("x", figure.x), one("value", figure.value), one("group", figure.group), one("band", figure.band);
    some("y", figure.y), some("low", figure.low), some("high", figure.high);
    some("rows", figure.rows), some("columns", figure.columns);
  }

  std::vector<std::string> references(const Node& node, const char* key) {
    std::vector<std::string> list;
    if (node.kind != Node::Kind::list) {
      if (auto text = reference(node, key)) list.push_back(std::move(*text));
      return list;
    }
    if (node.items.empty())
      report_.error(code::no_value, node, fmt::format("`{}` is an empty list", key), reference_rule);
    for (const Node& item : node.items) {
      if (auto text = reference(item, key)) list.push_back(std::move(*text));
    }
    return list;
  }

  std::optional<std::string> reference(const Node& node, const char* key) {
    if (node.kind == Node::Kind::scalar && (node.text == "seed" || node.text == "point")) return node.text;
    const auto that = read_reference(node, fmt::format("`{}`", key), report_);
    if (!that) return std::nullopt;
    const auto found = draft_.step_index.find(that->source);
    if (found == draft_.step_index.end()) {
      const bool is_data = draft_.data_index.count(that->source) > 0;
      report_.error(code::unknown_source, node,
                    is_data
                        ? fmt::format("{} is data, which the archive does not hold", in_quotes(that->source))
                        : fmt::format("there is no step {}", in_quotes(that->source)),
                    "one of " + listed(draft_.step_names),
                    is_data ? "name the output of a step" : report_.suggest(that->source, draft_.step_names));
      return std::nullopt;
    }
    if (that->item.empty()) {
      report_.error(code::bad_reference, node,
                    fmt::format("{} is a step; say which of its outputs, metrics or parameters",
                                in_quotes(that->source)),
                    reference_rule);
      return std::nullopt;
    }
    const DraftStep& step = draft_.steps[found->second];
    if (step.verb != nullptr) check_item(*that, step, node);
    return that->text();
  }

  // An output or a parameter; any other name is a metric, known only when the step has run.
  void check_item(const Reference& that, const DraftStep& step, const Node& node) {
    std::vector<std::string> names = names_of(step.verb->outputs);
    for (const std::string& name : names_of(step.verb->parameters)) names.push_back(name);
    for (const std::string& name : names_of(step.model->parameters)) names.push_back(name);
    if (std::find(names.begin(), names.end(), that.item) != names.end()) return;
    const std::string hint = report_.suggest(that.item, names);
    if (hint.empty()) return;
    report_.warning(code::doubtful_metric, node.place,
                    fmt::format("{} has no output and no parameter {}, so it is taken as a metric",
                                in_quotes(that.source), in_quotes(that.item)),
                    "one of " + listed(names, 40) + ", or a metric", hint);
  }

  void read_numbers(const Node& node, Figure& figure) {
    const auto count = [&](const char* key, std::int64_t most, std::int64_t& target) {
      const Node* value = node.find(key);
      if (value == nullptr) return;
      const std::string what = fmt::format("`{}`", key),
                        expected = fmt::format("{}: an integer from 1 to {}", key, most);
      const auto number = read_integer(*value, what, expected, report_);
      if (!number) return;
      if (*number < 1 || *number > most) {
        report_.error(code::out_of_range, *value, fmt::format("{} is {}, out of range", what, *number),
                      expected);
      } else {
        target = *number;
      }
    };
    count("count", 100, figure.count), count("height", 4096, figure.height),
        count("width", 4096, figure.width);
    count("bins", 1000, figure.bins);
  }

  void read_log(const Node& node, Figure& figure) {
    const Node* log = node.find("log");
    if (log == nullptr) return;
    const char* expected = "log: x, y or [x, y], the logarithmic axes";
    const auto axis = [&](const Node& item) {
      const std::string* text = report_.text(item, "`log`", expected);
      if (text == nullptr) return;
      if (*text == "x") {
        figure.log_x = true;
      } else if (*text == "y") {
        figure.log_y = true;
      } else {
        report_.error(code::not_a_choice, item, fmt::format("`log` is {}", in_quotes(*text)), expected);
      }
    };
    if (log->kind != Node::Kind::list) return axis(*log);
    for (const Node& item : log->items) axis(item);
  }

  void check_together(const Node& node, const Figure& figure) {
    const auto bad = [&](const char* key, const std::string& message, const std::string& hint) {
      const Node* at = node.find(key);
      report_.error(code::bad_picture, at == nullptr ? node : *at, message, rule, hint);
    };
    const bool low = node.find("low") != nullptr, high = node.find("high") != nullptr;
    if (low != high)
      return bad(low ? "low" : "high",
                 fmt::format("{} stands without {}", low ? "low" : "high", low ? "high" : "low"),
                 "a band has two edges");
    if (low && (figure.low.size() != figure.y.size() || figure.high.size() != figure.y.size()))
      bad("low",
          fmt::format("y names {} curves, low {} and high {}", figure.y.size(), figure.low.size(),
                      figure.high.size()),
          "one of each for every curve");
    if (low && !figure.band.empty()) bad("band", "band stands beside low and high", "keep one of them");
    const bool map = figure.plot == "heat-map" || figure.plot == "raster";
    if (map && figure.y.size() > 1)
      bad("y", fmt::format("y names {} rows of names", figure.y.size()), "name one");
  }

  Draft& draft_;
  Report& report_;
};

}  // namespace

void read_figures(Draft& draft, Report& report) {
  if (draft.figures == nullptr) return;
  FigureReader reader{draft, report};
  for (const Node& node : draft.figures->items) reader.read(node);
}

std::vector<std::string> plot_names() {
  std::vector<std::string> names;
  for (const PlotKeys& keys : plots()) names.emplace_back(keys.plot);
  return names;
}

std::vector<std::string> plot_keys(const std::string& plot, bool needed_only) {
  for (const PlotKeys& keys : plots()) {
    if (plot != keys.plot) continue;
    std::vector<std::string> list = keys.needed;
    if (!needed_only) list.insert(list.end(), keys.optional.begin(), keys.optional.end());
    return list;
  }
  return {};
}

}  // namespace ansatz::host
