#include "run/seal_run.hpp"

#include <fmt/format.h>

#include "archive/store.hpp"
#include "run/assemble.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t id_digits = 12;

}  // namespace

RunArchive::RunArchive(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                       std::string id)
    : pipeline_{pipeline}, result_{result}, options_{options}, id_{std::move(id)} {
  if (!pipeline.points.empty() && !options.deterministic) begin_sweep();
}

void RunArchive::begin_sweep() {
  sweep_.emplace(
      pipeline_, result_, archive_head(pipeline_, result_, options_, ""),
      [this](std::size_t step) { return archived_step(result_.plan.steps[step], result_.steps[step]); },
      path(id_));
}

fs::path RunArchive::path(const std::string& id) const {
  return options_.runs / fmt::format("{}-{}.h5", pipeline_.name, id);
}

void RunArchive::add_ended() {
  if (sweep_) sweep_->add_ended();
}

fs::path RunArchive::seal(const std::string& status) {
  const bool is_sweep = !pipeline_.points.empty();
  Tree tree;
  if (!is_sweep) tree = assemble_archive(pipeline_, result_, options_, status);
  if (options_.deterministic) {
    id_ = is_sweep ? sweep_id(pipeline_, result_, status)
                   : std::get<std::string>(tree.attributes.at("content_sha256")).substr(0, id_digits);
    if (is_sealed(path(id_))) return path(id_);
    if (is_sweep) begin_sweep();
  }
  if (is_sweep) {
    std::optional<Tree> timeline;
    if (!options_.deterministic) {
      timeline = timeline_head(pipeline_, options_);
      add_sweep_times(*timeline, result_);
    }
    sweep_->seal(status, id_, timeline);
  } else {
    tree.attributes["run_id"] = id_;
    WriteOptions layout;
    layout.archive = true;
    write_sealed(tree, path(id_), layout);
  }
  return path(id_);
}

}  // namespace ansatz::host
