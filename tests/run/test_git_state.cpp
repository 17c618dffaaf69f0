#include "run/git_state.hpp"

#include <signal.h>

#include <chrono>
#include <thread>

#include "run/bench.hpp"

using namespace ansatz::test;
using ansatz::host::git_state;
using ansatz::host::read_tree;
using ansatz::host::Tree;
using ansatz::host::without_secrets;
using Catch::Contains;

TEST_CASE("what is called a secret is taken out, and nothing else") {
  CHECK(without_secrets("password: hunter2") == "password: [redacted]");
  CHECK(without_secrets("+  api-key = \"a b c\", rate: 3") == "+  api-key = [redacted], rate: 3");
  CHECK(without_secrets("DB_PASSWORD=x\nnext: 1") == "DB_PASSWORD=[redacted]\nnext: 1");
  CHECK(without_secrets("{\"client_secret\": \"s\", \"n\": 1}") ==
        "{\"client_secret\": [redacted], \"n\": 1}");
  CHECK(without_secrets("my_access_token: t") == "my_access_token: [redacted]");
  for (const char* text : {"tokens: 512", "the password", "", "password"})
    CHECK(without_secrets(text) == text);
}

TEST_CASE("no secret of the command line is kept") {
  const Bench bench;
  bench.pipeline("  drawn: {do: faulty.draw}\n  long: {do: faulty.waits}\n");
  const std::string runs = "password=hunter2";
  Command command = bench.ansatz({"run", "p.yaml", "--runs", runs});
  const pid_t pid = command.start();
  for (int i = 0; i < 500 && !fs::exists(bench.partial(runs) / "long.json"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  kill(pid, SIGKILL);
  (void)command.wait();
  const std::string journal = read_file(bench.partial(runs) / "journal");
  CHECK_THAT(journal, Contains("--runs password=[redacted]") && !Contains("hunter2"));
  const fs::path archive = bench.archive(bench.ansatz({"recover", bench.partial(runs)}).run());
  const Tree timeline = read_tree(archive, "/timeline");
  CHECK_THAT(attribute(timeline, "/", "command"),
             Contains("--runs password=[redacted]") && !Contains("hunter2"));
}

TEST_CASE("a run in a repository says which commit it belongs to and what was changed since") {
  const Bench bench;
  bench.pipeline("  drawn: {do: faulty.draw}\n");
  if (!fs::exists("/usr/bin/git")) return;
  const auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/git", "-c", "user.name=a", "-c", "user.email=a@b"});
    const CommandResult result = Command{words}.in(bench.folder.path()).run();
    INFO(result.err);
    REQUIRE(result.code == 0);
    return result.out;
  };
  CHECK(git_state(bench.folder.path()).empty());
  git({"init", "-q"});
  bench.folder.write(".gitignore", "runs\n");
  git({"add", "."});
  git({"commit", "-q", "-m", "one"});
  const std::string commit = git({"rev-parse", "HEAD"});
  const Tree clean = git_state(bench.folder.path());
  CHECK(std::get<std::string>(clean.attributes.at("commit")) + "\n" == commit);
  CHECK(clean.attributes.at("dirty") == ansatz::host::Value{false});
  bench.folder.write("numbers.csv", "a,b\n7,7\npassword=hunter2\n");
  bench.folder.write("p.yaml", read_file(bench.folder / "p.yaml") + "# changed\n");
  const Tree dirty = git_state(bench.folder.path());
  CHECK(dirty.attributes.at("dirty") == ansatz::host::Value{true});
  CHECK_THAT(dirty.array("diff").text(0), Contains("+# changed") && Contains("password=[redacted]"));
  CHECK(dirty.array("diff").text(0).find("hunter2") == std::string::npos);
  bench.folder.write("numbers.csv", std::string(200000, '7') + "\n");
  CHECK(git_state(bench.folder.path()).array("diff").text(0).size() < 66000);
  git({"checkout", "-q", "numbers.csv"});

  const fs::path archive = bench.archive(bench.run());
  CHECK(std::get<std::string>(read_tree(archive, "/timeline/git").attributes.at("commit")) + "\n" == commit);
  // Equal runs stay equal files, whatever the state of the repository.
  const std::string before = read_file(bench.archive(bench.run({"--deterministic"})));
  git({"commit", "-q", "-a", "-m", "two"});
  fs::remove_all(bench.folder / "runs");
  CHECK(read_file(bench.archive(bench.run({"--deterministic"}))) == before);
}
