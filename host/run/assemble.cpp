#include "run/assemble.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "archive/map_file.hpp"
#include "archive/store.hpp"
#include "run/environment.hpp"
#include "run/git_state.hpp"
#include "run/verdicts.hpp"

namespace ansatz::host {
namespace {

Attributes settings_attributes(const Settings& settings) { return {settings.begin(), settings.end()}; }

}  // namespace

Tree archived_step(const PlannedStep& planned, const StepRecord& record) {
  Tree group;
  if (record.status == StepStatus::done) group = read_tree(planned.file);
  const Step& step = *planned.step;
  group.attributes = {{"key", planned.key},
                      {"do", fmt::format("{}.{}.{}", step.plugin, step.model, step.verb)},
                      {"seed", fmt::format("{:016x}", planned.random_key)},
                      {"status", std::string{name_of(record.status)}},
                      {"steps", static_cast<std::int64_t>(record.outcome.steps)}};
  if (step.model_step) group.attributes["model"] = *step.model_step;
  if (record.status == StepStatus::failed) group.put("failure", Array::scalar(record.outcome.text));
  mark_curves(group);
  Tree& params = group.group("params");
  params.attributes = settings_attributes(step.model_settings);
  for (const auto& [name, value] : step.verb_settings) params.attributes[name] = value;
  Tree& inputs = group.group("inputs");
  for (const auto& [port, reference] : step.inputs) inputs.attributes[port] = reference.text();
  return group;
}

void mark_curves(Tree& step) {
  const Tree* metrics = step.find_tree("metrics");
  if (metrics == nullptr) return;
  for (const auto& [name, node] : metrics->children()) {
    if (std::get_if<Tree>(node.get()) == nullptr) continue;
    Attributes& attributes = step.group("metrics/" + name).attributes;
    attributes["NX_class"] = std::string{"NXdata"};
    attributes["signal"] = std::string{"value"};
    attributes["axes"] = std::vector<std::string>{"step"};
  }
}

void add_last_moments(Tree& timeline, const std::string& step, const std::string& details,
                      const std::string& printed) {
  if (!details.empty()) timeline.put(step + "/details", Array::scalar(details));
  if (!printed.empty()) timeline.put(step + "/printed", Array::scalar(printed));
}

namespace {

// A file's bytes, mapped and not copied.
Array file_bytes(const std::filesystem::path& file) {
  const std::uint64_t bytes = std::filesystem::file_size(file);
  Array array;
  array.type = ElementType::u8, array.shape = {bytes}, array.dims = {"byte"};
  array.data = bytes == 0 ? Buffer{0} : map_file(file.string(), 0, bytes);
  return array;
}

void add_plugins(Tree& plugins, const Plan& plan, bool embed) {
  for (const PlannedStep& planned : plan.steps) {
    const PluginInfo& plugin = *planned.plugin;
    if (plugins.find_tree(plugin.id) != nullptr) continue;
    Tree& group = plugins.group(plugin.id);
    group.attributes = {{"version", plugin.version},
                        {"sha256", plan.plugin_sha256.at(plugin.id)},
                        {"abi", fmt::format("{}.{}", plugin.abi_major, plugin.abi_minor)},
                        {"sdk", plugin.sdk_version},
                        {"compiler", plugin.compiler}};
    nlohmann::ordered_json schema = to_json(plugin);
    schema.erase("path");
    group.put("schema", Array::scalar(schema.dump()));
    if (embed) group.put("file", file_bytes(plugin.path));
  }
}

}  // namespace

Tree timeline_head(const Pipeline& pipeline, const RunOptions& options) {
  Tree timeline;
  timeline.attributes = place_attributes();
  timeline.attributes["ended"] = utc_now();
  timeline.attributes["command"] = without_secrets(options.command);
  timeline.attributes["pipeline_folder"] = pipeline.folder.string();
  timeline.attributes["jobs"] = static_cast<std::int64_t>(options.jobs);
  timeline.attributes["threads"] = static_cast<std::int64_t>(options.threads);
  if (Tree git = git_state(pipeline.folder); !git.empty()) timeline.group("git") = std::move(git);
  return timeline;
}

void add_step_times(Tree& timeline, const RunResult& result) {
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const StepRecord& record = result.steps[i];
    timeline.group(result.plan.steps[i].label).attributes = {
        {"cached", record.cached},           {"started_s", record.started},
        {"ended_s", record.ended},           {"wall_s", record.usage.wall_seconds},
        {"cpu_s", record.usage.cpu_seconds}, {"max_rss_kib", record.usage.max_rss_kib}};
    if (record.status == StepStatus::failed)
      add_last_moments(timeline, result.plan.steps[i].label, record.outcome.details, record.printed);
  }
}

