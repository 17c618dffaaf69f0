// Who runs the tasks of a parallel loop, so that numerics do not need a Session.
//
//   SerialExecutor serial;
//   cholesky(n, a.data(), n, serial);
//
//   SessionExecutor executor{session, 0.1, 0.9, "factor"};   // progress from 0.1 to 0.9
//   cholesky(n, a.data(), n, executor);
//
// Results never depend on the number of workers: tasks write to places of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace ansatz {

class Executor {
 public:
  // `worker` < workers() picks scratch memory, never results.
  using Task = std::function<void(std::uint64_t task, std::uint32_t worker)>;

  virtual ~Executor() = default;
  // Returns when all tasks have ended; rethrows what the lowest task threw.
  virtual void run(std::uint64_t tasks, const Task& body) = 0;
  [[nodiscard]] virtual std::uint32_t workers() const { return 1; }
  // Called between loops with the share of the work that is done; throws Cancelled if it should stop.
  virtual void progress(double /*fraction*/) {}
};

class SerialExecutor final : public Executor {
 public:
  void run(std::uint64_t tasks, const Task& body) override {
    for (std::uint64_t task = 0; task < tasks; ++task) body(task, 0);
  }
};

// The loops of a Session (a template, so that this header needs none).
template <class S>
class SessionExecutor final : public Executor {
 public:
  explicit SessionExecutor(S& session, double from = 0, double to = 1, std::string text = {})
      : session_{session}, from_{from}, to_{to}, text_{std::move(text)} {}

  void run(std::uint64_t tasks, const Task& body) override { session_.parallel_for(tasks, body); }
  [[nodiscard]] std::uint32_t workers() const override { return session_.threads(); }
  void progress(double fraction) override {
    session_.check_cancelled();
    session_.progress(from_ + (to_ - from_) * fraction, text_);
  }

 private:
  S& session_;
  double from_, to_;
  std::string text_;
};

}  // namespace ansatz
