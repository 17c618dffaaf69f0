// `ansatz run` as its users meet it: exit codes, messages, and what is left behind.
#include <sys/mount.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "archive/store.hpp"
#include "bench.hpp"

using namespace ansatz::test;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using ansatz::host::verify_sealed;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr const char* fit =
    "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 2}}\n"
    "  said: {do: faulty.tell, model: sum}\n";

}  // namespace

TEST_CASE("a run ends with its archive's path on stdout and everything in it") {
  const Bench bench;
  bench.pipeline(fit,
                 "expect:\n  - {that: said.y, equals: 42, within: 0, because: 2 times 21}\n"
                 "  - {that: sum.total, at_least: 40}\n");
  const CommandResult result = bench.run();
  INFO(result.err);
  REQUIRE(result.code == 0);
  CHECK_THAT(result.err, Contains("sum") && Contains("done") && Contains("claim   holds   said.y"));
  const fs::path archive = bench.archive(result);
  CHECK_NOTHROW(verify_sealed(archive));
  const Tree tree = read_tree(archive);
  CHECK(attribute(tree, "/", "status") == "done");
  CHECK(attribute(tree, "steps/sum", "do") == "faulty.faulty.fit");
  CHECK(attribute(tree, "steps/sum/params", "steps") == "2");
  CHECK(attribute(tree, "steps/sum/params", "scale") == "1.0");  // defaults are archived as well
  CHECK(tree.array("steps/said/outputs/y").number(0) == 42);
  CHECK(tree.array("steps/sum/model/total").number(0) == 42);
  CHECK(tree.array("steps/sum/metrics/total/value").number(0) == 21);
  CHECK(attribute(tree, "claims/0", "verdict") == "holds");
  CHECK(attribute(tree, "claims/0", "because") == "2 times 21");
  CHECK(attribute(tree, "inputs/numbers", "uri") == "numbers.csv");
  CHECK(tree.array("pipeline/source").text(0) == read_file(bench.folder / "p.yaml"));
  bench.check_clean();
}

TEST_CASE("a second run takes every step from the store, and other parameters do not") {
  const Bench bench;
  bench.pipeline(fit);
  REQUIRE(bench.run().code == 0);
  const CommandResult plan = bench.ansatz({"plan", "p.yaml"}).run();
  CHECK_THAT(plan.out, Contains("sum   cached") && Contains("said  cached"));
  const CommandResult again = bench.run();
  CHECK(again.code == 0);
  CHECK_THAT(again.err, Contains("in the store"));
  CHECK(bench.ansatz({"plan", "p.yaml", "--set", "sum.scale=3"}).run().out.find("cached") ==
        std::string::npos);
  // A parameter that does not affect the result is no reason to compute again.
  CHECK_THAT(bench.ansatz({"plan", "p.yaml", "--set", "sum.verbose=true"}).run().out,
             Contains("sum   cached"));
}

TEST_CASE("a damaged file in the store is computed again") {
  const Bench bench;
  bench.pipeline(fit, "expect:\n  - {that: said.y, equals: 42}\n");
  REQUIRE(bench.run().code == 0);
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"}) {
    if (entry.is_directory()) continue;
    std::string bytes = read_file(entry.path());
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream{entry.path(), std::ios::binary} << bytes;
  }
  CHECK_THAT(bench.ansatz({"plan", "p.yaml"}).run().out,
             Contains("sum   run") && Contains("its result in the store is damaged") && !Contains("cached"));
  const CommandResult result = bench.run();
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(result.err.find("in the store") == std::string::npos);
  bench.check_clean();
}

