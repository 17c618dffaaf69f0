// A plugin that does wrong in every way a verb can, and a few things right, for the tests of the runner.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <ansatz/plugin.hpp>
#include <array>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

using namespace ansatz;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void compute_for(double seconds) {
  volatile double x = 1;
  for (const double start = thread_seconds(); thread_seconds() - start < seconds;) {
    for (int i = 0; i < 1000; ++i) x = x * 0.999999 + 1e-6;
  }
}

struct Faulty {
  struct Config {
    std::int64_t steps = 3;
    double scale = 1;
    bool verbose = false;
    double pause = 0, busy = 0;
    static constexpr auto params =
        std::tuple{param(&Config::steps, "steps", "Steps of fit", at_least(1)),
                   param(&Config::scale, "scale", "Factor", above(0)),
                   param(&Config::verbose, "verbose", "Say more", no_effect_on_result),
                   param(&Config::pause, "pause", "Rest in each step of a walk", at_least(0), unit("s"),
                         no_effect_on_result),
                   param(&Config::busy, "busy", "CPU time of each step of a walk", at_least(0), unit("s"),
                         no_effect_on_result)};
  } config;

  // Right: counts its steps, with a metric and progress for each.
  bool fit(Session& s) {
    if (s.step() == 0) total_ = 0;
    total_ += config.scale * s.in<double>("x").sum();
    s.metric("total", total_);
    s.progress(static_cast<double>(s.step() + 1) / static_cast<double>(config.steps), "adding");
    return static_cast<std::int64_t>(s.step()) + 1 < config.steps;
  }
  // Right: a walk that needs its state, its step number, its random numbers and the rows it has written.
  bool walk(Session& s) {
    auto y = s.out<double>("y", {static_cast<std::uint64_t>(config.steps), 3});
    const auto row = static_cast<Eigen::Index>(s.step());
    Rng rng = s.rng("walk", s.step());
    total_ += config.scale * rng.normal();
    y(row, 0) = total_;
    y(row, 1) = row > 0 ? y(row - 1, 1) + total_ : total_;
    y(row, 2) = static_cast<double>(row);
    if (s.step() % 2 == 0) s.metric("even", total_);
    s.metric("total", total_);
    if (s.step() % 3 == 0) s.note("at " + std::to_string(s.step()));
    compute_for(config.busy);
    if (config.pause > 0) std::this_thread::sleep_for(std::chrono::duration<double>{config.pause});
    s.progress(static_cast<double>(s.step() + 1) / static_cast<double>(config.steps), "walking");
    return static_cast<std::int64_t>(s.step()) + 1 < config.steps;
  }
  void tell(Session& s) { s.out_scalar("y", total_); }
  void add(Session& s) {
    const auto a = s.in<double>("a"), b = s.in<double>("b");
    s.out<double>("y", s.shape("a")) = a + b;
  }
  void draw(Session& s) {
    auto y = s.out_values<double>("y", {1000});
    s.parallel_for(10, [&](std::uint64_t block, std::uint32_t) {
      Rng rng = s.rng("draw", block);
      for (std::size_t i = 0; i < 100; ++i) y[100 * block + i] = rng.normal();
    });
  }
  void blocks(Session& s) {
    double sum = 0;
    std::vector<double> row(s.shape("x")[1]);
    for (std::uint64_t i = 0; i < s.shape("x")[0]; ++i) {
      s.read_rows("x", i, 1, row.data());
      for (const double value : row) sum += value;
    }
    s.out_scalar("y", sum);
  }

  // What a result could come to depend on, though no key knows of it.
  void surroundings(Session& s) {
    std::vector<std::string> variables;
    for (const char* name : {"LC_ALL", "LC_NUMERIC", "LC_COLLATE", "OMP_NUM_THREADS", "OMP_SCHEDULE",
                             "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"}) {
      const char* value = std::getenv(name);
      variables.push_back(std::string{name} + "=" + (value == nullptr ? "" : value));
    }
    s.out_texts("variables", variables);
    std::array<char, 16> half;
    std::snprintf(half.data(), half.size(), "%.1f", 0.5);
    s.out_texts("locale", {std::setlocale(LC_ALL, nullptr), half.data()});
  }

