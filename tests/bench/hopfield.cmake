# bench_hopfield: sweeps over packed patterns beside reading them once; driven by hopfield.py beside NumPy.
# bench_hopfield_limits: capacities and margins beside theory; driven by hopfield.py beside scikit-learn.
# bench_hopfield_figures: what the verbs keep and recall.
set(hopfield_folder ${PROJECT_SOURCE_DIR}/plugins/hopfield)
foreach(name bench_hopfield bench_hopfield_limits)
  add_executable(${name} EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/${name}.cpp
                 ${hopfield_folder}/fields.cpp ${hopfield_folder}/dynamics.cpp ${hopfield_folder}/network.cpp)
  target_include_directories(${name} PRIVATE ${hopfield_folder})
  target_link_libraries(${name} PRIVATE ansatz_num Ansatz::sdk ansatz_warnings)
endforeach()
target_sources(bench_hopfield PRIVATE ${hopfield_folder}/batch.cpp)
target_sources(bench_hopfield_limits PRIVATE ${hopfield_folder}/perceptrons.cpp ${hopfield_folder}/theory.cpp)
add_executable(bench_hopfield_figures EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_hopfield_figures.cpp)
target_link_libraries(bench_hopfield_figures PRIVATE ansatz_num ansatz_host_run Ansatz::blas ansatz_warnings)
target_compile_definitions(bench_hopfield_figures PRIVATE HOPFIELD_PLUGIN="$<TARGET_FILE:hopfield>")
add_dependencies(bench_hopfield_figures hopfield)