TEST_CASE("equal runs give equal files with --deterministic, whatever the folder, -j and threads") {
  const char* steps =
      "  one: {do: faulty.draw}\n  two: {do: faulty.draw}\n"
      "  sum: {do: faulty.fit, in: {x: numbers.table}}\n  said: {do: faulty.tell, model: sum}\n";
  std::vector<std::string> bytes;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"-j", "1"},
                                             {"-j", "2", "--threads", "3"},
                                             {"--in-process"},
                                             {"-j", "4", "--runs", "elsewhere"}}) {
    const Bench bench;
    bench.pipeline(steps);
    std::vector<std::string> all{"--deterministic"};
    all.insert(all.end(), options.begin(), options.end());
    const CommandResult result = bench.run(all);
    INFO(result.err);
    REQUIRE(result.code == 0);
    bytes.push_back(read_file(bench.archive(result)));
  }
  for (const std::string& other : bytes) CHECK(other == bytes[0]);
  // Streams of steps differ.
  const TemporaryFolder folder;
  folder.write("a.h5", bytes[0]);
  const Tree tree = read_tree(folder / "a.h5");
  CHECK(tree.array("steps/one/outputs/y").number(0) != tree.array("steps/two/outputs/y").number(0));
}

TEST_CASE("a claim that fails is exit code 6 and archived as such") {
  const Bench bench;
  bench.pipeline(fit, "expect:\n  - {that: said.y, at_least: 43, because: it should be more}\n");
  const CommandResult result = bench.run();
  CHECK(result.code == 6);
  CHECK_THAT(result.err, Contains("claim   FAILS   said.y >= 43  (it is 42)  because it should be more"));
  CHECK(attribute(read_tree(bench.archive(result)), "claims/0", "verdict") == "fails");
}

TEST_CASE("a step that fails costs itself; the archive says what happened") {
  struct Case {
    const char* verb;
    const char* says;
  };
  const Case cases[] = {{"throws", "the moon is not full; wait for it"},
                        {"throws-strange", "no std::exception"},
                        {"throws-in-task", "task 3"},
                        {"wrong-name", "does not declare"},
                        {"forgets", "did not write output 'y'"},
                        {"changes-shape", "as 3 and then as 4"},
                        {"widens-text", "text of 1 bytes each and then as text of 1048576 bytes each"},
                        {"stops", "though nobody asked it to"},
                        {"odd-metric", "'loss/value' is no name of a metric"},
                        {"odd-signal", "(SIG?)"},
                        {"floods-and-crashes", "backtrace:"},
                        {"prints-bytes", "\xEF\xBF\xBD is no letter"},
                        {"segfaults", "SIGSEGV"},
                        {"segfaults", "backtrace:"},
                        {"aborts", "SIGABRT"},
                        {"exits", "ended the worker by exit(0)"}};
  for (const Case& c : cases) {
    const Bench bench;
    bench.pipeline(std::string{"  bad: {do: faulty."} + c.verb + "}\n" + fit);
    const CommandResult result = bench.run({"--keep-going"});
    INFO(c.verb << "\n" << result.err);
    CHECK(result.code == 1);
    CHECK_THAT(result.err, Contains(c.says) && !Contains("\x1b[31m"));
    const Tree tree = read_tree(bench.archive(result));
    CHECK(attribute(tree, "/", "status") == "failed");
    CHECK(attribute(tree, "steps/bad", "status") == "failed");
    const ansatz::host::Array* details = tree.find_array("timeline/bad/details");
    CHECK_THAT(tree.array("steps/bad/failure").text(0) + (details == nullptr ? "" : details->text(0)),
               Contains(c.says));
    CHECK(attribute(tree, "steps/said", "status") == "done");
    bench.check_clean();
  }
}

TEST_CASE("without --keep-going what follows is skipped; what depends on a failed step always is") {
  const Bench bench;
  bench.pipeline(
      "  bad: {do: faulty.wrong-shape, in: {x: numbers.table}}\n"
      "  after: {do: faulty.blocks, in: {x: made.y}}\n  made: {do: faulty.add, in: {a: other.y, b: "
      "other.y}}\n"
      "  other: {do: faulty.add, in: {a: numbers.table, b: numbers.table}}\n");
  const CommandResult stopped = bench.run();
  CHECK(stopped.code == 1);
  CHECK(attribute(read_tree(bench.archive(stopped)), "steps/after", "status") == "skipped");
  const CommandResult going = bench.run({"--keep-going"});
  CHECK(going.code == 1);
  CHECK(attribute(read_tree(bench.archive(going)), "steps/after", "status") == "done");
}

