# bench_kernel_pca: driven by kernel_pca.py, which sets it against scikit-learn and kernlab.
# bench_kernel_pca_papers: the tables of Mika et al. 1999.
foreach(name bench_kernel_pca bench_kernel_pca_papers)
  add_executable(${name} EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE ansatz_num ansatz_host_run Ansatz::blas ansatz_warnings)
  target_compile_definitions(${name} PRIVATE KERNEL_PCA_PLUGIN="$<TARGET_FILE:kernel-pca>")
  add_dependencies(${name} kernel-pca)
endforeach()
