#include "run/recover.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "archive/step_results.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/assemble.hpp"
#include "run/checkpoint.hpp"
#include "run/environment.hpp"
#include "run/partial.hpp"
#include "run/sweep_archive.hpp"
#include "run/verdicts.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Times that nobody noted are no numbers.
StepRecord untimed() {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  StepRecord record;
  record.started = record.ended = record.usage.wall_seconds = record.usage.cpu_seconds = unknown;
  return record;
}

// What the journal says of one step.
struct Account {
  StepRecord record = untimed();
  std::vector<Metric> metrics;
  std::vector<std::string> log;
};

void add_record(std::map<std::string, Account>& accounts, const Json& record) {
  const std::string event = record.value("event", "");
  if (!record.contains("step")) return;
  Account& account = accounts[record.at("step")];
  if (event == "started") {
    account = {};
    account.record.started = record.at("at");
  } else if (event == "ended") {
    StepRecord& ended = account.record;
    if (record.at("status") == name_of(StepStatus::failed)) ended.status = StepStatus::failed;
    ended.outcome.text = record.at("text"), ended.outcome.details = record.value("details", "");
    ended.printed = record.at("printed");
    ended.ended = record.at("at"), ended.cached = record.at("cached");
    ended.usage = {record.at("wall_s"), record.at("cpu_s"), record.at("max_rss_kib")};
  } else if (event == "metric") {
    const Json& value = record.at("value");  // JSON has no NaN
    account.metrics.push_back(
        {record.at("name"), record.at("at"), value.is_number() ? value.get<double>() : std::nan("")});
  } else if (event == "log") {
    constexpr const char* names[] = {"debug", "info", "warning"};
    const int level = std::clamp(record.at("level").get<int>(), 0, 2);
    account.log.push_back(fmt::format("{}: {}", names[level], record.at("text").get<std::string>()));
  }
}

// Whatever was reported last: the journal goes on after a checkpoint, but knows nothing of runs before.
void merge(Account& account, const Checkpoint& checkpoint) {
  std::vector<Metric> metrics = checkpoint.metrics;
  std::map<std::string, std::int64_t> last;
  for (const Metric& metric : metrics) last[metric.name] = metric.step;
  for (const Metric& metric : account.metrics) {
    const auto found = last.find(metric.name);
    if (found == last.end() || metric.step > found->second) metrics.push_back(metric);
  }
  account.metrics = std::move(metrics);
  if (checkpoint.log.size() > account.log.size()) account.log = checkpoint.log;
  account.record.outcome.steps = checkpoint.steps;
}

// What cannot be read is no result either: the rest is worth having.
bool has_result(const fs::path& file) {
  try {
    return is_sealed(file);
  } catch (const IoError&) {
    return false;
  }
}

std::optional<Checkpoint> newest_checkpoint(const fs::path& file) {
  try {
    return CheckpointFiles{file}.newest();
  } catch (const IoError&) {
    return std::nullopt;
  }
}

// An archive that its run had sealed, not recover.
bool is_final(const fs::path& archive) {
  if (!is_sealed(archive)) return false;
  const std::string status = text_of(read_head(archive).attributes, "status");
  return status == "done" || status == "failed";
}

// What recover or a run leaves if it dies while it removes the folder: there is an archive, and no journal.
bool has_its_archive(const fs::path& partial) {
  std::error_code error;
  return fs::is_directory(partial, error) && LockFile::is_free(partial / "lock") &&
         is_sealed(fs::path{partial}.replace_extension(".h5"));
}

// A run that died, put together from its frozen archive, its journal, and the store.  Steps are read one at a time:
// a sweep may have many thousand.
class Recovery {
 public:
  Recovery(const PartialInfo& info, fs::path archive)
      : frozen_{info.folder / "frozen.h5"},
        archive_{std::move(archive)},
        id_{info.header.at("id").get<std::string>()},
        pipeline_{thaw(read_tree(frozen_, "/pipeline").array("frozen").text(0))} {
    for (const Json& record : info.records) add_record(accounts_, record);
    if (pipeline_.points.empty()) {
      add_point([](std::size_t) { return std::string{}; });
    } else {
      add_points();
    }
    result_.claims = check_claims(pipeline_, result_);
  }

  void seal() const {
    if (pipeline_.points.empty()) {
      seal_run();
    } else {
      SweepArchive archive{pipeline_, result_, head(), [this](std::size_t i) { return step(i); }, archive_};
      std::optional<Tree> times{timeline()};
      add_sweep_times(*times, result_);
      archive.seal(status, id_, times);
    }
  }

 private:
  static constexpr const char* status = "interrupted";

  void add_points() {
    const std::vector<std::string> groups = read_head(frozen_).groups;
    if (std::find(groups.begin(), groups.end(), "points") == groups.end())
      throw DataError{
          fmt::format("{} was written by an earlier version, whose sweeps cannot be recovered; run the "
                      "pipeline again, which takes finished steps from the store",
                      frozen_.parent_path().string())};
    const Tree points = read_tree(frozen_, "/points");
    const Array& first = points.array("first");
    const auto ids = std::get<std::vector<std::string>>(first.attributes.at("steps"));
    const auto places = first.as<std::int64_t>();
    std::map<std::string, std::size_t> columns;
    for (std::size_t i = 0; i < ids.size(); ++i) columns[ids[i]] = i;
    for (std::size_t p = 0; p < pipeline_.points.size(); ++p) {
      add_point([&](std::size_t s) {
        return fmt::format("@{}", places[p * ids.size() + columns.at(pipeline_.steps[s].id)]);
      });
    }
  }

