// Model `lagrangian`: networks of visible and hidden neurons that move in continuous time (lagrangian.hpp).
#pragma once

#include "lagrangian.hpp"
#include "memory.hpp"

namespace ansatz::modern_hopfield {

enum class Method { euler, rk45 };
constexpr auto choices(Method) { return std::array{"euler", "rk45"}; }

struct IntegrateOptions {
  Method method = Method::rk45;
  double step_size = 0.1, tolerance = 1e-8;
  std::int64_t steps = 100;
  static constexpr auto params =
      std::tuple{param(&IntegrateOptions::method, "method",
                       "Euler, or Dormand and Prince's steps that are as small as the tolerance needs"),
                 param(&IntegrateOptions::step_size, "step_size",
                       "Time between two rows of `energy`; the step of Euler", above(0), unit("time")),
                 param(&IntegrateOptions::tolerance, "tolerance", "Error of a step, over 1 + |x|",
                       between(1e-13, 1e-3), used_if("method=rk45")),
                 param(&IntegrateOptions::steps, "steps", "Steps of step_size", between(1, 4000))};
};

class LagrangianModel {
 public:
  using Config = LagrangianOptions;
  Config config;

  static constexpr auto name = "lagrangian";
  static constexpr auto text = "Visible and hidden neurons in continuous time, energies from Lagrangians";
  static constexpr auto references =
      "Krotov, Hopfield 2021, Large associative memory problem in neurobiology and machine learning\n"
      "Dormand, Prince 1980, A family of embedded Runge-Kutta formulae";

  void store(Session& session);
  bool retrieve(Session& session, const IntegrateOptions& options);  // a step of step_size
  void evaluate(Session& session);
  void state(Archive& archive);

  static constexpr auto verbs =
      std::tuple{verb<&LagrangianModel::store>("store", "Store patterns", learns,
                                               in<double, float, std::uint8_t>("x", "n,d|n,h,w", "Patterns")),
                 verb<&LagrangianModel::retrieve>(
                     "retrieve", "Follow the dynamics from visible states, hidden ones settled at first",
                     needs_model, in<double, float, std::uint8_t>("x", "q,d|q,h,w", "Visible states"),
                     in<double, float>("input", "d", "Constant input to the visible neurons", optional),
                     out<double>("x", "q,d|q,h,w", "Where they end", image_grid),
                     out<double>("hidden", "q,n", "Hidden states there", heat_map),
                     out<double>("energy", "t,q", "Energies from the start, a row a step", line),
                     out<double>("speed", "q", "|dx/dt| at the end"),
                     out<double>("rise", "", "Largest rise of an energy in one step of the integrator")),
                 verb<&LagrangianModel::evaluate>(
                     "evaluate", "Energies of visible states whose hidden ones are settled", needs_model,
                     in<double, float, std::uint8_t>("x", "q,d|q,h,w", "Visible states"),
                     out<double>("energy", "q", "Energy", histogram),
                     out<double>("hidden", "q,n", "X g(x)", heat_map), out<double>("speed", "q", "|dx/dt|"))};

 private:
  void begin(Session& session, const Matrix<double>& patterns);

  Memory memory_;
  Matrix<double> y_;                // visible states, and hidden ones
  std::vector<double> trace_, dt_;  // energies, q a step; the next step of each state's integrator
  double rise_ = 0;
};

}  // namespace ansatz::modern_hopfield
