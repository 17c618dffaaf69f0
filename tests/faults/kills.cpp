// kill -9, at every call that changes a file and at any moment.
#include <chrono>
#include <random>
#include <thread>

#include "faults/scene.hpp"

using namespace ansatz::test;

namespace {

// Kill the host at a random moment of its run, `rounds` times.
void kill_at_random(int rounds, unsigned seed) {
  std::mt19937 random{seed};
  const Scene timed;
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(timed.run().code == 0);
  const auto whole = std::chrono::steady_clock::now() - start;
  for (int round = 0; round < rounds; ++round) {
    const Scene scene;
    Command command = scene.ansatz(Scene::run_words());
    const pid_t pid = command.start();
    std::this_thread::sleep_for(whole * std::uniform_real_distribution<>{0, 1}(random));
    kill(pid, SIGKILL);
    const CommandResult result = command.wait();
    INFO("round " << round << "\n" << result.err);
    scene.check_archives();
    scene.check_goes_on();
  }
}

// Kill the host at every `stride`-th call that changes a file.
void kill_at_calls(Scene::Kind kind, int stride) {
  const int calls = Scene::calls("host", kind);
  REQUIRE(calls > 30);
  for (int n = 1; n <= calls; n += stride) {
    const Scene scene{kind};
    const CommandResult result = scene.run({{"SHIM_KILL", std::to_string(n)}, {"SHIM_TARGET", "host"}});
    INFO("call " << n << " of " << calls << "\n" << result.err);
    REQUIRE(result.code == 128 + SIGKILL);
    scene.check_archives();
    scene.check_goes_on();
  }
}

// What a sweep killed at every `stride`-th call leaves is recovered, though recover is killed as well at first.
void recover_after_kills(int stride) {
  const int calls = Scene::calls("host", Scene::Kind::sweep);
  int recovered = 0, killed = 0;
  for (int n = 1; n <= calls; n += stride) {
    const Scene scene{Scene::Kind::sweep};
    REQUIRE(scene.run({{"SHIM_KILL", std::to_string(n)}, {"SHIM_TARGET", "host"}}).code == 128 + SIGKILL);
    const std::string kill_at = std::to_string(1 + n / stride % 13);  // recover makes some twelve calls
    for (const auto& entry : fs::directory_iterator{scene.folder() / "runs"}) {
      const fs::path partial = entry.path();
      if (partial.extension() != ".partial" || !fs::exists(partial / "journal")) continue;
      const CommandResult first =
          scene.ansatz({"recover", partial.string()}, {{"SHIM_KILL", kill_at}, {"SHIM_TARGET", "host"}})
              .run();
      INFO("call " << n << ", then " << kill_at << "\n" << first.err);
      CHECK((first.code == 0 || first.code == 5 || first.code == 128 + SIGKILL));
      killed += first.code == 128 + SIGKILL ? 1 : 0;
      scene.check_archives();
      if (!fs::exists(partial / "journal"))
        CHECK(fs::exists(fs::path{partial}.replace_extension(".h5")));  // nothing goes before there is more
      if (!fs::exists(partial)) continue;
      const CommandResult second = scene.ansatz({"recover", partial.string()}).run();
      INFO(second.err);
      // 5: the first record of the journal was not whole.
      CHECK((second.code == 0 || (second.code == 5 && first.code == 5)));
      recovered += second.code == 0 ? 1 : 0;
      scene.check_archives();
    }
  }
  CHECK(recovered > 0);
  CHECK(killed > 0);
}

}  // namespace

TEST_CASE("what is left of a killed sweep is recovered, though recover is killed as well") {
  recover_after_kills(15);
}

TEST_CASE("a host killed at any call that changes a file leaves whole archives or none, and can go on") {
  kill_at_calls(Scene::Kind::run, 1);
}

TEST_CASE(
    "a host killed in a sweep, its archive half written, leaves whole archives or none, and can go on") {
  kill_at_calls(Scene::Kind::sweep, 16);
}

TEST_CASE("a host killed at every call of a sweep", "[.][slow]") { kill_at_calls(Scene::Kind::sweep, 1); }

TEST_CASE("a worker killed at any call that changes a file costs its step, and can go on") {
  const int calls = Scene::calls("worker");
  REQUIRE(calls > 10);
  for (int n = 1; n <= calls; ++n) {
    const Scene scene;
    const CommandResult result = scene.run({{"SHIM_KILL", std::to_string(n)}, {"SHIM_TARGET", "worker"}});
    INFO("call " << n << " of " << calls << "\n" << result.err);
    CHECK((result.code == 1 || result.code == 0));  // 0: no worker made so many this time
    scene.check_archives();
    // A failed run has its archive; the next is a new one.
    scene.check_goes_on();
  }
}

TEST_CASE("a host killed at a random moment leaves whole archives or none, and can go on") {
  kill_at_random(15, 1);
}

TEST_CASE("a thousand times killed", "[.][slow]") { kill_at_random(1000, 2); }
