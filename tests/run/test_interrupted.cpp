// Runs that are stopped, killed or cut short, and what can be made of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "bench.hpp"
#include "core/compare.hpp"

using namespace ansatz::test;
using namespace std::chrono_literals;
using ansatz::host::read_head;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using ansatz::host::verify_sealed;
using Catch::Contains;

namespace {

// A walk of 60 steps of 20 ms, and a step before and after it.
constexpr const char* walk =
    "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 2}}\n"
    "  walk: {do: faulty.walk, with: {steps: 60, pause: 0.02}}\n"
    "  said: {do: faulty.tell, model: walk}\n";

// Sealed and byte for byte what a run without interruption gives.
void check_equal_to_uninterrupted(const fs::path& archive, const Bench& bench) {
  const CommandResult whole = bench.run({"--runs", "whole", "--deterministic"});
  REQUIRE(whole.code == 0);
  CHECK(read_file(archive) == read_file(bench.archive(whole)));
}

std::vector<fs::path> checkpoints(const Bench& bench) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"}) {
    if (entry.path().string().find(".step-") != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

// A busy machine may take seconds before a run begins.
void wait_for_begin(const Bench& bench) {
  const auto begun = [&] {
    std::error_code error;
    const auto bytes = fs::file_size(bench.partial() / "journal", error);
    return !error && bytes > 0;
  };
  for (int i = 0; i < 1000 && !begun(); ++i) std::this_thread::sleep_for(20ms);
  REQUIRE(begun());
}

// Start a run, let it go on for a while, and end it by the signal.
CommandResult run_and(int signal, const Bench& bench, std::chrono::milliseconds after,
                      std::vector<std::string> options = {"--deterministic", "--checkpoint-every", "0.05",
                                                          "-j", "2"}) {
  options.insert(options.begin(), {"run", "p.yaml"});
  Command command = bench.ansatz(options);
  const pid_t pid = command.start();
  wait_for_begin(bench);
  std::this_thread::sleep_for(after);
  kill(pid, signal);
  return command.wait();
}

}  // namespace

TEST_CASE("asked to stop, a run leaves a checkpoint, exits 130 and goes on when run again") {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    const Bench bench;
    bench.pipeline(walk);
    const CommandResult stopped = run_and(signal, bench, 700ms);
    INFO(stopped.err);
    REQUIRE(stopped.code == 130);
    CHECK(stopped.out.empty());
    CHECK_THAT(stopped.err, Contains("ansatz resume runs/p-"));
    bench.check_whole();
    CHECK_THAT(bench.ansatz({"plan", "p.yaml"}).run().out,
               Contains("sum   cached") && Contains("walk  resume(step ") && Contains("said  run"));
    const CommandResult result = bench.run({"--deterministic"});
    INFO(result.err);
    REQUIRE(result.code == 0);
    CHECK_THAT(result.err, Contains("resumed at step"));
    bench.check_clean();
    CHECK(checkpoints(bench).empty());
    check_equal_to_uninterrupted(bench.archive(result), bench);
  }
}

TEST_CASE("asked twice, a run stops at once, even in a step that never ends") {
  const Bench bench;
  bench.pipeline("  bad: {do: faulty.hangs}\n");
  Command command = bench.ansatz({"run", "p.yaml"});
  const pid_t pid = command.start();
  for (int i = 0; i < 500 && !fs::exists(bench.partial() / "bad.json"); ++i)
    std::this_thread::sleep_for(20ms);
  std::this_thread::sleep_for(500ms);  // for the worker to come to its verb
  kill(pid, SIGINT);
  std::this_thread::sleep_for(300ms);
  kill(pid, SIGTERM);
  siginfo_t ended{};
  for (int i = 0; i < 500 && ended.si_pid == 0; ++i) {
    std::this_thread::sleep_for(20ms);
    waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT);
  }
  if (ended.si_pid == 0) kill(pid, SIGKILL);
  CHECK(command.wait().code == 130);
}

TEST_CASE("a killed host leaves no worker; resume goes on in its folder") {
  const Bench bench;
  bench.pipeline(walk);
  const CommandResult killed = run_and(SIGKILL, bench, 900ms);
  CHECK(killed.code == 128 + SIGKILL);
  std::this_thread::sleep_for(100ms);  // for the worker to die
  REQUIRE_FALSE(bench.partial().empty());
  CHECK(checkpoints(bench).size() <= 3);  // two, and one more if the host died while the oldest went
  const CommandResult result = bench.ansatz({"resume", bench.partial()}).run();
  INFO(result.err);
  REQUIRE(result.code == 0);
  CHECK_THAT(result.err, Contains("sum ") && Contains("in the store") && Contains("resumed at step"));
  check_equal_to_uninterrupted(fs::path{result.out.substr(0, result.out.size() - 1)}, bench);
  bench.check_clean();
}

