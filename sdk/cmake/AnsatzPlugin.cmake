# ansatz_add_plugin(NAME SOURCES file... [LINK library...])
#
# A plugin: the module NAME.ansatz.so that exports one symbol.  Works in the tree and with find_package(Ansatz).
include_guard(GLOBAL)
set(_ansatz_cmake_dir ${CMAKE_CURRENT_LIST_DIR})

# Options that change results, or the floating-point mode of whoever loads the plugin.
function(_ansatz_refuse_fast_math where)
  foreach(option IN LISTS ARGN)
    if(option MATCHES "(^| )(-ffast-math|-Ofast|-funsafe-math-optimizations|-ffinite-math-only|-fassociative-math|-freciprocal-math)( |$)")
      message(FATAL_ERROR
        "${where} contains ${CMAKE_MATCH_2}. Ansatz promises the same bytes for the same inputs, and NaN checks that "
        "work; this option takes both away, and linking with it flips the whole process to flush-to-zero. Remove it; "
        "use the functions of ansatz/num for speed, or -O3 -march=native.")
    endif()
  endforeach()
endfunction()

# Runs after the calling CMakeLists.txt has set all its options.
function(_ansatz_check_plugin target)
  foreach(property COMPILE_OPTIONS LINK_OPTIONS COMPILE_FLAGS)
    get_target_property(options ${target} ${property})
    if(options)
      _ansatz_refuse_fast_math("${property} of plugin '${target}'" ${options})
    endif()
  endforeach()
endfunction()

function(ansatz_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT name MATCHES "^[a-z][a-z0-9-]*$")
    message(FATAL_ERROR "'${name}' is no plugin name: lower case letters, digits and '-', starting with a letter")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "ansatz_add_plugin(${name} SOURCES file...): no sources")
  endif()
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  _ansatz_refuse_fast_math("CMAKE_CXX_FLAGS" "${CMAKE_CXX_FLAGS}" "${CMAKE_CXX_FLAGS_${build_type}}")

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE Ansatz::sdk ${arg_LINK})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE -ffp-contract=off)
  # The version script leaves the entry alone visible; relocations are resolved at loading, not in a week's run.
  target_link_options(${name} PRIVATE "-Wl,--version-script=${_ansatz_cmake_dir}/plugin.map" -Wl,-z,relro,-z,now)
  if(NOT "${CMAKE_CXX_FLAGS} ${CMAKE_SHARED_LINKER_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)  # sanitizers leave their symbols to the executable
  endif()
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX .ansatz.so CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${_ansatz_cmake_dir}/plugin.map)
  if(ANSATZ_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ANSATZ_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  cmake_language(EVAL CODE "cmake_language(DEFER CALL _ansatz_check_plugin [[${name}]])")
endfunction()
