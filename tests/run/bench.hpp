// A folder with a pipeline of the plugin `faulty`, and `ansatz` run in it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/store.hpp"
#include "support/command.hpp"

namespace ansatz::test {

namespace fs = std::filesystem;

inline constexpr const char* numbers = "a,b\n1,2\n3,4\n5,6\n";  // sums to 21

struct Bench {
  TemporaryFolder folder;

  // A pipeline with these steps and this rest.
  fs::path pipeline(const std::string& steps, const std::string& rest = "") const {
    folder.write("numbers.csv", numbers);
    return folder.write(
        "p.yaml",
        "ansatz: 1\nname: p\nseed: 7\ndata:\n  numbers: {file: numbers.csv}\nsteps:\n" + steps + rest);
  }
  [[nodiscard]] Command ansatz(std::vector<std::string> words) const {
    words.insert(words.begin(), ANSATZ_EXECUTABLE);
    words.insert(words.begin() + 1, {"--plugin-path", FAULTY_FOLDER});
    Command command{words};
    command.in(folder.path());
    return command;
  }
  [[nodiscard]] CommandResult run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "p.yaml"});
    return ansatz(more).run();
  }
  [[nodiscard]] fs::path archive(const CommandResult& result) const {
    std::string line = result.out;
    if (!line.empty() && line.back() == '\n') line.pop_back();
    return folder / line;
  }
  // Nothing but sealed files, and what their keys were made of, may remain in runs/.
  void check_clean(const std::string& runs = "runs") const {
    CHECK(partial(runs).empty());
    check_whole(runs, false);
  }
  // The same, but there may be runs to go on with, locks of the dead, and what they were about to write.
  void check_whole(const std::string& runs = "runs", bool killed = true) const {
    for (auto entry = fs::recursive_directory_iterator{folder / runs};
         entry != fs::recursive_directory_iterator{}; ++entry) {
      if (entry->path().extension() == ".partial") entry.disable_recursion_pending();
      if (entry->is_directory() || entry->path().extension() == ".json" ||
          entry->path().filename() == "locks" || (killed && entry->path().extension() == ".tmp"))
        continue;
      CHECK_NOTHROW(ansatz::host::verify_sealed(entry->path()));
    }
  }
  // The folder of an interrupted run; empty if there is none.
  [[nodiscard]] fs::path partial(const std::string& runs = "runs") const {
    if (!fs::exists(folder / runs)) return {};
    for (const auto& entry : fs::directory_iterator{folder / runs}) {
      if (entry.path().extension() == ".partial") return entry.path();
    }
    return {};
  }
};

inline std::string attribute(const ansatz::host::Tree& tree, const std::string& group,
                             const std::string& name) {
  return ansatz::host::to_text(tree.at(group).attributes.at(name));
}

}  // namespace ansatz::test
