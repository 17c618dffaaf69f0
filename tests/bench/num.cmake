add_executable(bench_num EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/bench_num.cpp)
target_include_directories(bench_num PRIVATE ${PROJECT_SOURCE_DIR}/sdk/src)
target_link_libraries(bench_num PRIVATE ansatz_num ansatz_warnings)
