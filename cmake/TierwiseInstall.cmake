# install, export, find_package(tierwise [COMPONENTS runtime]) and pkg-config; all of it may be moved afterwards.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tierwise")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT devel
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.ipp" PATTERN "*.h")
install(TARGETS tierwise tierwise_header_only EXPORT tierwiseTargets COMPONENT devel)
install(EXPORT tierwiseTargets NAMESPACE tierwise:: DESTINATION "${package_dir}" COMPONENT devel)
if(TARGET tierwise_runtime)
  install(TARGETS tierwise_runtime EXPORT tierwiseRuntimeTargets COMPONENT devel)
  install(EXPORT tierwiseRuntimeTargets NAMESPACE tierwise:: DESTINATION "${package_dir}" COMPONENT devel)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tierwiseConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/tierwiseConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a new minor version may break its users, so 0.1 does not stand in for 0.2.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tierwiseConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tierwiseConfig.cmake" "${PROJECT_BINARY_DIR}/tierwiseConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT devel)

# pkg-config: the prefix is found from the .pc file's own place.
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pkgconfig_dir}"
           OUTPUT_VARIABLE PC_UP)
string(REGEX REPLACE "/$" "" PC_UP "${PC_UP}")
foreach(name IN ITEMS tierwise tierwise-header-only tierwise-runtime)
  if(name STREQUAL "tierwise-runtime" AND NOT TARGET tierwise_runtime)
    continue()
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_dir}" COMPONENT devel)
endforeach()
