# bench_modern_hopfield: attention and retrieval beside a naive version with the same machine's sgemm.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
add_executable(bench_modern_hopfield EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_modern_hopfield.cpp)
target_link_libraries(bench_modern_hopfield PRIVATE ansatz_num Ansatz::blas Eigen3::Eigen ansatz_warnings)
# The naive version is to be as fast as its compiler can make it; GCC 12 warns of its own intrinsics.
target_compile_options(bench_modern_hopfield PRIVATE -march=native -Wno-maybe-uninitialized -Wno-uninitialized)
