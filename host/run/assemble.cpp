#include "run/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "archive/map_file.hpp"
#include "archive/store.hpp"
#include "run/environment.hpp"
#include "run/git_state.hpp"

namespace ansatz::host {
namespace {

// An output of one number, the last value of a metric, or "output.attribute".
std::optional<double> claimed_value(const Tree& step, const std::string& item) {
  const Array* output = step.find_array("outputs/" + item);
  if (output != nullptr && output->count() == 1 && output->type != ElementType::text)
    return output->number(0);
  const Array* metric = step.find_array("metrics/" + item + "/value");
  if (metric != nullptr && metric->count() > 0) return metric->number(metric->count() - 1);
  const auto dot = item.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const Array* array = step.find_array("outputs/" + item.substr(0, dot));
  if (array == nullptr) return std::nullopt;
  const auto attribute = array->attributes.find(item.substr(dot + 1));
  if (attribute == array->attributes.end()) return std::nullopt;
  if (const auto* real = std::get_if<double>(&attribute->second)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&attribute->second)) return static_cast<double>(*whole);
  return std::nullopt;
}

bool holds(const Claim& claim, double value) {
  return !(claim.at_least && !(value >= *claim.at_least)) && !(claim.at_most && !(value <= *claim.at_most)) &&
         !(claim.equals && !(std::abs(value - *claim.equals) <= claim.within));
}

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
  if (record.status == StepStatus::failed) {
    group.put("failure", Array::scalar(record.outcome.text));
    if (!record.printed.empty()) group.put("printed", Array::scalar(record.printed));
  }
  Tree& params = group.group("params");
  params.attributes = settings_attributes(step.model_settings);
  for (const auto& [name, value] : step.verb_settings) params.attributes[name] = value;
  Tree& inputs = group.group("inputs");
  for (const auto& [port, reference] : step.inputs) inputs.attributes[port] = reference.text();
  return group;
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

// `point`: one of a sweep; none: the claim as a whole.
void add_verdict(Attributes& attributes, const ClaimResult& result, std::optional<std::size_t> point) {
  const std::optional<double> value = point ? result.values.at(*point) : result.value;
  const bool good = point ? value && holds(*result.claim, *value) : result.holds;
  if (value) attributes["value"] = *value;
  const bool any = point ? value.has_value() : result.values.empty() ? value.has_value() : result.known();
  attributes["verdict"] = std::string{good ? "holds" : any ? "fails" : "unknown"};
}

}  // namespace

Attributes timeline_attributes(const Pipeline& pipeline, const RunOptions& options) {
  Attributes attributes = place_attributes();
  attributes["ended"] = utc_now();
  attributes["command"] = without_secrets(options.command);
  attributes["pipeline_folder"] = pipeline.folder.string();
  attributes["jobs"] = static_cast<std::int64_t>(options.jobs);
  attributes["threads"] = static_cast<std::int64_t>(options.threads);
  return attributes;
}

namespace {

void add_timeline(Tree& timeline, const Pipeline& pipeline, const RunResult& result,
                  const RunOptions& options) {
  timeline.attributes = timeline_attributes(pipeline, options);
  if (Tree git = git_state(pipeline.folder); !git.empty()) timeline.group("git") = std::move(git);
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const StepRecord& record = result.steps[i];
    timeline.group(result.plan.steps[i].label).attributes = {
        {"cached", record.cached},           {"started_s", record.started},
        {"ended_s", record.ended},           {"wall_s", record.usage.wall_seconds},
        {"cpu_s", record.usage.cpu_seconds}, {"max_rss_kib", record.usage.max_rss_kib}};
  }
}

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

bool ClaimResult::known() const {
  return std::all_of(values.begin(), values.end(), [](const auto& v) { return v.has_value(); });
}

std::size_t ClaimResult::holding() const {
  return static_cast<std::size_t>(std::count_if(
      values.begin(), values.end(), [&](const auto& v) { return v && ansatz::host::holds(*claim, *v); }));
}

Tree claims_tree(const std::vector<ClaimResult>& claims, std::optional<std::size_t> point) {
  Tree group;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = *claims[i].claim;
    Attributes& attributes = group.group(std::to_string(i)).attributes;
    attributes["that"] = claim.that.text();
    add_verdict(attributes, claims[i], point);
    if (point) continue;  // what is claimed stands once, at the top
    if (claim.at_least) attributes["at_least"] = *claim.at_least;
    if (claim.at_most) attributes["at_most"] = *claim.at_most;
    if (claim.equals) attributes["equals"] = *claim.equals, attributes["within"] = claim.within;
    if (!claim.because.empty()) attributes["because"] = claim.because;
    if (!claims[i].values.empty())
      attributes["points_that_hold"] = static_cast<std::int64_t>(claims[i].holding());
  }
  return group;
}

std::vector<ClaimResult> check_claims(const Pipeline& pipeline, const RunResult& result) {
  std::vector<ClaimResult> results;
  for (const Claim& claim : pipeline.claims) {
    ClaimResult verdict{&claim, std::nullopt, false, {}};
    std::map<std::size_t, std::optional<double>> values;  // by step, since points share steps
    for (const PlannedPoint& point : result.plan.points) {
      const auto step = std::find_if(point.steps.begin(), point.steps.end(), [&](std::size_t i) {
        return result.plan.steps[i].step->id == claim.that.source;
      });
      const auto [value, is_new] = values.emplace(*step, std::nullopt);
      if (is_new && result.steps[*step].status == StepStatus::done)
        value->second = claimed_value(read_tree(result.plan.steps[*step].file), claim.that.item);
      verdict.values.push_back(value->second);
    }
    verdict.holds = std::all_of(verdict.values.begin(), verdict.values.end(),
                                [&](const auto& value) { return value && holds(claim, *value); });
    if (pipeline.points.empty()) verdict.value = verdict.values.at(0), verdict.values.clear();
    results.push_back(std::move(verdict));
  }
  return results;
}

void judge_claims(Tree& archive) {
  const Tree& steps = archive.group("steps");
  const std::size_t count = archive.group("claims").children().size();
  for (std::size_t i = 0; i < count; ++i) {
    Attributes& attributes = archive.group("claims/" + std::to_string(i)).attributes;
    const auto bound = [&](const char* name) -> std::optional<double> {
      const auto found = attributes.find(name);
      if (found == attributes.end()) return std::nullopt;
      return std::get<double>(found->second);
    };
    const std::string that = std::get<std::string>(attributes.at("that"));
    const auto dot = that.find('.');
    const Tree* step = steps.find_tree(that.substr(0, dot));
    if (step == nullptr || step->attributes.at("status") != Value{std::string{"done"}}) continue;
    const auto value = claimed_value(*step, dot == std::string::npos ? "" : that.substr(dot + 1));
    if (!value) continue;
    Claim claim;
    claim.at_least = bound("at_least"), claim.at_most = bound("at_most"), claim.equals = bound("equals");
    claim.within = bound("within").value_or(0);
    attributes["value"] = *value;
    attributes["verdict"] = std::string{holds(claim, *value) ? "holds" : "fails"};
  }
}

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
    if (options.embed_inputs) inputs.group(entry.name).put("file", file_bytes(entry.file));
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
  if (!options.deterministic) add_timeline(tree.group("timeline"), pipeline, result, options);
  return tree;
}

}  // namespace ansatz::host
