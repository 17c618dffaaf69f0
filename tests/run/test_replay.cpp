// Archives run again, compared and listed.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "run/bench.hpp"

using namespace ansatz::test;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using Catch::Contains;

namespace {

constexpr const char* steps =
    "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 2}}\n"
    "  said: {do: faulty.tell, model: sum}\n"
    "  drawn: {do: faulty.draw}\n";

nlohmann::ordered_json replayed(const Bench& bench, const fs::path& archive,
                                const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"--json", "replay", archive.string(), "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  const CommandResult result = bench.ansatz(words).run();
  INFO(result.out << result.err);
  auto json = nlohmann::ordered_json::parse(result.out);
  CHECK(json["exit_code"] == result.code);
  return json;
}

// The archive with one array changed, sealed again.
fs::path tampered(const Bench& bench, const fs::path& archive, const std::string& item, double factor) {
  Tree tree = read_tree(archive);
  ansatz::host::Array array = tree.array(item);
  for (double& x : array.as<double>()) x *= factor;
  tree.put(item, std::move(array));
  const fs::path file = bench.folder / "tampered.h5";
  write_sealed(tree, file, {.archive = true});
  return file;
}

}  // namespace

TEST_CASE("a replay computes everything again and finds it bitwise equal") {
  const Bench bench;
  bench.pipeline(steps);
  const fs::path archive = bench.archive(bench.run());
  const auto json = replayed(bench, archive);
  CHECK(json["exit_code"] == 0);
  CHECK(json["equal"] == true);
  CHECK(json["environment"].empty());
  std::vector<std::string> names;
  for (const auto& result : json["results"])
    names.push_back(result["step"].get<std::string>() + "/" + result["name"].get<std::string>());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"steps/drawn/outputs/y", "steps/said/outputs/y",
                                          "steps/sum/metrics/total/step", "steps/sum/metrics/total/value",
                                          "steps/sum/model/total"});
  // It leaves nothing behind, and a store entry cannot make it look equal: it has a store of its own.
  for (const auto& entry : fs::directory_iterator{bench.folder / "runs"})
    CHECK(entry.path().filename().string().find("replay") == std::string::npos);
}

TEST_CASE("a replay of the sweep compares each step once") {
  const Bench bench;
  bench.pipeline(steps, "sweep: {grid: {sum.steps: [1, 2, 3]}}\n");
  const CommandResult run = bench.run();
  INFO(run.err);
  const auto json = replayed(bench, bench.archive(run));
  CHECK(json["exit_code"] == 0);
  CHECK(json["results"].size() == 3 * 4 + 1);
}

TEST_CASE("several archives are replayed one after the other; the worst of them is the exit code") {
  const Bench bench;
  bench.pipeline(steps);
  const fs::path archive = bench.archive(bench.run());
  const fs::path changed = tampered(bench, archive, "steps/drawn/outputs/y", 2);
  for (const auto& order : {std::vector{archive, changed}, std::vector{changed, archive}}) {
    const CommandResult text =
        bench.ansatz({"replay", order[0].string(), order[1].string(), "--quiet"}).run();
    INFO(text.out << text.err);
    CHECK(text.code == 6);
    CHECK(text.out.find(order[0].string() + "\n") < text.out.find(order[1].string() + "\n"));
    CHECK_THAT(text.out, Contains("the first step to differ is steps/drawn"));
    const CommandResult result =
        bench.ansatz({"--json", "replay", order[0].string(), order[1].string(), "--quiet"}).run();
    const auto json = nlohmann::ordered_json::parse(result.out);
    REQUIRE(json.size() == 2);
    CHECK(json[order[0] == archive ? 0 : 1]["equal"] == true);
    CHECK(json[order[0] == archive ? 1 : 0]["first_to_differ"] == "steps/drawn");
    CHECK(json[0]["archive"] == order[0].string());
  }
  CHECK(bench.ansatz({"replay", archive.string(), archive.string(), "--quiet"}).run().code == 0);
}

TEST_CASE("a replay names the first step that differs, by how much, and exits 6") {
  const Bench bench;
  bench.pipeline(steps);
  const fs::path archive = bench.archive(bench.run());
  const auto json = replayed(bench, tampered(bench, archive, "steps/drawn/outputs/y", 1 + 1e-15));
  CHECK(json["exit_code"] == 6);
  CHECK(json["first_to_differ"] == "steps/drawn");
  for (const auto& result : json["results"]) {
    const bool changed = result["step"] == "steps/drawn";
    CHECK(result["bitwise"] == !changed);
    // 1e-15 is 4.5 units in the last place of 1: rounding makes it at least 4 and at most 10 of any number.
    if (changed) CHECK((result["max_ulp"] >= 4 && result["max_ulp"] <= 10));
  }
  CHECK(replayed(bench, bench.folder / "tampered.h5", {"--ulp", "10"})["exit_code"] == 0);
  const auto both = replayed(bench, tampered(bench, archive, "steps/sum/model/total", 2));
  CHECK(both["first_to_differ"] == "steps/sum");
}

