/* What the compiler was told when this plugin was built, as constants for its header: instruction sets it may
 * have used, flags that change results, and its own name.  From predefined macros, so it cannot drift from
 * the truth. */
#ifndef ANSATZ_DETAIL_BUILD_H
#define ANSATZ_DETAIL_BUILD_H

#include <ansatz/abi.h>

#define ANSATZ_HAS(set) (UINT64_C(1) << ANSATZ_##set)

#ifdef __SSE3__
#define ANSATZ_USES_SSE3 ANSATZ_HAS(SSE3)
#else
#define ANSATZ_USES_SSE3 0
#endif
#ifdef __SSSE3__
#define ANSATZ_USES_SSSE3 ANSATZ_HAS(SSSE3)
#else
#define ANSATZ_USES_SSSE3 0
#endif
#ifdef __SSE4_1__
#define ANSATZ_USES_SSE4_1 ANSATZ_HAS(SSE4_1)
#else
#define ANSATZ_USES_SSE4_1 0
#endif
#ifdef __SSE4_2__
#define ANSATZ_USES_SSE4_2 ANSATZ_HAS(SSE4_2)
#else
#define ANSATZ_USES_SSE4_2 0
#endif
#ifdef __POPCNT__
#define ANSATZ_USES_POPCNT ANSATZ_HAS(POPCNT)
#else
#define ANSATZ_USES_POPCNT 0
#endif
#ifdef __AVX__
#define ANSATZ_USES_AVX ANSATZ_HAS(AVX)
#else
#define ANSATZ_USES_AVX 0
#endif
#ifdef __F16C__
#define ANSATZ_USES_F16C ANSATZ_HAS(F16C)
#else
#define ANSATZ_USES_F16C 0
#endif
#ifdef __FMA__
#define ANSATZ_USES_FMA ANSATZ_HAS(FMA)
#else
#define ANSATZ_USES_FMA 0
#endif
#ifdef __AVX2__
#define ANSATZ_USES_AVX2 ANSATZ_HAS(AVX2)
#else
#define ANSATZ_USES_AVX2 0
#endif
#ifdef __BMI__
#define ANSATZ_USES_BMI ANSATZ_HAS(BMI)
#else
#define ANSATZ_USES_BMI 0
#endif
#ifdef __BMI2__
#define ANSATZ_USES_BMI2 ANSATZ_HAS(BMI2)
#else
#define ANSATZ_USES_BMI2 0
#endif
#ifdef __LZCNT__
#define ANSATZ_USES_LZCNT ANSATZ_HAS(LZCNT)
#else
#define ANSATZ_USES_LZCNT 0
#endif
#ifdef __MOVBE__
#define ANSATZ_USES_MOVBE ANSATZ_HAS(MOVBE)
#else
#define ANSATZ_USES_MOVBE 0
#endif
#ifdef __AVX512F__
#define ANSATZ_USES_AVX512F ANSATZ_HAS(AVX512F)
#else
#define ANSATZ_USES_AVX512F 0
#endif
#ifdef __AVX512CD__
#define ANSATZ_USES_AVX512CD ANSATZ_HAS(AVX512CD)
#else
#define ANSATZ_USES_AVX512CD 0
#endif
#ifdef __AVX512DQ__
#define ANSATZ_USES_AVX512DQ ANSATZ_HAS(AVX512DQ)
#else
#define ANSATZ_USES_AVX512DQ 0
#endif
#ifdef __AVX512BW__
#define ANSATZ_USES_AVX512BW ANSATZ_HAS(AVX512BW)
#else
#define ANSATZ_USES_AVX512BW 0
#endif
#ifdef __AVX512VL__
#define ANSATZ_USES_AVX512VL ANSATZ_HAS(AVX512VL)
#else
#define ANSATZ_USES_AVX512VL 0
#endif
#ifdef __AVX512IFMA__
#define ANSATZ_USES_AVX512IFMA ANSATZ_HAS(AVX512IFMA)
#else
#define ANSATZ_USES_AVX512IFMA 0
#endif
#ifdef __AVX512VBMI__
#define ANSATZ_USES_AVX512VBMI ANSATZ_HAS(AVX512VBMI)
#else
#define ANSATZ_USES_AVX512VBMI 0
#endif
#ifdef __AVX512VBMI2__
#define ANSATZ_USES_AVX512VBMI2 ANSATZ_HAS(AVX512VBMI2)
#else
#define ANSATZ_USES_AVX512VBMI2 0
#endif
#ifdef __AVX512VNNI__
#define ANSATZ_USES_AVX512VNNI ANSATZ_HAS(AVX512VNNI)
#else
#define ANSATZ_USES_AVX512VNNI 0
#endif
#ifdef __AVX512BITALG__
#define ANSATZ_USES_AVX512BITALG ANSATZ_HAS(AVX512BITALG)
#else
#define ANSATZ_USES_AVX512BITALG 0
#endif
#ifdef __AVX512VPOPCNTDQ__
#define ANSATZ_USES_AVX512VPOPCNTDQ ANSATZ_HAS(AVX512VPOPCNTDQ)
#else
#define ANSATZ_USES_AVX512VPOPCNTDQ 0
#endif
#ifdef __AVX512BF16__
#define ANSATZ_USES_AVX512BF16 ANSATZ_HAS(AVX512BF16)
#else
#define ANSATZ_USES_AVX512BF16 0
#endif
#ifdef __AVX512FP16__
#define ANSATZ_USES_AVX512FP16 ANSATZ_HAS(AVX512FP16)
#else
#define ANSATZ_USES_AVX512FP16 0
#endif
#ifdef __AVX512ER__
#define ANSATZ_USES_AVX512ER ANSATZ_HAS(AVX512ER)
#else
#define ANSATZ_USES_AVX512ER 0
#endif
#ifdef __AVX512PF__
#define ANSATZ_USES_AVX512PF ANSATZ_HAS(AVX512PF)
#else
#define ANSATZ_USES_AVX512PF 0
#endif
#ifdef __AVXVNNI__
#define ANSATZ_USES_AVXVNNI ANSATZ_HAS(AVXVNNI)
#else
#define ANSATZ_USES_AVXVNNI 0
#endif
#ifdef __AMX_TILE__
#define ANSATZ_USES_AMX_TILE ANSATZ_HAS(AMX_TILE)
#else
#define ANSATZ_USES_AMX_TILE 0
#endif
#ifdef __AMX_INT8__
#define ANSATZ_USES_AMX_INT8 ANSATZ_HAS(AMX_INT8)
#else
#define ANSATZ_USES_AMX_INT8 0
#endif
#ifdef __AMX_BF16__
#define ANSATZ_USES_AMX_BF16 ANSATZ_HAS(AMX_BF16)
#else
#define ANSATZ_USES_AMX_BF16 0
#endif
#ifdef __FMA4__
#define ANSATZ_USES_FMA4 ANSATZ_HAS(FMA4)
#else
#define ANSATZ_USES_FMA4 0
#endif
#ifdef __XOP__
#define ANSATZ_USES_XOP ANSATZ_HAS(XOP)
#else
#define ANSATZ_USES_XOP 0
#endif
#ifdef __SSE4A__
#define ANSATZ_USES_SSE4A ANSATZ_HAS(SSE4A)
#else
#define ANSATZ_USES_SSE4A 0
#endif
#ifdef __ADX__
#define ANSATZ_USES_ADX ANSATZ_HAS(ADX)
#else
#define ANSATZ_USES_ADX 0
#endif
#ifdef __SHA__
#define ANSATZ_USES_SHA ANSATZ_HAS(SHA)
#else
#define ANSATZ_USES_SHA 0
#endif
#ifdef __AES__
#define ANSATZ_USES_AES ANSATZ_HAS(AES)
#else
#define ANSATZ_USES_AES 0
#endif
#ifdef __PCLMUL__
#define ANSATZ_USES_PCLMUL ANSATZ_HAS(PCLMUL)
#else
#define ANSATZ_USES_PCLMUL 0
#endif
#ifdef __GFNI__
#define ANSATZ_USES_GFNI ANSATZ_HAS(GFNI)
#else
#define ANSATZ_USES_GFNI 0
#endif
#ifdef __VAES__
#define ANSATZ_USES_VAES ANSATZ_HAS(VAES)
#else
#define ANSATZ_USES_VAES 0
#endif
#ifdef __VPCLMULQDQ__
#define ANSATZ_USES_VPCLMULQDQ ANSATZ_HAS(VPCLMULQDQ)
#else
#define ANSATZ_USES_VPCLMULQDQ 0
#endif

