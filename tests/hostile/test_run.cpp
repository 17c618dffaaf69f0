// Hostile plugins in `ansatz run`: each costs its step at most, and the archive says what happened.
#include <catch2/catch.hpp>
#include <set>

#include "archive/store.hpp"
#include "support/command.hpp"

using namespace ansatz::test;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

struct Run {
  TemporaryFolder folder;
  CommandResult result;
  Tree archive;

  // A hostile step, and two that have nothing to do with it.
  explicit Run(const std::string& plugin) {
    folder.write("numbers.csv", "a,b\n1,2\n3,4\n5,6\n");
    folder.write(
        "p.yaml",
        "ansatz: 1\nname: p\nseed: 7\ndata:\n  numbers: {file: numbers.csv}\nsteps:\n  bad: {do: " + plugin +
            ".fit, in: {x: numbers.table}}\n"
            "  good: {do: sound.fit, in: {x: numbers.table}}\n"
            "  after: {do: sound.predict, model: good, in: {x: numbers.table}}\n");
    result = Command{{ANSATZ_EXECUTABLE, "run", "p.yaml", "--keep-going", "--limit-wall", "5",
                      "--plugin-path", HOSTILE_FOLDER}}
                 .in(folder.path())
                 .run();
    std::string name = result.out;
    if (!name.empty() && name.back() == '\n') name.pop_back();
    if (fs::exists(folder / name)) archive = read_tree(folder / name);
  }
  [[nodiscard]] std::string status(const std::string& step) const {
    return ansatz::host::to_text(archive.at("steps/" + step).attributes.at("status"));
  }
  // Processes that still have to do with this run.
  [[nodiscard]] std::set<std::string> left_behind() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
      const std::string command = read_file(entry.path() / "cmdline");
      if (command.find(folder.path().string()) != std::string::npos) found.insert(command);
    }
    return found;
  }
};

}  // namespace

TEST_CASE("a hostile plugin costs its step and nothing else; the archive says why") {
  struct Case {
    const char* plugin;
    int code;
    const char* says;
  };
#if defined(__SANITIZE_ADDRESS__)
  const char* heap_damage = "ended the worker by exit(1)";  // after the report of the sanitizer
#else
  const char* heap_damage = "SIGABRT";
#endif
  const Case cases[] = {{"crashes", 1, "SIGABRT"},
                        {"hangs", 7, "its limit of wall time"},
                        {"exits", 1, "ended the worker by exit(0)"},
                        {"throws", 1, "let an exception out"},
                        {"corrupts-its-heap", 1, heap_damage},
                        {"sets-locale", 1, "the locale is now 'C.UTF-8'"},
                        {"sets-thread-locale", 1, "the thread has another locale"},
                        {"changes-folder", 1, "the working directory is now /"},
                        {"changes-file-mask", 1, "the file mask is now 000"},
                        {"rounds-in-step", 1, "the floating-point mode"},
                        {"flushes-in-destroy", 1, "the floating-point mode"},
                        {"writes-behind-output", 1, "wrote to memory behind its end of output 'mean'"},
                        {"writes-before-output", 1, "wrote to memory before its start of output 'mean'"},
                        {"forgets-an-output", 1, "did not write output 'mean'"},
                        {"never-ends", 7, "its limit of wall time"}};
  for (const Case& c : cases) {
    const Run run{c.plugin};
    INFO(c.plugin << "\n" << run.result.err);
    CHECK(run.result.code == c.code);
    REQUIRE_FALSE(run.archive.empty());
    CHECK(run.status("bad") == "failed");
    CHECK_THAT(run.archive.array("steps/bad/failure").text(0), Contains(c.says));
    CHECK(run.status("good") == "done");
    CHECK(run.status("after") == "done");
    CHECK(run.left_behind().empty());
  }
}

TEST_CASE("what a process takes with it when it ends costs nothing") {
  for (const char* plugin : {"leaks", "leaks-instance", "forks", "leaves-a-thread", "uses-input-in-destroy",
                             "fit-input-in-predict", "prints", "closes-stdin", "handles-a-signal"}) {
    const Run run{plugin};
    INFO(plugin << "\n" << run.result.err);
    CHECK(run.result.code == 0);
    CHECK_THAT(run.result.out, !Contains("hello"));
    REQUIRE_FALSE(run.archive.empty());
    CHECK(run.status("bad") == "done");
    CHECK(run.status("after") == "done");
    CHECK(run.left_behind().empty());
  }
}
