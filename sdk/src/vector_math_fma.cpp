#include "lanes_scalar.hpp"
//
#include "kernel_table.hpp"

constinit const ansatz::detail::VectorTable ansatz::detail::vector_table_fma = make_table("fma");
