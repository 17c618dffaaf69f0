/* What this file is compiled with, from the compiler's predefined macros: the fields of ansatz_header that
 * nobody should fill in by hand.  They hold for the file that defines ansatz_plugin_v1; a file compiled with
 * wider instructions and chosen at run time (CPU dispatch) does not raise what the plugin needs. */
#ifndef ANSATZ_DETAIL_BUILD_H
#define ANSATZ_DETAIL_BUILD_H

#include <ansatz/abi.h>

#if !defined(__x86_64__) || !defined(__ELF__)
#error "Ansatz plugins are built for x86-64 Linux (ELF)"
#endif

/* 1 if `macro` is defined as 1, else 0: defined, it turns the placeholder into a comma and moves the 1 into
 * second place. */
#define ANSATZ_PLACEHOLDER_1 0,
#define ANSATZ_SECOND_OF(a, b, ...) b
#define ANSATZ_DEFINED_3(shift_or_junk) ANSATZ_SECOND_OF(shift_or_junk 1, 0, 0)
#define ANSATZ_DEFINED_2(value) ANSATZ_DEFINED_3(ANSATZ_PLACEHOLDER_##value)
#define ANSATZ_DEFINED(macro) ANSATZ_DEFINED_2(macro)
#define ANSATZ_SET_IF(macro, bit) ((UINT64_C(1) * ANSATZ_DEFINED(macro)) << (bit))

/* The AMX macros are spelt without the inner underscore by older clang. */
#define ANSATZ_INSTRUCTION_SETS                                                                            \
  (ANSATZ_SET_IF(__SSE3__, ANSATZ_SSE3) | ANSATZ_SET_IF(__SSSE3__, ANSATZ_SSSE3) |                         \
   ANSATZ_SET_IF(__SSE4_1__, ANSATZ_SSE4_1) | ANSATZ_SET_IF(__SSE4_2__, ANSATZ_SSE4_2) |                   \
   ANSATZ_SET_IF(__POPCNT__, ANSATZ_POPCNT) | ANSATZ_SET_IF(__AVX__, ANSATZ_AVX) |                         \
   ANSATZ_SET_IF(__F16C__, ANSATZ_F16C) | ANSATZ_SET_IF(__FMA__, ANSATZ_FMA) |                             \
   ANSATZ_SET_IF(__AVX2__, ANSATZ_AVX2) | ANSATZ_SET_IF(__BMI__, ANSATZ_BMI) |                             \
   ANSATZ_SET_IF(__BMI2__, ANSATZ_BMI2) | ANSATZ_SET_IF(__LZCNT__, ANSATZ_LZCNT) |                         \
   ANSATZ_SET_IF(__MOVBE__, ANSATZ_MOVBE) | ANSATZ_SET_IF(__AVX512F__, ANSATZ_AVX512F) |                   \
   ANSATZ_SET_IF(__AVX512CD__, ANSATZ_AVX512CD) | ANSATZ_SET_IF(__AVX512DQ__, ANSATZ_AVX512DQ) |           \
   ANSATZ_SET_IF(__AVX512BW__, ANSATZ_AVX512BW) | ANSATZ_SET_IF(__AVX512VL__, ANSATZ_AVX512VL) |           \
   ANSATZ_SET_IF(__AVX512IFMA__, ANSATZ_AVX512IFMA) | ANSATZ_SET_IF(__AVX512VBMI__, ANSATZ_AVX512VBMI) |   \
   ANSATZ_SET_IF(__AVX512VBMI2__, ANSATZ_AVX512VBMI2) | ANSATZ_SET_IF(__AVX512VNNI__, ANSATZ_AVX512VNNI) | \
   ANSATZ_SET_IF(__AVX512BITALG__, ANSATZ_AVX512BITALG) |                                                  \
   ANSATZ_SET_IF(__AVX512VPOPCNTDQ__, ANSATZ_AVX512VPOPCNTDQ) |                                            \
   ANSATZ_SET_IF(__AVX512BF16__, ANSATZ_AVX512BF16) | ANSATZ_SET_IF(__AVX512FP16__, ANSATZ_AVX512FP16) |   \
   ANSATZ_SET_IF(__AVX512ER__, ANSATZ_AVX512ER) | ANSATZ_SET_IF(__AVX512PF__, ANSATZ_AVX512PF) |           \
   ANSATZ_SET_IF(__AVXVNNI__, ANSATZ_AVXVNNI) | ANSATZ_SET_IF(__AMX_TILE__, ANSATZ_AMX_TILE) |             \
   ANSATZ_SET_IF(__AMXTILE__, ANSATZ_AMX_TILE) | ANSATZ_SET_IF(__AMX_INT8__, ANSATZ_AMX_INT8) |            \
   ANSATZ_SET_IF(__AMXINT8__, ANSATZ_AMX_INT8) | ANSATZ_SET_IF(__AMX_BF16__, ANSATZ_AMX_BF16) |            \
   ANSATZ_SET_IF(__AMXBF16__, ANSATZ_AMX_BF16) | ANSATZ_SET_IF(__FMA4__, ANSATZ_FMA4) |                    \
   ANSATZ_SET_IF(__XOP__, ANSATZ_XOP) | ANSATZ_SET_IF(__SSE4A__, ANSATZ_SSE4A) |                           \
   ANSATZ_SET_IF(__ADX__, ANSATZ_ADX) | ANSATZ_SET_IF(__SHA__, ANSATZ_SHA) |                               \
   ANSATZ_SET_IF(__AES__, ANSATZ_AES) | ANSATZ_SET_IF(__PCLMUL__, ANSATZ_PCLMUL) |                         \
   ANSATZ_SET_IF(__GFNI__, ANSATZ_GFNI) | ANSATZ_SET_IF(__VAES__, ANSATZ_VAES) |                           \
   ANSATZ_SET_IF(__VPCLMULQDQ__, ANSATZ_VPCLMULQDQ))

/* -funsafe-math-optimizations and its parts show in clang only as __FAST_MATH__ and __FINITE_MATH_ONLY__:
 * ansatz_add_plugin() therefore looks at the options as well. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#define ANSATZ_FAST_MATH_FLAG ANSATZ_BUILT_FAST_MATH
#else
#define ANSATZ_FAST_MATH_FLAG 0
#endif
#ifdef __OPTIMIZE__
#define ANSATZ_DEBUG_FLAG 0
#else
#define ANSATZ_DEBUG_FLAG ANSATZ_BUILT_DEBUG
#endif
#define ANSATZ_BUILD_FLAGS (UINT64_C(0) | ANSATZ_FAST_MATH_FLAG | ANSATZ_DEBUG_FLAG)

#if defined(__clang__)
#define ANSATZ_QUOTE_(text) #text
#define ANSATZ_QUOTE(macro) ANSATZ_QUOTE_(macro)
#define ANSATZ_COMPILER                                                                      \
  "clang " ANSATZ_QUOTE(__clang_major__) "." ANSATZ_QUOTE(__clang_minor__) "." ANSATZ_QUOTE( \
      __clang_patchlevel__)
#elif defined(__GNUC__)
#define ANSATZ_COMPILER "gcc " __VERSION__
#else
#define ANSATZ_COMPILER "unknown"
#endif

#endif
