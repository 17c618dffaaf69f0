// A run as a person at a terminal sees it: a line a step, live progress on a terminal, else a line every 10 %
// or 30 s. Everything goes to stderr.
#pragma once

#include <map>
#include <string>

#include "run/run.hpp"

namespace ansatz::host {

// Colour and live lines only where a person looks: a terminal without NO_COLOR.
[[nodiscard]] bool stderr_is_terminal();

class TerminalReporter : public Reporter {
 public:
  // Quiet: only what failed.
  TerminalReporter(bool live, bool quiet) : live_{live && !quiet}, quiet_{quiet} {}
  void started(const Plan& plan) override;
  void step_started(const PlannedStep& step) override;
  void step_waits(const PlannedStep& step) override;
  void progress(const PlannedStep& step, double fraction, const std::string& text) override;
  void log(const PlannedStep& step, int level, const std::string& text) override;
  void step_ended(const PlannedStep& step, const StepRecord& record) override;
  void claim(const ClaimResult& result) override;
  void tick() override;
  void interrupted() override;

 private:
  struct Bar {
    Clock::time_point started, said;
    double fraction = 0, said_fraction = 0;
    std::string text;
  };

  void say(const std::string& line);  // a whole line, above the live one
  void draw();
  [[nodiscard]] std::string bar_text(const std::string& id, const Bar& bar) const;
  [[nodiscard]] std::string paint(const char* colour, const std::string& text) const;

  bool live_, quiet_;
  bool drawn_ = false;
  std::size_t total_ = 0, ended_ = 0, width_ = 0;
  std::map<std::string, Bar> bars_;  // of running steps
  Clock::time_point last_draw_;
};

// "0.3 s", "12 s", "3 min 05 s".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace ansatz::host
