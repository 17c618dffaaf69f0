// A folder with a small pipeline and twenty old archives, ansatz run in it under the shim, and the oracle:
// whatever happened, archives are whole or absent, the old ones untouched, and running again gives what it
// would have given.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "archive/store.hpp"
#include "support/command.hpp"

namespace ansatz::test {

namespace fs = std::filesystem;

using Shim = std::map<std::string, std::string>;  // its variables

class Scene {
 public:
  // A sweep has its archive written while its steps run, by workers that a server forks.
  enum class Kind { run, sweep };

  explicit Scene(Kind kind = Kind::run) : kind_{kind} {
    folder_.write("numbers.csv", "a,b\n1,2\n3,4\n5,6\n");
    folder_.write("p.yaml",
                  "ansatz: 1\nname: p\nseed: 7\ndata:\n  numbers: {file: numbers.csv}\nsteps:\n"
                  "  sum: {do: faulty.fit, in: {x: numbers.table}, with: {steps: 3}}\n"
                  "  walk: {do: faulty.walk, with: {steps: 4}}\n" +
                      std::string{kind == Kind::sweep ? "sweep: {seeds: 9}\n" : ""});
    fs::create_directory(folder_ / "runs");
    for (int i = 0; i < 20; ++i) {
      fs::copy_file(old_archive(), folder_ / ("runs/old-" + std::to_string(i) + ".h5"));
    }
  }

  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

  [[nodiscard]] Command ansatz(const std::vector<std::string>& words, Shim shim = {}) const {
    std::vector<std::string> all{"env"};
    if (!shim.empty()) {
      shim["LD_PRELOAD"] = SHIM;
      shim["SHIM_ROOT"] = (folder_ / "runs").string();
    }
    for (const auto& [name, value] : shim) all.push_back(name + "=" + value);
    all.insert(all.end(), {ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER});
    all.insert(all.end(), words.begin(), words.end());
    Command command{all};
    command.in(folder_.path());
    return command;
  }
  [[nodiscard]] CommandResult run(const Shim& shim = {}) const { return ansatz(run_words(), shim).run(); }
  static std::vector<std::string> run_words() {
    return {"run", "p.yaml", "--deterministic", "--checkpoint-every", "0"};
  }

  // Every archive is valid, the old ones are as they were.
  void check_archives() const {
    for (const auto& entry : fs::directory_iterator{folder_ / "runs"}) {
      if (entry.path().extension() != ".h5") continue;
      CHECK_NOTHROW(host::verify_sealed(entry.path()));
      if (entry.path().filename().string().starts_with("old-")) {
        CHECK(read_file(entry.path()) == read_file(old_archive()));
      }
    }
    for (int i = 0; i < 20; ++i) CHECK(fs::exists(folder_ / ("runs/old-" + std::to_string(i) + ".h5")));
  }
  // Running again ends with the archive that a run without trouble gives, and leaves nothing else.
  void check_goes_on() const {
    const CommandResult again = run();
    INFO(again.err);
    REQUIRE(again.code == 0);
    CHECK(read_file(folder_ / again.out.substr(0, again.out.size() - 1)) ==
          read_file(finished(kind_).reference));
    for (auto entry = fs::recursive_directory_iterator{folder_ / "runs"};
         entry != fs::recursive_directory_iterator{}; ++entry) {
      const std::string name = entry->path().filename().string();
      CHECK(entry->path().extension() != ".partial");
      CHECK(name.find(".step-") == std::string::npos);
      CHECK_FALSE(name.ends_with(".tmp"));
    }
    check_archives();
  }

  // What the pipeline without a sweep gives when nothing happens.
  static fs::path reference() { return finished(Kind::run).reference; }
  // Calls that an undisturbed host or worker makes; of workers the most.
  static int calls(const std::string& target, Kind kind = Kind::run) {
    return finished(kind).calls.at(target);
  }

 private:
  struct Finished {
    TemporaryFolder folder;
    fs::path old, reference;  // an archive of another pipeline; what this one gives when nothing happens
    std::map<std::string, int> calls;
  };

  static fs::path old_archive() { return old().old; }
  // An archive of another pipeline.
  static const Finished& old() {
    static const Finished made = [] {
      Finished f;
      f.folder.write("o.yaml", "ansatz: 1\nname: old\nsteps:\n  a: {do: faulty.nothing}\n");
      const auto result = Command{{ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", "o.yaml"}}
                              .in(f.folder.path())
                              .run();
      REQUIRE(result.code == 0);
      f.old = f.folder / result.out.substr(0, result.out.size() - 1);
      return f;
    }();
    return made;
  }
  static const Finished& finished(Kind kind) {
    static std::map<Kind, Finished> made;
    const auto [place, is_new] = made.try_emplace(kind);
    if (is_new) {
      Finished& f = place->second;
      for (const std::string target : {"host", "worker"}) {
        const Scene scene{kind};
        const fs::path counts = f.folder / target;
        const CommandResult result = scene.run({{"SHIM_COUNT", counts.string()}, {"SHIM_TARGET", target}});
        INFO(result.err);
        REQUIRE(result.code == 0);
        std::ifstream stream{counts};
        for (int count = 0; stream >> count;) f.calls[target] = std::max(f.calls[target], count);
        f.reference = f.folder / "reference.h5";
        fs::copy_file(scene.folder() / result.out.substr(0, result.out.size() - 1), f.reference,
                      fs::copy_options::overwrite_existing);
      }
    }
    return place->second;
  }

  Kind kind_;
  TemporaryFolder folder_;
};

}  // namespace ansatz::test
