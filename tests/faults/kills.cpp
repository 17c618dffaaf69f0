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

}  // namespace

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
