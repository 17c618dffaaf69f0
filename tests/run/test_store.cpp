// The store of results: reasons, sharing, doubting and cleaning it.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "archive/lock_file.hpp"
#include "bench.hpp"

using namespace ansatz::test;
using namespace std::chrono_literals;
using ansatz::host::LockFile;
using ansatz::host::PlaceLock;
using Catch::Contains;

namespace {

constexpr const char* fit =
    "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 2}}\n"
    "  said: {do: faulty.tell, model: sum}\n";

std::string plan(const Bench& bench, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"plan", "p.yaml"};
  words.insert(words.end(), more.begin(), more.end());
  return bench.ansatz(words).run().out;
}

fs::path entry_of(const Bench& bench, const std::string& step) {
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"}) {
    if (entry.path().extension() == ".json" &&
        read_file(entry.path()).find("\"step\": \"" + step + "\"") != std::string::npos) {
      return fs::path{entry.path()}.replace_extension(".h5");
    }
  }
  return {};
}

}  // namespace

TEST_CASE("plan says what changed since the nearest result of the same step") {
  const Bench bench;
  bench.pipeline(fit);
  CHECK_THAT(plan(bench), Contains("sum   run") && Contains("no result of this step yet"));
  REQUIRE(bench.run().code == 0);
  CHECK_THAT(plan(bench, {"--set", "sum.scale=3"}),
             Contains("(scale 1.0 -> 3.0)") && Contains("(the model (sum) changed)"));
  CHECK_THAT(plan(bench, {"--set", "sum.scale=3", "--set", "sum.steps=5"}),
             Contains("(scale 1.0 -> 3.0, steps 2 -> 5)"));
  CHECK_THAT(plan(bench, {"--set", "seed=8"}), Contains("(seed changed)"));
  REQUIRE(bench.run({"--set", "sum.scale=3"}).code == 0);
  CHECK_THAT(plan(bench, {"--set", "sum.scale=3", "--set", "sum.steps=5"}), Contains("(steps 2 -> 5)"));
  bench.folder.write("numbers.csv", "a,b\n1,2\n");
  CHECK_THAT(plan(bench), Contains("(input x (numbers.table) changed)"));
  CHECK_THAT(bench.ansatz({"plan", "p.yaml", "--json"}).run().out, Contains("\"action\": \"run\""));
}

TEST_CASE("plan explains no point of a sweep by another") {
  const Bench bench;
  bench.pipeline("  walk: {do: faulty.walk}\n", "sweep: {grid: {walk.steps: [1, 2]}}\n");
  REQUIRE(bench.run().code == 0);
  fs::remove(entry_of(bench, "walk"));  // of either
  CHECK_THAT(plan(bench), Contains("cached") && Contains("run") && Contains("no longer in the store"));
  for (const auto& entry : fs::recursive_directory_iterator{bench.folder / "runs/.store"}) {
    if (entry.path().extension() == ".json" && !fs::exists(fs::path{entry.path()}.replace_extension(".h5")))
      fs::remove(entry.path());
  }
  CHECK_THAT(plan(bench), Contains("no result of this step yet") && !Contains("->"));
}

TEST_CASE("plan tells of a plugin that was built anew") {
  const Bench bench;
  bench.pipeline(fit);
  fs::create_directory(bench.folder / "plugins");
  const fs::path plugin = bench.folder / "plugins/faulty.ansatz.so";
  fs::copy_file(FAULTY_PLUGIN, plugin);
  const auto ansatz = [&](const char* verb) {
    return Command{{ANSATZ_EXECUTABLE, "--plugin-path", bench.folder / "plugins", verb, "p.yaml"}}
        .in(bench.folder.path())
        .run();
  };
  REQUIRE(ansatz("run").code == 0);
  std::ofstream{plugin, std::ios::binary | std::ios::app} << '\0';  // another file that does the same
  CHECK_THAT(ansatz("plan").out, Contains("(plugin file changed)"));
}

TEST_CASE("runs that want the same step at once compute it once") {
  const Bench bench;
  bench.pipeline("  walk: {do: faulty.walk, with: {steps: 40, pause: 0.02}}\n");
  Command one = bench.ansatz({"run", "p.yaml"}), two = bench.ansatz({"run", "p.yaml"});
  one.start(), two.start();
  const CommandResult first = one.wait(), second = two.wait();
  INFO(first.err << second.err);
  CHECK(first.code == 0);
  CHECK(second.code == 0);
  const auto has = [](const CommandResult& result, const char* text) {
    return result.err.find(text) != std::string::npos;
  };
  CHECK((has(first, "in the store") != has(second, "in the store")));
  CHECK((has(first, "waits for another run") || has(second, "waits for another run")));
  bench.check_clean();
}

