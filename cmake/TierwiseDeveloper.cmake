# What only the developers of tierwise need: warnings and sanitizers. They sit on a target that is never exported.
include_guard()

set(gnu_like "$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>")
set(TIERWISE_NO_CONTRACTION "$<${gnu_like}:-ffp-contract=off>")

add_library(tierwise_developer INTERFACE)
if(TIERWISE_WARNINGS)
  target_compile_options(tierwise_developer INTERFACE "$<${gnu_like}:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>")
endif()
if(TIERWISE_WERROR)
  target_compile_options(tierwise_developer INTERFACE "$<${gnu_like}:-Werror>")
endif()
if(TIERWISE_SANITIZE)
  target_compile_options(tierwise_developer INTERFACE -fsanitize=${TIERWISE_SANITIZE} -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer -g1)
  target_link_options(tierwise_developer INTERFACE -fsanitize=${TIERWISE_SANITIZE})
endif()

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
  find_program(TIERWISE_CCACHE ccache)
  mark_as_advanced(TIERWISE_CCACHE)
  if(TIERWISE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${TIERWISE_CCACHE}")
  endif()
endif()

# What every compiled target of ours has.
function(tierwise_common target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                                             WINDOWS_EXPORT_ALL_SYMBOLS ON VERSION ${PROJECT_VERSION}
                                             SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_options(${target} PRIVATE ${TIERWISE_NO_CONTRACTION})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:tierwise_developer>)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endfunction()
