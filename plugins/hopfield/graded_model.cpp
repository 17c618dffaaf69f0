#include "graded_model.hpp"

namespace ansatz::hopfield {

bool GradedModel::store(Session& session) {
  network_.config = static_cast<const Config&>(config);
  return network_.store(session);
}

bool GradedModel::retrieve(Session& session, const GradedRetrieveOptions& options) {
  return retrieval_.step(session, network_.maker().network(), options);
}

void GradedModel::evaluate(Session& session, const GradedEvaluateOptions& options) {
  const Network& network = network_.maker().network();
  if (options.energy && !network.symmetric) {
    throw BadState(
        "hopfield.graded.evaluate: the weights are not symmetric, so there is no energy; store with "
        "symmetric: true, or set energy: false");
  }
  const std::uint64_t n = network.neurons();
  const auto x = read_outputs(session, "hopfield.graded.evaluate", n);
  const GradedNetwork graded{network, options.gain, read_drive(session)};
  const auto q = static_cast<std::uint64_t>(x.rows());
  auto fields = session.out<double>("field", {q, n});
  const auto residual = session.out_values<double>("residual", {q});
  const auto energy = options.energy ? session.out_values<double>("energy", {q}) : std::span<double>{};
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t) {
    if (session.cancelled()) return;
    const auto row = static_cast<Eigen::Index>(k);
    const Eigen::VectorXd v = x.row(row).transpose(), field = graded.field(v);
    fields.row(row) = field.transpose();
    residual[k] = graded.residual(v, field);
    double rounding = 0;
    if (options.energy) energy[k] = graded.energy(v, field, rounding);
  });
  session.check_cancelled();
}

void GradedModel::state(Archive& archive) {
  archive("network", network_);
  archive("retrieval", retrieval_);
}

}  // namespace ansatz::hopfield
