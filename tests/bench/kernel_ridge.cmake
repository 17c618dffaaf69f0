# bench_kernel_ridge: driven by kernel_ridge.py, which sets it against scikit-learn.
add_executable(bench_kernel_ridge EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_kernel_ridge.cpp)
target_link_libraries(bench_kernel_ridge PRIVATE ansatz_num ansatz_host_run Ansatz::blas ansatz_warnings)
target_compile_definitions(bench_kernel_ridge PRIVATE KERNEL_RIDGE_PLUGIN="$<TARGET_FILE:kernel-ridge>")
add_dependencies(bench_kernel_ridge kernel-ridge)
