// One axis of a chart: the range that the data need, ticks at round numbers, and where a number lies.
//
//   Axis axis{false};
//   axis.include(0.3), axis.include(9.1);
//   axis.finish();
//   axis.ticks(6);      // 0 2 4 6 8
//   axis.place(4.7);    // about 0.5
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace ansatz::host {

struct Tick {
  double value = 0;
  std::string text;
};

class Axis {
 public:
  explicit Axis(bool logarithmic = false) : logarithmic_{logarithmic} {}
  // What is not finite, or not positive on a logarithmic axis, has no place: false.
  bool include(double value);
  // After the last include(): a margin on both sides, so that no mark lies on the frame.
  void finish();
  // Without a margin, as images have it; low > high for an axis that runs downwards.
  void fix(double low, double high);

  [[nodiscard]] bool empty() const { return low_ > high_; }
  [[nodiscard]] bool logarithmic() const { return logarithmic_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] bool shows(double value) const;
  // 0 at the low end, 1 at the high one.
  [[nodiscard]] double place(double value) const;
  // At most `most` of them (and at least two where numbers allow), rising.
  [[nodiscard]] std::vector<Tick> ticks(int most) const;

 private:
  [[nodiscard]] std::vector<Tick> linear_ticks(int most) const;
  [[nodiscard]] std::vector<Tick> decade_ticks(int most) const;

  bool logarithmic_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -std::numeric_limits<double>::infinity();
};

// As short as it can be read: "0.25", "1200", "3×10⁻⁷".
[[nodiscard]] std::string number_label(double value);

}  // namespace ansatz::host