TEST_CASE("inputs are found by their digest, or come out of the archive") {
  const Bench bench;
  bench.pipeline(steps);
  const fs::path plain = bench.archive(bench.run()),
                 whole = bench.archive(
                     bench.run({"--embed-inputs", "--embed-plugins", "--set", "sum.verbose=true"}));
  fs::rename(bench.folder / "numbers.csv", bench.folder / "moved.csv");
  const CommandResult lost = bench.ansatz({"replay", plain.string()}).run();
  CHECK(lost.code == 5);
  CHECK_THAT(lost.err, Contains("numbers.csv") && Contains("--data numbers=FILE"));
  CHECK(replayed(bench, plain, {"--data", "numbers=moved.csv"})["exit_code"] == 0);
  const CommandResult misspelt = bench.ansatz({"replay", plain.string(), "--data", "number=moved.csv"}).run();
  CHECK(misspelt.code == 2);
  CHECK_THAT(misspelt.err, Contains("--data number") && Contains("did you mean 'numbers'"));
  // A file that is given is the one that is taken, also where another would do.
  fs::copy_file(bench.folder / "moved.csv", bench.folder / "numbers.csv");
  const CommandResult other = bench.ansatz({"replay", plain.string(), "--data", "numbers=nowhere.csv"}).run();
  CHECK(other.code == 5);
  CHECK_THAT(other.err, Contains("nowhere.csv"));
  bench.folder.write("numbers.csv", "a,b\n1,2\n");
  CHECK_THAT(bench.ansatz({"replay", plain.string()}).run().err, Contains("other content"));
  fs::remove(bench.folder / "moved.csv");
  // Neither the file nor the plugin is needed now.
  const CommandResult alone =
      Command{{ANSATZ_EXECUTABLE, "replay", whole.string(), "--quiet"}}.in(bench.folder.path()).run();
  INFO(alone.out << alone.err);
  CHECK(alone.code == 0);
  CHECK_THAT(alone.out,
             Contains("input numbers: from the archive") && Contains("plugin faulty: from the archive"));
}

TEST_CASE("a damaged archive is not replayed") {
  const Bench bench;
  bench.pipeline(steps);
  const fs::path archive = bench.archive(bench.run());
  std::string bytes = read_file(archive);
  bytes[bytes.size() / 2] ^= 1;
  bench.folder.write("damaged.h5", bytes);
  CHECK(bench.ansatz({"replay", "damaged.h5"}).run().code == 5);
  CHECK(bench.ansatz({"diff", "damaged.h5", archive.string()}).run().code == 5);
}

TEST_CASE("a diff says what changed between two runs and nothing else") {
  const Bench bench;
  bench.pipeline(steps, "expect:\n  - {that: said.y, at_most: 50}\n");
  const fs::path a = bench.archive(bench.run()), b = bench.archive(bench.run({"--set", "sum.scale=2"}));
  const CommandResult diff = bench.ansatz({"diff", a.string(), b.string(), "--only-changed"}).run();
  INFO(diff.out << diff.err);
  CHECK(diff.code == 6);
  CHECK_THAT(diff.out,
             Contains("steps.sum.scale  1.0 -> 2.0") && Contains("0 (said.y).verdict  holds -> fails") &&
                 Contains("steps/said/outputs/y  1 of 1 differ: at most 42 absolute, 0.5 relative"));
  CHECK(diff.out.find("drawn") == std::string::npos);
  CHECK(diff.out.find("environment") == std::string::npos);
  CHECK(bench.ansatz({"diff", a.string(), a.string()}).run().code == 0);
  // A data set that only one has is a difference; that neither says its format is none.
  std::string without = read_file(bench.folder / "p.yaml");
  without.erase(without.find("data:"), without.find("steps:") - without.find("data:"));
  bench.folder.write("p.yaml", without.substr(0, without.find("  sum:")) + "  drawn: {do: faulty.draw}\n");
  const CommandResult other = bench.run();
  INFO(other.err << read_file(bench.folder / "p.yaml"));
  CHECK_THAT(bench.ansatz({"diff", a.string(), bench.archive(other).string(), "--only-changed"}).run().out,
             Contains("data.numbers.file  ") && !Contains("(none) -> (none)") && !Contains("{}"));
}

TEST_CASE("ls lists runs, and one that was killed does not look alive") {
  const Bench bench;
  bench.pipeline(steps, "expect:\n  - {that: said.y, at_most: 50}\n  - {that: said.y, at_most: 1}\n");
  CHECK(bench.run().code == 6);
  bench.pipeline("  w: {do: faulty.waits}\n");
  Command waiting = bench.ansatz({"run", "p.yaml", "--quiet"});
  const pid_t pid = waiting.start();
  const auto status = [&] {
    const auto json = nlohmann::ordered_json::parse(bench.ansatz({"--json", "ls"}).run().out);
    for (const auto& run : json) {
      if (run["file"].get<std::string>().ends_with(".partial")) return run["status"].get<std::string>();
    }
    return std::string{};
  };
  for (int i = 0; i < 200 && status() != "running"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK(status() == "running");
  kill(pid, SIGKILL);
  (void)waiting.wait();
  CHECK(status() == "killed");
  CHECK_THAT(bench.ansatz({"ls"}).run().out, Contains("done") && Contains("1/2 hold") && Contains("killed"));
  CHECK(bench.ansatz({"ls", "nowhere"}).run().code == 74);
}
