# bench_hopfield: sweeps over packed patterns beside reading them once.
add_executable(bench_hopfield EXCLUDE_FROM_ALL
               ${CMAKE_CURRENT_LIST_DIR}/bench_hopfield.cpp
               ${PROJECT_SOURCE_DIR}/plugins/hopfield/fields.cpp ${PROJECT_SOURCE_DIR}/plugins/hopfield/dynamics.cpp
               ${PROJECT_SOURCE_DIR}/plugins/hopfield/network.cpp)
target_include_directories(bench_hopfield PRIVATE ${PROJECT_SOURCE_DIR}/plugins/hopfield)
target_link_libraries(bench_hopfield PRIVATE ansatz_num Ansatz::sdk ansatz_warnings)