  void nothing(Session&) {}
  void throws(Session&) { throw BadArgument("the moon is not full; wait for it"); }
  void throws_strange(Session&) { throw 7; }
  void throws_in_task(Session& s) {
    s.parallel_for(8, [](std::uint64_t task, std::uint32_t) {
      if (task >= 3) throw NumericalError("task " + std::to_string(task));
    });
  }
  void wrong_shape(Session& s) { s.out<double>("y", {s.shape("x")[0] + 1}); }
  void wrong_name(Session& s) { s.out<double>("z", {1}); }
  void forgets(Session&) {}
  void changes_shape(Session& s) {
    s.out<double>("y", {3});
    s.out<double>("y", {4});
  }
  void widens_text(Session& s) {
    s.out_texts("y", {"a", "b", "c"});
    s.out_texts("y", {"a", "b", std::string(1 << 20, 'c')});
  }
  void stops(Session&) { throw Cancelled("had enough"); }
  void odd_metric(Session& s) { s.metric("loss/value", 1); }
  void odd_signal(Session&) { raise(SIGRTMIN); }
  void floods_and_crashes(Session&) {
    for (int i = 0; i < 100'000; ++i) std::puts("a line that nobody asked for");
    std::fflush(stdout);
    raise(SIGSEGV);
  }
  void prints_bytes(Session&) {
    std::puts("\xff\x1b[31m red");
    std::fflush(stdout);
    throw BadArgument("\xff is no letter");
  }
  void segfaults(Session&) { raise(SIGSEGV); }
  void aborts(Session&) { std::abort(); }
  void exits(Session&) { std::exit(0); }
  void hangs(Session&) {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds{1});
  }
  void burns(Session&) {
    volatile bool for_ever = true;
    while (for_ever) {
    }
  }
  void hoards(Session& s) {
    std::vector<std::vector<char>> heap;
    for (;;) heap.emplace_back(std::size_t{16} << 20, static_cast<char>(s.step()));
  }
  void floods(Session& s) {
    for (int i = 0; i < 100'000; ++i) std::puts("a line that nobody asked for");
    s.out_scalar("y", 1);
  }
  bool waits(Session& s) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    s.progress(0.5, "waiting");
    return s.step() < 3000;
  }

  void state(Archive& a) { a("total", total_); }

  static constexpr auto text = "Verbs that go wrong";
  static constexpr auto verbs = std::tuple{
      verb<&Faulty::fit>("fit", "Sum x in steps", learns, in("x", "n,d", "Numbers")),
      verb<&Faulty::walk>("walk", "A random walk, a row a step", learns, out("y", "n,3", "Places")),
      verb<&Faulty::tell>("tell", "The sum", needs_model, out("y", "", "Sum")),
      verb<&Faulty::add>("add", "a + b", in("a", "n,d", "One"), in("b", "n,d", "Other"),
                         out("y", "n,d", "Sum")),
      verb<&Faulty::draw>("draw", "A thousand normals", out("y", "n", "Draws")),
      verb<&Faulty::blocks>("blocks", "Sum by rows", in<double>("x", "n,d", "Numbers"), out("y", "", "Sum")),
      verb<&Faulty::surroundings>("surroundings", "Environment and locale",
                                  out<Text>("variables", "n", "Variables"),
                                  out<Text>("locale", "m", "Its name, and a half as it is printed")),
      verb<&Faulty::nothing>("nothing", "Nothing"),
      verb<&Faulty::throws>("throws", "Throw"),
      verb<&Faulty::throws_strange>("throws-strange", "Throw an int"),
      verb<&Faulty::throws_in_task>("throws-in-task", "Throw in tasks 3 to 7"),
      verb<&Faulty::wrong_shape>("wrong-shape", "One row too many", in("x", "n,d", "Numbers"),
                                 out("y", "n", "Rows")),
      verb<&Faulty::wrong_name>("wrong-name", "An undeclared output", out("y", "n", "Rows")),
      verb<&Faulty::forgets>("forgets", "No output", out("y", "n", "Rows")),
      verb<&Faulty::changes_shape>("changes-shape", "Two shapes", out("y", "n", "Rows")),
      verb<&Faulty::widens_text>("widens-text", "Two widths", out<Text>("y", "n", "Words")),
      verb<&Faulty::stops>("stops", "Stop though nobody asked"),
      verb<&Faulty::odd_metric>("odd-metric", "A metric that is no name"),
      verb<&Faulty::odd_signal>("odd-signal", "Die of a signal without a name"),
      verb<&Faulty::floods_and_crashes>("floods-and-crashes", "Print much, then crash"),
      verb<&Faulty::prints_bytes>("prints-bytes", "Print and say what is no text"),
      verb<&Faulty::segfaults>("segfaults", "Crash"),
      verb<&Faulty::aborts>("aborts", "Abort"),
      verb<&Faulty::exits>("exits", "exit(0)"),
      verb<&Faulty::hangs>("hangs", "Never return"),
      verb<&Faulty::burns>("burns", "Burn CPU"),
      verb<&Faulty::hoards>("hoards", "Take all memory"),
      verb<&Faulty::floods>("floods", "Print without end", out("y", "", "One")),
      verb<&Faulty::waits>("waits", "A minute in small steps")};

 private:
  double total_ = 0;
};

}  // namespace

ANSATZ_PLUGIN("faulty", "1.0.0", Faulty)
