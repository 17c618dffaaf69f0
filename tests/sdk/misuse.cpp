// Plugins that must not compile: misuse.sh compiles this once a CASE.  Case 0 is sound.
#include <ansatz/labels.hpp>
#include <ansatz/plugin.hpp>
#include <optional>

using namespace ansatz;

struct Sound {
  void fit(Session&) {}
  void state(Archive& a) { a("values", values_); }
  static constexpr auto text = "Sound";
  static constexpr auto verbs = std::tuple{verb<&Sound::fit>("fit", "Learn", learns, in("x", "n", "Values"))};

 private:
#if CASE == 3
  std::vector<std::uint32_t> values_;
#elif CASE == 4
  Eigen::VectorXcd values_;
#elif CASE == 5
  std::vector<bool> values_;
#elif CASE == 9
  std::optional<double> values_;
#elif CASE == 13
  Labels values_;  // sound
#else
  std::vector<double> values_;
#endif
};

struct Wrong {
#if CASE == 1  // learns, and its state() cannot be called
  void run(Session&) {}
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Learn", learns)};

 private:
  void state(Archive&) {}

 public:
#elif CASE == 2   // steps, and has no state()
  bool run(Session&) { return false; }
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Step")};
#elif CASE == 6   // a type that arrays do not have
  void run(Session&) {}
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Run", out<short>("y", "n", "Values"))};
#elif CASE == 10  // nobody would fill it in
  struct Config {
    double scale = 1;
    static constexpr auto params = std::tuple{param(&Config::scale, "scale", "Factor")};
  } settings;
  void run(Session&) {}
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Run")};
#elif CASE == 11  // a status that nobody would look at
  int run(Session&) { return 0; }
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Run")};
#elif CASE == 12
  void run(Session&) const {}
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Run")};
#else
  void run(Session&) {}
  static constexpr auto verbs = std::tuple{verb<&Wrong::run>("run", "Run")};
#endif
  static constexpr auto text = "Wrong";
  static constexpr auto name = "wrong";
};

#if CASE == 7
ANSATZ_PLUGIN("misuse", "1.0.0")
#elif CASE == 8  // longer than the header has room for
ANSATZ_PLUGIN("misuse-misuse-misuse-misuse-misuse-misuse-misuse-misuse-misuse-misuse", "1.0.0", Sound)
#else
ANSATZ_PLUGIN("misuse", "1.0.0", Sound, Wrong)
#endif