namespace {

void add_to_digest(Digest& digest, const Tree& tree) {
  digest.number(tree.attributes.size());
  for (const auto& [name, value] : tree.attributes) {
    digest.text(name);
    digest.text(to_json(value).dump());
  }
  digest.number(tree.children().size());
  for (const auto& [name, node] : tree.children()) {
    digest.text(name);
    const Array* array = std::get_if<Array>(node.get());
    digest.text(array != nullptr ? "array" : "group");
    if (array != nullptr) {
      digest.text(content_digest(*array));
    } else {
      add_to_digest(digest, std::get<Tree>(*node));
    }
  }
}

}  // namespace

std::string tree_digest(const Tree& tree) {
  Digest digest;
  add_to_digest(digest, tree);
  return digest.hex();
}

Tree archive_head(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                  const std::string& status) {
  const Plan& plan = result.plan;
  Tree tree;
  tree.attributes = {{"format", std::string{"ansatz-run"}},
                     {"format_version", std::int64_t{1}},
                     {"name", pipeline.name},
                     {"seed", pipeline.seed},
                     {"status", status}};
  if (pipeline.point_number) tree.attributes["point"] = static_cast<std::int64_t>(*pipeline.point_number);
  Tree& source = tree.group("pipeline");
  source.put("source", Array::scalar(pipeline.source));
  source.put("frozen", Array::scalar(pipeline.frozen()));
  if (!pipeline.figures.empty()) {
    nlohmann::ordered_json figures = nlohmann::ordered_json::array();
    for (const Figure& figure : pipeline.figures) figures.push_back(to_json(figure));
    source.put("report", Array::scalar(figures.dump()));
  }
  if (!pipeline.overrides.empty()) source.put("overrides", Array::texts(pipeline.overrides));
  tree.group("environment").attributes = environment_attributes();
  add_plugins(tree.group("plugins"), plan, options.embed_plugins);
  Tree& inputs = tree.group("inputs");
  for (const DataEntry& entry : pipeline.data) {
    const DataFileInfo& info = plan.data.at(entry.name);
    inputs.group(entry.name).attributes = {{"uri", entry.written},
                                           {"format", info.format},
                                           {"bytes", static_cast<std::int64_t>(info.bytes)},
                                           {"sha256", info.sha256}};
    if (!options.embed_inputs) continue;
    check_unchanged(entry.file, info.stamp);
    inputs.group(entry.name).put("file", file_bytes(entry.file));
  }
  return tree;
}

Tree assemble_archive(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                      const std::string& status) {
  Tree tree = archive_head(pipeline, result, options, status);
  for (std::size_t i = 0; i < result.plan.steps.size(); ++i) {
    const PlannedStep& planned = result.plan.steps[i];
    tree.group("steps/" + planned.label) = archived_step(planned, result.steps[i]);
  }
  tree.group("claims") = claims_tree(result.claims);
  tree.attributes["content_sha256"] = tree_digest(tree);
  if (!options.deterministic) {
    tree.group("timeline") = timeline_head(pipeline, options);
    add_step_times(tree.group("timeline"), result);
  }
  return tree;
}

}  // namespace ansatz::host
