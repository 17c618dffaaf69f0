#include "dense_model.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace ansatz::modern_hopfield {

void DenseModel::store(Session& session) {
  constexpr auto where = "modern-hopfield.dense.store";
  CodedBits read = read_bits(session, "x", where, config.coding);
  std::set<std::vector<std::uint64_t>> seen;
  for (std::uint64_t mu = 0; mu < read.bits.rows(); ++mu) {
    seen.emplace(read.bits.row(mu), read.bits.row(mu) + read.bits.words());
  }
  const std::uint64_t n = read.bits.rows();
  classifier_ = {};
  memory_ = DenseMemory{std::move(read.bits), config.energy, config.power, read.coding};
  if (session.has("label")) memory_.labels = read_labels(session, "label");
  session.out_values<std::int64_t>("distinct", {})[0] = static_cast<std::int64_t>(seen.size());
  if (seen.size() < n) {
    session.note(std::string{where} + ": " + std::to_string(n - seen.size()) + " of " + std::to_string(n) +
                 " patterns repeat others, and so weigh more");
  }
}

bool DenseModel::retrieve(Session& session, const DenseRetrieveOptions& options) {
  return retrieval_.step(session, memory_, options.dynamics);
}

void DenseModel::evaluate(Session& session) {
  const BitMatrix states = read_dense_states(session, memory_, "modern-hopfield.dense.evaluate").bits;
  const std::uint64_t q = states.rows(), n = memory_.neurons();
  const auto energies = session.out_values<double>("energy", {q});
  session.out_attribute("energy", "log2_unit", static_cast<std::int64_t>(memory_.function().exponent()));
  const auto drop = session.out_values<double>("drop", {q, n});
  const auto stable = session.out_values<bool>("stable", {q});
  std::vector<std::uint64_t> nearest(q);
  std::vector<std::unique_ptr<DenseState>> at(session.threads());
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t worker) {
    if (session.cancelled()) return;
    if (!at[worker]) at[worker] = std::make_unique<DenseState>(memory_);
    std::vector<std::int8_t> s(n);
    states.unpack(k, s);
    at[worker]->start(s);
    energies[k] = at[worker]->energy();
    bool all = true;
    for (std::uint64_t i = 0; i < n; ++i) {
      drop[k * n + i] = at[worker]->turning(i);
      all = all && drop[k * n + i] >= 0;
    }
    stable[k] = all;
    const auto overlaps = at[worker]->overlaps();
    nearest[k] =
        static_cast<std::uint64_t>(std::max_element(overlaps.begin(), overlaps.end()) - overlaps.begin());
  });
  session.check_cancelled();
  if (memory_.labels.size() == 0) return;
  write_labels(session, "class", select(memory_.labels, nearest));
}

bool DenseModel::capacity(Session& session, const DenseCapacityOptions& options) {
  return capacity_.step(session, config.energy, config.power, config.coding, options);
}

bool DenseModel::basins(Session& session, const BasinOptions& options) {
  return basins_.step(session, memory_, options);
}

bool DenseModel::fit(Session& session, const DenseFitOptions& options) {
  return classifier_.fit(session, config.energy, config.power, options);
}

void DenseModel::predict(Session& session) { classifier_.predict(session); }

void DenseModel::state(Archive& archive) {
  archive("memory", memory_);
  archive("retrieval", retrieval_);
  archive("capacity", capacity_);
  archive("basins", basins_);
  archive("classifier", classifier_);
}

}  // namespace ansatz::modern_hopfield
