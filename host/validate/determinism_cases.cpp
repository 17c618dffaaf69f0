// Same plugin, same seed, same inputs: same bytes, wherever, whenever and with how many threads.
#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "validate/cases.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

// For verbs that declare `tolerance`, between thread counts only.
constexpr double declared_tolerance = 1e-8;

void demand_same(const VerbResult& a, const VerbResult& b, const std::string& what, double tolerance = 0) {
  const std::string found = difference(a, b, tolerance);
  if (!found.empty()) throw Failed{what + ": " + found};
}

// With a heap whose free memory is full of `byte`, at other addresses.
VerbResult run_on_heap(const Setup& setup, int byte) {
  mallopt(M_PERTURB, byte);
  std::vector<std::unique_ptr<char[]>> filler;
  for (int i = 1; i < 50 * byte; ++i) filler.push_back(std::make_unique<char[]>(static_cast<std::size_t>(i)));
  for (std::size_t i = 0; i < filler.size(); i += 2) filler[i].reset();
  return run(setup);
}

}  // namespace

void determinism_repeat(Subject& subject) {
  const Setup setup = subject.setup();
  const VerbResult first = run(setup);
  demand_same(first, run(setup), "run twice in one process");
}

void determinism_processes(Subject& subject) {
  const Setup setup = subject.setup();
  const auto in_one = [&](int byte) {
    return Subject::in_fresh_process([&] { return run_on_heap(setup, byte); }, "a run in a fresh process");
  };
  demand_same(in_one(3), in_one(170), "run in two processes whose free memory had other contents");
}

void determinism_interleaved(Subject& subject) {
  const Setup setup = subject.setup();
  const VerbResult alone = run(setup);
  Instance one{*setup.model}, two{*setup.model};
  Trial first{one, setup}, second{two, setup};
  for (Trial* trial : {&first, &second}) {
    trial->create();
    trial->load();
    trial->begin();
  }
  bool more = true;
  for (int i = 0; i < 50 && more; ++i) {
    for (Trial* trial : {&first, &second}) more = trial->step() == ANSATZ_MORE;
  }
  for (Trial* trial : {&first, &second}) {
    if (trial->result().status == ANSATZ_MORE) trial->finish();
    VerbResult& result = trial->result();
    if (result.status == ANSATZ_DONE && result.state.empty() && (trial->verb().flags & ANSATZ_LEARNS) != 0) {
      trial->save(result.state);
    }
    demand_same(alone, result, "two instances stepping in turns");
  }
}

void determinism_threads(Subject& subject) {
  Setup setup = subject.setup();
  const double tolerance = subject.has(ANSATZ_TOLERANCE) ? declared_tolerance : 0;
  const VerbResult one = run(setup);
  for (const unsigned threads : {2U, 4U}) {
    setup.threads = threads;
    Subject::at(fmt::format("a run with {} threads", threads));
    demand_same(one, run(setup), fmt::format("with 1 and with {} threads", threads), tolerance);
  }
}

void determinism_tasks(Subject& subject) {
  Setup setup = subject.setup();
  setup.threads = 4;
  // The probe runs the tasks itself, and so does not put their log in order.
  const auto in_order = [&](std::uint64_t order) {
    setup.probe.shuffled = order;
    VerbResult result = run(setup);
    std::sort(result.log.begin(), result.log.end());
    return result;
  };
  const VerbResult one = in_order(1);
  for (const std::uint64_t order : {2, 3}) {
    demand_same(one, in_order(order), "tasks of parallel_for in two orders, by other workers",
                subject.has(ANSATZ_TOLERANCE) ? declared_tolerance : 0);
  }
}

void determinism_history(Subject& subject) {
  const Setup setup = subject.setup();
  const VerbResult before = Subject::in_fresh_process([&] { return run(setup); }, "a run in a fresh process");
  // Other verbs of the model in this process, with another seed.
  for (const VerbInfo& verb : subject.model().verbs) {
    if (subject.candidate_of(verb.name) == nullptr) continue;
    Setup other = subject.setup_of(verb.name);
    other.random_key += 1;
    Subject::at("verb '" + verb.name + "' before it");
    (void)run(other);
  }
  demand_same(before, run(setup), "after other verbs ran in the process");
  // The same instance once more.
  Instance instance{*setup.model};
  VerbResult last;
  for (int i = 0; i < 2; ++i) {
    Trial trial{instance, setup};
    if (i == 0) trial.create();
    if (i == 0 || subject.has(ANSATZ_NEEDS_MODEL)) trial.load();
    Subject::at("the second run on one instance");
    if (trial.begin() == ANSATZ_DONE) trial.finish();
    last = std::move(trial.result());
  }
  demand_same(before, last, "the second run on one instance");
}

}  // namespace ansatz::host::validate
