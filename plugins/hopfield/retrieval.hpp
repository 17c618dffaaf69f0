// Verb `retrieve`: states follow the dynamics until they settle.
#pragma once

#include <ansatz/session.hpp>

#include <cstdint>
#include <tuple>
#include <vector>

#include "dynamics.hpp"

namespace ansatz::hopfield {

struct RetrieveOptions {
  DynamicsOptions dynamics;
  bool record = false;
  static constexpr auto params = std::tuple{
      params_of(&RetrieveOptions::dynamics),
      param(&RetrieveOptions::record, "record", "Also give the states after every sweep, at port path")};
};

class Retrieval {
 public:
  // One sweep of all states that have not settled; true: there are some left.
  bool step(Session& session, const Network& network, const FieldMaker& maker,
            const RetrieveOptions& options);
  void state(Archive& archive);

 private:
  void begin(Session& session, const Network& network, bool record);
  void read_clamp(Session& session, std::uint64_t q, std::uint64_t n);
  void finish(Session& session, const Network& network, const RetrieveOptions& options) const;
  void put_matches(Session& session, const Network& network) const;

  BitMatrix states_, before_;  // q x n, and one sweep earlier
  BitMatrix path_;             // sweeps q x n, if recorded
  BitMatrix clamp_;            // 1 or q x n; empty: none
  Coding coding_ = Coding::sign;
  std::vector<double> trace_;                  // energies, q a sweep
  std::vector<std::int64_t> sweeps_, period_;  // q; period -1: moving
};

}  // namespace ansatz::hopfield
