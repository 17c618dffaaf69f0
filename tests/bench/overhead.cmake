add_executable(bench_overhead EXCLUDE_FROM_ALL bench_overhead.cpp)
target_include_directories(bench_overhead PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(bench_overhead PRIVATE ansatz_warnings)
target_compile_definitions(bench_overhead PRIVATE ANSATZ_EXECUTABLE="$<TARGET_FILE:ansatz>"
                                                  FAULTY_FOLDER="$<TARGET_FILE_DIR:faulty>")
add_dependencies(bench_overhead ansatz faulty)
