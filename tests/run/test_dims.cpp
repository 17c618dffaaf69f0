#include <catch2/catch.hpp>

#include "core/dims.hpp"

using namespace ansatz::host;

TEST_CASE("dims fit shapes of their rank and remember sizes") {
  DimSizes sizes;
  std::string why;
  CHECK(match_dims("x", "n,d", {5, 3}, sizes, why));
  CHECK(sizes.at("n").size == 5);
  CHECK(match_dims("y", "n,m|n", {5}, sizes, why) == DimNames{"n"});
  CHECK_FALSE(match_dims("y", "n,m|n", {6, 1}, sizes, why));
  CHECK(why == "'y' has n = 6, but 'x' has n = 5");
  CHECK(sizes.count("m") == 0);  // nothing is learned from a mismatch
}

TEST_CASE("a scalar, a number and an open end") {
  DimSizes sizes;
  std::string why;
  CHECK(match_dims("s", "", {}, sizes, why));
  CHECK_FALSE(match_dims("s", "", {1}, sizes, why));
  CHECK(match_dims("q", "q,3|q,4", {7, 4}, sizes, why));
  why.clear();
  CHECK_FALSE(match_dims("q", "q,3", {7, 5}, sizes, why));
  CHECK(why == "'q' has 5 where the size is 3");
  CHECK(match_dims("any", "q,...", {7, 2, 2, 2}, sizes, why));
  CHECK(match_dims("any", "q,...", {7}, sizes, why));
  why.clear();
  CHECK_FALSE(match_dims("x", "n,d", {2, 2, 2}, sizes, why));
  CHECK(why == "'x' is 2 x 2 x 2 (rank 3), expected dims \"n,d\"");
}
