#include "lanes_avx512.hpp"
//
#include "kernel_table.hpp"

constinit const ansatz::detail::VectorTable ansatz::detail::vector_table_avx512 = make_table("avx512");
