#include "pipeline/scalar.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace ansatz::host {
namespace {

constexpr std::string_view digits = "0123456789";

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

Scalar doubtful(std::string why, std::string spelling, bool number = true) {
  Scalar scalar;
  scalar.kind = Scalar::Kind::doubtful;
  scalar.why = std::move(why);
  scalar.spelling = std::move(spelling);
  scalar.number = number;
  return scalar;
}

// The number again, without a '+'.
std::string plain_number(std::string_view sign, std::string_view body) {
  std::string text{sign == "-" ? "-" : ""};
  return text.append(body);
}

// What a number with a base prefix is in decimal, or "".
std::string decimal(std::string_view body, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, base);
  return error == std::errc{} && end == body.data() + body.size() ? std::to_string(value) : "";
}

Scalar prefixed(std::string_view sign, std::string_view body, int base, const char* what) {
  const std::string value = decimal(body.substr(2), base);
  return doubtful(fmt::format("{} numbers are read differently by different readers of YAML", what),
                  value.empty() ? "" : plain_number(sign, value));
}

Scalar leading_zero(std::string_view sign, std::string_view body) {
  const auto first = std::min(body.find_first_not_of('0'), body.size() - 1);
  const std::string plain = plain_number(sign, body.substr(first));
  const std::string octal =
      body.find_first_not_of("01234567") == std::string_view::npos ? decimal(body, 8) : "";
  const bool differs = !octal.empty() && octal != body.substr(first);
  return doubtful(differs ? fmt::format("the leading zero makes it {}{} for YAML 1.1 and {} for YAML 1.2",
                                        sign == "-" ? "-" : "", octal, plain)
                          : "numbers have no leading zeros",
                  plain);
}

Scalar integer(std::string_view sign, std::string_view body) {
  const std::string text = plain_number(sign, body);
  Scalar scalar;
  scalar.kind = Scalar::Kind::integer;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), scalar.integer);
  if (error != std::errc{}) return doubtful("it does not fit an integer of 64 bits", "");
  scalar.real = static_cast<double>(scalar.integer);
  return scalar;
}

Scalar real(double value) {
  Scalar scalar;
  scalar.kind = Scalar::Kind::real;
  scalar.real = value;
  return scalar;
}

// digits with one '.', and an exponent or not; at least one digit before the exponent.
bool looks_real(std::string_view body) {
  const auto exponent = body.find_first_of("eE");
  std::string_view mantissa = body.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = body.substr(exponent + 1);
    if (!power.empty() && (power[0] == '+' || power[0] == '-')) power.remove_prefix(1);
    if (!all_of(power, digits)) return false;
  }
  return all_of(mantissa, "0123456789.") && mantissa.find_first_of(digits) != std::string_view::npos &&
         mantissa.find('.') == mantissa.rfind('.');
}

Scalar finite_real(std::string_view sign, std::string_view body) {
  const bool padded = body.size() > 1 && body[0] == '0' && digits.find(body[1]) != std::string_view::npos;
  if (padded) {
    const std::string_view rest = body.substr(std::min(body.find_first_not_of('0'), body.size() - 1));
    const bool needs_zero = digits.find(rest[0]) == std::string_view::npos;
    const std::string plain = std::string(needs_zero ? 1 : 0, '0').append(rest);
    return doubtful("numbers have no leading zeros", plain_number(sign, plain));
  }
  double value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (error != std::errc{}) return doubtful("it does not fit a real of 64 bits", "");
  return real(sign == "-" ? -value : value);
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
}

}  // namespace

Scalar read_scalar(const std::string& text, bool quoted) {
  if (quoted || text.empty()) return {};
  if (text == "true" || text == "false") {
    Scalar scalar;
    scalar.kind = Scalar::Kind::boolean;
    scalar.boolean = text == "true";
    return scalar;
  }
  const std::string small = lower(text);
  if (small == "true" || small == "false")
    return doubtful("booleans are written in lower case", small, false);
  const bool has_sign = text[0] == '+' || text[0] == '-';
  const std::string_view sign = std::string_view{text}.substr(0, has_sign ? 1 : 0);
  const std::string_view body = std::string_view{text}.substr(has_sign ? 1 : 0);
  const std::string tail{body};
  if (is_one_of(tail, {".inf", ".Inf", ".INF"})) {
    return real(sign == "-" ? -std::numeric_limits<double>::infinity()
                            : std::numeric_limits<double>::infinity());
  }
  if (!has_sign && is_one_of(tail, {".nan", ".NaN", ".NAN"})) return real(std::nan(""));
  const std::string_view prefix = body.substr(0, 2), rest = body.substr(prefix.size());
  if ((prefix == "0x" || prefix == "0X") && all_of(rest, "0123456789abcdefABCDEF")) {
    return prefixed(sign, body, 16, "hexadecimal");
  }
  if ((prefix == "0o" || prefix == "0O") && all_of(rest, "01234567")) return prefixed(sign, body, 8, "octal");
  if ((prefix == "0b" || prefix == "0B") && all_of(rest, "01")) return prefixed(sign, body, 2, "binary");
  if (all_of(body, digits)) {
    return body.size() > 1 && body[0] == '0' ? leading_zero(sign, body) : integer(sign, body);
  }
  if (looks_real(body)) return finite_real(sign, body);
  if (!body.empty() && digits.find(body[0]) != std::string_view::npos &&
      body.find('_') != std::string_view::npos) {
    std::string plain = tail;
    plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
    if (all_of(plain, digits) || looks_real(plain)) {
      return doubtful("'_' separates digits for some readers of YAML only", plain_number(sign, plain));
    }
  }
  return {};
}

std::string boolean_meant(const std::string& text) {
  const std::string small = lower(text);
  if (is_one_of(small, {"true", "yes", "on", "y"})) return "true";
  return is_one_of(small, {"false", "no", "off", "n"}) ? "false" : "";
}

std::string number_meant(const std::string& text) {
  const std::string small = lower(text);
  const bool negative = !small.empty() && small[0] == '-';
  const std::string word = small.substr(negative || (!small.empty() && small[0] == '+') ? 1 : 0);
  if (is_one_of(word, {"inf", "infinity", ".infinity"})) return negative ? "-.inf" : ".inf";
  if (word == "nan") return ".nan";
  if (std::count(small.begin(), small.end(), ',') == 1) {
    std::string point = small;
    std::replace(point.begin(), point.end(), ',', '.');
    if (looks_real(point)) return point;
  }
  if (!small.empty() && small.back() == '%') {
    const Scalar number = read_scalar(small.substr(0, small.size() - 1), false);
    const bool usable = number.kind == Scalar::Kind::integer || number.kind == Scalar::Kind::real;
    if (usable) return fmt::format("{}", number.real / 100);
  }
  return "";
}

}  // namespace ansatz::host
