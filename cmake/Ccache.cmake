# Uses ccache when it is installed and nothing else was asked for.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(HOLDFAST_CCACHE ccache)
  mark_as_advanced(HOLDFAST_CCACHE)
  if(HOLDFAST_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${HOLDFAST_CCACHE}")
  endif()
endif()