TEST_CASE("limits end a step with exit code 7 and say which") {
  const Bench bench;
  const auto run_with = [&](const char* verb, std::vector<std::string> options) {
    bench.pipeline(std::string{"  bad: {do: faulty."} + verb + "}\n");
    const CommandResult result = bench.run(std::move(options));
    CHECK(result.code == 7);
    bench.check_clean();
    return result.err;
  };
  CHECK_THAT(run_with("hangs", {"--limit-wall", "0.3"}), Contains("its limit of wall time is 0.3"));
  CHECK_THAT(run_with("burns", {"--limit-cpu", "1"}),
             Contains("its limit of CPU time is 1 s") && Contains(" s of CPU and "));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK_THAT(run_with("hoards", {"--limit-memory", "300"}),
             Contains("out of memory; its limit is 300 MiB") && Contains("it used "));
#endif
}

TEST_CASE("a plugin that floods stdout neither hangs the run nor fills its archive") {
  const Bench bench;
  bench.pipeline("  loud: {do: faulty.floods}\n");
  const CommandResult result = bench.run();
  CHECK(result.code == 0);
  CHECK(result.out.find("nobody") == std::string::npos);
  CHECK(fs::file_size(bench.archive(result)) < 200'000);
}

TEST_CASE("input that cannot be used is reported by name before anything runs") {
  const Bench bench;
  bench.pipeline(fit);
  SECTION("missing") {
    fs::remove(bench.folder / "numbers.csv");
    const CommandResult result = bench.run();
    CHECK(result.code == 5);
    CHECK_THAT(result.err, Contains("p.yaml:5") && Contains("numbers.csv"));
  }
  SECTION("ragged") {
    bench.folder.write("numbers.csv", "a,b\n1,2\n3\n");
    const CommandResult result = bench.run();
    CHECK(result.code == 5);
    CHECK_THAT(result.err, Contains("numbers.csv:3"));
  }
  SECTION("not finite") {
    bench.folder.write("numbers.csv", "a,b\n1,2\n3,nan\n");
    const CommandResult result = bench.run();
    CHECK(result.code == 1);
    CHECK_THAT(result.err, Contains("input 'x' is NaN at index [1, 1]"));
  }
  SECTION("no such plugin") {
    bench.pipeline("  a: {do: faulti.fit, in: {x: numbers.table}}\n");
    const CommandResult result = bench.run();
    CHECK(result.code == 4);
    CHECK_THAT(result.err, Contains("did you mean 'faulty'") && Contains(FAULTY_FOLDER));
    CHECK_FALSE(fs::exists(bench.folder / "runs"));
  }
}

TEST_CASE("a pipeline says whether the first line of a table names its columns") {
  const Bench bench;
  bench.folder.write("numbers.csv", "1,2\n3,4\n");
  const auto sum = [&](const std::string& header) {
    bench.folder.write("p.yaml",
                       "ansatz: 1\nname: p\ndata: {numbers: {file: numbers.csv, header: " + header +
                           "}}\nsteps: {sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 1}}}\n");
    const CommandResult result = bench.run();
    INFO(result.err);
    REQUIRE(result.code == 0);
    return read_tree(bench.archive(result)).array("steps/sum/model/total").number(0);
  };
  CHECK(sum("true") == 3 + 4);
  CHECK(sum("false") == 1 + 2 + 3 + 4);
  REQUIRE(bench.ansatz({"import", "numbers.csv", "-o", "t.h5", "--header", "true"}).run().code == 0);
  CHECK(read_tree(bench.folder / "t.h5").array("1").number(0) == 3);
  CHECK(bench.ansatz({"import", "numbers.csv", "-o", "t.h5", "--header", "maybe"}).run().code == 2);
}

TEST_CASE("show reads one item of a file, also as JSON") {
  const Bench bench;
  bench.pipeline(fit);
  const fs::path archive = bench.archive(bench.run());
  const auto show = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"show", archive});
    return bench.ansatz(words).run();
  };
  CHECK_THAT(show({"steps/said/outputs/y"}).out, Contains("f64  scalar"));
  CHECK_THAT(show({"steps/said/outputs/y", "--json"}).out, Contains("\"values\"") && !Contains("\"steps\""));
  CHECK_THAT(show({"steps/sum", "--json"}).out, Contains("\"total\"") && !Contains("\"said\""));
  const CommandResult none = show({"steps/none"});
  CHECK(none.code == 5);
  CHECK_THAT(none.err, Contains("steps/none"));
}