TEST_CASE("a lock dies with its owner and is free for the next") {
  const TemporaryFolder folder;
  {
    const auto lock = LockFile::try_lock(folder / "a.lock");
    REQUIRE(lock);
    CHECK_FALSE(LockFile::try_lock(folder / "a.lock"));
    CHECK_FALSE(LockFile::is_free(folder / "a.lock"));
  }
  CHECK_FALSE(fs::exists(folder / "a.lock"));
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = LockFile::try_lock(folder / "a.lock");
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  CHECK(fs::exists(folder / "a.lock"));
  CHECK(LockFile::try_lock(folder / "a.lock"));
}

TEST_CASE("a place in a file of locks is one owner's, in other processes and in this one, until that ends") {
  const TemporaryFolder folder;
  const fs::path locks = folder / "locks";
  constexpr std::uint64_t last = (std::uint64_t{1} << 63) - 1;
  {
    const auto one = PlaceLock::try_lock(locks, last), other = PlaceLock::try_lock(locks, 0);
    CHECK((one && other));
    CHECK_FALSE(PlaceLock::try_lock(locks, last));
    const pid_t child = fork();
    if (child == 0) _exit(PlaceLock::try_lock(locks, last) ? 1 : 0);
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(PlaceLock::try_lock(locks, last));
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = PlaceLock::try_lock(locks, last);
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  CHECK(PlaceLock::try_lock(locks, last));
}

TEST_CASE("--paranoid computes hits again, and tells of the one that differs") {
  const Bench bench;
  bench.pipeline(fit);
  REQUIRE(bench.run().code == 0);
  const CommandResult same = bench.run({"--paranoid"});
  CHECK(same.code == 0);
  CHECK_THAT(same.err, Contains("and the same when computed again"));
  // A file that is whole, but not what the plugin computes: that of another scale.
  const std::string before = read_file(entry_of(bench, "said"));
  const fs::path entry = entry_of(bench, "said");
  REQUIRE(bench.run({"--set", "sum.scale=2", "--runs", "other"}).code == 0);
  for (const auto& other : fs::recursive_directory_iterator{bench.folder / "other/.store"}) {
    if (other.path().extension() != ".h5") continue;
    ansatz::host::Tree tree = ansatz::host::read_tree(other.path());
    if (tree.find_array("outputs/y") == nullptr) continue;
    tree.attributes["key"] = entry.stem().string();
    ansatz::host::write_sealed(tree, entry);
  }
  REQUIRE(read_file(entry) != before);
  CHECK(bench.run().code == 0);  // the seal holds, so nobody notices
  const CommandResult doubted = bench.run({"--paranoid"});
  CHECK(doubted.code == 6);
  CHECK_THAT(doubted.err, Contains("said: computed again, outputs/y differs from what is in the store"));
}

TEST_CASE("gc frees what nobody can use, and nothing else") {
  const Bench bench;
  bench.pipeline(fit);
  REQUIRE(bench.run().code == 0);
  const fs::path entry = entry_of(bench, "sum");
  const fs::path store = entry.parent_path();
  const CommandResult nowhere = bench.ansatz({"gc", "--runs", "nosuch"}).run();
  CHECK(nowhere.code == 2);
  CHECK_THAT(nowhere.err, Contains("there is no folder nosuch"));
  // Left by the killed: a temporary file, a checkpoint of a step that is done.
  std::ofstream{store / ".ansatz-1-0.tmp"} << std::string(10'000, 'x');
  std::ofstream{store / (entry.stem().string() + ".step-3.h5")} << std::string(5'000, 'x');
  const CommandResult dry = bench.ansatz({"gc", "--dry-run"}).run();
  CHECK_THAT(dry.out, Contains("would free") && Contains("checkpoint of a step that is done") &&
                          Contains("temporary files of killed writers") && Contains("2 results stay"));
  CHECK(fs::exists(store / ".ansatz-1-0.tmp"));
  CHECK(bench.ansatz({"gc"}).run().code == 0);
  CHECK_FALSE(fs::exists(store / ".ansatz-1-0.tmp"));
  bench.check_clean();
  CHECK_THAT(plan(bench), Contains("sum   cached") && Contains("said  cached"));
  CHECK_THAT(bench.ansatz({"gc", "--older", "1"}).run().out, Contains("2 results stay"));
  CHECK_THAT(bench.ansatz({"gc", "--older", "0"}).run().out, Contains("0 results stay"));
  CHECK(plan(bench).find("cached") == std::string::npos);
  for (const auto& file : fs::directory_iterator{bench.folder / "runs"}) {
    CHECK((file.path().filename() == ".store" || file.path().extension() == ".h5"));  // archives stay
  }
}
