#include "run/sweep_archive.hpp"

#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>

#include "run/assemble.hpp"
#include "run/verdicts.hpp"

namespace ansatz::host {
namespace {

// HDF5 takes and returns memory of all sizes for every point; glibc keeps what lies in pieces between what is in use.
constexpr std::size_t points_to_trim = 64;

bool has_ended(const StepRecord& record) {
  return record.status != StepStatus::waiting && record.status != StepStatus::running;
}

}  // namespace

std::string sweep_id(const Pipeline& pipeline, const RunResult& result, const std::string& status) {
  Digest digest;
  digest.text(pipeline.frozen());
  digest.text(pipeline.source);
  digest.text(status);
  for (const PlannedStep& planned : result.plan.steps) digest.text(planned.key);
  return digest.hex().substr(0, 12);
}

SweepArchive::SweepArchive(const Pipeline& pipeline, const RunResult& result, Tree head, StepTree step_tree,
                           const std::filesystem::path& file)
    : pipeline_{pipeline},
      result_{result},
      step_tree_{std::move(step_tree)},
      archive_{file},
      first_points_(result.steps.size()),
      digests_(result.steps.size()),
      scalars_(result.steps.size()) {
  head.attributes.erase("status");  // known at the end
  archive_.put("", head);
  digest_.text(tree_digest(head));
}

void SweepArchive::add_ended() {
  const auto& points = result_.plan.points;
  const auto ended = [&](std::size_t step) { return has_ended(result_.steps[step]); };
  while (points_ < points.size() &&
         std::all_of(points[points_].steps.begin(), points[points_].steps.end(), ended))
    add_point();
}

void SweepArchive::seal(const std::string& status, const std::string& id,
                        const std::optional<Tree>& timeline) {
  while (points_ < result_.plan.points.size()) add_point();
  for (std::size_t i = 0; i < points_ && !result_.claims.empty(); ++i)
    add(claims_tree(result_.claims, i), fmt::format("points/{}/claims", i));
  add_shared();
  add(claims_tree(result_.claims), "claims");
  add(summary_table(pipeline_, result_, scalars_), "summary");
  digest_.text(status);
  archive_.attributes("/", {{"status", status}, {"content_sha256", digest_.hex()}, {"run_id", id}});
  if (timeline) archive_.put("timeline", *timeline);
  archive_.seal();
}

void SweepArchive::add(const Tree& tree, const std::string& path) {
  archive_.put(path, tree);
  digest_.text(path);
  digest_.text(tree_digest(tree));
}

void SweepArchive::add_point() {
  const PlannedPoint& point = result_.plan.points[points_];
  const Point& made_of = pipeline_.points[points_];
  const std::string path = fmt::format("points/{}", points_);
  Tree head;
  head.attributes = {{"seed", made_of.seed}, {"status", point_status(result_, point)}};
  Tree& values = head.group("values");
  for (std::size_t c = 0; c < pipeline_.swept.size(); ++c)
    values.attributes[pipeline_.swept[c].name()] = made_of.values[c];
  add(head, path);
  for (const std::size_t step : point.steps) add_step(step);
  if (++points_ % points_to_trim == 0) malloc_trim(0);
}

std::string SweepArchive::path_of(std::size_t step, std::size_t point) const {
  return fmt::format("points/{}/steps/{}", point, result_.plan.steps[step].step->id);
}

// Once into the file, with what the summary needs of it; then links.
void SweepArchive::add_step(std::size_t step) {
  const std::string path = path_of(step, points_);
  digest_.text(path);
  if (first_points_[step]) {
    archive_.link(path, path_of(step, *first_points_[step]));
  } else {
    const Tree tree = step_tree_(step);
    archive_.put(path, tree);
    first_points_[step] = points_;
    tree_digest(tree).copy(digests_[step].data(), digests_[step].size());
    scalars_[step] = scalars_of(tree);
  }
  digest_.text({digests_[step].data(), digests_[step].size()});
}

// Steps that are the same in all points, under the name that they have without a sweep.
void SweepArchive::add_shared() {
  archive_.put("steps", {});
  const auto& points = result_.plan.points;
  for (std::size_t s = 0; s < pipeline_.steps.size(); ++s) {
    const std::size_t step = points[0].steps[s];
    if (std::all_of(points.begin(), points.end(), [&](const PlannedPoint& p) { return p.steps[s] == step; }))
      archive_.link("steps/" + pipeline_.steps[s].id, path_of(step, *first_points_[step]));
  }
}

void add_sweep_times(Tree& timeline, const RunResult& result) {
  const std::size_t n = result.steps.size();
  std::vector<std::string> labels;
  Array cached{ElementType::boolean, {n}}, rss{ElementType::i64, {n}};
  std::vector<Array> times(4, Array{});
  for (Array& array : times) array = Array{ElementType::f64, {n}};
  for (std::size_t i = 0; i < n; ++i) {
    const StepRecord& record = result.steps[i];
    labels.push_back(result.plan.steps[i].label);
    cached.as<std::uint8_t>()[i] = record.cached ? 1 : 0;
    rss.as<std::int64_t>()[i] = record.usage.max_rss_kib;
    const double seconds[] = {record.started, record.ended, record.usage.wall_seconds,
                              record.usage.cpu_seconds};
    for (std::size_t t = 0; t < 4; ++t) times[t].as<double>()[i] = seconds[t];
  }
  timeline.group("steps") = data_frame({{"step", Array::texts(labels)},
                                        {"cached", cached},
                                        {"started_s", times[0]},
                                        {"ended_s", times[1]},
                                        {"wall_s", times[2]},
                                        {"cpu_s", times[3]},
                                        {"max_rss_kib", rss}});
  for (std::size_t i = 0; i < n; ++i) {
    const StepRecord& record = result.steps[i];
    if (record.status == StepStatus::failed)
      add_last_moments(timeline.group("failed"), labels[i], record.outcome.details, record.printed);
  }
}

namespace {

Tree first_points(const Pipeline& pipeline, const Plan& plan) {
  const std::size_t count = pipeline.steps.size();
  std::vector<std::string> ids;
  for (const Step& step : pipeline.steps) ids.push_back(step.id);
  Array first{ElementType::i64, {plan.points.size(), count}};
  first.dims = {"point", "step"};
  first.attributes["steps"] = ids;
  constexpr std::int64_t none = -1;
  std::vector<std::int64_t> seen(plan.steps.size(), none);
  for (std::size_t p = 0; p < plan.points.size(); ++p) {
    for (std::size_t s = 0; s < count; ++s) {
      std::int64_t& place = seen[plan.points[p].steps[s]];
      if (place == none) place = static_cast<std::int64_t>(p);
      first.as<std::int64_t>()[p * count + s] = place;
    }
  }
  Tree tree;
  tree.put("first", std::move(first));
  return tree;
}

}  // namespace

void write_frozen_sweep(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options,
                        const std::string& id, const std::filesystem::path& file) {
  ArchiveWriter archive{file};
  archive.put("", archive_head(pipeline, nothing_done, options, "interrupted"));
  for (std::size_t i = 0; i < nothing_done.steps.size(); ++i) {
    const PlannedStep& planned = nothing_done.plan.steps[i];
    archive.put("steps/" + planned.label, archived_step(planned, nothing_done.steps[i]));
  }
  archive.put("claims", claims_tree(nothing_done.claims));
  archive.put("points", first_points(pipeline, nothing_done.plan));
  archive.put("timeline", timeline_head(pipeline, options));
  archive.attributes("/", {{"run_id", id}});
  archive.seal();
}

}  // namespace ansatz::host
