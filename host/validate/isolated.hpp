// A function run in a forked process of its own: what it does to its process, and how it ends, costs nothing
// but its answer.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace ansatz::host::validate {

struct Ending {
  bool answered = false;
  std::string answer;
  // Of a process that did not answer: "it died of SIGSEGV while: <what it said with set_activity>".
  std::string failure;
};

class Isolated {
 public:
  // `body` returns the answer.  What throws in it, crashes, exits or passes the limit is a failure.
  Isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit);
  ~Isolated();
  Isolated(const Isolated&) = delete;
  Isolated& operator=(const Isolated&) = delete;

  // For poll(): readable when there is something for look().
  [[nodiscard]] int answer_descriptor() const { return answer_; }
  [[nodiscard]] int end_descriptor() const { return end_; }
  // True once it has ended; never blocks.
  [[nodiscard]] bool look();
  [[nodiscard]] const Ending& ending() const { return ending_; }
  [[nodiscard]] double milliseconds_left() const;

 private:
  [[noreturn]] static void child(const std::function<std::string()>& body, int answer, int prints);
  void drain();
  void judge(int status, bool late);

  pid_t pid_ = -1;
  int answer_ = -1, end_ = -1, prints_ = -1;
  char* activity_;  // shared with the child
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point started_;
  Ending ending_;
};

// Waits for it.
[[nodiscard]] Ending run_isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit);

// In the child: what it is doing, for the failure's text.
void set_activity(const std::string& text);
// In the child: what `body` would return; ends the process at once, from a signal handler as well.
[[noreturn]] void answer_at_once(const char* answer);

}  // namespace ansatz::host::validate