#define ANSATZ_INSTRUCTION_SETS                                                                            \
  (ANSATZ_USES_SSE3 | ANSATZ_USES_SSSE3 | ANSATZ_USES_SSE4_1 | ANSATZ_USES_SSE4_2 | ANSATZ_USES_POPCNT |   \
   ANSATZ_USES_AVX | ANSATZ_USES_F16C | ANSATZ_USES_FMA | ANSATZ_USES_AVX2 | ANSATZ_USES_BMI |             \
   ANSATZ_USES_BMI2 | ANSATZ_USES_LZCNT | ANSATZ_USES_MOVBE | ANSATZ_USES_AVX512F | ANSATZ_USES_AVX512CD | \
   ANSATZ_USES_AVX512DQ | ANSATZ_USES_AVX512BW | ANSATZ_USES_AVX512VL | ANSATZ_USES_AVX512IFMA |           \
   ANSATZ_USES_AVX512VBMI | ANSATZ_USES_AVX512VBMI2 | ANSATZ_USES_AVX512VNNI | ANSATZ_USES_AVX512BITALG |  \
   ANSATZ_USES_AVX512VPOPCNTDQ | ANSATZ_USES_AVX512BF16 | ANSATZ_USES_AVX512FP16 | ANSATZ_USES_AVX512ER |  \
   ANSATZ_USES_AVX512PF | ANSATZ_USES_AVXVNNI | ANSATZ_USES_AMX_TILE | ANSATZ_USES_AMX_INT8 |              \
   ANSATZ_USES_AMX_BF16 | ANSATZ_USES_FMA4 | ANSATZ_USES_XOP | ANSATZ_USES_SSE4A | ANSATZ_USES_ADX |       \
   ANSATZ_USES_SHA | ANSATZ_USES_AES | ANSATZ_USES_PCLMUL | ANSATZ_USES_GFNI | ANSATZ_USES_VAES |          \
   ANSATZ_USES_VPCLMULQDQ)

/* -fassociative-math, -freciprocal-math and their kin define no macro of their own; -ffast-math, -Ofast and
 * -ffinite-math-only do, and linking with the first two also shows in the floating-point mode after loading.
 */
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__
#define ANSATZ_USES_FAST_MATH ANSATZ_BUILT_FAST_MATH
#else
#define ANSATZ_USES_FAST_MATH 0
#endif
#ifdef NDEBUG
#define ANSATZ_BUILD_FLAGS ANSATZ_USES_FAST_MATH
#else
#define ANSATZ_BUILD_FLAGS (ANSATZ_USES_FAST_MATH | ANSATZ_BUILT_DEBUG)
#endif

#ifdef __clang__
#define ANSATZ_COMPILER "clang " __clang_version__
#else
#define ANSATZ_COMPILER "gcc " __VERSION__
#endif

#endif
