// Inputs made up from what a verb declares: sizes that agree where ports share a dimension, finite values,
// labels, square matrices that are positive definite.  Nothing tells what a verb means by its inputs, so
// there are several candidates; the case `verb.runs` keeps the first one with which the verb runs.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/catalogue.hpp"
#include "core/tree.hpp"

namespace ansatz::host::validate {

using Inputs = std::map<std::string, Array>;         // by port
using Sizes = std::map<std::string, std::uint64_t>;  // by name of a dimension
using Settings = std::map<std::string, Value>;

// Which of the ways to make an input is taken, for all ports of a verb.
struct Candidate {
  enum class Wiring { required, all, one };
  enum class Prefer { reals, integers, texts };
  enum class Reals { normal, shares, unit, positive };  // shares: rows that sum to 1
  Wiring wiring = Wiring::required;
  std::size_t optional = 0;     // Wiring::one: which of the optional ports
  std::size_t alternative = 0;  // of dims; a port with fewer takes its last
  Prefer prefer = Prefer::reals;
  Reals reals = Reals::normal;
};

// In the order in which they are tried, at most 240.
[[nodiscard]] std::vector<Candidate> candidates(const VerbInfo& verb);

// One size for each dimension of a model, all different: rows some twenty, other dimensions from 4.  A name
// has one size in all verbs, so that what one learns fits another.
[[nodiscard]] Sizes sizes_of(const ModelInfo& model);

class InputMaker {
 public:
  InputMaker(Sizes sizes, std::uint64_t seed) : sizes_{std::move(sizes)}, engine_{seed} {}

  [[nodiscard]] Inputs make(const VerbInfo& verb, const Candidate& candidate);
  [[nodiscard]] Array make(const PortInfo& port, ElementType type, std::size_t alternative,
                           Candidate::Reals reals);
  [[nodiscard]] const Sizes& sizes() const { return sizes_; }

 private:
  double uniform();
  double normal();
  void fill_reals(Array& array, const std::vector<std::string>& dims, Candidate::Reals reals);
  void fill_integers(Array& array, const std::vector<std::string>& dims, Candidate::Reals reals);

  Sizes sizes_;
  std::mt19937_64 engine_;
};

// The type that a port is given: the first it takes in the order of preference.
[[nodiscard]] ElementType type_for(const PortInfo& port, Candidate::Prefer prefer);
[[nodiscard]] bool takes(const PortInfo& port, ElementType type);

}  // namespace ansatz::host::validate
