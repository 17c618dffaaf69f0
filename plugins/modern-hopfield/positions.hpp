// Where a token stands, told to its query and key.
//
//   sinusoidal   adds sin(p w_i) and cos(p w_i) to columns 2i and 2i + 1 of position p, w_i = 10000^(-2i / columns)
//                (Vaswani et al. 2017, section 3.5)
//   rotary       turns the columns 2i and 2i + 1 of a head, as points of a plane, by p w_i, so that products depend on the
//                difference of two positions alone (Su et al. 2021, "RoFormer", equation 34)
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace ansatz::modern_hopfield {

enum class Positions { none, sinusoidal, rotary };
constexpr auto choices(Positions) { return std::array{"none", "sinusoidal", "rotary"}; }

// The angles of one head's columns, or of all, position after position.
class PositionAngles {
 public:
  explicit PositionAngles(std::uint64_t columns) : sine_((columns + 1) / 2), cosine_(sine_.size()) {
    for (std::uint64_t i = 0; i < sine_.size(); ++i) {
      frequency_.push_back(std::pow(10000.0, -2 * static_cast<double>(i) / static_cast<double>(columns)));
    }
  }
  void at(std::uint64_t position) {
    for (std::size_t i = 0; i < sine_.size(); ++i) {
      sine_[i] = std::sin(static_cast<double>(position) * frequency_[i]);
      cosine_[i] = std::cos(static_cast<double>(position) * frequency_[i]);
    }
  }
  template <class T>
  void add_to(std::span<T> row) const {
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] += static_cast<T>(j % 2 == 0 ? sine_[j / 2] : cosine_[j / 2]);
    }
  }
  // By the angle, or back.
  template <class T>
  void turn(std::span<T> row, bool back) const {
    for (std::size_t i = 0; i < sine_.size(); ++i) {
      const auto x = static_cast<double>(row[2 * i]), y = static_cast<double>(row[2 * i + 1]),
                 s = back ? -sine_[i] : sine_[i];
      row[2 * i] = static_cast<T>(cosine_[i] * x - s * y);
      row[2 * i + 1] = static_cast<T>(s * x + cosine_[i] * y);
    }
  }

 private:
  std::vector<double> frequency_, sine_, cosine_;
};

// Of `tokens` rows of `columns` numbers for each item of a batch; columns of a head are even for rotary.
template <class T>
void place(Positions kind, std::uint64_t tokens, std::uint64_t columns, std::uint64_t heads,
           std::span<T> rows) {
  if (kind == Positions::none) return;
  const std::uint64_t width = kind == Positions::rotary ? columns / heads : columns;
  PositionAngles angles{width};
  const std::uint64_t items = rows.size() / tokens / columns;
  for (std::uint64_t position = 0; position < tokens; ++position) {
    angles.at(position);
    for (std::uint64_t item = 0; item < items; ++item) {
      const auto row = rows.subspan((item * tokens + position) * columns, columns);
      if (kind == Positions::sinusoidal) angles.add_to(row);
      for (std::uint64_t at = 0; kind == Positions::rotary && at < columns; at += width) {
        angles.turn(row.subspan(at, width), false);
      }
    }
  }
}

// Derivatives by what place() made into those by what it was given.
template <class T>
void place_back(Positions kind, std::uint64_t tokens, std::uint64_t columns, std::uint64_t heads,
                std::span<T> derivatives) {
  if (kind != Positions::rotary) return;
  const std::uint64_t width = columns / heads;
  PositionAngles angles{width};
  for (std::uint64_t row = 0; row < derivatives.size() / columns; ++row) {
    angles.at(row % tokens);
    for (std::uint64_t at = 0; at < columns; at += width) {
      angles.turn(derivatives.subspan(row * columns + at, width), true);
    }
  }
}

}  // namespace ansatz::modern_hopfield
