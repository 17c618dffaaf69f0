// What changes beside a run while it goes on: its data, its host, its own archive.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench.hpp"
#include "run/job.hpp"

using namespace ansatz::test;
using namespace std::chrono_literals;
using ansatz::host::FileStamp;
using ansatz::host::Job;
using ansatz::host::Listener;
using ansatz::host::read_tree;
using ansatz::host::StepOutcome;
using ansatz::host::Tree;
using Catch::Contains;

namespace {

// fit on numbers.csv, outside of any run.
Job fit_job(const Bench& bench) {
  Job job;
  job.step = "sum", job.key = "sum";
  job.plugin = FAULTY_PLUGIN;
  job.plugin_sha256 = ansatz::host::sha256_of_file(FAULTY_PLUGIN);
  job.model = "faulty", job.verb = "fit";
  const fs::path numbers_file = bench.folder / "numbers.csv";
  job.inputs["x"] = {numbers_file, {}, "table", "numbers.table", ansatz::host::stamp_of(numbers_file)};
  job.output = bench.folder / "sum.h5";
  return job;
}

}  // namespace

TEST_CASE("data that changed since a run was planned are refused by the step that reads them") {
  const Bench bench;
  bench.pipeline(
      "  walk: {do: faulty.walk, with: {steps: 60, pause: 0.02}}\n"
      "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 2}}\n");
  Command command = bench.ansatz({"run", "p.yaml"});
  command.start();
  for (int i = 0; i < 500 && !fs::exists(bench.partial() / "walk.json"); ++i)
    std::this_thread::sleep_for(20ms);
  bench.folder.write("numbers.csv", "a,b\n1,2\n3,4\n5,7\n");
  const CommandResult result = command.wait();
  INFO(result.err);
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Contains("numbers.csv changed since the run was planned") && Contains("run again"));
  CHECK(attribute(read_tree(bench.archive(result)), "steps/sum", "status") == "failed");
  const CommandResult again = bench.run();
  REQUIRE(again.code == 0);
  CHECK(read_tree(bench.archive(again)).array("steps/sum/model/total").number(0) == 2 * 22);
}

TEST_CASE("data that change while a step reads them cost the step, and no checkpoint remembers them") {
  const Bench bench;
  bench.pipeline("");
  for (const std::string content : {"a,b\n1,2\n3,4\n5,7\n", "a,b\n1,2\n"}) {
    bench.folder.write("numbers.csv", numbers);
    Job job = fit_job(bench);
    job.checkpoint_seconds = 0;
    REQUIRE(run_job(job, {}).status == ANSATZ_DONE);
    fs::remove(job.output);
    Listener listener;
    listener.metric = [&](const auto& metric) {
      if (metric.step == 0) bench.folder.write("numbers.csv", content);
    };
    const StepOutcome outcome = run_job(job, listener);
    CHECK(outcome.status != ANSATZ_DONE);
    CHECK_THAT(outcome.text, Contains("changed since the run was planned"));
    CHECK_FALSE(fs::exists(job.output));
    for (const auto& entry : fs::directory_iterator{bench.folder.path()})
      CHECK(entry.path().extension() != ".h5");
  }
}

TEST_CASE("a plugin's file that is not the one of the plan is not run") {
  const Bench bench;
  bench.pipeline("");
  Job job = fit_job(bench);
  job.plugin_sha256 = std::string(64, '0');
  const StepOutcome outcome = run_job(job, {});
  CHECK(outcome.status != ANSATZ_DONE);
  CHECK_THAT(outcome.text, Contains("changed since the run was planned"));
  CHECK_FALSE(fs::exists(job.output));
}

TEST_CASE("equal runs that fail give equal files; what differs is in the timeline") {
  for (const std::string verb : {"segfaults", "floods-and-crashes", "exits", "hangs"}) {
    std::vector<std::string> bytes;
    for (const char* limit : {"0.3", "0.3"}) {
      const Bench bench;
      bench.pipeline("  bad: {do: faulty." + verb + "}\n");
      const CommandResult result = bench.run({"--deterministic", "--limit-wall", limit});
      INFO(result.err);
      REQUIRE(result.code == (verb == "hangs" ? 7 : 1));
      bytes.push_back(read_file(bench.archive(result)));
    }
    CHECK(bytes[0] == bytes[1]);
  }
  const Bench bench;
  bench.pipeline("  bad: {do: faulty.floods-and-crashes}\n");
  const Tree tree = read_tree(bench.archive(bench.run()));
  CHECK_THAT(tree.array("steps/bad/failure").text(0), Contains("SIGSEGV") && !Contains("backtrace"));
  CHECK_THAT(tree.array("timeline/bad/details").text(0), Contains("backtrace"));
  CHECK_THAT(tree.array("timeline/bad/printed").text(0), Contains("a line that nobody asked for"));
}

TEST_CASE("an archive with a deterministic name that was damaged since is sealed anew") {
  const Bench bench;
  bench.pipeline("  drawn: {do: faulty.draw}\n");
  const fs::path archive = bench.archive(bench.run({"--deterministic"}));
  const std::string whole = read_file(archive);
  std::string damaged = whole;
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream{archive, std::ios::binary} << damaged;
  const CommandResult again = bench.run({"--deterministic"});
  CHECK(again.code == 0);
  CHECK(bench.archive(again) == archive);
  CHECK(read_file(archive) == whole);
}

TEST_CASE("a worker whose host is gone before it began does nothing") {
  const Bench bench;
  bench.pipeline("");
  const Job job = fit_job(bench);
  bench.folder.write("job.json", to_json(job).dump());
  const auto worker = [&](const std::string& channel) {
    return Command{
        {"bash", "-c", "exec 3> " + channel + "; sleep 0.2; exec \"$0\" worker job.json", ANSATZ_EXECUTABLE}}
        .in(bench.folder.path())
        .run();
  };
  CHECK(worker(">(exit 0)").code == 1);
  CHECK_FALSE(fs::exists(job.output));
  CHECK(worker("/dev/null").code == 0);  // by hand
  CHECK(fs::exists(job.output));
}

TEST_CASE("metrics are curves in the sense of NeXus") {
  const Bench bench;
  bench.pipeline("  walk: {do: faulty.walk}\n", "sweep: {seeds: 2}\n");
  const Tree sweep = read_tree(bench.archive(bench.run()));
  const Tree one = read_tree(bench.archive(bench.ansatz({"run-point", "p.yaml", "0"}).run()));
  for (const Tree* metric :
       {&one.at("steps/walk/metrics/total"), &sweep.at("points/1/steps/walk/metrics/total")}) {
    CHECK(ansatz::host::to_text(metric->attributes.at("NX_class")) == "NXdata");
    CHECK(metric->find_array(ansatz::host::to_text(metric->attributes.at("signal"))) != nullptr);
    for (const std::string& axis : std::get<std::vector<std::string>>(metric->attributes.at("axes")))
      CHECK(metric->find_array(axis) != nullptr);
  }
}
