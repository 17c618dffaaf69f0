// Sweeps as their users meet them: what runs, what is shared, and what the archive says.
#include <fmt/core.h>
#include <hdf5.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "archive/h5.hpp"
#include "run/bench.hpp"

using namespace ansatz::test;
using ansatz::host::Array;
using ansatz::host::read_head;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using ansatz::host::verify_sealed;
using Catch::Contains;

namespace {

// tell.y = steps * scale * 21
constexpr const char* fit =
    "  sum: {do: faulty.fit, in: {x: numbers.table}}\n"
    "  said: {do: faulty.tell, model: sum}\n"
    "  other: {do: faulty.blocks, in: {x: numbers.table}}\n";
constexpr const char* grid = "sweep: {grid: {sum.steps: [1, 2, 3], sum.scale: [0.5, 2]}}\n";

std::size_t store_files(const Bench& bench) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"})
    count += entry.path().extension() == ".h5" ? 1 : 0;
  return count;
}

// Where a group lies in the file: equal for two links to one.
std::uint64_t address(const fs::path& file, const std::string& group) {
  const ansatz::host::H5Handle open = ansatz::host::h5_open_file(file.string());
  H5O_info_t info{};
  REQUIRE(H5Oget_info_by_name2(open.id(), group.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0);
  return info.addr;
}

}  // namespace

TEST_CASE("a sweep computes each step once and archives every point") {
  const Bench bench;
  bench.pipeline(fit, std::string{grid} + "expect:\n  - {that: said.y, at_least: 20}\n");
  const CommandResult result = bench.run({"-j", "2"});
  INFO(result.err);
  CHECK(result.code == 6);  // 1 * 0.5 * 21 is less than 20
  CHECK_THAT(result.err, Contains("in 5 of 6 points"));
  // 6 sums, 6 times what they say, and the other step once
  CHECK(store_files(bench) == 13);
  const fs::path archive = bench.archive(result);
  CHECK_NOTHROW(verify_sealed(archive));
  std::size_t point = 0;
  for (const double steps : {1.0, 2.0, 3.0}) {
    for (const double scale : {0.5, 2.0}) {
      const std::string at = fmt::format("/points/{}", point++);
      CHECK(read_tree(archive, at + "/steps/said/outputs").array("y").number(0) == steps * scale * 21);
      CHECK(read_head(archive, at + "/steps/sum/params").attributes.at("scale") ==
            ansatz::host::Value{scale});
      CHECK(read_head(archive, at + "/values").attributes.at("sum.scale") == ansatz::host::Value{scale});
      CHECK(read_head(archive, at + "/claims/0").attributes.at("verdict") ==
            ansatz::host::Value{std::string{steps * scale * 21 >= 20 ? "holds" : "fails"}});
    }
  }
  // Shared steps are stored once and linked; what all points share stands under its own name as well.
  CHECK(address(archive, "/points/0/steps/other") == address(archive, "/points/5/steps/other"));
  CHECK(address(archive, "/points/0/steps/other") == address(archive, "/steps/other"));
  CHECK(address(archive, "/points/0/steps/sum") != address(archive, "/points/1/steps/sum"));
  const Tree summary = read_tree(archive, "/summary");
  CHECK(summary.array("said.y").shape == std::vector<std::uint64_t>{6});
  for (std::uint64_t i = 0; i < 6; ++i) {
    CHECK(summary.array("said.y").number(i) ==
          summary.array("sum.steps").number(i) * summary.array("sum.scale").number(i) * 21);
    CHECK(summary.array("status").text(i) == "done");
    CHECK(summary.array("point").text(i) == std::to_string(i));
  }
  CHECK(summary.attributes.at("encoding-type") == ansatz::host::Value{std::string{"dataframe"}});
  bench.check_clean();
}

TEST_CASE("equal sweeps give equal files with --deterministic, whatever -j and what was in the store") {
  std::vector<std::string> bytes;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"-j", "1"}, {"-j", "3"}}) {
    const Bench bench;
    bench.pipeline(fit + std::string{"  drawn: {do: faulty.draw}\n"},
                   "sweep: {grid: {sum.steps: [1, 2]}, seeds: 2}\n");
    if (options[1] == "3") (void)bench.run({"--set", "sum.verbose=true"});
    std::vector<std::string> words = options;
    words.emplace_back("--deterministic");
    const CommandResult result = bench.run(words);
    INFO(result.err);
    REQUIRE(result.code == 0);
    bytes.push_back(read_file(bench.archive(result)));
    const Tree a = read_tree(bench.archive(result), "/points/0/steps/drawn/outputs"),
               b = read_tree(bench.archive(result), "/points/1/steps/drawn/outputs");
    CHECK(a.array("y").number(0) != b.array("y").number(0));  // another seed
    CHECK(address(bench.archive(result), "/points/0/steps/drawn") ==
          address(bench.archive(result), "/points/2/steps/drawn"));
  }
  CHECK(bytes[0] == bytes[1]);
}

