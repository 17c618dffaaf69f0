// One table of array functions for each instruction set.  The files that fill the tables are compiled for
// their instruction set, so they contain nothing that the linker could merge with code of other files: no
// standard library templates, everything in unnamed namespaces, the tables constant data.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace ansatz::detail {

using MapF64 = void (*)(const double* x, double* y, size_t n);
using MapF32 = void (*)(const float* x, float* y, size_t n);

struct UnaryPair {
  MapF64 f64;
  MapF32 f32;
};

struct VectorTable {
  const char* name;
  UnaryPair exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos, erf, erfc, normal_quantile;
  // z = x^y for arrays of the same length, and for one exponent.
  void (*pow_f64)(const double* x, const double* y, double* z, size_t n);
  void (*pow_f32)(const float* x, const float* y, float* z, size_t n);
  void (*pow_one_f64)(const double* x, double y, double* z, size_t n);
  void (*pow_one_f32)(const float* x, float y, float* z, size_t n);
  // Philox blocks first, first + 1, ... of (key, index): two 64-bit draws each.
  void (*philox)(uint64_t key, uint64_t index, uint64_t first, size_t blocks, uint64_t* draws);
  void (*uniform_f64)(const uint64_t* bits, double* y, size_t n);
  void (*uniform_f32)(const uint64_t* bits, float* y, size_t n);
  void (*normal_f64)(const uint64_t* bits, double* y, size_t n);
  void (*normal_f32)(const uint64_t* bits, float* y, size_t n);
};

extern const VectorTable vector_table_scalar;
extern const VectorTable vector_table_fma;     // one lane too, with the instruction of FMA
extern const VectorTable vector_table_avx2;    // needs AVX2 and FMA
extern const VectorTable vector_table_avx512;  // needs AVX-512 F, DQ and VL

// The fastest table that this CPU runs; the same at every call.
const VectorTable& vector_table();
// For a single element: one lane answers sooner than many.
const VectorTable& single_table();

}  // namespace ansatz::detail
