# bench_modern_hopfield: attention and retrieval beside a naive version with the same machine's sgemm.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
add_executable(bench_modern_hopfield EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_modern_hopfield.cpp)
target_link_libraries(bench_modern_hopfield PRIVATE ansatz_num Ansatz::blas Eigen3::Eigen ansatz_warnings)
# The naive version is to be as fast as its compiler can make it; GCC 12 warns of its own intrinsics.
target_compile_options(bench_modern_hopfield PRIVATE -march=native -Wno-maybe-uninitialized -Wno-uninitialized)
# bench_modern_hopfield_peers: our side of modern_hopfield.py.
set(modern_hopfield ${PROJECT_SOURCE_DIR}/plugins/modern-hopfield)
add_executable(bench_modern_hopfield_peers EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_modern_hopfield_peers.cpp
               ${modern_hopfield}/dense_function.cpp ${modern_hopfield}/dense_memory.cpp)
target_include_directories(bench_modern_hopfield_peers PRIVATE ${modern_hopfield})
target_link_libraries(bench_modern_hopfield_peers PRIVATE ansatz_num Ansatz::sdk ansatz_warnings)