TEST_CASE("a failed point is data") {
  const Bench bench;
  bench.pipeline("  walk: {do: faulty.walk, with: {pause: 0.001}}\n",
                 "sweep: {grid: {walk.steps: [2, 100000, 3]}}\n");
  const CommandResult result = bench.run({"--keep-going", "--limit-wall", "1"});
  INFO(result.err);
  CHECK(result.code == 7);
  const Tree summary = read_tree(bench.archive(result), "/summary");
  CHECK(summary.array("status").text(0) == "done");
  CHECK(summary.array("status").text(1) == "failed");
  CHECK(summary.array("status").text(2) == "done");
  CHECK_THAT(read_tree(bench.archive(result), "/points/1/steps/walk").array("failure").text(0),
             Contains("limit of wall time"));
  CHECK(attribute(read_tree(bench.archive(result), "/points/1"), "/", "status") == "failed");
}

TEST_CASE("the points of a sweep can be listed, and run one by one") {
  const Bench bench;
  bench.pipeline(fit, grid);
  const CommandResult points = bench.ansatz({"points", "p.yaml", "--json"}).run();
  REQUIRE(points.code == 0);
  const auto list = nlohmann::ordered_json::parse(points.out);
  REQUIRE(list.size() == 6);
  CHECK(list[3]["values"]["sum.steps"] == 2);
  CHECK(list[3]["values"]["sum.scale"] == 2.0);
  for (int i = 5; i >= 0; --i) {
    const CommandResult one = bench.ansatz({"run-point", "p.yaml", std::to_string(i), "--quiet"}).run();
    INFO(one.err);
    REQUIRE(one.code == 0);
    const Tree tree = read_tree(bench.archive(one));
    CHECK(attribute(tree, "/", "point") == std::to_string(i));
    CHECK(tree.array("steps/said/outputs/y").number(0) ==
          list[i]["values"]["sum.steps"].get<double>() * list[i]["values"]["sum.scale"].get<double>() * 21);
  }
  // The sweep then finds everything in the store and packs it.
  const std::size_t files = store_files(bench);
  const CommandResult all = bench.run();
  CHECK(all.code == 0);
  CHECK(store_files(bench) == files);
  CHECK(std::count(all.err.begin(), all.err.end(), '\n') >= 13);
  CHECK(all.err.find(" s\n") == std::string::npos);  // no step took time: "in the store" stands there
  const CommandResult none = bench.ansatz({"run-point", "p.yaml", "6"}).run();
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("points 0 to 5"));
}

TEST_CASE("workers that are forked are as isolated as those that are spawned") {
  const Bench bench;
  // From 16 steps on, a server forks them.
  bench.pipeline("  crash: {do: faulty.segfaults}\n  leave: {do: faulty.exits}\n  drawn: {do: faulty.draw}\n",
                 "sweep: {seeds: 12}\n");
  const CommandResult result = bench.run({"--keep-going", "-j", "3"});
  CHECK(result.code == 1);
  const fs::path archive = bench.archive(result);
  for (int i = 0; i < 12; ++i) {
    const Tree point = read_tree(archive, fmt::format("/points/{}/steps", i));
    CHECK_THAT(point.array("crash/failure").text(0), Contains("SIGSEGV"));
    CHECK_THAT(read_tree(archive, fmt::format("/timeline/failed/crash@{}", i)).array("details").text(0),
               Contains("backtrace"));
    CHECK_THAT(point.array("leave/failure").text(0), Contains("exit(0)"));
    CHECK(point.array("drawn/outputs/y").count() == 1000);
  }
  // Few steps are spawned; their results are the same, bit for bit.
  const CommandResult one =
      bench.ansatz({"run-point", "p.yaml", "7", "--keep-going", "--runs", "elsewhere"}).run();
  const Array forked = read_tree(archive, "/points/7/steps/drawn/outputs").array("y"),
              spawned = read_tree(bench.archive(one), "/steps/drawn/outputs").array("y");
  CHECK(ansatz::host::content_digest(forked) == ansatz::host::content_digest(spawned));
  // Each says what it used.
  const Tree timeline = read_tree(archive, "/timeline/steps");
  for (std::uint64_t i = 0; i < timeline.array("wall_s").count(); ++i) {
    CHECK(timeline.array("wall_s").number(i) > 0);
    CHECK(timeline.array("max_rss_kib").number(i) > 0);
  }
}

TEST_CASE("the workers of a sweep die with their host") {
  const Bench bench;
  bench.pipeline("  w: {do: faulty.waits}\n", "sweep: {seeds: 20}\n");
  Command command = bench.ansatz({"run", "p.yaml", "--quiet", "-j", "2"});
  const pid_t host = command.start();
  const auto children = [&] {
    std::vector<pid_t> pids;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
      const std::string status = read_file(entry.path() / "status");
      if (status.find(fmt::format("\nPPid:\t{}\n", host)) != std::string::npos)
        pids.push_back(std::stoi(entry.path().filename().string()));
    }
    return pids;
  };
  for (int i = 0; i < 500 && children().size() < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  const std::vector<pid_t> pids = children();
  REQUIRE(pids.size() == 3);  // the server and two workers
  kill(host, SIGKILL);
  (void)command.wait();
  const auto alive = [](pid_t pid) {
    return kill(pid, 0) == 0 &&
           read_file(fmt::format("/proc/{}/status", pid)).find("State:\tZ") == std::string::npos;
  };
  for (int i = 0; i < 250 && std::any_of(pids.begin(), pids.end(), alive); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  for (const pid_t pid : pids) CHECK_FALSE(alive(pid));
}
