# What the shipped build adds: link-time optimisation, fortified libc calls, stack protection,
# read-only relocations, copies by the C library. Left out under sanitizers, which bring their own
# checks.
option(HOLDFAST_HARDEN "Hardening flags and LTO" OFF)
if(HOLDFAST_HARDEN AND NOT HOLDFAST_SANITIZE AND NOT HOLDFAST_COVERAGE)
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES CXX)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
                      -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
    # g++ copies a name of 255 bytes by "rep movs", which is slow to begin; glibc's memcpy is not.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options(-mmemcpy-strategy=libcall:-1:noalign
                          -mmemset-strategy=libcall:-1:noalign)
    endif()
  endif()
  add_link_options(-Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT holdfast_lto LANGUAGES CXX OUTPUT holdfast_lto_why)
  if(holdfast_lto)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  else()
    message(STATUS "No link-time optimisation: ${holdfast_lto_why}")
  endif()
endif()
