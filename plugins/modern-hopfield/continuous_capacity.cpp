#include "continuous_capacity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "interval.hpp"

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.continuous.capacity";

std::size_t dimensions(Session& session, const ContinuousCapacityOptions& options) {
  if (options.ensemble != Ensemble::given) return static_cast<std::size_t>(options.d);
  if (!session.has("x")) throw BadArgument(std::string{where} + ": ensemble: given needs the input 'x'");
  return flat_columns(session, "x");
}

void check_work(Session& session, const ContinuousCapacityOptions& options) {
  if (options.loads.empty()) throw BadArgument(std::string{where} + ": loads is empty; give at least one");
  if (options.ensemble != Ensemble::given && session.has("x")) {
    throw BadArgument(std::string{where} + ": input 'x' is for ensemble: given alone; leave it unwired");
  }
  const auto d = static_cast<double>(dimensions(session, options));
  double all = 0;
  for (const std::int64_t n : options.loads) {
    if (options.ensemble == Ensemble::given && static_cast<std::uint64_t>(n) > session.shape("x")[0]) {
      throw BadArgument(std::string{where} + ": loads has " + std::to_string(n) + ", but 'x' has " +
                        std::to_string(session.shape("x")[0]) + " rows");
    }
    const double probes = static_cast<double>(std::min(n, options.probes));
    all += static_cast<double>(options.draws) * static_cast<double>(n) * d *
           (20 + probes * (20 * static_cast<double>(options.updates) + 4));
  }
  if (all <= options.work * 1e6) return;
  std::ostringstream text;
  text << where << ": about " << all / 1e6 << " x 10^6 operations, where work allows " << options.work
       << ": set work to that, or take fewer loads, draws, probes or updates";
  throw BadArgument(text.str());
}

double dot(std::size_t d, const double* a, const double* b) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += a[j] * b[j];
  return sum;
}

}  // namespace

Matrix<double> ContinuousCapacity::draw(Session& session, const ContinuousCapacityOptions& options,
                                        std::uint64_t count) const {
  const std::size_t d = dimensions(session, options);
  Matrix<double> x(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(d));
  if (options.ensemble == Ensemble::given) {
    const auto rows = session.in<double>("x");
    const auto chosen = session.rng("rows", session.step()).choice(session.shape("x")[0], count);
    for (std::uint64_t i = 0; i < count; ++i) {
      x.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(chosen[i]));
    }
    return x;
  }
  const double norm = options.radius * std::sqrt(static_cast<double>(d) - 1),
               agreeing = 0.5 + 0.5 * std::sqrt(options.correlation);
  session.parallel_for(count, [&](std::uint64_t i, std::uint32_t) {
    Rng random = session.rng("patterns", session.step() << 32 | i);
    auto row = x.row(static_cast<Eigen::Index>(i));
    if (options.ensemble == Ensemble::cube) {
      for (double& element : row) element = (random.bits64() & 1) != 0 ? 1 : -1;
    } else if (options.ensemble == Ensemble::correlated) {
      // The common corner may be any, since all that is asked of patterns are products among them: here 1, ..., 1.
      for (double& element : row) element = random.uniform() < agreeing ? 1 : -1;
    } else {
      random.fill_normal(std::span<double>{row.data(), d});
      row *= norm / row.norm();
    }
  });
  return x;
}

std::vector<double> ContinuousCapacity::cue(Session& session, const ContinuousCapacityOptions& options,
                                            const double* pattern, std::size_t d, std::uint64_t index) {
  std::vector<double> x(pattern, pattern + d);
  Rng random = session.rng("cue", index);
  const auto count = static_cast<std::uint64_t>(std::llround(options.amount * static_cast<double>(d)));
  if (options.cue == Cue::half) {
    std::fill(x.begin() + static_cast<std::ptrdiff_t>(d - d / 2), x.end(), 0.0);
  } else if (options.cue == Cue::noise) {
    const double deviation = options.amount * std::sqrt(dot(d, pattern, pattern) / static_cast<double>(d));
    for (double& element : x) element += deviation * random.normal();
  } else {
    for (const std::uint64_t j : random.choice(d, count)) x[j] = options.cue == Cue::flip ? -x[j] : 0;
  }
  return x;
}