TEST_CASE("resume refuses when what the run was made from changed, and says what") {
  const Bench bench;
  bench.pipeline(walk);
  run_and(SIGKILL, bench, 700ms);
  SECTION("the pipeline") {
    bench.pipeline(std::string{walk} + "  more: {do: faulty.tell, model: walk}\n");
    const CommandResult result = bench.ansatz({"resume", bench.partial()}).run();
    CHECK(result.code == 6);
    CHECK_THAT(result.err, Contains("the pipeline changed at steps/more"));
  }
  SECTION("an input") {
    bench.folder.write("numbers.csv", "a,b\n1,2\n3,5\n");
    const CommandResult result = bench.ansatz({"resume", bench.partial()}).run();
    CHECK(result.code == 6);
    CHECK_THAT(result.err, Contains("the input numbers changed"));
  }
  SECTION("nothing to resume") { CHECK(bench.ansatz({"resume", "runs"}).run().code == 5); }
  bench.check_whole();
}

TEST_CASE("recover seals what there is of a killed run") {
  const Bench bench;
  bench.pipeline(walk, "expect:\n  - {that: sum.total, equals: 42}\n  - {that: said.y, at_least: 0}\n");
  run_and(SIGKILL, bench, 900ms);
  std::this_thread::sleep_for(100ms);
  const fs::path partial = bench.partial();
  REQUIRE_FALSE(partial.empty());
  // Neither plugin nor input are needed.
  fs::remove(bench.folder / "numbers.csv");
  const CommandResult result =
      bench.ansatz({"recover", partial.string() + "/"}).run();  // as shells complete it
  INFO(result.err);
  REQUIRE(result.code == 0);
  const fs::path archive = bench.archive(result);
  CHECK(archive == fs::path{partial}.replace_extension(".h5"));
  verify_sealed(archive);
  const Tree tree = read_tree(archive);
  CHECK(attribute(tree, "/", "status") == "interrupted");
  CHECK(attribute(tree, "steps/sum", "status") == "done");
  CHECK(tree.array("steps/sum/model/total").number(0) == 42);
  CHECK(attribute(tree, "steps/walk", "status") == "cancelled");
  CHECK(tree.array("steps/walk/metrics/total/value").count() > 5);
  CHECK(attribute(tree, "steps/said", "status") == "cancelled");
  CHECK(attribute(tree, "claims/0", "verdict") == "holds");
  CHECK(attribute(tree, "claims/1", "verdict") == "unknown");
  CHECK_FALSE(fs::exists(partial));
  // Steps count on, and none is told twice.
  const auto steps = tree.array("steps/walk/metrics/total/step").as<std::int64_t>();
  for (std::size_t i = 0; i < steps.size(); ++i) CHECK(steps[i] == static_cast<std::int64_t>(i));
  fs::create_directory(bench.folder / "empty.partial");
  for (const char* command : {"recover", "resume"}) {
    for (const auto& [what, text] : {std::pair<fs::path, const char*>{partial, "there is no"},
                                     {bench.archive(result), "has ended"},
                                     {bench.folder / "empty.partial", "no journal"}}) {
      const CommandResult refused = bench.ansatz({command, what.string()}).run();
      CHECK(refused.code == 5);
      CHECK_THAT(refused.err, Contains(text));
    }
  }
}

