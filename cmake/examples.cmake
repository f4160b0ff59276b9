# Every examples/<name>.cc is a program of its own, build/.../examples/<name>.

file(GLOB example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cc)
foreach(source IN LISTS example_sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(example_${name} ${source})
  target_link_libraries(example_${name} PRIVATE mycel)
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
endforeach()

# A short run of the training example in both modes. One thread: on a busy machine the threads of
# kernels this small wait for each other most of the time.
foreach(mode eager graph)
  add_test(NAME lenet_${mode} COMMAND example_lenet --epochs 1 --mode ${mode}
           WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
  set_tests_properties(lenet_${mode} PROPERTIES
    PASS_REGULAR_EXPRESSION "synthetic digits.*test accuracy: 0\\.9[5-9]"
    ENVIRONMENT MYCEL_THREADS=1 ENVIRONMENT_MODIFICATION MYCEL_DATA=unset:)
endforeach()
