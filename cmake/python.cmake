# The Python extension mycel._core, and <build>/python, a folder that makes `import mycel` work from
# the build: links to the sources in python/mycel beside the built module, so that an edit of a
# Python file needs no build and several builds do not share a module.

set(venv_python ${PROJECT_SOURCE_DIR}/.venv/bin/python)
if(NOT Python_EXECUTABLE AND EXISTS ${venv_python})
  set(Python_EXECUTABLE ${venv_python})
endif()
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir
                OUTPUT_VARIABLE nanobind_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind CONFIG REQUIRED)

set(package ${PROJECT_BINARY_DIR}/python/mycel)
file(MAKE_DIRECTORY ${package})
file(GLOB stale ${package}/*)
foreach(entry IN LISTS stale)
  if(IS_SYMLINK ${entry} AND NOT EXISTS ${entry})
    file(REMOVE ${entry})
  endif()
endforeach()
file(GLOB entries LIST_DIRECTORIES true CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/python/mycel/*)
foreach(entry IN LISTS entries)
  get_filename_component(name ${entry} NAME)
  file(CREATE_LINK ${entry} ${package}/${name} SYMBOLIC)
endforeach()

file(GLOB_RECURSE binding_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/src/*.cc)
nanobind_add_module(_core NB_STATIC NOMINSIZE NOSTRIP ${binding_sources})
target_compile_options(nanobind-static PRIVATE -w)
target_link_libraries(_core PRIVATE mycel)
mycel_precompile(_core python <nanobind/nanobind.h>)
set_target_properties(_core PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${package} INSTALL_RPATH $ORIGIN)

# The type stubs, made from the definitions that libmycel.so registers.
if(MYCEL_STUBS)
  set(stubs_stamp ${PROJECT_BINARY_DIR}/python/stubs.stamp)
  add_custom_command(
    OUTPUT ${stubs_stamp}
    COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${PROJECT_BINARY_DIR}/python
            ${Python_EXECUTABLE} -m mycel.stubs ${package}
    COMMAND ${CMAKE_COMMAND} -E touch ${stubs_stamp}
    DEPENDS _core mycel ${PROJECT_SOURCE_DIR}/python/mycel/stubs.py
    COMMENT "Writing the type stubs" VERBATIM)
  add_custom_target(stubs ALL DEPENDS ${stubs_stamp})
  install(DIRECTORY ${package}/_core DESTINATION mycel COMPONENT python)
endif()

# In a wheel, libmycel.so lies beside the module.
install(TARGETS _core LIBRARY DESTINATION mycel COMPONENT python)
install(TARGETS mycel LIBRARY DESTINATION mycel COMPONENT python NAMELINK_SKIP)
