# One static library per folder of mycel/, and all of them as one libmycel.so.

# Adds mycel_<folder> from every source under mycel/<folder>, linked to what its layer may use.
# A folder with no source yet is an interface, so that the arrows to it hold from the start.
function(mycel_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/mycel/${folder}/*.cc)
  if(sources)
    add_library(mycel_${folder} STATIC ${sources})
    mycel_precompile(mycel_${folder} library)
    set(scope PUBLIC)
    set_property(GLOBAL APPEND PROPERTY MYCEL_ARCHIVES mycel_${folder})
  else()
    add_library(mycel_${folder} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(mycel_${folder} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(mycel_${folder} ${scope} ${ARGN})
endfunction()

# Folder, then what it links: the arrows of the map, which tools/check_layers checks by include.
mycel_library(base fmt::fmt Threads::Threads mycel_gomp)
mycel_library(core mycel_base)
mycel_library(ir mycel_core)
mycel_library(te mycel_core)
# The interpreter's loops over lanes: at -O2, GCC leaves loops of unknown length scalar.
set_source_files_properties(${PROJECT_SOURCE_DIR}/mycel/te/lanes.cc
                            ${PROJECT_SOURCE_DIR}/mycel/te/lane_machine.cc
                            PROPERTIES COMPILE_OPTIONS -O3 SKIP_PRECOMPILE_HEADERS ON)
mycel_library(tensor mycel_ir mycel_te)
mycel_library(define mycel_tensor)
mycel_library(ops mycel_define)
mycel_library(autodiff mycel_ops)
mycel_library(codegen mycel_te mycel_llvm mycel_sleef)
mycel_library(passes mycel_ops mycel_codegen)
mycel_library(backends mycel_ir mycel_codegen mycel_dnnl mycel_sleef)
mycel_library(runtime mycel_backends)
mycel_library(compiler mycel_autodiff mycel_passes mycel_runtime)
mycel_library(eager mycel_compiler)
mycel_library(startup mycel_eager)
mycel_library(jit mycel_startup)
mycel_library(nn mycel_jit)
mycel_library(optim mycel_jit)
mycel_library(data mycel_core ZLIB::ZLIB)
mycel_library(io mycel_core nlohmann_json::nlohmann_json)

# libmycel.so holds every object of the archives; its users see the headers, fmt and nothing else.
get_property(archives GLOBAL PROPERTY MYCEL_ARCHIVES)
set(objects ${archives})
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
add_library(mycel SHARED ${objects})
target_compile_features(mycel PUBLIC cxx_std_20)
set_target_properties(mycel PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0
                                       INSTALL_RPATH_USE_LINK_PATH ON)
target_include_directories(mycel PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(mycel PUBLIC fmt::fmt PRIVATE Threads::Threads ZLIB::ZLIB mycel_gomp
                            mycel_llvm mycel_dnnl mycel_sleef)
