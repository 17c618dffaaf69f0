// What a plain word in the file stands for.  The rules are ours, since readers of YAML disagree:
//
//   true false                     booleans; no other spelling is one
//   12 -3 +4                       integers: decimal, no leading zeros, 64 bits
//   1.5 .5 1. 1e-3 .inf -.inf .nan reals
//   null ~ and nothing at all      no value
//   "..." '...' | >                always text
//   anything else                  text
//
// Refused wherever a value is expected, since readers disagree on them (`doubtful`): 010 0x10 0o10 0b1 1_000,
// True and TRUE, numbers that do not fit.  Where a text is expected, a plain word that reads as one of the
// above needs quotes; yes, no, on, off, y and n are texts there, and get a hint where a boolean is expected.
#pragma once

#include <cstdint>
#include <string>

namespace ansatz::host {

struct Scalar {
  enum class Kind { boolean, integer, real, text, doubtful };

  Kind kind = Kind::text;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;       // of an integer too
  std::string why;       // of a doubtful one: what is wrong with it
  std::string spelling;  // of a doubtful one: how to write it, or ""
  bool number = false;   // a doubtful one that is meant as a number
};

[[nodiscard]] Scalar read_scalar(const std::string& text, bool quoted);

// "true" or "false" if the word is a YAML 1.1 boolean (yes, No, ON, y, ...), else "".
[[nodiscard]] std::string boolean_meant(const std::string& text);
// How to write the number that is meant by inf, NaN, 1,5 or 50%; else "".
[[nodiscard]] std::string number_meant(const std::string& text);

}  // namespace ansatz::host
