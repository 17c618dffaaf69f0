// Model `prepare`: verbs on tables that learn nothing: split, one-hot, subset, noise, threshold, cover.
#pragma once

#include <ansatz/session.hpp>
#include <ansatz/verbs.hpp>

#include "rows.hpp"

namespace ansatz::prepare {

struct SplitOptions {
  double test = 0.25;
  bool stratify = false;
  bool shuffle = true;
  static constexpr auto params =
      std::tuple{param(&SplitOptions::test, "test", "Fraction of the rows that go to the test part", above(0),
                       below(1), unit("fraction of rows")),
                 param(&SplitOptions::stratify, "stratify",
                       "Give each class of y the same share of both parts; y has integers, booleans or text"),
                 param(&SplitOptions::shuffle, "shuffle",
                       "Draw the test rows at random; otherwise they are the last ones (of each class)")};
};

enum class Rows { all };
constexpr auto choices(Rows) { return std::array{"all"}; }

struct SubsetOptions {
  std::int64_t first = 0;
  std::variant<std::int64_t, Rows> count = Rows::all;
  std::int64_t every = 1;
  std::vector<std::int64_t> columns;
  static constexpr auto params = std::tuple{
      param(&SubsetOptions::first, "first", "Number of the first row to keep, from 0", at_least(0),
            unit("rows")),
      param(&SubsetOptions::count, "count", "How many rows to keep, or the word all", at_least(1),
            unit("rows")),
      param(&SubsetOptions::every, "every", "Keep one row of so many: 1 keeps all", at_least(1),
            unit("rows")),
      param(&SubsetOptions::columns, "columns",
            "Numbers of the columns to keep, from 0, in the order wanted; empty keeps all", at_least(0))};
};

enum class NoiseKind { gaussian, speckle };
constexpr auto choices(NoiseKind) { return std::array{"gaussian", "speckle"}; }

struct NoiseOptions {
  NoiseKind kind = NoiseKind::gaussian;
  double deviation = 1;
  double share = 0.1;
  static constexpr auto params =
      std::tuple{param(&NoiseOptions::kind, "kind",
                       "gaussian: added; speckle: elements set to the least or largest one of x"),
                 param(&NoiseOptions::deviation, "deviation", "Standard deviation", at_least(0),
                       unit("unit of x"), used_if("kind=gaussian")),
                 param(&NoiseOptions::share, "share", "Probability that an element is set, half to each end",
                       between(0, 1), unit("probability"), used_if("kind=speckle"))};
};

struct ThresholdOptions {
  double at = 0, low = -1, high = 1;
  static constexpr auto params = std::tuple{
      param(&ThresholdOptions::at, "at", "Elements above it become high, the others low", unit("unit of x")),
      param(&ThresholdOptions::low, "low", "What they become"),
      param(&ThresholdOptions::high, "high", "What they become")};
};

struct CoverOptions {
  double share = 0.5, fill = 0;
  static constexpr auto params = std::tuple{
      param(&CoverOptions::share, "share", "Share of a row's elements that is covered, the last ones",
            between(0, 1), unit("fraction of elements")),
      param(&CoverOptions::fill, "fill", "What they become", unit("unit of x"))};
};

class Tables {
  static constexpr auto any_rows = "n,d|n|n,h,w|n,h,w,c|n,...";
  static constexpr auto train_rows = "r,d|r|r,h,w|r,h,w,c|r,...";
  static constexpr auto test_rows = "t,d|t|t,h,w|t,h,w,c|t,...";

 public:
  void split(Session& session, const SplitOptions& options);
  void one_hot(Session& session);
  void subset(Session& session, const SubsetOptions& options);
  void noise(Session& session, const NoiseOptions& options);
  void threshold(Session& session, const ThresholdOptions& options);
  void cover(Session& session, const CoverOptions& options);

  static constexpr auto name = "prepare";
  static constexpr auto text = "Split, select, encode and disturb the rows of a table";
  static constexpr auto verbs = std::tuple{
      verb<&Tables::split>(
          "split", "Divide rows into a training and a test part", any_in("x", any_rows, "Rows", missing),
          any_in("y", "n|n,m", "Targets or labels of the rows", optional, missing),
          in<double, float>("weight", "n", "Weights of the rows", optional),
          any_out("train_x", train_rows, "Training rows, in their order in x", missing, table),
          any_out("test_x", test_rows, "Test rows, in their order in x", missing, table),
          any_out("train_y", "r|r,m", "Targets of the training rows", optional, missing, table),
          any_out("test_y", "t|t,m", "Targets of the test rows", optional, missing, table),
          out<double, float>("train_weight", "r", "Weights of the training rows", optional, histogram),
          out<double, float>("test_weight", "t", "Weights of the test rows", optional, histogram),
          out<std::int64_t>("train_index", "r", "Row numbers in x of the training rows, ascending", table),
          out<std::int64_t>("test_index", "t", "Row numbers in x of the test rows, ascending", table)),
      verb<&Tables::one_hot>(
          "one-hot", "Turn labels into columns of 0 and 1, one a class",
          in<std::int64_t, std::int32_t, std::uint8_t, bool, Text>("label", "n", "Label of each row"),
          in<std::int64_t, std::int32_t, std::uint8_t, bool, Text>(
              "classes", "k", "Class of each column; not wired: those in `label`, sorted", optional),
          out<double>("x", "n,k", "1 in the column of the row's class, else 0", heat_map),
          out<std::int64_t, Text>("class", "k", "Class of each column", table)),
      verb<&Tables::subset>(
          "subset", "Keep some rows and columns", any_in("x", any_rows, "Rows", missing),
          any_in("y", "n|n,m", "Targets or labels of the rows", optional, missing),
          in<std::int64_t, std::int32_t, std::uint8_t>(
              "index", "s",
              "Numbers of the rows to keep, in the order wanted, instead of first, count, every", optional),
          any_out("x", "s,e|s|s,h,w|s,h,w,c|s,...", "The rows that were kept", missing, table),
          any_out("y", "s|s,m", "Their targets", optional, missing, table),
          out<std::int64_t>("row", "s", "Their numbers in the input", table)),
      verb<&Tables::noise>("noise", "Disturb every element on its own",
                           in("x", "n,d|n|n,h,w|n,h,w,c", "Rows"),
                           out<double>("x", "n,d|n|n,h,w|n,h,w,c", "The same with noise", table)),
      verb<&Tables::threshold>(
          "threshold", "Make every element one of two numbers", in("x", "n,d|n|n,h,w|n,h,w,c", "Rows"),
          out<double>("x", "n,d|n|n,h,w|n,h,w,c", "low and high in their places", table)),
      verb<&Tables::cover>(
          "cover", "Cover the end of every row, of images the lower part",
          in("x", "n,d|n,h,w|n,h,w,c", "Rows"),
          out<double>("x", "n,d|n,h,w|n,h,w,c", "The same, its end covered", table),
          out<bool>("visible", "n,d|n,h,w|n,h,w,c", "Which elements are not covered", table))};
};

}  // namespace ansatz::prepare
