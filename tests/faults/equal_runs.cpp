// Two equal runs are one file, wherever, whenever and for whomever they run.
#include "faults/scene.hpp"

using namespace ansatz::test;

namespace {

fs::path fake_time_library() {
  for (const char* path : {"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                           "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"}) {
    if (fs::exists(path)) return path;
  }
  return {};
}

}  // namespace

TEST_CASE("equal runs give equal archives in another folder, locale, time zone, year, and for another user") {
  std::vector<std::vector<std::string>> environments{{"LC_ALL=de_DE.UTF-8", "LANG=tr_TR.UTF-8"},
                                                     {"TZ=Pacific/Kiritimati"},
                                                     {"USER=nobody", "LOGNAME=nobody", "HOME=/nonexistent"},
                                                     {"OMP_NUM_THREADS=7", "OPENBLAS_NUM_THREADS=3"}};
  if (const fs::path library = fake_time_library(); !library.empty()) {
    environments.push_back({"LD_PRELOAD=" + library.string(), "FAKETIME=@2038-01-20 03:14:08"});
  } else {
    WARN("no libfaketime (Debian package libfaketime): equal runs in other years are not tested here");
  }
  const std::string reference = read_file(Scene::reference());
  for (const auto& environment : environments) {
    for (const char* jobs : {"1", "3"}) {
      const Scene scene;  // a folder of its own
      std::vector<std::string> words{"env"};
      words.insert(words.end(), environment.begin(), environment.end());
      words.insert(words.end(), {ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", "p.yaml",
                                 "--deterministic", "-j", jobs, "--threads", jobs});
      const CommandResult result = Command{words}.in(scene.folder().path()).run();
      INFO(environment[0] << "\n" << result.err);
      REQUIRE(result.code == 0);
      CHECK(read_file(scene.folder() / result.out.substr(0, result.out.size() - 1)) == reference);
    }
  }
}
