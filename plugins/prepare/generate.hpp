// Model `generate`: synthetic data whose truth is known.
#pragma once

#include <ansatz/session.hpp>
#include <ansatz/verbs.hpp>

namespace ansatz::prepare {

struct BlobsOptions {
  std::int64_t count = 300, centres = 3, d = 2;
  double spread = 1, box = 10, separation = 0;
  static constexpr auto params =
      std::tuple{param(&BlobsOptions::count, "count", "Number of rows", at_least(1), unit("rows")),
                 param(&BlobsOptions::centres, "centres", "Number of blobs", at_least(1)),
                 param(&BlobsOptions::d, "d", "Number of columns", at_least(1)),
                 param(&BlobsOptions::spread, "spread", "Standard deviation of a blob along each axis",
                       at_least(0), unit("unit of x")),
                 param(&BlobsOptions::box, "box", "Centres are uniform on [-box, box] along each axis",
                       above(0), unit("unit of x")),
                 param(&BlobsOptions::separation, "separation", "Least distance between two centres",
                       at_least(0), unit("unit of x"))};
};

struct MoonsOptions {
  std::int64_t count = 300;
  double noise = 0.1;
  static constexpr auto params =
      std::tuple{param(&MoonsOptions::count, "count", "Number of rows", at_least(1), unit("rows")),
                 param(&MoonsOptions::noise, "noise", "Standard deviation of the noise along each axis",
                       at_least(0), unit("radius of a moon"))};
};

struct RingsOptions {
  std::int64_t count = 300;
  std::vector<double> radii{1, 2};
  double noise = 0.1;
  static constexpr auto params =
      std::tuple{param(&RingsOptions::count, "count", "Number of rows", at_least(1), unit("rows")),
                 param(&RingsOptions::radii, "radii", "Radius of each ring", above(0), unit("unit of x")),
                 param(&RingsOptions::noise, "noise", "Standard deviation of the noise along each axis",
                       at_least(0), unit("unit of x"))};
};

struct Friedman1Options {
  std::int64_t count = 300, d = 10;
  double noise = 1;
  static constexpr auto params = std::tuple{
      param(&Friedman1Options::count, "count", "Number of rows", at_least(1), unit("rows")),
      param(&Friedman1Options::d, "d", "Number of columns; y depends on the first five", at_least(5)),
      param(&Friedman1Options::noise, "noise", "Standard deviation of the noise", at_least(0),
            unit("unit of y"))};
};

struct Friedman2Options {
  std::int64_t count = 300;
  double noise = 125;
  static constexpr auto params = std::tuple{
      param(&Friedman2Options::count, "count", "Number of rows", at_least(1), unit("rows")),
      param(&Friedman2Options::noise, "noise", "Standard deviation of the noise", at_least(0), unit("ohm"))};
};

struct Friedman3Options {
  std::int64_t count = 300;
  double noise = 0.1;
  static constexpr auto params =
      std::tuple{param(&Friedman3Options::count, "count", "Number of rows", at_least(1), unit("rows")),
                 param(&Friedman3Options::noise, "noise", "Standard deviation of the noise", at_least(0),
                       unit("radian"))};
};

struct PatternsOptions {
  std::int64_t count = 10, size = 100;
  double activity = 0.5;
  static constexpr auto params = std::tuple{
      param(&PatternsOptions::count, "count", "Number of patterns", at_least(1), unit("patterns")),
      param(&PatternsOptions::size, "size", "Elements of a pattern", at_least(1), unit("elements")),
      param(&PatternsOptions::activity, "activity", "Probability of +1", between(0, 1), unit("probability"))};
};

class Generate {
 public:
  void blobs(Session& session, const BlobsOptions& options);
  void moons(Session& session, const MoonsOptions& options);
  void rings(Session& session, const RingsOptions& options);
  void friedman1(Session& session, const Friedman1Options& options);
  void friedman2(Session& session, const Friedman2Options& options);
  void friedman3(Session& session, const Friedman3Options& options);
  void patterns(Session& session, const PatternsOptions& options);

  static constexpr auto name = "generate";
  static constexpr auto text = "Synthetic data whose truth is known";
  static constexpr auto references =
      "Friedman 1991, Multivariate adaptive regression splines\n"
      "Breiman 1996, Bagging predictors";
  static constexpr auto verbs =
      std::tuple{verb<&Generate::blobs>("blobs", "Round Gaussian clusters of equal size",
                                        out<double>("x", "n,d", "Points", scatter),
                                        out<std::int64_t>("label", "n", "Blob of each point", table),
                                        out<double>("centre", "k,d", "Centre of each blob", scatter)),
                 verb<&Generate::moons>(
                     "moons", "Two interleaved half circles", out<double>("x", "n,2", "Points", scatter),
                     out<std::int64_t>("label", "n", "Moon of each point: 0 upper, 1 lower", table)),
                 verb<&Generate::rings>(
                     "rings", "Circles around the origin", out<double>("x", "n,2", "Points", scatter),
                     out<std::int64_t>("label", "n", "Ring of each point, in the order of radii", table)),
                 verb<&Generate::friedman1>("friedman1", "10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5",
                                            out<double>("x", "n,d", "Rows, uniform on [0, 1]", scatter),
                                            out<double>("y", "n", "Targets with noise", scatter),
                                            out<double>("truth", "n", "Targets without noise", scatter)),
                 verb<&Generate::friedman2>(
                     "friedman2", "Impedance of a circuit: sqrt(x1^2 + (x2 x3 - 1/(x2 x4))^2)",
                     out<double>("x", "n,4", "Resistance, angular frequency, inductance, capacity", scatter),
                     out<double>("y", "n", "Targets with noise", scatter),
                     out<double>("truth", "n", "Targets without noise", scatter)),
                 verb<&Generate::friedman3>(
                     "friedman3", "Phase of a circuit: atan((x2 x3 - 1/(x2 x4)) / x1)",
                     out<double>("x", "n,4", "Resistance, angular frequency, inductance, capacity", scatter),
                     out<double>("y", "n", "Targets with noise", scatter),
                     out<double>("truth", "n", "Targets without noise", scatter)),
                 verb<&Generate::patterns>("patterns", "Independent random elements +1 and -1",
                                           out<std::int32_t>("x", "p,n", "Patterns", heat_map))};
};

}  // namespace ansatz::prepare
