// Descriptions by a child process.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "files.hpp"
#include "plugins/child.hpp"
#include "plugins/registry.hpp"

using namespace ansatz::host;
using namespace ansatz::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using namespace std::chrono_literals;

namespace {

Registry all_variants() { return Registry{{VARIANTS}, {DESCRIBER, 60s}}; }

std::chrono::duration<double> seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::steady_clock::now() - start;
}

}  // namespace

TEST_CASE("a plugin is described by a child") {
  Registry registry = all_variants();
  const PluginInfo* sound = registry.find("sound");
  REQUIRE(sound != nullptr);
  CHECK(sound->path == variant("sound"));
  CHECK(sound->models.at(0).verbs.at(0).text == "Do nothing");
  CHECK(registry.find("sound") == sound);
}

TEST_CASE("what a plugin prints does not disturb its description") {
  Registry registry = all_variants();
  REQUIRE(registry.find("prints") != nullptr);
  CHECK(registry.find("prints")->id == "prints");
}

TEST_CASE("a plugin that dies when loaded costs only its own entry") {
  Registry registry = all_variants();
  const auto why = [&](const char* id) {
    CHECK(registry.find(id) == nullptr);
    return registry.why_not(id);
  };
  CHECK_THAT(why("segfaults"), Contains("crashed when loaded (SIGSEGV)") && Contains("segfaults.ansatz.so"));
  CHECK_THAT(why("aborts"), Contains("SIGABRT") && Contains("the reactor is too hot"));
  CHECK_THAT(why("exits"), Contains("exit code 3"));
  CHECK_THAT(why("exits-well"), Contains("before it answered"));
  CHECK_THAT(why("null-info"), Contains("refused") && Contains("info()"));
  CHECK_THAT(why("sets-flush-to-zero"), Contains("flush-to-zero"));
  CHECK(registry.find("sound") != nullptr);
}

TEST_CASE("a plugin that hangs when loaded is given up") {
  Registry registry{{VARIANTS}, {DESCRIBER, 300ms}};
  const auto start = std::chrono::steady_clock::now();
  CHECK(registry.find("hangs") == nullptr);
  CHECK(seconds_since(start) >= 0.3s);
  CHECK(seconds_since(start) < 20s);
  CHECK_THAT(registry.why_not("hangs"), Contains("did not answer within 0.3 s"));
}

TEST_CASE("a process that a plugin leaves behind is not waited for") {
  Registry registry = all_variants();
  const auto start = std::chrono::steady_clock::now();
  CHECK(registry.find("leaves-a-child") != nullptr);
  CHECK(seconds_since(start) < 50s);  // it sleeps for 60
}

TEST_CASE("processes that a child leaves behind are ended") {
  const auto results = run_children({{"/bin/sh", "-c", "sleep 300 & echo $!"}}, 60s);
  const int left_behind = std::stoi(results.at(0).output);
  // Gone, or a zombie that nobody has collected yet.
  const auto ended = [&] {
    const std::string status = read_file("/proc/" + std::to_string(left_behind) + "/status");
    return status.empty() || status.find("State:\tZ") != std::string::npos;
  };
  const auto start = std::chrono::steady_clock::now();
  while (!ended() && seconds_since(start) < 30s) usleep(1000);
  CHECK(ended());
}

TEST_CASE("all plugins are described at once") {
  const TemporaryFolder folder;
  for (const char* id : {"sound", "prints", "aborts", "null-info"}) {
    std::filesystem::create_symlink(variant(id), folder / (std::string{id} + ".ansatz.so"));
  }
  Registry registry{{folder.path()}, {DESCRIBER, 60s}};
  registry.describe_all();
  // Nothing is asked again: without the files the answers stay.
  for (const char* id : {"sound", "prints", "aborts", "null-info"}) {
    std::filesystem::remove(folder / (std::string{id} + ".ansatz.so"));
  }
  CHECK(registry.find("sound") != nullptr);
  CHECK(registry.find("prints") != nullptr);
  CHECK(registry.find("aborts") == nullptr);
  CHECK_THAT(registry.why_not("aborts"), Contains("SIGABRT"));
  CHECK_THAT(registry.why_not("null-info"), Contains("info()"));
}

TEST_CASE("listing runs no plugin code, describing does") {
  const TemporaryFolder folder;
  const auto marker = folder / "marker";
  setenv("ANSATZ_TEST_MARKER", marker.c_str(), 1);
  Registry registry = all_variants();
  CHECK_FALSE(registry.found().empty());
  CHECK_FALSE(registry.ids().empty());
  CHECK_FALSE(std::filesystem::exists(marker));
  CHECK(registry.find("writes-marker") != nullptr);
  CHECK(std::filesystem::exists(marker));
  unsetenv("ANSATZ_TEST_MARKER");
}

TEST_CASE("children run at once and are told apart") {
  // Each end of a named pipe waits for the other: one after the other they would never end.
  const TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto results = run_children({{"/bin/sh", "-c", "echo hello > $0", pipe},
                                     {"/bin/sh", "-c", "cat $0", pipe},
                                     {"/bin/sh", "-c", "echo first >&2; echo why >&2; exit 4"}},
                                    60s);
  REQUIRE(results.size() == 3);
  CHECK(results[0].failure.empty());
  CHECK(results[0].output.empty());
  CHECK(results[1].failure.empty());
  CHECK(results[1].output == "hello\n");
  CHECK_THAT(results[2].failure, EndsWith("exit code 4: why"));
  CHECK_THAT(run_children({{"/bin/sh", "-c", "exec cat /dev/zero"}}, 30s)[0].failure, Contains("16 MiB"));
  CHECK(run_children({{"/bin/sh", "-c", "exec 1>&- 2>&-; sleep 30"}}, 200ms)[0].failure ==
        "it did not answer within 0.2 s");
  CHECK_THROWS_WITH(run_children({{"/no/such/program"}}, 1s), Contains("/no/such/program"));
}
