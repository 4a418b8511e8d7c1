# HOLDFAST_BUILT_AT, HOLDFAST_BUILT_ON: a moment that no right clock is before, as seconds since 1970 and as
# a date. SOURCE_DATE_EPOCH if it is set, else the last commit's time, else now: the same sources make
# the same programs. Whole days, so that not every commit compiles something anew.
set(HOLDFAST_BUILT_AT "$ENV{SOURCE_DATE_EPOCH}")
if(NOT HOLDFAST_BUILT_AT MATCHES "^[0-9]+$")
  execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" log -1 --format=%ct
                  OUTPUT_VARIABLE HOLDFAST_BUILT_AT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT HOLDFAST_BUILT_AT MATCHES "^[0-9]+$")
  string(TIMESTAMP HOLDFAST_BUILT_AT "%s" UTC)
endif()
math(EXPR HOLDFAST_BUILT_AT "${HOLDFAST_BUILT_AT} / 86400 * 86400")
set(ENV{SOURCE_DATE_EPOCH} "${HOLDFAST_BUILT_AT}")
string(TIMESTAMP HOLDFAST_BUILT_ON "%Y-%m-%d" UTC)