TEST_CASE("recover seals a killed sweep point by point, so that it can be compared and replayed") {
  const Bench bench;
  const std::string steps =
      "  drawn: {do: faulty.draw}\n  walk: {do: faulty.walk, with: {pause: 0.02}}\n  said: {do: faulty.tell, "
      "model: walk}\n";
  bench.pipeline(steps, "sweep: {grid: {walk.steps: [1, 2, 3000]}}\nexpect: [{that: said.y, at_least: 0}]\n");
  run_and(SIGKILL, bench, 1500ms);
  std::this_thread::sleep_for(100ms);
  REQUIRE_FALSE(bench.partial().empty());
  const CommandResult result = bench.ansatz({"recover", bench.partial()}).run();
  INFO(result.err);
  REQUIRE(result.code == 0);
  const fs::path archive = bench.archive(result);
  CHECK_NOTHROW(verify_sealed(archive));
  const Tree tree = read_tree(archive);
  CHECK(attribute(tree, "/", "status") == "interrupted");
  for (const int point : {0, 1}) {
    const std::string at = "points/" + std::to_string(point);
    CHECK(attribute(tree, at, "status") == "done");
    CHECK(attribute(tree, at + "/values", "walk.steps") == std::to_string(point + 1));
    CHECK(attribute(tree, at + "/steps/walk", "status") == "done");
    CHECK(tree.array(at + "/steps/walk/outputs/y").shape[0] == static_cast<std::uint64_t>(point) + 1);
    CHECK(attribute(tree, at + "/steps/said", "status") == "done");
  }
  CHECK(attribute(tree, "points/2", "status") == "cancelled");
  CHECK(attribute(tree, "points/2/steps/walk", "status") == "cancelled");
  CHECK(tree.array("points/2/steps/walk/metrics/total/value").count() > 5);
  CHECK(attribute(tree, "points/2/steps/said", "status") == "cancelled");
  CHECK(read_head(archive, "/steps").groups == std::vector<std::string>{"drawn"});  // what all points share
  const Tree& summary = *tree.find_tree("summary");
  CHECK(summary.array("status").text(1) == "done");
  CHECK(summary.array("status").text(2) == "cancelled");
  CHECK(summary.array("walk.steps").number(2) == 3000);
  CHECK(tree.array("timeline/steps/wall_s").number(0) > 0);
  CHECK(attribute(tree, "claims/0", "verdict") == "unknown");

  // The whole sweep, of two points, shares what was computed: equal results, and nothing that only one has.
  bench.pipeline(steps, "sweep: {grid: {walk.steps: [1, 2]}}\n");
  const fs::path other = bench.archive(bench.ansatz({"run", "p.yaml"}).run());
  const Tree whole = read_tree(other);
  for (const char* step : {"points/0/steps/walk/outputs/y", "points/1/steps/walk/outputs/y"})
    CHECK(compare(tree.array(step), whole.array(step)).bitwise);
  const CommandResult diff = bench.ansatz({"diff", archive.string(), other.string(), "--only-changed"}).run();
  INFO(diff.out << diff.err);
  CHECK_THAT(diff.out, Contains("points/2/steps/walk") && !Contains("points/0/") && !Contains("points/1/"));
}

TEST_CASE("recover leaves an archive alone that its host sealed before it died") {
  const Bench bench;
  bench.pipeline(walk);
  run_and(SIGKILL, bench, 500ms, {});  // a deterministic run's archive has another name
  std::this_thread::sleep_for(100ms);
  const fs::path partial = bench.partial(), kept = bench.folder / "kept";
  REQUIRE_FALSE(partial.empty());
  fs::copy(partial, kept, fs::copy_options::recursive);
  const CommandResult resumed = bench.ansatz({"resume", partial.string() + "/"}).run();
  INFO(resumed.err);
  REQUIRE(resumed.code == 0);
  const fs::path archive = bench.archive(resumed);
  CHECK(archive.parent_path() == partial.parent_path());
  const std::string before = read_file(archive);
  fs::copy(kept, partial, fs::copy_options::recursive);
  fs::remove_all(bench.folder / "runs/.store");
  const CommandResult recovered = bench.ansatz({"recover", partial}).run();
  INFO(recovered.err);
  CHECK(recovered.code == 0);
  CHECK(bench.archive(recovered) == archive);
  CHECK(read_file(archive) == before);
  CHECK_FALSE(fs::exists(partial));
}

TEST_CASE("recover seals anew what it had sealed itself and the run has gone on with since") {
  const Bench bench;
  bench.pipeline(walk);
  run_and(SIGKILL, bench, 500ms, {});
  std::this_thread::sleep_for(100ms);
  const fs::path partial = bench.partial(), kept = bench.folder / "kept";
  REQUIRE_FALSE(partial.empty());
  fs::copy(partial, kept, fs::copy_options::recursive);
  // By a link beside, which leads to the same folder.
  fs::create_directory_symlink(partial, bench.folder / "link");
  const CommandResult first = bench.ansatz({"recover", "link"}).run();
  INFO(first.err);
  REQUIRE(first.code == 0);
  const fs::path archive = bench.archive(first);
  CHECK(attribute(read_tree(archive), "steps/walk", "status") == "cancelled");
  REQUIRE(bench.run({"--runs", "runs"}).code == 0);  // the store has all of it now
  fs::copy(kept, partial, fs::copy_options::recursive);
  const CommandResult second = bench.ansatz({"recover", partial}).run();
  INFO(second.err);
  CHECK(bench.archive(second) == archive);
  CHECK(attribute(read_tree(archive), "steps/walk", "status") == "done");
  // Died while it removed the folder: no journal, and an archive.
  fs::create_directory(partial);
  CHECK(bench.archive(bench.ansatz({"recover", partial}).run()) == archive);
  CHECK_FALSE(fs::exists(partial));
  CHECK(bench.ansatz({"recover", ""}).run().code == 2);
}

