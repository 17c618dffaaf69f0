#include "report/axis.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace ansatz::host {
namespace {

constexpr double margin = 0.04;

std::string superscript(int number) {
  constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(number))) text += digits[c - '0'];
  return text;
}

// "-0.30" as "-0.3", "-0" as "0".
std::string without_zeros(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string minus(std::string text) {
  if (text[0] == '-') text.replace(0, 1, "−");
  return text;
}

std::string power_text(double value, int digits) {
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12));
  const std::string mantissa =
      without_zeros(fmt::format("{:.{}f}", value / std::pow(10.0, exponent), digits));
  const std::string power = "10" + superscript(exponent);
  return minus(mantissa == "1" ? power : mantissa == "-1" ? "-" + power : mantissa + "×" + power);
}

}  // namespace

std::string number_label(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e6)) return power_text(value, 3);
  const int before = size < 1 ? 0 : static_cast<int>(std::log10(size));
  return minus(without_zeros(fmt::format("{:.{}f}", value, std::max(0, (size < 1 ? 6 : 4) - before))));
}

bool Axis::include(double value) {
  if (!std::isfinite(value) || (logarithmic_ && value <= 0)) return false;
  low_ = std::min(low_, value), high_ = std::max(high_, value);
  return true;
}

void Axis::finish() {
  if (empty()) return;
  if (logarithmic_) {
    const double widen = low_ == high_ ? 2 : std::pow(high_ / low_, margin);
    low_ = std::max(low_ / widen, std::numeric_limits<double>::min());
    high_ = std::min(high_ * widen, std::numeric_limits<double>::max());
    return;
  }
  // One value, or values that differ by rounding alone: room on both sides.
  const double size = std::max(std::abs(low_), std::abs(high_));
  const bool flat = high_ / 2 - low_ / 2 <= 1e-12 * size;
  const double widen = flat ? (size == 0 ? 1 : 0.1 * size) : 2 * margin * (high_ / 2 - low_ / 2);
  low_ = std::max(low_ - widen, std::numeric_limits<double>::lowest());
  high_ = std::min(high_ + widen, std::numeric_limits<double>::max());
}

void Axis::fix(double low, double high) { low_ = low, high_ = high; }

bool Axis::shows(double value) const {
  return std::isfinite(value) && (!logarithmic_ || value > 0) && value >= low_ && value <= high_;
}

double Axis::place(double value) const {
  if (logarithmic_) return (std::log(value) - std::log(low_)) / (std::log(high_) - std::log(low_));
  return high_ != low_ ? (value / 2 - low_ / 2) / (high_ / 2 - low_ / 2) : 0.5;
}

std::vector<Tick> Axis::ticks(int most) const {
  if (empty()) return {};
  if (logarithmic_) {
    std::vector<Tick> decades = decade_ticks(most);
    if (decades.size() >= 2) return decades;
  }
  return linear_ticks(most);
}

// Steps of 1, 2 or 5 times a power of ten, the smallest that gives no more than `most`.
std::vector<Tick> Axis::linear_ticks(int most) const {
  const double raw = (high_ / most - low_ / most);
  if (!(raw > 0)) return {{low_, number_label(low_)}};
  double step = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {2.0, 2.5, 2.0, 2.0}) {  // 1 -> 2 -> 5 -> 10 -> 20
    if (std::floor(high_ / step + 1e-9) - std::ceil(low_ / step - 1e-9) + 1 <= most) break;
    step *= factor;
  }
  const double largest = std::max(std::abs(low_), std::abs(high_));
  const bool powers = largest >= 1e6 || largest < 1e-4;
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  std::vector<Tick> list;
  const double first = std::ceil(low_ / step - 1e-9), last = std::floor(high_ / step + 1e-9);
  for (double i = first; i <= last && list.size() <= 100; ++i) {
    const double value = i * step;
    list.push_back({value, i == 0   ? "0"
                           : powers ? power_text(value, 3)
                                    : minus(fmt::format("{:.{}f}", value, decimals))});
  }
  return list;
}

// Powers of ten; where there are few, 2 and 5 times them as well.
std::vector<Tick> Axis::decade_ticks(int most) const {
  const auto first = static_cast<int>(std::ceil(std::log10(low_) - 1e-9)),
             last = static_cast<int>(std::floor(std::log10(high_) + 1e-9));
  const int every = std::max(1, (last - first + most) / most);
  std::vector<Tick> list;
  for (int exponent = first - 1; exponent <= last; ++exponent) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, exponent);
      if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9)) continue;
      if (factor != 1 && 3 * (last - first + 1) > most) continue;
      if (factor == 1 && exponent % every != 0) continue;
      list.push_back({value, factor == 1 && (exponent < -2 || exponent > 3) ? "10" + superscript(exponent)
                                                                            : number_label(value)});
    }
  }
  return list;
}

}  // namespace ansatz::host