bool ContinuousCapacity::step(Session& session, const ContinuousCapacityOptions& options) {
  if (session.step() == 0) {
    check_work(session, options);
    *this = {};
  }
  if (recalled_.size() != session.step() || error_.size() != session.step() ||
      bounded_.size() != session.step()) {
    throw BadState(std::string{where} + ": the draws that were saved do not agree with the step");
  }
  const auto draws = static_cast<std::uint64_t>(options.draws);
  const std::uint64_t all = draws * options.loads.size();
  const auto n = static_cast<std::uint64_t>(options.loads[session.step() / draws]);
  const Memory memory{draw(session, options, n), where};
  const std::size_t d = memory.columns();
  const auto energy = SoftmaxEnergy::make(memory, options.precision, session.threads());
  const std::uint64_t probes = std::min(n, static_cast<std::uint64_t>(options.probes));
  std::vector<Probe> results(probes);
  session.parallel_for(probes, [&](std::uint64_t i, std::uint32_t worker) {
    if (session.cancelled()) return;
    std::vector<double> pattern(d), y(d);
    memory.copy_pattern(i, pattern.data());
    std::vector<double> x = cue(session, options, pattern.data(), d,
                                session.step() * static_cast<std::uint64_t>(options.probes) + i);
    for (std::int64_t update = 0; update < options.updates; ++update) {
      double top = 0, separation = 0;
      std::uint64_t winner = 0;
      energy->update(x.data(), 1, options.beta, y.data(), &top, worker);
      energy->products(x.data(), 1, worker, [&](std::size_t, std::span<const double> s) {
        const Ranked two = best(s, 2);
        winner = two.index[0];
        separation = n > 1 ? two.dot[0] - two.dot[1] : std::numeric_limits<double>::infinity();
      });
      x.swap(y);
      // The bound of section 4 of Ramsauer et al. about the winner, if that is the pattern.
      std::vector<double> away(d);
      memory.copy_pattern(winner, away.data());
      for (std::size_t j = 0; j < d; ++j) away[j] -= x[j];
      const double bound =
          static_cast<double>(n - 1) * memory.diameter() * std::exp(-options.beta * separation) +
          1e-12 * memory.largest_norm();
      results[i].bounded = winner == i && std::sqrt(dot(d, away.data(), away.data())) <= bound ? 1 : 0;
    }
    double square = 0, wrong = 0;
    for (std::size_t j = 0; j < d; ++j) {
      square += (x[j] - pattern[j]) * (x[j] - pattern[j]);
      wrong += (x[j] > 0) != (pattern[j] > 0) ? 1 : 0;
    }
    const double norm = std::sqrt(dot(d, pattern.data(), pattern.data()));
    results[i].error = norm > 0 ? std::sqrt(square) / norm : std::sqrt(square);
    bool recalled = wrong == 0;
    if (options.criterion == Criterion::distance) recalled = results[i].error <= options.distance;
    if (options.criterion == Criterion::nearest) {
      recalled = true;
      std::vector<double> other(d);
      for (std::uint64_t k = 0; k < n && recalled; ++k) {
        if (k == i) continue;
        memory.copy_pattern(k, other.data());
        double apart = 0;
        for (std::size_t j = 0; j < d && apart <= square; ++j) apart += (x[j] - other[j]) * (x[j] - other[j]);
        recalled = apart > square;
      }
    }
    results[i].recalled = recalled ? 1 : 0;
  });
  session.check_cancelled();
  Probe sum;
  for (const Probe& probe : results) {
    sum.recalled += probe.recalled;
    sum.error += probe.error;
    sum.bounded += probe.bounded;
  }
  recalled_.push_back(sum.recalled);
  error_.push_back(sum.error);
  bounded_.push_back(sum.bounded);
  session.metric("recalled", sum.recalled / static_cast<double>(probes));
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(all));
  if (session.step() + 1 < all) return true;
  finish(session, options);
  return false;
}

void ContinuousCapacity::finish(Session& session, const ContinuousCapacityOptions& options) const {
  const std::uint64_t k = options.loads.size();
  const auto draws = static_cast<double>(options.draws);
  const auto put = [&](const char* port) { return session.out_values<double>(port, {k}); };
  const auto exact = put("exact"), low = put("low"), high = put("high"), error = put("error"),
             bounded = put("bounded");
  std::copy(options.loads.begin(), options.loads.end(),
            session.out_values<std::int64_t>("load", {k}).begin());
  for (std::uint64_t step = 0; step < recalled_.size(); ++step) {
    const std::uint64_t l = step / static_cast<std::uint64_t>(options.draws);
    exact[l] += recalled_[step];
    error[l] += error_[step];
    bounded[l] += bounded_[step];
  }
  for (std::uint64_t l = 0; l < k; ++l) {
    const double tries = draws * static_cast<double>(std::min(options.loads[l], options.probes));
    for (double* mean : {&exact[l], &error[l], &bounded[l]}) *mean /= tries;
    std::tie(low[l], high[l]) = wilson(exact[l], tries);
  }
  session.out_scalar("least", *std::min_element(exact.begin(), exact.end()));
  session.out_scalar("least_bounded", *std::min_element(bounded.begin(), bounded.end()));
}

void ContinuousCapacity::state(Archive& archive) {
  archive("recalled", recalled_, "draws");
  archive("error", error_, "draws");
  archive("bounded", bounded_, "draws");
}

}  // namespace ansatz::modern_hopfield
