# holdfast::build_options: the warnings our own code is built with. holdfast::base links it publicly,
# so whatever links a layer has them. Third-party headers are SYSTEM and stay silent.
add_library(holdfast_build_options INTERFACE)
add_library(holdfast::build_options ALIAS holdfast_build_options)
target_compile_options(holdfast_build_options INTERFACE
  -Wall -Wextra -Wpedantic
  -Wconversion -Wsign-conversion
  -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  -Wundef
  $<$<BOOL:${HOLDFAST_WERROR}>:-Werror>)
