# The warnings every target of ours is built with. Third-party headers are SYSTEM and stay silent.
add_compile_options(
  -Wall -Wextra -Wpedantic
  -Wconversion -Wsign-conversion
  -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  -Wundef)
if(HOLDFAST_WERROR)
  add_compile_options(-Werror)
endif()
