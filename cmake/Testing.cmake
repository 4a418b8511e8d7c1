# How tests are declared. Labels: unit scenario component e2e fuzz lint perf.
include(GoogleTest)

# holdfast_test(name SOURCES a.cc ... LIBS holdfast::x ... [LABEL unit] [WHOLE] [TIMEOUT seconds])
#
# One GoogleTest executable. Each TEST becomes a ctest of its own; with WHOLE the executable is one
# ctest (for suites whose cases are many and tiny, where starting a process each costs more).
# HOLDFAST_SOURCE_DIR is defined for tests that read files of the tree.
function(holdfast_test name)
  cmake_parse_arguments(T "WHOLE" "LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 180)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/lib" "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${T_LIBS} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(T_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT})
  else()
    gtest_discover_tests(${name} TEST_PREFIX "${name}:" DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT})
  endif()
endfunction()

# holdfast_fuzz_target(name LIBS holdfast::x ...)
#
# fuzz/<name>.cc defines LLVMFuzzerTestOneInput. Under HOLDFAST_FUZZ it becomes the libFuzzer binary
# fuzz_<name>; otherwise replay_<name>, which runs every file of fuzz/corpus/<name>/ through it and
# is a ctest labelled fuzz.
function(holdfast_fuzz_target name)
  cmake_parse_arguments(F "" "" "LIBS;SOURCES" ${ARGN})
  set(corpus "${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}")
  if(HOLDFAST_FUZZ)
    set(target fuzz_${name})
    add_executable(${target} "${PROJECT_SOURCE_DIR}/fuzz/${name}.cc" ${F_SOURCES})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${target})
  else()
    set(target replay_${name})
    add_executable(${target} "${PROJECT_SOURCE_DIR}/fuzz/${name}.cc" ${F_SOURCES}
                             "${PROJECT_SOURCE_DIR}/tests/support/replay_main.cc")
    add_test(NAME ${target} COMMAND ${target} "${corpus}")
    set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT 60)
  endif()
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/lib")
  target_link_libraries(${target} PRIVATE ${F_LIBS})
endfunction()