TEST_CASE("a folder that cannot be written is exit code 74") {
  const Bench bench;
  bench.pipeline(fit);
  bench.folder.write("file", "");
  const CommandResult result = bench.run({"--runs", "file/runs"});
  CHECK(result.code == 74);
  CHECK_THAT(result.err, Contains("file/runs"));
}

TEST_CASE("a full disk at any moment is exit code 74, with nothing half written left behind", "[root]") {
  const Bench bench;
  bench.pipeline(fit);
  const fs::path disk = bench.folder / "disk";
  fs::create_directory(disk);
  int full = 0, fitted = 0;
  // From no room for the job file to room for all but the archive.
  for (int kib = 4; fitted == 0; kib += 4) {
    const std::string size = "size=" + std::to_string(kib) + "k";
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, size.c_str()) != 0) {
      WARN("no right to mount a tmpfs: the full disk is not tested here");
      return;
    }
    const CommandResult result = bench.run({"--runs", "disk"});
    INFO(size << "\n" << result.err);
    if (result.code == 0) {
      ++fitted;
    } else {
      ++full;
      CHECK(result.code == 74);
      CHECK_THAT(result.err, Contains("No space left on device") || Contains("the disk is full"));
    }
    if (result.code == 0) bench.check_clean("disk");
    bench.check_whole("disk");
    umount(disk.c_str());
  }
  CHECK(full >= 5);
}

TEST_CASE("verify says which archive changed") {
  const Bench bench;
  bench.pipeline(fit);
  const fs::path archive = bench.archive(bench.run());
  CHECK(bench.ansatz({"verify", archive}).run().code == 0);
  std::string bytes = read_file(archive);
  bytes[bytes.size() / 3] ^= 4;
  bench.folder.write("changed.h5", bytes);
  const CommandResult result = bench.ansatz({"verify", archive, "changed.h5"}).run();
  CHECK(result.code == 5);
  CHECK_THAT(result.out,
             Contains("valid ") && Contains("INVALID  changed.h5 was changed after it was sealed"));
  // The code is that of the worst, wherever it stands: a file that cannot be read at all.
  fs::create_symlink("loop.h5", bench.folder / "loop.h5");
  CHECK(bench.ansatz({"verify", "loop.h5", "changed.h5"}).run().code == 74);
  CHECK(bench.ansatz({"verify", "changed.h5", "loop.h5", archive}).run().code == 74);
}

TEST_CASE("explain without a code lists all of them") {
  const Bench bench;
  const auto listed = bench.ansatz({"explain"}).run();
  CHECK(listed.code == 0);
  CHECK(listed.out.find("P045  no such parameter\n") != std::string::npos);
}

TEST_CASE("usage errors are exit code 2") {
  const Bench bench;
  CHECK(bench.ansatz({}).run().code == 2);
  CHECK(bench.ansatz({"fly"}).run().code == 2);
  CHECK(bench.ansatz({"run"}).run().code == 2);
  CHECK(bench.ansatz({"run", "none.yaml"}).run().code == 2);
  CHECK(bench.ansatz({"explain", "P999"}).run().code == 2);
  CHECK(bench.ansatz({"--help"}).run().code == 0);
}

TEST_CASE("a pipeline in the place of an archive, and the other way round, are told apart") {
  const Bench bench;
  bench.pipeline("  drawn: {do: faulty.draw}\n");
  const fs::path archive = bench.archive(bench.run());
  for (const char* command : {"replay", "verify"}) {
    const CommandResult given = bench.ansatz({command, "p.yaml"}).run();
    CHECK(given.code == 5);
    CHECK_THAT(given.out + given.err, Contains("p.yaml is no archive") && Contains("ansatz run"));
  }
  const CommandResult run = bench.ansatz({"run", archive.string()}).run();
  CHECK(run.code == 3);
  CHECK_THAT(run.err, Contains("the file is HDF5") && Contains("ansatz replay"));
}
