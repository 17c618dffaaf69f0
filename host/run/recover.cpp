#include "run/recover.hpp"

#include <fmt/core.h>

#include <cmath>

#include "archive/store.hpp"
#include "core/error.hpp"
#include "run/assemble.hpp"
#include "run/checkpoint.hpp"
#include "run/environment.hpp"
#include "run/partial.hpp"
#include "run/verdicts.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What the journal says of one step.
struct Account {
  std::string status = "waiting", text, details, printed;
  std::vector<Metric> metrics;
  std::vector<std::string> log;
  Attributes times;  // for /timeline
};

void add_record(std::map<std::string, Account>& accounts, const Json& record) {
  const std::string event = record.value("event", "");
  if (!record.contains("step")) return;
  Account& account = accounts[record.at("step")];
  if (event == "started") {
    const std::string printed = account.printed;
    account = {};
    account.status = "cancelled";
    account.times["started_s"] = record.at("at").get<double>();
  } else if (event == "ended") {
    account.status = record.at("status");
    account.text = record.at("text");
    account.details = record.value("details", "");
    account.printed = record.at("printed");
    account.times["ended_s"] = record.at("at").get<double>();
    account.times["cached"] = record.at("cached").get<bool>();
    account.times["wall_s"] = record.at("wall_s").get<double>();
    account.times["cpu_s"] = record.at("cpu_s").get<double>();
    account.times["max_rss_kib"] = record.at("max_rss_kib").get<std::int64_t>();
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
}

std::optional<Tree> sealed_result(const fs::path& file) {
  try {
    verify_sealed(file);
    return read_tree(file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// `frame`: the step as it stood in the frozen archive, with its parameters and inputs.
Tree recovered_step(Tree& frame, const fs::path& store, Account account) {
  const std::string key = std::get<std::string>(frame.attributes.at("key"));
  const fs::path file = store / key.substr(0, 2) / (key + ".h5");
  Tree group;
  Attributes attributes = frame.attributes;
  if (std::optional<Tree> result = sealed_result(file)) {
    group = std::move(*result);
    attributes["status"] = std::string{"done"};
    attributes["steps"] = group.attributes.at("steps");
  } else {
    std::uint64_t steps = 0;
    if (const auto checkpoint = CheckpointFiles{file}.newest()) {
      merge(account, *checkpoint);
      steps = checkpoint->steps;
      account.status = account.status == "failed" ? account.status : "cancelled";
    }
    put_metrics(group, account.metrics);
    if (!account.log.empty()) group.put("log", Array::texts(account.log));
    if (account.status == "done") account.status = "cancelled";  // its result was lost or damaged since
    attributes["status"] = account.status == "waiting" ? std::string{"cancelled"} : account.status;
    attributes["steps"] = static_cast<std::int64_t>(steps);
    if (account.status == "failed") group.put("failure", Array::scalar(account.text));
  }
  mark_curves(group);
  group.attributes = std::move(attributes);
  group.group("params") = std::move(frame.group("params"));
  group.group("inputs") = std::move(frame.group("inputs"));
  return group;
}

}  // namespace

fs::path recover_run(const fs::path& partial) {
  auto info = read_partial(partial);
  const auto lock = info ? LockFile::try_lock(partial / "lock") : std::nullopt;
  if (lock) info = read_partial(partial);  // its owner may have gone on until now
  if (!info) {
    throw no_partial_run(partial);
  }
  if (!lock || info->liveness() != Liveness::dead) {
    throw Error{Exit::usage, fmt::format("{} is being run by process {} on {}; stop that first",
                                         partial.string(), info->owner.pid, info->owner.host)};
  }
  verify_sealed(partial / "frozen.h5");
  Tree tree = read_tree(partial / "frozen.h5");
  const fs::path runs = fs::absolute(partial).lexically_normal().parent_path();
  std::map<std::string, Account> accounts;
  for (const Json& record : info->records) add_record(accounts, record);

  Tree timeline = std::move(tree.group("timeline"));
  tree.remove("timeline");
  Tree steps = std::move(tree.group("steps"));
  Tree recovered;
  for (const auto& [id, node] : steps.children()) {
    recovered.group(id) = recovered_step(std::get<Tree>(*node), runs / ".store", accounts[id]);
    timeline.group(id).attributes = accounts[id].times;
    if (accounts[id].status == "failed")
      add_last_moments(timeline, id, accounts[id].details, accounts[id].printed);
  }
  tree.group("steps") = std::move(recovered);
  judge_claims(tree);
  const Value id = info->header.at("id").get<std::string>();
  tree.attributes.erase("run_id");
  tree.attributes.erase("content_sha256");
  tree.attributes["status"] = std::string{"interrupted"};
  tree.attributes["content_sha256"] = tree_digest(tree);
  tree.attributes["run_id"] = id;
  timeline.attributes["recovered"] = utc_now();
  tree.group("timeline") = std::move(timeline);

  fs::path archive =
      runs / fmt::format("{}-{}.h5", info->header.at("name").get<std::string>(), std::get<std::string>(id));
  WriteOptions layout;
  layout.archive = true;
  write_sealed(tree, archive, layout);
  std::error_code ignored;
  fs::remove_all(partial, ignored);
  return archive;
}

}  // namespace ansatz::host
