# bench_kernel_pca: driven by kernel_pca.py, which sets it against scikit-learn.
add_executable(bench_kernel_pca EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_kernel_pca.cpp)
target_link_libraries(bench_kernel_pca PRIVATE ansatz_num ansatz_host_run Ansatz::blas ansatz_warnings)
target_compile_definitions(bench_kernel_pca PRIVATE KERNEL_PCA_PLUGIN="$<TARGET_FILE:kernel-pca>")
add_dependencies(bench_kernel_pca kernel-pca)
