#include "plugins/markdown.hpp"

#include <ansatz/abi.h>
#include <fmt/core.h>

#include <sstream>

#include "core/error.hpp"
#include "plugins/words.hpp"

namespace ansatz::host {
namespace {

// '|' would end the cell, inside code as well.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string sentence(const std::string& text, const std::string& more) {
  return cell(text) + (more.empty() ? "" : " (" + cell(more) + ")");
}

std::string parameters_markdown(const std::vector<ParameterInfo>& parameters) {
  if (parameters.empty()) return {};
  std::string text = "\n| parameter | values | default | unit | |\n|---|---|---|---|---|\n";
  for (const ParameterInfo& p : parameters) {
    std::string more = p.used_if.empty() ? "" : "only if " + p.used_if_text();
    if (!p.affects_result) more += (more.empty() ? "" : ", ") + std::string{"no effect on results"};
    text += fmt::format("| {} | {} | {} | {} | {} |\n", code(p.name), cell(p.expectation()),
                        p.initial ? cell(to_text(*p.initial)) : "must be given", cell(p.unit),
                        sentence(p.text, more));
  }
  return text;
}

std::string ports_markdown(const VerbInfo& verb) {
  if (verb.inputs.empty() && verb.outputs.empty()) return {};
  std::string text = "\n| | port | dims | types | |\n|---|---|---|---|---|\n";
  const auto add = [&text](const char* direction, const std::vector<PortInfo>& ports) {
    for (const PortInfo& port : ports) {
      text += fmt::format("| {} | {} | {} | {} | {} |\n", direction, code(port.name),
                          port.dims.empty() ? "scalar" : code(port.dims), type_words(port.types, ", "),
                          sentence(port.text, port_words(port)));
    }
  };
  add("in", verb.inputs);
  add("out", verb.outputs);
  return text;
}

std::string model_markdown(const ModelInfo& model) {
  std::string text = fmt::format("\n### Model `{}`\n\n{}.\n", model.name, model.text);
  text += parameters_markdown(model.parameters);
  for (const VerbInfo& verb : model.verbs) {
    const std::string words = verb_words(verb.flags);
    text += fmt::format("\n#### `{}.{}`\n\n{}{}.\n", model.name, verb.name, verb.text,
                        words.empty() ? "" : " (" + words + ")");
    text += ports_markdown(verb) + parameters_markdown(verb.parameters);
  }
  std::istringstream papers{model.references};
  std::string list;
  for (std::string paper; std::getline(papers, paper);) {
    if (!paper.empty()) list += "- " + paper + "\n";
  }
  return list.empty() ? text : text + "\nReferences:\n\n" + list;
}

}  // namespace

std::string plugin_info_markdown(const PluginInfo& plugin) {
  std::string text = plugin.text + ".\n";
  for (const ModelInfo& model : plugin.models) text += model_markdown(model);
  return text;
}

std::string with_reference(const std::string& readme, const PluginInfo& plugin) {
  const std::string first = fmt::format("<!-- from `ansatz plugin info {} --markdown` -->\n", plugin.id);
  const std::string last = "<!-- end of the reference -->\n";
  const std::string section = first + "\n" + plugin_info_markdown(plugin) + "\n" + last;
  const std::size_t start = readme.find(first), end = readme.find(last);
  if (start == std::string::npos && end == std::string::npos) return readme + "\n## Reference\n\n" + section;
  if (start == std::string::npos || end == std::string::npos || end < start) {
    throw Error{Exit::data_invalid,
                fmt::format("the markers of the reference are damaged: expected {} and, below it, {}",
                            first.substr(0, first.size() - 1), last.substr(0, last.size() - 1))};
  }
  return readme.substr(0, start) + section + readme.substr(end + last.size());
}

}  // namespace ansatz::host
