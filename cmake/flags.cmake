# Compiler and linker flags of everything that is built here.

add_compile_options(-Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 uses what it itself deprecates, and Clang says so at each use.
  add_compile_options(-Wno-deprecated-declarations)
endif()
# Our own calls inside libmycel.so may be inlined although it is a shared library.
add_compile_options(-fno-semantic-interposition)

if(MYCEL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC's manual (Instrumentation Options): sanitisers raise the rate of false positives of this
  # warning, so they should not be combined with -Werror. Other builds keep it as an error.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(MYCEL_SANITIZE)
  add_compile_definitions(MYCEL_SANITIZED=1)
  # These builds take longer than their tests.
  add_compile_options(-O1 -g1 -fno-omit-frame-pointer)
endif()
if(MYCEL_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(MYCEL_SANITIZE STREQUAL "thread")
  # The thread sanitiser does not understand libgomp's synchronisation.
  add_compile_definitions(MYCEL_STD_THREADS=1)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(MYCEL_SANITIZE)
  message(FATAL_ERROR "MYCEL_SANITIZE expects address, thread or nothing, got ${MYCEL_SANITIZE}")
endif()

# gold links several times faster than the default linker and comes with Debian's binutils.
find_program(MYCEL_GOLD ld.gold)
if(MYCEL_GOLD)
  add_link_options(-fuse-ld=gold)
endif()
