// Verbs `dense.fit` and `dense.predict`: classification by trained memories (Krotov, Hopfield 2016, section 4).
//
// A memory has d inputs and a unit for each of c classes.  With all class units at -1 and unit a turned to +1 the energy
// changes by a sum over memories, whose tanh is the score of class a:
//
//   c_a = tanh sum_mu [F(z_mu + 2 s xi_ma) - F(z_mu)],   z_mu = s (xi_mu . x - sum_g xi_mg),   s = gain / d
//
// Loss sum_a (c_a - t_a)^(2 m), t the class at +1 and the others at -1; its gradient by back-propagation.  Steps are taken
// with momentum, and each memory's is divided by its largest entry (ibid., appendix A).
#pragma once

#include <ansatz/labels.hpp>
#include <ansatz/plugin.hpp>

#include "dense_function.hpp"

namespace ansatz::modern_hopfield {

struct DenseFitOptions {
  std::int64_t memories = 200, epochs = 100, batch = 100, loss_power = 1;
  double gain = 1, step_size = 0.01, decay = 0.998, momentum = 0.6, clip = 1;
  static constexpr auto params = std::tuple{
      param(&DenseFitOptions::memories, "memories", "Memories to train", at_least(1), unit("memories")),
      param(&DenseFitOptions::epochs, "epochs", "Passes over the rows", at_least(1), unit("epochs")),
      param(&DenseFitOptions::batch, "batch", "Rows of a step", at_least(1), unit("rows")),
      param(&DenseFitOptions::loss_power, "loss_power", "m of the loss |c - t|^(2 m)", between(1, 64)),
      param(&DenseFitOptions::gain, "gain", "Factor of F's argument beside 1/d: larger is steeper", above(0)),
      param(&DenseFitOptions::step_size, "step_size", "Of a memory's largest entry in the first epoch",
            above(0)),
      param(&DenseFitOptions::decay, "decay", "Factor of the step size from epoch to epoch", above(0),
            at_most(1)),
      param(&DenseFitOptions::momentum, "momentum", "Share of the last step that goes on", at_least(0),
            below(1)),
      param(&DenseFitOptions::clip, "clip", "Memories stay between this and its negative", above(0),
            unit("unit of x"))};
};

// F and its derivative at real numbers.
struct DenseActivation {
  DenseEnergy energy;
  std::int64_t power;
  struct Pair {
    double value, slope;
  };
  [[nodiscard]] Pair operator()(double x) const;
};

class DenseClassifier {
 public:
  // An epoch; true: there are some left.
  bool fit(Session& session, DenseEnergy energy, std::int64_t power, const DenseFitOptions& options);
  void predict(Session& session) const;
  void state(Archive& archive);

 private:
  // Of one row: what its scores and its gradient need.
  struct Forward {
    Matrix<double> slope;            // memories x classes: F' with class unit a turned, times the error of a
    std::vector<double> all, score;  // by memory: the factor of the inputs; by class
  };
  void begin(Session& session, DenseEnergy energy, std::int64_t power, const DenseFitOptions& options);
  [[nodiscard]] std::uint64_t inputs() const {
    return static_cast<std::uint64_t>(memories_.cols()) - classes_.size();
  }
  [[nodiscard]] double scale() const { return gain_ / static_cast<double>(inputs()); }
  void put_memories(Session& session) const;
  void score(const double* products, std::vector<double>& c) const;
  double differentiate(const double* products, std::uint32_t truth, std::int64_t loss_power,
                       Forward& row) const;
  double train(Session& session, const std::vector<std::uint32_t>& codes,
               const std::vector<std::uint64_t>& rows, const DenseFitOptions& options, double step_size,
               std::uint64_t& wrong);

  Matrix<double> memories_, velocity_;  // k x (d + c)
  bool given_ = false;                  // read, and not yet gone on from
  Labels classes_;
  double gain_ = 1;
  DenseEnergy energy_ = DenseEnergy::rectified;
  std::int64_t power_ = 3;
};

}  // namespace ansatz::modern_hopfield
