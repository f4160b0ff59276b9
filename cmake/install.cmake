# `cmake --install`: headers, libmycel.so, and a package for find_package(Mycel).

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Mycel)
install(TARGETS mycel EXPORT MycelTargets LIBRARY COMPONENT cpp)
install(DIRECTORY mycel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT cpp
        FILES_MATCHING PATTERN "*.h")
install(EXPORT MycelTargets NAMESPACE Mycel:: DESTINATION ${package_dir} COMPONENT cpp)

configure_file(cmake/MycelConfig.cmake.in MycelConfig.cmake @ONLY)
write_basic_package_version_file(MycelConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/MycelConfig.cmake ${PROJECT_BINARY_DIR}/MycelConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT cpp)
