// What a step costs beside its work: runs of 1 and of 21 steps that do nothing, and bare starts of the
// worker, in turns.
//   cmake --build build/release --target bench_overhead && build/release/bin/bench_overhead
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "support/command.hpp"

using namespace ansatz::test;

namespace {

double milliseconds(Command command) {
  const auto start = std::chrono::steady_clock::now();
  const CommandResult result = command.run();
  const double elapsed =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (result.code != 0) std::fprintf(stderr, "exit code %d: %s\n", result.code, result.err.c_str());
  return elapsed;
}

struct Samples {
  std::vector<double> values;
  void print(const char* what) {
    std::sort(values.begin(), values.end());
    std::printf("%-44s median %7.2f ms, range %7.2f to %7.2f\n", what, values[values.size() / 2],
                values.front(), values.back());
  }
};

std::string pipeline(int steps) {
  std::string text = "ansatz: 1\nname: nothing\nsteps:\n";
  for (int i = 0; i < steps; ++i) text += "  s" + std::to_string(i) + ": {do: faulty.nothing}\n";
  return text;
}

}  // namespace

int main() {
  const TemporaryFolder folder;
  folder.write("one.yaml", pipeline(1));
  folder.write("many.yaml", pipeline(21));
  const auto run = [&](const char* file, int round) {
    Command command{{ANSATZ_EXECUTABLE, "--plugin-path", FAULTY_FOLDER, "run", file, "--quiet", "--runs",
                     std::string{"runs"} + std::to_string(round) + file}};
    command.in(folder.path());
    return milliseconds(std::move(command));
  };
  Samples step, bare, difference, help, list;
  for (int round = 0; round < 11; ++round) {
    const double one = run("one.yaml", round), many = run("many.yaml", round);
    // It finds no job file, says so and ends: all of a worker's start, none of its work.
    const double start = milliseconds(Command{{ANSATZ_EXECUTABLE, "worker", "/nonexistent"}});
    step.values.push_back((many - one) / 20);
    bare.values.push_back(start);
    difference.values.push_back((many - one) / 20 - start);
    help.values.push_back(milliseconds(Command{{ANSATZ_EXECUTABLE, "-h"}}));
    list.values.push_back(milliseconds(Command{{ANSATZ_EXECUTABLE, "plugin", "list"}}));
  }
  step.print("a step that does nothing");
  bare.print("bare start of the worker");
  difference.print("overhead of a step (at most 40)");
  help.print("ansatz -h (under 50)");
  list.print("ansatz plugin list");
}
