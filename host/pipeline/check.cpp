// The front end from one end to the other.
#include "pipeline/document.hpp"
#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

Pipeline finished(Draft& draft, const std::string& source, const std::filesystem::path& folder,
                  const CheckOptions& options) {
  Pipeline pipeline = std::move(draft.pipeline);
  pipeline.source = source;
  pipeline.folder = folder;
  pipeline.overrides = options.overrides;
  for (DraftData& data : draft.data) pipeline.data.push_back(std::move(data.entry));
  for (const std::size_t i : draft.order) {
    DraftStep& step = draft.steps[i];
    for (DraftInput& input : step.inputs) step.step.inputs.emplace(input.port, std::move(*input.resolved));
    pipeline.steps.push_back(std::move(step.step));
  }
  return pipeline;
}

}  // namespace

std::optional<Pipeline> check_pipeline(const std::string& source, const std::filesystem::path& folder,
                                       Catalogue& catalogue, const CheckOptions& options,
                                       Diagnostics& diagnostics) {
  auto root = parse_document(source, diagnostics);
  if (root) {
    Report report{diagnostics};
    Draft draft;
    apply_overrides(*root, options.overrides, report);
    read_language(*root, folder, options, draft, report);
    resolve_verbs(draft, catalogue, report);
    read_sweep(draft, report);
    resolve_settings(draft, report);
    resolve_points(draft, report);
    resolve_wiring(draft, options.open_data, report);
    order_steps(draft, report);
    check_shapes(draft, report);
    read_claims(draft, report);
    read_figures(draft, report);
    if (!diagnostics.failed()) return finished(draft, source, folder, options);
  }
  diagnostics.sort();
  return std::nullopt;
}

}  // namespace ansatz::host
