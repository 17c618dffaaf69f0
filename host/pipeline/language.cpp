// The keys of the language and the kinds of entries under them.
#include <fmt/core.h>

#include <algorithm>

#include "pipeline/document.hpp"
#include "pipeline/draft.hpp"
#include "pipeline/language.hpp"
#include "pipeline/values.hpp"

namespace ansatz::host {

bool is_name(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 64 && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), allowed);
}

namespace {

void check_name(const std::string& name, Location place, Report& report) {
  if (!is_name(name))
    report.error(code::bad_name, place, fmt::format("{} is no valid name", in_quotes(name)), name_rule);
}

void check_top_keys(const Node& root, Report& report) {
  for (const Entry& entry : root.entries) {
    const auto is = [&](const char* key) { return entry.key == key; };
    if (std::any_of(top_keys.begin(), top_keys.end(), is)) continue;
    const std::vector<std::string> keys{top_keys.begin(), top_keys.end()};
    report.error(code::unknown_key, entry.place,
                 fmt::format("a pipeline has no key {}", in_quotes(entry.key)), "one of " + listed(keys),
                 report.suggest(entry.key, keys));
  }
}

void read_head(const Node& root, Draft& draft, Report& report) {
  const char* version_rule = "ansatz: 1, the version of the language";
  if (const Node* version = root.find("ansatz")) {
    const auto number = read_integer(*version, "`ansatz`", version_rule, report);
    if (number && *number != 1) {
      report.error(code::language_version, *version,
                   fmt::format("the file is written in version {} of the language", *number), version_rule);
    }
  } else {
    report.error(code::missing_key, root.place, "the key 'ansatz' is missing", version_rule,
                 "start with 'ansatz: 1'");
  }
  const char* a_name_rule = "name: the run's name, which its archive is called after";
  if (const Node* name = root.find("name")) {
    if (const std::string* text = report.text(*name, "`name`", a_name_rule)) {
      if (!is_name(*text)) {
        report.error(code::bad_name, *name, fmt::format("{} is no valid name", in_quotes(*text)), name_rule);
      }
      draft.pipeline.name = *text;
    }
  } else {
    report.error(code::missing_key, root.place, "the key 'name' is missing", a_name_rule);
  }
  if (const Node* seed = root.find("seed")) {
    const auto number =
        read_integer(*seed, "`seed`", "seed: an integer, from which all random numbers derive", report);
    draft.pipeline.seed = number.value_or(0);
  }
}

void read_data_entry(const Entry& entry, const std::filesystem::path& folder, Draft& draft, Report& report) {
  check_name(entry.key, entry.place, report);
  DraftData data;
  data.entry.name = entry.key;
  data.entry.location = entry.place;
  const std::string what = fmt::format("the data entry {}", in_quotes(entry.key));
  const char* rule = "{file: NAME}, and format or header where the content does not tell";
  if (report.is_map(entry.value, what, rule)) {
    report.check_keys(entry.value, what, {data_keys.begin(), data_keys.end()});
    if (const Node* file = entry.value.find("file")) {
      data.entry.location = file->place;
      if (const std::string* text =
              report.text(*file, "`file`", "file: a name relative to this file's folder")) {
        data.entry.written = *text;
        data.entry.file = std::filesystem::absolute(folder / *text).lexically_normal();
      }
    } else {
      report.error(code::missing_key, entry.place, what + " has no key 'file'", rule);
    }
    if (const Node* format = entry.value.find("format")) {
      const std::vector<std::string> formats{data_formats.begin(), data_formats.end()};
      const std::string expected = "one of " + listed(formats);
      const std::string* text = report.text(*format, "`format`", expected);
      if (text != nullptr && std::find(formats.begin(), formats.end(), *text) == formats.end()) {
        report.error(code::not_a_choice, *format, fmt::format("`format` is {}", in_quotes(*text)), expected,
                     report.suggest(*text, formats));
      }
      if (text != nullptr) data.entry.options.format = *text;
    }
    if (const Node* header = entry.value.find("header")) {
      data.entry.options.header = read_boolean(
          *header, "`header`",
          "header: true if the first line of a CSV or TSV file names the columns, else false", report);
    }
  }
  draft.data_names.push_back(entry.key);
  draft.data_index.emplace(entry.key, draft.data.size());
  draft.data.push_back(std::move(data));
}

void read_step(const Entry& entry, Draft& draft, Report& report) {
  check_name(entry.key, entry.place, report);
  const std::string what = fmt::format("the step {}", in_quotes(entry.key));
  DraftStep step;
  step.step.id = entry.key;
  step.step.location = step.place = entry.place;
  const char* rule = "{do: plugin.verb, model: step, in: {port: reference}, with: {parameter: value}}";
  if (report.is_map(entry.value, what, rule)) {
    const Node& map = entry.value;
    report.check_keys(map, what, {step_keys.begin(), step_keys.end()});
    step.verb_node = map.find("do");
    step.model_node = map.find("model");
    if (step.verb_node == nullptr) {
      report.error(code::missing_key, entry.place, what + " has no key 'do'",
                   "do: plugin.verb, what the step does");
    }
    const Node* in = map.find("in");
    if (in != nullptr && report.is_map(*in, "`in`", "{port: reference, ...}")) {
      for (const Entry& port : in->entries)
        step.inputs.push_back({port.key, port.place, &port.value, nullptr, {}});
    }
    const Node* with = map.find("with");
    if (with != nullptr && report.is_map(*with, "`with`", "{parameter: value, ...}")) step.with = with;
  }
  if (const auto data = draft.data_index.find(entry.key); data != draft.data_index.end()) {
    report.error(code::name_taken, entry.place,
                 fmt::format("{} is the name of a data entry too", in_quotes(entry.key)),
                 "names that differ, since references look alike", "rename one of the two");
  }
  draft.step_names.push_back(entry.key);
  draft.step_index.emplace(entry.key, draft.steps.size());
  draft.steps.push_back(std::move(step));
}

void read_plugin_folders(const Node& node, const std::filesystem::path& folder, Draft& draft,
                         Report& report) {
  const char* rule = "[folder, ...], relative to this file's folder";
  if (!report.is_list(node, "`plugins`", rule)) return;
  for (const Node& item : node.items) {
    const std::string* text = report.text(item, "an entry of `plugins`", rule);
    if (text == nullptr) continue;
    draft.pipeline.plugin_folders.push_back(
        std::filesystem::absolute(folder / *text).lexically_normal().string());
  }
}

// --data NAME=FILE.
void replace_files(const CheckOptions& options, Draft& draft, Report& report) {
  for (const auto& [name, file] : options.data) {
    const auto found = draft.data_index.find(name);
    if (found == draft.data_index.end()) {
      report.error(code::unknown_data_override, Location{},
                   fmt::format("--data {}: the pipeline has no data entry of this name", in_quotes(name)),
                   "one of " + listed(draft.data_names), report.suggest(name, draft.data_names));
      continue;
    }
    draft.data[found->second].entry.file = std::filesystem::absolute(file).lexically_normal();
    draft.data[found->second].from_command_line = true;
  }
}

}  // namespace

