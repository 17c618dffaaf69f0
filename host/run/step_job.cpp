#include "run/step_job.hpp"

#include <algorithm>

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

const PlannedStep& source(const Plan& plan, const PlannedStep& planned, const std::string& id) {
  return plan.steps[planned.sources.at(id)];
}

JobInput job_input(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned,
                   const Reference& reference) {
  if (!reference.is_data) {
    return {fs::absolute(source(plan, planned, reference.source).file),
            {},
            "outputs/" + reference.item,
            reference.text(),
            {}};
  }
  const auto entry = std::find_if(pipeline.data.begin(), pipeline.data.end(),
                                  [&](const DataEntry& e) { return e.name == reference.source; });
  return {entry->file, entry->options, reference.item, reference.text(),
          plan.data.at(reference.source).stamp};
}

// A model keeps the parameters of the step that made it, through any chain of `model:`.
const Settings& model_settings_of(const Plan& plan, const PlannedStep& planned) {
  const Step& step = *planned.step;
  return step.model_step ? model_settings_of(plan, source(plan, planned, *step.model_step))
                         : step.model_settings;
}

}  // namespace

Job job_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned,
           const RunOptions& options) {
  const Step& step = *planned.step;
  Job job;
  job.step = step.id;
  job.key = planned.key;
  job.plugin = planned.plugin->path;
  job.plugin_sha256 = plan.plugin_sha256.at(planned.plugin->id);
  job.plugin_stamp = plan.plugin_stamps.at(planned.plugin->id);
  job.model = step.model, job.verb = step.verb;
  job.model_settings = step.model_settings, job.verb_settings = step.verb_settings;
  for (const auto& [port, reference] : step.inputs)
    job.inputs[port] = job_input(pipeline, plan, planned, reference);
  if (step.model_step) {
    job.model_file = fs::absolute(source(plan, planned, *step.model_step).file);
    job.model_settings = model_settings_of(plan, planned);
  }
  job.random_key = planned.random_key;
  job.threads = options.threads;
  job.limits = options.limits;
  job.checkpoint_seconds = options.checkpoint_seconds;
  job.output = fs::absolute(planned.file);
  return job;
}

}  // namespace ansatz::host
