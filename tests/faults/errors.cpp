// Calls that fail: full disks, broken disks, no descriptors, no memory.
#include <cerrno>
#include <cstring>
#include <functional>

#include "faults/scene.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

// What is advice only may fail without harm: why a step ran, and what the dead have left behind.
bool is_advice(const std::string& path) {
  return path.find("/.store/") != std::string::npos && path.ends_with(".json");
}

// Fail the n-th call for n = 1, 2, ... until none is left to fail.  Without checkpoints, whose failure costs no step,
// each that is not advice must be reported.
void fail_each(const std::string& target, int error, bool checkpoints) {
  int reported = 0;
  std::vector<std::string> words = Scene::run_words();
  if (!checkpoints) words.back() = "1000";
  for (int n = 1; n < 1000; ++n) {
    const Scene scene;
    const fs::path fired = scene.folder() / "fired";
    const CommandResult result =
        scene
            .ansatz(words, {{"SHIM_FAIL", std::to_string(n) + ":" + std::to_string(error)},
                            {"SHIM_FIRED", fired.string()},
                            {"SHIM_TARGET", target}})
            .run();
    const std::string about = fs::exists(fired) ? read_file(fired) : "";
    INFO(target << ", call " << n << " on " << about << ", " << std::strerror(error) << "\n" << result.err);
    scene.check_archives();
    if (!fs::exists(fired)) {
      CHECK(result.code == 0);
      CHECK(reported > 0);
      return;
    }
    if (!checkpoints && !is_advice(about)) CHECK(result.code != 0);
    if (result.code != 0) {
      ++reported;
      CHECK(result.code == 74);
      CHECK_THAT(result.err, Contains("cannot"));
    }
    scene.check_goes_on();
  }
  FAIL("no end of calls");
}

// Refuse the n-th allocation, every `stride`-th n, until there are no more.
void refuse_each(const std::vector<std::string>& words, const std::function<void(const Scene&)>& prepare,
                 int stride) {
  int refused = 0;
  for (int n = 1; n < 1'000'000; n += stride) {
    const Scene scene;
    prepare(scene);
    const fs::path fired = scene.folder() / "fired";
    std::vector<std::string> all = words;
    for (const auto& entry : fs::directory_iterator{scene.folder() / "runs"}) {
      if (entry.path().extension() == ".partial" && words[0] == "recover") all.push_back(entry.path());
    }
    const CommandResult result = scene
                                     .ansatz(all, {{"SHIM_ALLOC", std::to_string(n)},
                                                   {"SHIM_FIRED", fired.string()},
                                                   {"SHIM_TARGET", "host"}})
                                     .run();
    INFO(words[0] << ", allocation " << n << "\n" << result.err);
    // The process may die of it (HDF5 does in places); its archives may not.
    scene.check_archives();
    if (words[0] == "run") scene.check_goes_on();
    if (!fs::exists(fired)) {
      CHECK(result.code == 0);
      CHECK(refused > 0);
      return;
    }
    if (result.code != 0) ++refused;
  }
  FAIL("no end of allocations");
}

void nothing(const Scene&) {}

// One bit of old-3 is another: nothing that happens makes it valid.
void refuse_each_of_damaged(int stride) {
  std::string damaged = read_file(Scene{}.folder() / "runs/old-3.h5");
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  const Scene scene;
  const fs::path fired = scene.folder() / "fired";
  scene.folder().write("runs/damaged.h5", damaged);
  for (int n = 1; n < 1'000'000; n += stride) {
    fs::remove(fired);
    const CommandResult result =
        scene
            .ansatz(
                {"verify", "runs/damaged.h5"},
                {{"SHIM_ALLOC", std::to_string(n)}, {"SHIM_FIRED", fired.string()}, {"SHIM_TARGET", "host"}})
            .run();
    INFO("allocation " << n << "\n" << result.out << result.err);
    CHECK(result.code != 0);
    if (!fs::exists(fired)) return;
  }
  FAIL("no end of allocations");
}

void interrupt(const Scene& scene) {
  REQUIRE(
      scene.run({{"SHIM_KILL", std::to_string(Scene::calls("host") / 2)}, {"SHIM_TARGET", "host"}}).code ==
      128 + SIGKILL);
}

}  // namespace

TEST_CASE("a file call that fails in the host is exit code 74, nothing half written, and can go on") {
  for (const int error : {ENOSPC, EIO, EMFILE}) fail_each("host", error, false);
}

TEST_CASE("a file call that fails in a worker is exit code 74, nothing half written, and can go on") {
  for (const int error : {ENOSPC, EIO, EMFILE}) fail_each("worker", error, error == ENOSPC);
}

TEST_CASE("every error of every file call", "[.][slow]") {
  for (const int error : {ENOSPC, EIO, EDQUOT, EMFILE}) {
    fail_each("host", error, false);
    for (const bool checkpoints : {false, true}) fail_each("worker", error, checkpoints);
  }
}

TEST_CASE("a limit on the size of files is exit code 74 with its reason") {
  for (const int bytes : {600, 4096, 20'000}) {
    const Scene scene;
    const CommandResult result = scene.run({{"SHIM_FSIZE", std::to_string(bytes)}});
    INFO(bytes << "\n" << result.err);
    CHECK(result.code == 74);
    CHECK_THAT(result.err, Contains("ulimit -f") || Contains("File too large"));
    scene.check_archives();
    scene.check_goes_on();
  }
}

TEST_CASE("memory refused to the host harms no archive") {
  refuse_each({"verify", "runs/old-3.h5"}, nothing, 40);
  refuse_each_of_damaged(20);
  refuse_each({"run", "p.yaml", "--deterministic"}, nothing, 400);
  refuse_each({"recover"}, interrupt, 400);
}

TEST_CASE("every allocation of verify refused", "[.][slow]") {
  refuse_each({"verify", "runs/old-3.h5"}, nothing, 1);
  refuse_each_of_damaged(1);
}

TEST_CASE("every seventh allocation of run and recover refused", "[.][slow]") {
  refuse_each({"run", "p.yaml", "--deterministic"}, nothing, 7);
  refuse_each({"recover"}, interrupt, 7);
}
