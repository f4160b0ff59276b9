# Everything that comes from outside, each as one imported or interface target.

find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
if(MYCEL_TESTS)
  find_package(GTest REQUIRED)
endif()

# The shared LLVM, named by its own llvm-config: LLVM's CMake package would ask for the development
# files of libraries (curl, z3, libxml2) that are linked into it already.
find_program(MYCEL_LLVM_CONFIG NAMES llvm-config-19 HINTS /usr/lib/llvm-19/bin REQUIRED)
foreach(item includedir libdir)
  execute_process(COMMAND ${MYCEL_LLVM_CONFIG} --${item} OUTPUT_VARIABLE llvm_${item}
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endforeach()
find_library(MYCEL_LLVM_LIBRARY NAMES LLVM-19 HINTS ${llvm_libdir} REQUIRED)
add_library(mycel_llvm INTERFACE)
target_include_directories(mycel_llvm SYSTEM INTERFACE ${llvm_includedir})
target_link_libraries(mycel_llvm INTERFACE ${MYCEL_LLVM_LIBRARY})

find_path(MYCEL_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(MYCEL_DNNL_LIBRARY dnnl REQUIRED)
add_library(mycel_dnnl INTERFACE)
target_include_directories(mycel_dnnl SYSTEM INTERFACE ${MYCEL_DNNL_INCLUDE})
target_link_libraries(mycel_dnnl INTERFACE ${MYCEL_DNNL_LIBRARY})

find_library(MYCEL_SLEEF_LIBRARY sleef REQUIRED)
add_library(mycel_sleef INTERFACE)
target_link_libraries(mycel_sleef INTERFACE ${MYCEL_SLEEF_LIBRARY})

# libgomp lies in GCC's own folder, where both GCC and Clang look for it.
add_library(mycel_gomp INTERFACE)
target_link_libraries(mycel_gomp INTERFACE gomp)
