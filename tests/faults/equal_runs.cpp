// Two equal runs are one file, wherever, whenever and for whomever they run.
#include <unistd.h>

#include "faults/scene.hpp"
#include "run/assemble.hpp"

using namespace ansatz::test;
using ansatz::host::read_tree;
using ansatz::host::Tree;

namespace {

fs::path fake_time_library() {
  for (const char* path : {"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                           "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"}) {
    if (fs::exists(path)) return path;
  }
  return {};
}

// What goes before the command: variables, or a program that makes it another user's.
using Circumstances = std::vector<std::string>;

// Decimal commas and a Turkish i, made on the spot: few machines have them.  Nothing without Debian's package locales.
std::optional<Circumstances> other_locale(const TemporaryFolder& folder) {
  for (const char* name : {"de_DE", "tr_TR"}) {
    const std::string target = (folder / name).string() + ".UTF-8";
    if (Command{{"localedef", "-i", name, "-f", "UTF-8", target}}.run().code != 0) return std::nullopt;
  }
  return Circumstances{"LOCPATH=" + folder.path().string(), "LC_ALL=de_DE.UTF-8", "LANG=tr_TR.UTF-8"};
}

// Root can become somebody else, if they may come this far.
std::optional<Circumstances> other_user() {
  const Circumstances become{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  Circumstances attempt = become;
  attempt.insert(attempt.end(), {"test", "-x", ANSATZ_EXECUTABLE});
  if (geteuid() != 0 || Command{attempt}.run().code != 0) return std::nullopt;
  return become;
}

void open_to_all(const fs::path& folder) {
  fs::permissions(folder, fs::perms::all);
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    fs::permissions(entry.path(), fs::perms::all);
}

void check_equal(const Circumstances& circumstances) {
  const std::string reference = read_file(Scene::reference());
  for (const char* jobs : {"1", "3"}) {
    const Scene scene;  // a folder of its own
    open_to_all(scene.folder().path());
    std::vector<std::string> words{"env"};
    words.insert(words.end(), circumstances.begin(), circumstances.end());
    words.insert(words.end(), {ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", "p.yaml",
                               "--deterministic", "-j", jobs, "--threads", jobs});
    const CommandResult result = Command{words}.in(scene.folder().path()).run();
    INFO(circumstances.at(0) << "\n" << result.err);
    REQUIRE(result.code == 0);
    CHECK(read_file(scene.folder() / result.out.substr(0, result.out.size() - 1)) == reference);
  }
}

// All of an archive but what may differ between equal runs.
std::string lasting_digest(const fs::path& archive) {
  Tree tree = read_tree(archive);
  tree.remove("timeline");
  tree.attributes.erase("run_id");
  return ansatz::host::tree_digest(tree);
}

}  // namespace

TEST_CASE(
    "equal runs give equal archives in another folder, time zone, and with other settings of libraries") {
  check_equal({"TZ=Pacific/Kiritimati"});
  check_equal({"OMP_NUM_THREADS=7", "OPENBLAS_NUM_THREADS=3"});
}

TEST_CASE("equal runs give equal archives in another locale") {
  const TemporaryFolder locales;
  if (const auto locale = other_locale(locales)) {
    check_equal(*locale);
  } else {
    WARN(
        "no localedef or no sources (Debian package locales): equal runs in other locales are not tested "
        "here");
  }
}

TEST_CASE("no plugin sees the locale of the user, nor settings of libraries") {
  const TemporaryFolder locales;
  Circumstances theirs{"OMP_NUM_THREADS=7", "OMP_SCHEDULE=dynamic", "OPENBLAS_NUM_THREADS=3",
                       "OPENBLAS_CORETYPE=Prescott", "LC_COLLATE=C"};
  const auto locale = other_locale(locales);
  if (locale) theirs.insert(theirs.end(), locale->begin(), locale->end());
  std::vector<std::string> seen;
  for (const Circumstances& circumstances : {Circumstances{}, theirs}) {
    for (const bool in_process : {false, true}) {
      const Scene scene;
      scene.folder().write("p.yaml", "ansatz: 1\nname: p\nsteps:\n  here: {do: faulty.surroundings}\n");
      std::vector<std::string> words{"env"};
      words.insert(words.end(), circumstances.begin(), circumstances.end());
      words.insert(words.end(), {ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", "p.yaml"});
      if (in_process) words.emplace_back("--in-process");
      const CommandResult result = Command{words}.in(scene.folder().path()).run();
      INFO(result.err);
      REQUIRE(result.code == 0);
      const fs::path archive = scene.folder() / result.out.substr(0, result.out.size() - 1);
      const Tree outputs = read_tree(archive, "/steps/here/outputs");
      CHECK(outputs.array("locale").text(0) == "C");
      CHECK(outputs.array("locale").text(1) == "0.5");
      // In a debugger's process they are what they are.
      if (!in_process) seen.push_back(ansatz::host::tree_digest(outputs));
    }
  }
  CHECK(seen.at(0) == seen.at(1));
}

TEST_CASE("equal runs give equal archives for another user") {
  check_equal({"USER=nobody", "LOGNAME=nobody", "HOME=/nonexistent"});
  if (const auto user = other_user()) {
    check_equal(*user);
  } else {
    WARN(
        "not root, or nobody else can come to the build folder: equal runs of other users are not tested "
        "here");
  }
}

TEST_CASE("equal runs give equal archives in another year; what tells them apart is the timeline") {
  if (fake_time_library().empty()) {
    WARN("no libfaketime (Debian package libfaketime): equal runs in other years are not tested here");
    return;
  }
  const Circumstances later{"LD_PRELOAD=" + fake_time_library().string(), "FAKETIME=@2038-01-20 03:14:08"};
  check_equal(later);
  std::vector<std::string> digests, times;
  for (const Circumstances& when : {Circumstances{"A=1"}, later}) {
    const Scene scene;
    std::vector<std::string> words{"env"};
    words.insert(words.end(), when.begin(), when.end());
    words.insert(words.end(), {ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", "p.yaml"});
    const CommandResult result = Command{words}.in(scene.folder().path()).run();
    INFO(result.err);
    REQUIRE(result.code == 0);
    const fs::path archive = scene.folder() / result.out.substr(0, result.out.size() - 1);
    digests.push_back(lasting_digest(archive));
    times.push_back(ansatz::host::to_text(read_tree(archive, "/timeline").attributes.at("ended")));
  }
  CHECK(digests[0] == digests[1]);
  CHECK(times[1].starts_with("2038-01-20"));
  CHECK(times[0] < times[1]);
}
