#include "ansatz/num/eigen.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace ansatz;

TEST_CASE("a matrix view is row-major and writes through") {
  std::vector<double> work = {1, 2, 3, 4, 5, 6};
  const std::vector<double> means = {1, 1, 2};
  auto view = matrix_view(std::span{work}, 2, 3);
  CHECK(view(0, 2) == 3);
  CHECK(view(1, 0) == 4);
  view.rowwise() -= as_row(std::span{means});
  view.row(0) *= 2;
  CHECK(work == std::vector<double>{0, 2, 2, 3, 4, 4});
  CHECK(as_column(std::span{work}).sum() == 15);
}

TEST_CASE("views of const memory are read-only") {
  const std::vector<float> fixed(6);
  using View = decltype(matrix_view(std::span{fixed}, 2, 3));
  static_assert(!std::is_assignable_v<decltype(std::declval<View>()(0, 0)), float>);
  CHECK(matrix_view(std::span{fixed}, 3, 2).rows() == 3);
}

TEST_CASE("sizes and alignment are checked") {
  alignas(64) double memory[16] = {};
  CHECK(aligned_view(std::span<double>{memory}, 4, 4).cols() == 4);
  CHECK_THROWS_AS(aligned_view(std::span<double>{memory + 1, 8}, 2, 4), BadArgument);
  CHECK_THROWS_AS(matrix_view(std::span<double>{memory}, 4, 5), BadArgument);
  CHECK_THROWS_AS(matrix_view(std::span<double>{memory}, -4, -4), BadArgument);
  CHECK(matrix_view(std::span<double>{}, 0, 5).cols() == 5);
}

TEST_CASE("elements of a matrix are its memory") {
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(2, 3);
  elements(m)[5] = 7;
  CHECK(m(1, 2) == 7);
  const Eigen::VectorXf v = Eigen::VectorXf::Ones(4);
  CHECK(elements(v).size() == 4);
}
