// Functions of whole arrays: y[i] = f(x[i]), several elements at a time.
//
//   std::vector<double> distances = ...;
//   vec::exp(distances, distances);                                  // in place
//   vec::tanh(std::span{h.data(), size}, std::span{y.data(), size}); // float and double
//
// x and y are equally long (BadArgument) and either the same memory or apart.  Any thread.
//
// The result for an element depends on the element alone: not on its place, the length or the alignment.
// AVX-512, AVX2 + FMA or plain x86-64 is chosen when the program runs, and all three give the same bits
// (but for the sign of NaN): every step is a correctly rounded operation, fma included.  The plain path takes
// fma from the C library, which is slow on a processor without the instruction (built before about 2013).
//
// Accuracy, in units of the last place (tests/sdk/vector_math.cpp measures it): f64 below 1, normal_quantile
// below 6; f32, computed in f64 with shorter polynomials, below 0.6.  Special values are those of C: signed
// zeros, infinities, NaN, subnormal results, overflow to infinity.  sqrt is left out: a plain loop over
// std::sqrt is exact and vectorises.
#pragma once

#include <span>

namespace ansatz::vec {

using F64 = std::span<const double>;
using F32 = std::span<const float>;
using F64Out = std::span<double>;
using F32Out = std::span<float>;

void exp(F64 x, F64Out y);
void exp(F32 x, F32Out y);
// e^x - 1 and log(1 + x) without cancellation near 0.
void expm1(F64 x, F64Out y);
void expm1(F32 x, F32Out y);
void log(F64 x, F64Out y);
void log(F32 x, F32Out y);
void log1p(F64 x, F64Out y);
void log1p(F32 x, F32Out y);

void tanh(F64 x, F64Out y);
void tanh(F32 x, F32Out y);
// 1 / (1 + e^-x).
void sigmoid(F64 x, F64Out y);
void sigmoid(F32 x, F32Out y);
// log(1 + e^x).
void softplus(F64 x, F64Out y);
void softplus(F32 x, F32Out y);

// Any finite x; beyond 2^28 an element takes some 30 ns.
void sin(F64 x, F64Out y);
void sin(F32 x, F32Out y);
void cos(F64 x, F64Out y);
void cos(F32 x, F32Out y);

void erf(F64 x, F64Out y);
void erf(F32 x, F32Out y);
void erfc(F64 x, F64Out y);
void erfc(F32 x, F32Out y);
// The z with Phi(z) = p: Wichura 1988, algorithm AS 241.  NaN outside [0, 1].
void normal_quantile(F64 p, F64Out z);
void normal_quantile(F32 p, F32Out z);

// z = x^y.  As C's pow for x >= 0 (-0 counts as 0); NaN for x < 0, whole exponents included.
void pow(F64 x, F64 y, F64Out z);
void pow(F32 x, F32 y, F32Out z);
void pow(F64 x, double y, F64Out z);
void pow(F32 x, float y, F32Out z);

// "avx512", "avx2" or "scalar": what this processor runs.
const char* instruction_set();

}  // namespace ansatz::vec
