// What a case has before it: the plugin's file, and for cases of a verb all that is needed to run it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugins/library.hpp"
#include "validate/case.hpp"
#include "validate/compare.hpp"
#include "validate/trial.hpp"

namespace ansatz::host::validate {

// Number of the candidate (inputs.hpp) with which a verb runs, by "model.verb"; made by the case verb.runs.
using Chosen = std::map<std::string, std::size_t>;

class Subject {
 public:
  Subject(const std::filesystem::path& file, std::string model, std::string verb, std::uint64_t seed,
          Chosen chosen);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  // "kernel-ridge.fit".
  [[nodiscard]] std::string name() const { return model_name_ + "." + verb_name_; }

  // Loaded at the first use.
  [[nodiscard]] const Library& library();
  [[nodiscard]] const ansatz_model& model_table();
  [[nodiscard]] const ModelInfo& model();
  [[nodiscard]] const VerbInfo& verb();
  [[nodiscard]] const VerbInfo& verb(const std::string& name);
  [[nodiscard]] bool has(std::uint32_t verb_flag) { return (verb().flags & verb_flag) != 0; }

  // What the case is doing now: told if the plugin crashes or hangs.
  static void at(const std::string& text);
  void note(const std::string& text) { notes_.push_back(text); }
  void warn(const std::string& text) { warnings_.push_back(text); }
  void choose(std::size_t candidate) { chosen_[name()] = candidate; }

  // The verb as the case verb.runs found it to run; with learned state where it needs a model.
  [[nodiscard]] Setup setup();
  [[nodiscard]] Setup setup_of(const std::string& verb);
  [[nodiscard]] Setup setup_with(const Candidate& candidate, const std::string& verb);
  // The number of its candidate, none if it does not run.
  [[nodiscard]] const Candidate* candidate_of(const std::string& verb);
  // A fresh source of inputs; the same for the same seed.
  [[nodiscard]] InputMaker maker(std::uint64_t salt = 0);
  // Learned by another verb of the model; Skipped if none runs.
  [[nodiscard]] std::shared_ptr<const Tree> learned();
  // The verb that learns it; null: none.
  [[nodiscard]] const VerbInfo* learner();
  // Learned state that the verb starts from, where it needs or takes a model.
  [[nodiscard]] std::shared_ptr<const Tree> state_for(const VerbInfo& verb);

  // `body` in a process in which the plugin has not run before; Failed if it crashes.
  [[nodiscard]] static VerbResult in_fresh_process(const std::function<VerbResult()>& body,
                                                   const std::string& what);

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  [[nodiscard]] const Chosen& chosen() const { return chosen_; }

 private:
  std::filesystem::path file_;
  std::string model_name_, verb_name_;
  std::uint64_t seed_;
  Chosen chosen_;
  std::unique_ptr<Library> library_;
  std::map<std::string, std::vector<Candidate>> candidates_;
  std::shared_ptr<const Tree> learned_;
  std::vector<std::string> notes_, warnings_;
};

}  // namespace ansatz::host::validate