void read_language(const Node& root, const std::filesystem::path& folder, const CheckOptions& options,
                   Draft& draft, Report& report) {
  if (!report.is_map(root, "the file", "keys ansatz, name, data and steps, each 'key: value'")) return;
  check_top_keys(root, report);
  read_head(root, draft, report);
  if (const Node* plugins = root.find("plugins")) read_plugin_folders(*plugins, folder, draft, report);
  const Node* data = root.find("data");
  if (data != nullptr && report.is_map(*data, "`data`", "{name: {file: NAME}, ...}")) {
    for (const Entry& entry : data->entries) read_data_entry(entry, folder, draft, report);
  }
  replace_files(options, draft, report);
  const char* steps_rule = "steps: {name: {do: plugin.verb, ...}, ...}";
  const Node* steps = root.find("steps");
  if (steps == nullptr) {
    report.error(code::missing_key, root.place, "the key 'steps' is missing", steps_rule);
  } else if (report.is_map(*steps, "`steps`", steps_rule)) {
    if (steps->entries.empty()) report.error(code::no_value, *steps, "`steps` is empty", steps_rule);
    for (const Entry& entry : steps->entries) read_step(entry, draft, report);
  }
  draft.source_names = draft.data_names;
  draft.source_names.insert(draft.source_names.end(), draft.step_names.begin(), draft.step_names.end());
  const Node* expect = root.find("expect");
  if (expect != nullptr && report.is_list(*expect, "`expect`", "[{that: step.output, at_least: 0.9}, ...]")) {
    draft.claims = expect;
  }
  draft.sweep = root.find("sweep");
  const Node* figures = root.find("report");
  if (figures != nullptr &&
      report.is_list(*figures, "`report`", "[{plot: line, x: step.output, y: step.output}, ...]"))
    draft.figures = figures;
}

std::vector<std::string> plugin_folders(const std::string& source, const std::filesystem::path& folder) {
  Diagnostics unseen;  // the check that follows reports them
  Report report{unseen};
  const auto root = parse_document(source, unseen);
  const Node* plugins = root && root->kind == Node::Kind::map ? root->find("plugins") : nullptr;
  Draft draft;
  if (plugins != nullptr) read_plugin_folders(*plugins, folder, draft, report);
  return draft.pipeline.plugin_folders;
}

}  // namespace ansatz::host
