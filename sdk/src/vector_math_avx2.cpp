#include "lanes_avx2.hpp"
//
#include "kernel_table.hpp"

constinit const ansatz::detail::VectorTable ansatz::detail::vector_table_avx2 = make_table("avx2");
