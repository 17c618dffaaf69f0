# ansatz_add_plugin(NAME SOURCES files... [LINK libraries...])
#
#   find_package(Ansatz REQUIRED)
#   ansatz_add_plugin(mean SOURCES mean.cpp)          # mean.ansatz.so
#   ansatz_test_plugin(mean PIPELINES test.yaml)      # tests mean.test and mean.validate
#
# Makes the target and module NAME, whose only exported symbol is the one the host looks for.  Works in the
# tree and with find_package(Ansatz).
include_guard(GLOBAL)

# Options that let the compiler change results.  With one of them equal seeds no longer give equal bytes, and
# linking with them turns on flush-to-zero for the whole process of whoever loads the plugin.
set_property(GLOBAL PROPERTY ANSATZ_FAST_MATH_OPTIONS
  -ffast-math -Ofast -funsafe-math-optimizations -fassociative-math -freciprocal-math -ffinite-math-only
  -fno-signed-zeros -mdaz-ftz)

function(ansatz_refuse_fast_math target where flags)
  get_property(refused GLOBAL PROPERTY ANSATZ_FAST_MATH_OPTIONS)
  foreach(option IN LISTS refused)
    # Whole options only, also inside SHELL: and generator expressions.
    if("${flags}" MATCHES "(^|[ ;:,\"'])${option}($|[ ;,>\"'])")
      message(FATAL_ERROR "plugin '${target}': ${where} has ${option}, which lets the compiler change results "
        "and the host refuses to load.  Remove it; -O3 and -march=... are fine.")
    endif()
  endforeach()
endfunction()

# Runs at the end of the plugin's folder, when its options are complete.
function(ansatz_check_plugin target)
  foreach(property COMPILE_OPTIONS COMPILE_FLAGS LINK_OPTIONS LINK_FLAGS)
    get_target_property(options ${target} ${property})
    ansatz_refuse_fast_math(${target} "${property} of the target" "${options}")
  endforeach()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    foreach(property COMPILE_OPTIONS COMPILE_FLAGS)
      get_source_file_property(options "${source}" ${property})
      ansatz_refuse_fast_math(${target} "${property} of ${source}" "${options}")
    endforeach()
  endforeach()
  get_target_property(libraries ${target} LINK_LIBRARIES)
  foreach(library IN LISTS libraries)
    if(TARGET ${library})
      foreach(property INTERFACE_COMPILE_OPTIONS INTERFACE_LINK_OPTIONS)
        get_target_property(options ${library} ${property})
        ansatz_refuse_fast_math(${target} "${property} of ${library}" "${options}")
      endforeach()
    endif()
  endforeach()
  foreach(variable CMAKE_C_FLAGS CMAKE_CXX_FLAGS CMAKE_MODULE_LINKER_FLAGS)
    foreach(suffix "" _DEBUG _RELEASE _RELWITHDEBINFO _MINSIZEREL)
      string(TOUPPER "_${CMAKE_BUILD_TYPE}" used)
      if(suffix STREQUAL "" OR suffix STREQUAL used)
        ansatz_refuse_fast_math(${target} ${variable}${suffix} "${${variable}${suffix}}")
      endif()
    endforeach()
  endforeach()
endfunction()

function(ansatz_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT name MATCHES "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    message(FATAL_ERROR "ansatz_add_plugin(${name} ...): a plugin's id has lower case letters, digits and "
      "inner '-', as in kernel-ridge")
  endif()
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ansatz_add_plugin(${name} ...): expected SOURCES files... [LINK libraries...]; got "
      "'${ARGN}'")
  endif()

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE Ansatz::sdk ${arg_LINK})
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX .ansatz.so
    CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
    # Libraries outside the system folders are found where they were linked.  The same path in the build tree:
    # CMake would pad it with an empty entry, which means the current folder.
    INSTALL_RPATH_USE_LINK_PATH ON BUILD_WITH_INSTALL_RPATH ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON DEFINE_SYMBOL "")
  # Contraction to FMA would give other bits with -march=native than without.
  target_compile_options(${name} PRIVATE -ffp-contract=off)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
    message(STATUS "plugin '${name}': no CMAKE_BUILD_TYPE is given, compiling with -O2")
    target_compile_options(${name} PRIVATE -O2)
  endif()

  get_target_property(major Ansatz::abi ANSATZ_ABI_MAJOR)
  set(exports ${CMAKE_CURRENT_BINARY_DIR}/${name}.exports)
  file(CONFIGURE OUTPUT ${exports} CONTENT "{ global: ansatz_plugin_v@major@; local: *; };\n" @ONLY)
  set_target_properties(${name} PROPERTIES LINK_DEPENDS ${exports})
  target_link_options(${name} PRIVATE -Wl,--version-script=${exports} -Wl,-z,relro,-z,now)
  # The sanitizers' functions come from the host's executable.
  get_directory_property(options COMPILE_OPTIONS)
  if(NOT "${CMAKE_CXX_FLAGS} ${options}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()

  if(ANSATZ_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ANSATZ_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  cmake_language(EVAL CODE "cmake_language(DEFER CALL ansatz_check_plugin [[${name}]])")
endfunction()

# ansatz_test_plugin(NAME PIPELINES files... [LEVEL 1..3])
#
# Adds tests: each pipeline runs and its claims hold; the validator passes (level 2 unless given).
function(ansatz_test_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LEVEL" "PIPELINES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ansatz_test_plugin(${name} ...): expected PIPELINES files... [LEVEL 1..3]; got '${ARGN}'")
  endif()
  if(NOT arg_LEVEL)
    set(arg_LEVEL 2)
  endif()
  set(host "${ANSATZ_EXECUTABLE}")
  if(TARGET ansatz)
    set(host $<TARGET_FILE:ansatz>)
  endif()
  foreach(pipeline IN LISTS arg_PIPELINES)
    cmake_path(GET pipeline STEM test)
    cmake_path(ABSOLUTE_PATH pipeline BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    add_test(NAME ${name}.${test} COMMAND ${host} run ${pipeline} --plugin-path $<TARGET_FILE_DIR:${name}>
                                          --runs ${CMAKE_CURRENT_BINARY_DIR}/runs)
  endforeach()
  add_test(NAME ${name}.validate COMMAND ${host} plugin validate $<TARGET_FILE:${name}> --level ${arg_LEVEL})
endfunction()
