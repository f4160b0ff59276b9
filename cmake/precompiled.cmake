# Precompiled headers of the standard library and of the frameworks of tests and bindings. Reading
# these takes half of a build without a compiler cache. Sources still include what they use: the
# Clang builds do without, so they fail where an include is missing.

option(MYCEL_PRECOMPILE "precompile headers from outside" ON)

set(MYCEL_STANDARD_HEADERS
    <algorithm> <array> <atomic> <bit> <cmath> <cstdint> <cstring> <functional> <limits> <map>
    <memory> <mutex> <optional> <set> <span> <string> <string_view> <unordered_map>
    <unordered_set> <utility> <variant> <vector> <fmt/format.h>)

# Has the target read them precompiled, and further headers. Targets of one kind are compiled with
# the same flags, so that the first one of a kind makes what all of it use.
function(mycel_precompile target kind) # header...
  if(NOT MYCEL_PRECOMPILE)
    return()
  endif()
  get_property(first GLOBAL PROPERTY MYCEL_PRECOMPILED_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${MYCEL_STANDARD_HEADERS} ${ARGN})
    set_property(GLOBAL PROPERTY MYCEL_PRECOMPILED_${kind} ${target})
  endif()
endfunction()
