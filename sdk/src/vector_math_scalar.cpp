#include "lanes_scalar.hpp"
//
#include "kernel_table.hpp"

constinit const ansatz::detail::VectorTable ansatz::detail::vector_table_scalar = make_table("scalar");
