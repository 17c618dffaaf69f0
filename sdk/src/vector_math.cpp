#include "ansatz/num/vector_math.hpp"

#include <string>

#include "ansatz/num/error.hpp"
#include "vector_table.hpp"

namespace ansatz {
namespace detail {

namespace {

struct Tables {
  const VectorTable* arrays = &vector_table_scalar;
  const VectorTable* single = &vector_table_scalar;

  Tables() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    single = &vector_table_fma;
    arrays = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl")
                 ? &vector_table_avx512
                 : &vector_table_avx2;
#endif
  }
};

const Tables& tables() {
  static const Tables chosen;
  return chosen;
}

}  // namespace

const VectorTable& vector_table() { return *tables().arrays; }
const VectorTable& single_table() { return *tables().single; }

}  // namespace detail

namespace vec {
namespace {

void check_length(const char* name, std::size_t x, std::size_t y) {
  if (x == y) return;
  throw BadArgument(std::string{"vec::"} + name + ": argument and result must be equally long, got " +
                    std::to_string(x) + " and " + std::to_string(y));
}

using detail::UnaryPair;
using detail::VectorTable;

void apply(const char* name, UnaryPair VectorTable::*function, F64 x, F64Out y) {
  check_length(name, x.size(), y.size());
  (detail::vector_table().*function).f64(x.data(), y.data(), x.size());
}
void apply(const char* name, UnaryPair VectorTable::*function, F32 x, F32Out y) {
  check_length(name, x.size(), y.size());
  (detail::vector_table().*function).f32(x.data(), y.data(), x.size());
}

}  // namespace

void exp(F64 x, F64Out y) { apply("exp", &VectorTable::exp, x, y); }
void exp(F32 x, F32Out y) { apply("exp", &VectorTable::exp, x, y); }
void expm1(F64 x, F64Out y) { apply("expm1", &VectorTable::expm1, x, y); }
void expm1(F32 x, F32Out y) { apply("expm1", &VectorTable::expm1, x, y); }
void log(F64 x, F64Out y) { apply("log", &VectorTable::log, x, y); }
void log(F32 x, F32Out y) { apply("log", &VectorTable::log, x, y); }
void log1p(F64 x, F64Out y) { apply("log1p", &VectorTable::log1p, x, y); }
void log1p(F32 x, F32Out y) { apply("log1p", &VectorTable::log1p, x, y); }
void tanh(F64 x, F64Out y) { apply("tanh", &VectorTable::tanh, x, y); }
void tanh(F32 x, F32Out y) { apply("tanh", &VectorTable::tanh, x, y); }
void sigmoid(F64 x, F64Out y) { apply("sigmoid", &VectorTable::sigmoid, x, y); }
void sigmoid(F32 x, F32Out y) { apply("sigmoid", &VectorTable::sigmoid, x, y); }
void softplus(F64 x, F64Out y) { apply("softplus", &VectorTable::softplus, x, y); }
void softplus(F32 x, F32Out y) { apply("softplus", &VectorTable::softplus, x, y); }
void sin(F64 x, F64Out y) { apply("sin", &VectorTable::sin, x, y); }
void sin(F32 x, F32Out y) { apply("sin", &VectorTable::sin, x, y); }
void cos(F64 x, F64Out y) { apply("cos", &VectorTable::cos, x, y); }
void cos(F32 x, F32Out y) { apply("cos", &VectorTable::cos, x, y); }
void erf(F64 x, F64Out y) { apply("erf", &VectorTable::erf, x, y); }
void erf(F32 x, F32Out y) { apply("erf", &VectorTable::erf, x, y); }
void erfc(F64 x, F64Out y) { apply("erfc", &VectorTable::erfc, x, y); }
void erfc(F32 x, F32Out y) { apply("erfc", &VectorTable::erfc, x, y); }
void normal_quantile(F64 x, F64Out y) { apply("normal_quantile", &VectorTable::normal_quantile, x, y); }
void normal_quantile(F32 x, F32Out y) { apply("normal_quantile", &VectorTable::normal_quantile, x, y); }

void pow(F64 x, F64 y, F64Out z) {
  check_length("pow", x.size(), y.size());
  check_length("pow", x.size(), z.size());
  detail::vector_table().pow_f64(x.data(), y.data(), z.data(), x.size());
}
void pow(F32 x, F32 y, F32Out z) {
  check_length("pow", x.size(), y.size());
  check_length("pow", x.size(), z.size());
  detail::vector_table().pow_f32(x.data(), y.data(), z.data(), x.size());
}
void pow(F64 x, double y, F64Out z) {
  check_length("pow", x.size(), z.size());
  detail::vector_table().pow_one_f64(x.data(), y, z.data(), x.size());
}
void pow(F32 x, float y, F32Out z) {
  check_length("pow", x.size(), z.size());
  detail::vector_table().pow_one_f32(x.data(), y, z.data(), x.size());
}

const char* instruction_set() { return detail::vector_table().name; }

}  // namespace vec
}  // namespace ansatz
