# Ansatz::blas: the serial OpenBLAS with CBLAS, LAPACK and LAPACKE.  The host splits work over its own threads
# and results must not depend on their number, so the threaded builds are no substitute.
#
# All of Debian's builds have one soname, and the system's default is mostly the threaded one.  A plugin's run
# path names the serial one's folder (ansatz_add_plugin() keeps it when the plugin is installed).  It is a
# DT_RPATH, not a DT_RUNPATH, so that it also holds for the liblapack that LAPACKE asks for.
include_guard(GLOBAL)

function(ansatz_find_blas)
  if(TARGET Ansatz::blas)
    return()
  endif()
  # NO_DEFAULT_PATH: the plain names are whichever build the system's alternatives point to.
  find_library(ANSATZ_OPENBLAS openblas PATHS /usr/lib NO_DEFAULT_PATH
    PATH_SUFFIXES openblas-serial x86_64-linux-gnu/openblas-serial)
  find_path(ANSATZ_OPENBLAS_INCLUDE cblas.h PATHS /usr/include NO_DEFAULT_PATH
    PATH_SUFFIXES openblas-serial x86_64-linux-gnu/openblas-serial)
  find_library(ANSATZ_LAPACKE lapacke)
  find_path(ANSATZ_LAPACKE_INCLUDE lapacke.h)
  if(NOT ANSATZ_OPENBLAS OR NOT ANSATZ_OPENBLAS_INCLUDE)
    message(FATAL_ERROR "Ansatz::blas: there is no serial OpenBLAS in openblas-serial below /usr/lib.  Install "
      "the Debian package libopenblas-serial-dev, or set ANSATZ_OPENBLAS to a serial libopenblas.so and "
      "ANSATZ_OPENBLAS_INCLUDE to the folder of its cblas.h.")
  endif()
  if(NOT ANSATZ_LAPACKE OR NOT ANSATZ_LAPACKE_INCLUDE)
    message(FATAL_ERROR "Ansatz::blas: there is no LAPACKE.  Install the Debian package liblapacke-dev, or set "
      "ANSATZ_LAPACKE to liblapacke.so and ANSATZ_LAPACKE_INCLUDE to the folder of lapacke.h.")
  endif()
  add_library(Ansatz::blas INTERFACE IMPORTED GLOBAL)
  target_include_directories(Ansatz::blas SYSTEM INTERFACE ${ANSATZ_OPENBLAS_INCLUDE} ${ANSATZ_LAPACKE_INCLUDE})
  target_link_libraries(Ansatz::blas INTERFACE ${ANSATZ_LAPACKE} ${ANSATZ_OPENBLAS})
  target_link_options(Ansatz::blas INTERFACE -Wl,--disable-new-dtags)
endfunction()
