#include "validate/subject.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "validate/isolated.hpp"
#include "validate/settings.hpp"

namespace ansatz::host::validate {
namespace {

constexpr std::chrono::seconds fresh_limit{20};

}  // namespace

Subject::Subject(const std::filesystem::path& file, std::string model, std::string verb, std::uint64_t seed,
                 Chosen chosen)
    : file_{std::filesystem::absolute(file)},
      model_name_{std::move(model)},
      verb_name_{std::move(verb)},
      seed_{seed},
      chosen_{std::move(chosen)} {}

void Subject::at(const std::string& text) { set_activity(text); }

const Library& Subject::library() {
  if (!library_) library_ = std::make_unique<Library>(file_);
  return *library_;
}

const ansatz_model& Subject::model_table() { return library().model(model_name_); }

const ModelInfo& Subject::model() {
  const auto& models = library().description().models;
  return *std::find_if(models.begin(), models.end(),
                       [&](const ModelInfo& m) { return m.name == model_name_; });
}

const VerbInfo& Subject::verb() { return verb(verb_name_); }

const VerbInfo& Subject::verb(const std::string& name) {
  const auto& verbs = model().verbs;
  return *std::find_if(verbs.begin(), verbs.end(), [&](const VerbInfo& v) { return v.name == name; });
}

const Candidate* Subject::candidate_of(const std::string& verb_name) {
  const auto number = chosen_.find(model_name_ + "." + verb_name);
  if (number == chosen_.end()) return nullptr;
  auto& list = candidates_[verb_name];
  if (list.empty()) list = candidates(verb(verb_name));
  return &list.at(number->second);
}

InputMaker Subject::maker(std::uint64_t salt) {
  return InputMaker{sizes_of(model()), seed_ * 1'000'003 + salt};
}

const VerbInfo* Subject::learner() {
  for (const VerbInfo& candidate : model().verbs) {
    if ((candidate.flags & ANSATZ_LEARNS) != 0 && (candidate.flags & ANSATZ_NEEDS_MODEL) == 0 &&
        candidate_of(candidate.name) != nullptr) {
      return &candidate;
    }
  }
  return nullptr;
}

std::shared_ptr<const Tree> Subject::learned() {
  if (learned_) return learned_;
  const VerbInfo* from = learner();
  if (from == nullptr) throw Skipped{"no verb that learns ran"};
  const Setup setup = setup_with(*candidate_of(from->name), from->name);
  // Elsewhere, so that the plugin has not run in this process yet.
  VerbResult result = in_fresh_process([&] { return run(setup); }, "verb " + from->name);
  if (result.status != ANSATZ_DONE) throw Skipped{"verb " + from->name + " ended with " + words(result)};
  return learned_ = std::make_shared<const Tree>(std::move(result.state));
}

std::shared_ptr<const Tree> Subject::state_for(const VerbInfo& which) {
  return (which.flags & ANSATZ_NEEDS_MODEL) != 0 ? learned() : nullptr;
}

Setup Subject::setup_with(const Candidate& candidate, const std::string& verb_name) {
  const VerbInfo& which = verb(verb_name);
  Setup setup;
  setup.model = &model_table();
  setup.verb = verb_name;
  setup.inputs = maker().make(which, candidate);
  setup.model_settings = required_settings(model().parameters);
  setup.verb_settings = required_settings(which.parameters);
  setup.random_key = seed_;
  setup.state = state_for(which);
  return setup;
}

Setup Subject::setup_of(const std::string& verb_name) {
  const Candidate* candidate = candidate_of(verb_name);
  if (candidate == nullptr) throw Skipped{"verb " + verb_name + " did not run on generated inputs"};
  return setup_with(*candidate, verb_name);
}

Setup Subject::setup() { return setup_of(verb_name_); }

VerbResult Subject::in_fresh_process(const std::function<VerbResult()>& body, const std::string& what) {
  const Ending ending = run_isolated([&] { return encode(body()); }, fresh_limit);
  if (!ending.answered) throw Failed{fmt::format("{}: {}", what, ending.failure)};
  return decode(ending.answer);
}

}  // namespace ansatz::host::validate
