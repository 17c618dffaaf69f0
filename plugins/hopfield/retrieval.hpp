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
  struct Round {  // a sweep over the states that have not settled
    Session& session;
    const Network& network;
    const DynamicsOptions& options;
    BitMatrix next;
    std::vector<std::uint64_t> flips;
    double *before, *after;  // energies; before: null but in the first
  };

  void begin(Session& session, const Network& network, bool record);
  void sweep_one(Round& round, Fields& fields, std::uint64_t k);
  void sweep_together(Round& round, std::span<const std::uint64_t> which);
  void put_result(Round& round, std::uint64_t k, ConstState s, const Sweep& result);
  [[nodiscard]] std::vector<std::uint8_t> clamped(std::uint64_t k) const;
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