  // `suffix`: of each step's label, by its place among the pipeline's steps.
  void add_point(const std::function<std::string(std::size_t)>& suffix) {
    PlannedPoint point;
    for (std::size_t s = 0; s < pipeline_.steps.size(); ++s) {
      const std::string label = pipeline_.steps[s].id + suffix(s);
      const auto [place, is_new] = by_label_.emplace(label, result_.steps.size());
      if (is_new) add_step(pipeline_.steps[s], label);
      point.steps.push_back(place->second);
    }
    result_.plan.points.push_back(std::move(point));
  }

  void add_step(const Step& step, const std::string& label) {
    PlannedStep planned;
    planned.step = &step, planned.label = label;
    planned.key = text_of(read_head(frozen_, "/steps/" + label).attributes, "key");
    planned.file =
        (archive_.parent_path() / ".store" / planned.key.substr(0, 2) / (planned.key + ".h5")).string();
    Account& account = accounts_[label];
    StepRecord& record = account.record;
    if (has_result(planned.file)) {
      record.status = StepStatus::done;
      record.outcome.steps =
          static_cast<std::uint64_t>(std::get<std::int64_t>(read_head(planned.file).attributes.at("steps")));
    } else {
      if (record.status != StepStatus::failed) record.status = StepStatus::cancelled;
      if (const auto checkpoint = newest_checkpoint(planned.file)) merge(account, *checkpoint);
    }
    result_.steps.push_back(record);
    result_.plan.steps.push_back(std::move(planned));
  }

  // As it stands in the frozen archive, with its parameters and inputs, and what is known of its results.
  [[nodiscard]] Tree step(std::size_t i) const {
    const PlannedStep& planned = result_.plan.steps[i];
    const StepRecord& record = result_.steps[i];
    Tree frame = read_tree(frozen_, "/steps/" + planned.label);
    Tree group;
    if (record.status == StepStatus::done) {
      group = read_tree(planned.file);
    } else {
      const Account& account = accounts_.at(planned.label);
      put_metrics(group, account.metrics);
      if (!account.log.empty()) group.put("log", Array::texts(account.log));
      if (record.status == StepStatus::failed) group.put("failure", Array::scalar(record.outcome.text));
    }
    mark_curves(group);
    group.attributes = frame.attributes;
    group.attributes["status"] = std::string{name_of(record.status)};
    group.attributes["steps"] = static_cast<std::int64_t>(record.outcome.steps);
    group.group("params") = std::move(frame.group("params"));
    group.group("inputs") = std::move(frame.group("inputs"));
    return group;
  }

  [[nodiscard]] Tree head() const {
    const GroupHead frozen = read_head(frozen_);
    Tree tree;
    tree.attributes = frozen.attributes;
    tree.attributes.erase("run_id"), tree.attributes.erase("content_sha256");
    for (const std::string& name : frozen.groups) {
      if (name != "steps" && name != "points" && name != "claims" && name != "timeline")
        tree.group(name) = read_tree(frozen_, "/" + name);
    }
    return tree;
  }

  [[nodiscard]] Tree timeline() const {
    const std::vector<std::string> groups = read_head(frozen_).groups;
    Tree tree;  // a deterministic run has none
    if (std::find(groups.begin(), groups.end(), "timeline") != groups.end())
      tree = read_tree(frozen_, "/timeline");
    tree.attributes.erase("ended");  // nobody knows
    tree.attributes["recovered"] = utc_now();
    return tree;
  }

  void seal_run() const {
    Tree tree = head();
    tree.attributes["status"] = std::string{status};
    for (std::size_t i = 0; i < result_.steps.size(); ++i)
      tree.group("steps/" + result_.plan.steps[i].label) = step(i);
    tree.group("claims") = claims_tree(result_.claims);
    tree.attributes["content_sha256"] = tree_digest(tree);
    tree.attributes["run_id"] = id_;
    tree.group("timeline") = timeline();
    add_step_times(tree.group("timeline"), result_);
    WriteOptions layout;
    layout.archive = true;
    write_sealed(tree, archive_, layout);
  }

  fs::path frozen_, archive_;
  std::string id_;
  Pipeline pipeline_;
  RunResult result_;
  std::map<std::string, Account> accounts_;      // by label
  std::map<std::string, std::size_t> by_label_;  // where in plan.steps
};

}  // namespace

fs::path recover_run(const fs::path& given) {
  const fs::path partial = partial_path(given);
  auto info = read_partial(partial);
  const auto lock = info ? LockFile::try_lock(partial / "lock") : std::nullopt;
  if (lock) info = read_partial(partial);  // its owner may have gone on until now
  if (!info && has_its_archive(partial)) {
    remove_partial(partial);
    return fs::path{partial}.replace_extension(".h5");
  }
  if (!info) throw no_partial_run(given);
  if (!lock && info->liveness() == Liveness::dead) {
    throw Error{Exit::usage,
                fmt::format("another recover or resume has {} just now; try again", given.string())};
  }
  if (!lock || info->liveness() != Liveness::dead) {
    throw Error{Exit::usage, fmt::format("{} is being run by process {} on {}; stop that first",
                                         given.string(), info->owner.pid, info->owner.host)};
  }
  const std::string name = info->header.at("name"), id = info->header.at("id");
  fs::path archive = partial.parent_path() / fmt::format("{}-{}.h5", name, id);
  // Its host may have died just after it had sealed the archive.
  if (!is_final(archive)) {
    verify_sealed(partial / "frozen.h5");
    Recovery{*info, archive}.seal();
  }
  remove_partial(partial);
  return archive;
}

}  // namespace ansatz::host
