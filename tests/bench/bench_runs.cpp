// What surviving costs: checkpoints every second of a step that holds 100 MB of state, and verify against sha256sum.
//   cmake --build build/release --target bench_runs && build/release/bin/bench_runs [ROUNDS]
// In turns, each pair in one round; medians of ratios.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "archive/store.hpp"
#include "run/checkpoint.hpp"
#include "support/command.hpp"

using namespace ansatz::host;
using namespace ansatz::test;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t state_bytes = 100'000'000;
constexpr double step_seconds = 0.01, verb_seconds = 4;

// Of this thread: what a step pays even where other processes take turns.
double thread_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A model that keeps 100 MB and in each step changes a piece of them, and computes.
struct Keeper {
  std::vector<double> state = std::vector<double>(state_bytes / 8, 1.0);
  std::uint64_t step = 0, steps = 0, rounds = 0;
};

double work(double x, std::uint64_t rounds) {
  for (std::uint64_t i = 0; i < rounds; ++i) x = x * 0.999999 + 1e-6;
  return x;
}

Keeper& of(void* instance) { return *static_cast<Keeper*>(instance); }

std::uint64_t steps_wanted = 0, rounds_wanted = 0;

ansatz_model keeper_model() {
  static const ansatz_verb verb{
      sizeof(ansatz_verb), ANSATZ_STEPS, "fit", "", nullptr, 0, nullptr, 0, nullptr, 0};
  static const ansatz_verb* verbs[] = {&verb};
  ansatz_model model{};
  model.struct_size = sizeof model;
  model.name = "keeper";
  model.verbs = verbs;
  model.verb_count = 1;
  model.create = [](const ansatz_host*, const ansatz_setting* const*, std::uint64_t, void** instance) {
    auto* made = new Keeper;
    made->steps = steps_wanted, made->rounds = rounds_wanted;
    *instance = made;
    return std::int32_t{ANSATZ_DONE};
  };
  model.destroy = [](void* instance) { delete static_cast<Keeper*>(instance); };
  model.begin = [](void* instance, const ansatz_host*, std::uint32_t, const ansatz_setting* const*,
                   std::uint64_t, std::uint64_t first) {
    of(instance).step = first;
    return std::int32_t{ANSATZ_DONE};
  };
  model.step = [](void* instance, const ansatz_host*) -> std::int32_t {
    Keeper& k = of(instance);
    const std::size_t piece = k.state.size() / 100, first = k.step % 100 * piece;
    const double x = work(static_cast<double>(k.step), k.rounds);
    for (std::size_t i = first; i < first + piece; ++i) k.state[i] += x;
    return ++k.step < k.steps ? ANSATZ_MORE : ANSATZ_DONE;
  };
  model.save = [](void* instance, const ansatz_host*, const ansatz_tree* tree) -> std::int32_t {
    const std::uint64_t count = of(instance).state.size();
    const ansatz_array array{sizeof(ansatz_array), ANSATZ_F64, 0, 1, &count, nullptr};
    void* data = nullptr;
    if (const auto status = tree->put(tree->context, "state", &array, &data); status != ANSATZ_DONE)
      return status;
    std::memcpy(data, of(instance).state.data(), count * 8);
    return ANSATZ_DONE;
  };
  model.load = [](void*, const ansatz_host*, const ansatz_tree*) { return std::int32_t{ANSATZ_UNSUPPORTED}; };
  return model;
}

struct Cost {
  double wall = 0, cpu = 0;
};

// What the verb took; `taken`: checkpoints.
Cost run_once(const ansatz_model& model, bool checkpoints, const TemporaryFolder& folder, int& taken) {
  VerbCall call;
  call.model = &model;
  call.verb = "fit";
  const CheckpointFiles files{folder / "key.h5"};
  Checkpointer checkpointer{files, std::chrono::duration<double>{1}};
  if (checkpoints) {
    call.listener = checkpointer.attach({});
    call.listener.checkpoint = [&taken, keep = call.listener.checkpoint](Checkpoint checkpoint) {
      ++taken;
      keep(std::move(checkpoint));
    };
  }
  const auto start = Clock::now();
  const double cpu = thread_cpu();
  const VerbResult result = run_verb(call);
  const Cost cost{since(start), thread_cpu() - cpu};
  if (result.status != ANSATZ_DONE) std::fprintf(stderr, "%s\n", result.text.c_str());
  files.remove_all();
  return cost;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void bench_checkpoints(int rounds) {
  volatile double x = 0;  // read and written, so that the work stays between the two looks at the clock
  const auto start = Clock::now();
  x = work(x, 10'000'000);
  rounds_wanted = static_cast<std::uint64_t>(1e7 * step_seconds / since(start));
  steps_wanted = static_cast<std::uint64_t>(verb_seconds / step_seconds);
  const ansatz_model model = keeper_model();
  const TemporaryFolder folder;
  std::vector<double> wall, cpu;
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    int none = 0;
    const Cost without = run_once(model, false, folder, none), with = run_once(model, true, folder, taken);
    wall.push_back(with.wall / without.wall), cpu.push_back(with.cpu / without.cpu);
  }
  std::printf(
      "checkpoints of 100 MB every second: %+.2f %% CPU of the step's thread, %+.2f %% wall time (medians; "
      "less "
      "than 3 %% wanted), %.1f a run of %g s\n",
      100 * (median(cpu) - 1), 100 * (median(wall) - 1), static_cast<double>(taken) / rounds, verb_seconds);
  std::fflush(stdout);
}

double cpu_of_children() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

double cpu_of(const std::vector<std::string>& words) {
  const double before = cpu_of_children();
  if (Command{words}.run().code != 0) std::fprintf(stderr, "%s failed\n", words[0].c_str());
  return cpu_of_children() - before;
}

void bench_verify(int rounds) {
  const TemporaryFolder folder;
  Tree tree;
  Array& array = tree.put("x", Array{ElementType::f64, {std::uint64_t{400} << 17}});  // 400 MiB
  for (std::uint64_t i = 0; i < array.count(); ++i) array.as<double>()[i] = static_cast<double>(i);
  const std::string file = (folder / "large.h5").string();
  write_sealed(tree, file);
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const double sum = cpu_of({"sha256sum", file}), verify = cpu_of({ANSATZ_EXECUTABLE, "verify", file});
    ratios.push_back(sum / verify);
  }
  std::printf("verify reads at %.0f %% of the rate of sha256sum (median, CPU time; at least 50 %% wanted)\n",
              100 * median(ratios));
}

}  // namespace

int main(int count, char** words) {
  const int rounds = count > 1 ? std::max(1, std::atoi(words[1])) : 7;
  bench_checkpoints(rounds);
  bench_verify(rounds);
}
