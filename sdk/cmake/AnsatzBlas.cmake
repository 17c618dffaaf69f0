# Ansatz::blas: the serial OpenBLAS with CBLAS and LAPACKE.  The threaded one would start threads of its own inside a
# plugin; the run path keeps the serial one even where the system's default is another.
include_guard(GLOBAL)
find_library(ANSATZ_OPENBLAS openblas PATH_SUFFIXES openblas-serial NO_CMAKE_SYSTEM_PATH
             PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} /usr/lib)
find_library(ANSATZ_LAPACKE lapacke)
find_path(ANSATZ_OPENBLAS_INCLUDE cblas.h PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-serial openblas-serial)
find_path(ANSATZ_LAPACKE_INCLUDE lapacke.h)
if(NOT ANSATZ_OPENBLAS OR NOT ANSATZ_OPENBLAS_INCLUDE OR NOT ANSATZ_LAPACKE OR NOT ANSATZ_LAPACKE_INCLUDE)
  message(FATAL_ERROR "The serial OpenBLAS or LAPACKE is missing: apt-get install libopenblas-serial-dev liblapacke-dev")
endif()
get_filename_component(_ansatz_blas_dir ${ANSATZ_OPENBLAS} DIRECTORY)
add_library(ansatz_blas INTERFACE)
add_library(Ansatz::blas ALIAS ansatz_blas)
target_include_directories(ansatz_blas SYSTEM INTERFACE ${ANSATZ_OPENBLAS_INCLUDE} ${ANSATZ_LAPACKE_INCLUDE})
target_link_libraries(ansatz_blas INTERFACE ${ANSATZ_LAPACKE} ${ANSATZ_OPENBLAS})
target_link_options(ansatz_blas INTERFACE "-Wl,-rpath,${_ansatz_blas_dir}")