TEST_CASE("a result that cannot be read is missing from what is recovered, and stops nothing") {
  const Bench bench;
  bench.pipeline(walk);
  run_and(SIGKILL, bench, 900ms);
  std::this_thread::sleep_for(100ms);
  REQUIRE_FALSE(bench.partial().empty());
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"}) {
    if (entry.path().extension() != ".h5") continue;
    fs::remove(entry.path());
    fs::create_symlink(entry.path(), entry.path());  // leads to itself
  }
  const CommandResult recovered = bench.ansatz({"recover", bench.partial()}).run();
  INFO(recovered.err);
  REQUIRE(recovered.code == 0);
  CHECK(attribute(read_tree(bench.archive(recovered)), "steps/sum", "status") == "cancelled");
}

TEST_CASE("a replay that confirms nothing is no success") {
  const Bench bench;
  bench.pipeline("  long: {do: faulty.walk, with: {steps: 100, pause: 0.02}}\n");
  run_and(SIGKILL, bench, 900ms);
  std::this_thread::sleep_for(100ms);
  REQUIRE_FALSE(bench.partial().empty());
  const fs::path archive = bench.archive(bench.ansatz({"recover", bench.partial()}).run());
  const CommandResult replay = bench.ansatz({"replay", archive.string()}).run();
  CHECK(replay.code == 6);
  CHECK_THAT(replay.out, Contains("there is nothing to compare"));
}

TEST_CASE("a recovered sweep is replayed") {
  const Bench bench;
  bench.pipeline("  walk: {do: faulty.walk, with: {pause: 0.02}}\n",
                 "sweep: {grid: {walk.steps: [1, 2, 100]}}\n");
  run_and(SIGKILL, bench, 1200ms);
  std::this_thread::sleep_for(100ms);
  REQUIRE_FALSE(bench.partial().empty());
  const fs::path archive = bench.archive(bench.ansatz({"recover", bench.partial()}).run());
  const CommandResult replay = bench.ansatz({"replay", archive.string()}).run();
  INFO(replay.out << replay.err);
  CHECK(replay.code == 0);
  CHECK_THAT(replay.out, Contains("points/2/steps/walk: was cancelled in the archive, is done now"));
  CHECK_THAT(replay.out, Contains("are bitwise equal") && !Contains("0 of 0"));
}

TEST_CASE("a run that lives is neither resumed nor recovered nor collected") {
  const Bench bench;
  bench.pipeline("  long: {do: faulty.waits}\n");
  Command command = bench.ansatz({"run", "p.yaml"});
  const pid_t pid = command.start();
  wait_for_begin(bench);
  const fs::path partial = bench.partial();
  CHECK_THAT(bench.ansatz({"resume", partial}).run().err,
             Contains("is being run by process " + std::to_string(pid)));
  CHECK_THAT(bench.ansatz({"recover", partial}).run().err,
             Contains("is being run by process " + std::to_string(pid)));
  CHECK(bench.ansatz({"gc", "--older", "0"}).run().code == 0);
  CHECK(fs::exists(partial / "journal"));
  kill(pid, SIGINT);
  CHECK(command.wait().code == 130);
}

TEST_CASE("a damaged checkpoint is passed over for the one before it") {
  const Bench bench;
  bench.pipeline(walk);
  REQUIRE(run_and(SIGTERM, bench, 800ms).code == 130);
  std::vector<fs::path> files = checkpoints(bench);
  REQUIRE(files.size() == 2);
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return a.string().size() != b.string().size() ? a.string().size() < b.string().size() : a < b;
  });
  std::string bytes = read_file(files.back());
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream{files.back(), std::ios::binary} << bytes;
  const CommandResult result = bench.run({"--deterministic"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const std::string name = files.front().string();
  const auto at = name.find(".step-") + 6;
  CHECK_THAT(result.err, Contains("resumed at step " + name.substr(at, name.size() - at - 3)));
  check_equal_to_uninterrupted(bench.archive(result), bench);
}

TEST_CASE("a step that hits a limit leaves a checkpoint; with a larger limit it goes on") {
  const Bench bench;
  bench.pipeline(walk);
  const CommandResult stopped = bench.run({"--limit-wall", "0.5", "--deterministic"});
  CHECK(stopped.code == 7);
  CHECK_THAT(stopped.err, Contains("its limit of wall time is 0.5"));
  CHECK_THAT(bench.ansatz({"plan", "p.yaml"}).run().out, Contains("walk  resume(step "));
  const CommandResult result = bench.run({"--limit-wall", "60", "--deterministic"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  CHECK_THAT(result.err, Contains("resumed at step"));
  check_equal_to_uninterrupted(bench.archive(result), bench);
}
