// Rows of -1 and 1, or of 0 and 1, between ports and bits.
#pragma once

#include <ansatz/session.hpp>

#include <string>

#include "network.hpp"

namespace ansatz::hopfield {

struct CodedBits {
  BitMatrix bits;
  Coding coding;  // sign or binary
};

// The rows of an input port of rank 2.  `coding` automatic: any -1 means sign, any 0 binary, and only ones mean
// `otherwise`, or are an error where that is automatic too.  Throws BadArgument: no rows, no columns, another
// value (with its place), both codings.
[[nodiscard]] CodedBits read_bits(Session& session, const char* port, const std::string& where, Coding coding,
                                  Coding otherwise = Coding::automatic);

// Write bits to an output port in a coding and an element type (ANSATZ_F64 ...).
void write_bits(Session& session, const char* port, const Shape& shape, const BitMatrix& bits, Coding coding,
                std::int32_t type);

// Pass "height" and "width" of an input on to an output.
void copy_picture(Session& session, const char* from, const char* to);

}  // namespace ansatz::hopfield
