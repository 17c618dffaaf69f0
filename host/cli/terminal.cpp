#include "cli/terminal.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/text.hpp"

namespace ansatz::host {
namespace {

constexpr const char* green = "\033[32m";
constexpr const char* red = "\033[31m";
constexpr const char* yellow = "\033[33m";

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string bounds_text(const Claim& claim) {
  std::string text;
  if (claim.at_least) text += fmt::format(" >= {}", *claim.at_least);
  if (claim.at_most) text += fmt::format("{} <= {}", text.empty() ? "" : " and", *claim.at_most);
  if (claim.equals)
    text += fmt::format("{} = {} +- {}", text.empty() ? "" : " and", *claim.equals, claim.within);
  return text;
}

}  // namespace

bool stderr_is_terminal() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == 0);
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string TerminalReporter::paint(const char* colour, const std::string& text) const {
  return live_ ? colour + text + "\033[0m" : text;
}

void TerminalReporter::say(const std::string& line) {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
  std::fputs((line + "\n").c_str(), stderr);
}

void TerminalReporter::started(const Plan& plan) {
  total_ = plan.steps.size();
  for (const PlannedStep& planned : plan.steps) width_ = std::max(width_, planned.label.size());
}

void TerminalReporter::step_started(const PlannedStep& step) {
  bars_[step.label] = {Clock::now(), Clock::now(), 0, 0, ""};
}

void TerminalReporter::interrupted() { say("stopping where steps can go on later; once more stops at once"); }

void TerminalReporter::step_waits(const PlannedStep& step) {
  if (quiet_) return;
  say(fmt::format("        {}: waits for another run that computes it", step.step->id));
}

void TerminalReporter::progress(const PlannedStep& step, double fraction, const std::string& text) {
  const auto found = bars_.find(step.label);
  if (found == bars_.end()) return;
  Bar& bar = found->second;
  bar.fraction = std::clamp(fraction, 0.0, 1.0);
  bar.text = clean(text);
  std::replace(bar.text.begin(), bar.text.end(), '\n', ' ');
  if (live_ || quiet_ || since(bar.started) < 1) return;
  if (bar.fraction - bar.said_fraction < 0.1 && since(bar.said) < 30) return;
  bar.said = Clock::now();
  bar.said_fraction = bar.fraction;
  say("        " + bar_text(step.label, bar));
}

std::string TerminalReporter::bar_text(const std::string& id, const Bar& bar) const {
  const double elapsed = since(bar.started);
  std::string text =
      fmt::format("{:<{}}  {:3.0f} %  {}", id, width_, 100 * bar.fraction, duration_text(elapsed));
  if (bar.fraction > 0.01 && elapsed > 1) {
    text += fmt::format(", {} left", duration_text(elapsed * (1 - bar.fraction) / bar.fraction));
  }
  return bar.text.empty() ? text : text + "  " + bar.text;
}

void TerminalReporter::log(const PlannedStep& step, int level, const std::string& text) {
  if (level >= ANSATZ_WARNING && !quiet_)
    say(paint(yellow, fmt::format("        {}: warning: {}", step.label, clean(text))));
}

void TerminalReporter::step_ended(const PlannedStep& step, const StepRecord& record) {
  bars_.erase(step.label);
  const std::string what = fmt::format("{}.{}", step.step->plugin, step.step->verb);
  const std::string head = fmt::format("[{}/{}]  {:<{}}  {:<24}", ++ended_, total_, step.label, width_, what);
  if (record.status == StepStatus::done && quiet_) return;
  if (record.status == StepStatus::done) {
    std::string cost = record.cached ? "in the store" : duration_text(record.usage.wall_seconds);
    if (record.cached && record.usage.wall_seconds > 0) cost += ", and the same when computed again";
    if (record.outcome.resumed_at > 0) cost += fmt::format(", resumed at step {}", record.outcome.resumed_at);
    say(head + "  " + paint(green, "done") + "  " + cost);
  } else {
    say(head + "  " + paint(red, std::string{name_of(record.status)}));
    const StepOutcome& outcome = record.outcome;
    if (!outcome.text.empty()) {
      say(fmt::format("        {}: {}", step.label,
                      clean(outcome.text + (outcome.details.empty() ? "" : "; " + outcome.details))));
    }
  }
}

void TerminalReporter::claim(const ClaimResult& result) {
  if (result.holds && quiet_) return;
  const Claim& claim = *result.claim;
  const std::string verdict = result.holds   ? paint(green, "holds ")
                              : result.value ? paint(red, "FAILS ")
                                             : paint(red, "unknown");
  std::string line = fmt::format("claim   {}  {}{}", verdict, claim.that.text(), bounds_text(claim));
  if (!result.values.empty()) {
    line += fmt::format("  (in {} of {} points)", result.holding(), result.values.size());
  } else {
    line += result.value ? fmt::format("  (it is {:.6g})", *result.value) : "  (the run has no such value)";
  }
  if (!claim.because.empty()) line += "  because " + claim.because;
  say(line);
}

void TerminalReporter::tick() {
  if (!live_ || bars_.empty() || since(last_draw_) < 0.1) return;
  last_draw_ = Clock::now();
  draw();
}

void TerminalReporter::draw() {
  std::string line;
  for (const auto& [id, bar] : bars_) line += (line.empty() ? "" : "  |  ") + bar_text(id, bar);
  std::fputs(("\r\033[K" + clipped(line, 160)).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace ansatz::host
