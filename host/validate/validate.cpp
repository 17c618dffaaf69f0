#include "validate/validate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "validate/isolated.hpp"
#include "validate/subject.hpp"

namespace ansatz::host::validate {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::string_view find_inputs = "verb.runs";  // the case that the others have their inputs from

// Runs in the child.  The answer: {"outcome", "text", "notes", "warnings", "candidate"}.
std::string answer_of(const Case& test, Subject& subject) {
  Json answer = {{"outcome", "pass"}, {"text", ""}};
  try {
    test.run(subject);
  } catch (const Skipped& e) {
    answer = {{"outcome", "skip"}, {"text", e.what()}};
  } catch (const std::exception& e) {
    answer = {{"outcome", "fail"}, {"text", e.what()}};
  }
  answer["notes"] = subject.notes();
  answer["warnings"] = subject.warnings();
  if (test.scope == Scope::verb && subject.chosen().contains(subject.name())) {
    answer["candidate"] = subject.chosen().at(subject.name());
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Run {
 public:
  Run(const Request& request, const std::function<void(const Outcome&)>& tell)
      : request_{request}, tell_{tell} {
    choose_cases();
  }

  Report go() {
    const Clock::time_point start = Clock::now();
    for (const Case& test : all_cases()) {
      if (!chosen_cases_.contains(test.name)) continue;
      if (test.scope == Scope::library) {
        judge(test, {{"", ""}});
      } else {
        judge(test, verbs());
      }
    }
    report_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(report_);
  }

 private:
  using Verb = std::pair<std::string, std::string>;  // model, verb
  struct Running {
    std::size_t outcome;  // its place in the report
    Clock::time_point started;
    std::unique_ptr<Isolated> process;
  };

  [[nodiscard]] std::chrono::milliseconds limit() const {
    return std::chrono::milliseconds{static_cast<std::int64_t>(1000 * request_.limit)};
  }

  void add_with_needs(const std::string& name) {
    for (const Case& test : all_cases()) {
      if (name != test.name || !chosen_cases_.insert(name).second) continue;
      for (const char* needed : test.needs) add_with_needs(needed);
    }
  }

  void choose_cases() {
    std::vector<std::string> names;
    for (const Case& test : all_cases()) {
      names.emplace_back(test.name);
      if (request_.only.empty() && test.level <= request_.level) add_with_needs(test.name);
    }
    if (!request_.only.empty()) add_with_needs(request_.only);
    if (chosen_cases_.empty()) {
      throw Error{Exit::usage, fmt::format("there is no case '{}'; the cases are {}", request_.only,
                                           fmt::join(names, ", "))};
    }
  }

  // The verbs of the plugin, asked of a child: loading is the plugin's code.  None if that fails, which the
  // cases of the library tell.
  const std::vector<Verb>& verbs() {
    if (asked_) return verbs_;
    asked_ = true;
    const auto list = [&] {
      Json json = Json::array();
      const Library library{request_.file};
      for (const ModelInfo& model : library.description().models) {
        // Those that learn first: others start from what they learned.
        for (const bool learning : {true, false}) {
          for (const VerbInfo& verb : model.verbs) {
            const bool learns = (verb.flags & (ANSATZ_LEARNS | ANSATZ_NEEDS_MODEL)) == ANSATZ_LEARNS;
            if (learns == learning) json.push_back({model.name, verb.name});
          }
        }
      }
      return json.dump();
    };
    const Ending ending = run_isolated(list, limit());
    if (!ending.answered) return verbs_;
    for (const auto& entry : Json::parse(ending.answer)) verbs_.emplace_back(entry[0], entry[1]);
    return verbs_;
  }

  // Why the case cannot be judged: one that it needs did not pass; "" if it can.
  [[nodiscard]] std::string unmet(const Case& test, const std::string& subject) const {
    for (const char* needed : test.needs) {
      for (const Outcome& outcome : report_.outcomes) {
        if (outcome.name != needed || (!outcome.subject.empty() && outcome.subject != subject)) continue;
        if (!outcome.judged || outcome.verdict == Verdict::fail || outcome.verdict == Verdict::crash) {
          return fmt::format("{} did not pass", needed);
        }
        if (outcome.name == find_inputs && !chosen_.contains(subject)) {
          return fmt::format("{} found no inputs for it", needed);
        }
      }
    }
    return {};
  }

  void judge(const Case& test, const std::vector<Verb>& subjects) {
    std::list<Running> running;
    const std::size_t first = report_.outcomes.size();
    for (const auto& [model, verb] : subjects) {
      const std::string name = verb.empty() ? "" : model + "." + verb;
      Outcome& outcome = report_.outcomes.emplace_back(Outcome{test.name, name, Verdict::skip, {}, 0});
      outcome.text = unmet(test, name);
      if (!outcome.text.empty()) {
        outcome.judged = false;
        continue;
      }
      const auto subject = std::make_shared<Subject>(request_.file, model, verb, request_.seed, chosen_);
      const auto body = [&test, subject] { return answer_of(test, *subject); };
      if (request_.in_process) {
        const Clock::time_point start = Clock::now();
        read(outcome, body());
        outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        continue;
      }
      while (running.size() >= std::max(1U, request_.jobs)) reap(running);
      running.push_back(
          {report_.outcomes.size() - 1, Clock::now(), std::make_unique<Isolated>(body, limit())});
      // What a verb learns is what the next ones start from.
      if (test.name == find_inputs) {
        while (!running.empty()) reap(running);
      }
    }
    while (!running.empty()) reap(running);
    // In the order of the verbs, whichever ended first.
    for (std::size_t i = first; tell_ && i < report_.outcomes.size(); ++i) tell_(report_.outcomes[i]);
  }

  // Wait for any of them to say something or to end.
  void reap(std::list<Running>& running) {
    std::vector<pollfd> watched;
    double left = 1000;
    for (const Running& each : running) {
      watched.push_back({each.process->answer_descriptor(), POLLIN, 0});
      watched.push_back({each.process->end_descriptor(), POLLIN, 0});
      left = std::min(left, each.process->milliseconds_left());
    }
    poll(watched.data(), watched.size(), static_cast<int>(std::max(1.0, left)));
    for (auto each = running.begin(); each != running.end();) {
      if (!each->process->look()) {
        ++each;
        continue;
      }
      Outcome& outcome = report_.outcomes[each->outcome];
      const Ending& ending = each->process->ending();
      if (ending.answered) {
        read(outcome, ending.answer);
      } else {
        outcome.verdict = Verdict::crash;
        outcome.text = ending.failure;
      }
      outcome.seconds = std::chrono::duration<double>(Clock::now() - each->started).count();
      each = running.erase(each);
    }
  }

  void read(Outcome& outcome, const std::string& answer) {
    const Json json = Json::parse(answer, nullptr, false);
    if (json.is_discarded()) {
      outcome.verdict = Verdict::crash;
      outcome.text = "its process sent no answer that can be read";
      return;
    }
    const std::string word = json.at("outcome");
    outcome.verdict = word == "pass" ? Verdict::pass : word == "skip" ? Verdict::skip : Verdict::fail;
    outcome.text = json.at("text");
    const auto join = [&](const char* key) {
      for (const auto& text : json.value(key, Json::array())) {
        outcome.text += (outcome.text.empty() ? "" : "; ") + text.get<std::string>();
      }
    };
    join("notes");
    if (outcome.verdict == Verdict::pass && !json.value("warnings", Json::array()).empty()) {
      outcome.verdict = Verdict::warn;
      join("warnings");
    }
    if (outcome.name == find_inputs && json.contains("candidate")) {
      chosen_[outcome.subject] = json.at("candidate");
    }
  }

  const Request& request_;
  const std::function<void(const Outcome&)>& tell_;
  std::set<std::string> chosen_cases_;
  bool asked_ = false;
  std::vector<Verb> verbs_;
  Chosen chosen_;
  Report report_;
};

}  // namespace

const char* name_of(Verdict verdict) {
  constexpr const char* names[] = {"pass", "warn", "skip", "fail", "crash"};
  return names[static_cast<std::size_t>(verdict)];
}

std::size_t Report::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(),
                                                [&](const Outcome& o) { return o.verdict == verdict; }));
}

bool Report::passed() const { return count(Verdict::fail) == 0 && count(Verdict::crash) == 0; }

Report validate_plugin(const Request& request, const std::function<void(const Outcome&)>& tell) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(request.file, error)) {
    throw Error{Exit::usage, fmt::format("{} is no file; expected a plugin such as build/my-model.ansatz.so",
                                         request.file.string())};
  }
  if (request.level < 1 || request.level > 3) {
    throw Error{Exit::usage, fmt::format("there is no level {}; the levels are 1, 2 and 3", request.level)};
  }
  return Run{request, tell}.go();
}

}  // namespace ansatz::host::validate
