// Model `standardise`: columns to mean 0 and variance 1, learned on one table and applied to others.
#pragma once

#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

namespace ansatz::prepare {

class Standardise {
 public:
  struct Config {
    bool centre = true;
    bool scale = true;
    std::int64_t ddof = 0;
    static constexpr auto params =
        std::tuple{param(&Config::centre, "centre", "Subtract the mean of each column"),
                   param(&Config::scale, "scale", "Divide each column by its standard deviation"),
                   param(&Config::ddof, "ddof", "The variance divides by the number of rows less this",
                         between(0, 1), unit("rows"), used_if("scale=true"))};
  } config;

  void fit(Session& session);
  void transform(Session& session);
  void inverse(Session& session);

  void state(Archive& archive) {
    archive("mean", mean_, "d");
    archive("scale", scale_, "d");
  }

  static constexpr auto name = "standardise";
  static constexpr auto text = "Shift and scale columns to mean 0 and variance 1";
  static constexpr auto references =
      "Chan, Golub, LeVeque 1983, Algorithms for computing the sample variance: analysis and recommendations";
  static constexpr auto verbs = std::tuple{
      verb<&Standardise::fit>("fit", "Take mean and standard deviation of each column", learns,
                              in("x", "n,d", "Rows"),
                              out<double>("mean", "d", "What is subtracted from each column", bars),
                              out<double>("scale", "d", "What each column is divided by", bars)),
      verb<&Standardise::transform>("transform", "(x - mean) / scale", needs_model, in("x", "q,d", "Rows"),
                                    out<double>("x", "q,d", "Standardised rows", scatter)),
      verb<&Standardise::inverse>("inverse", "x * scale + mean", needs_model,
                                  in("x", "q,d", "Standardised rows"),
                                  out<double>("x", "q,d", "Rows in their own units", scatter))};

 private:
  void apply(Session& session, const char* where, bool forward);

  Eigen::VectorXd mean_, scale_;
};

}  // namespace ansatz::prepare
