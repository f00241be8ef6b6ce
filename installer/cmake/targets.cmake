# One static library per folder: storeward_library(name folder [COLD] [EXCLUDE pattern] LINK targets...)
# Sources are found by pattern, so a new file needs no entry here. COLD: no event passes through most of
# it, so that a release makes it small and not fast.

add_library(storeward_warnings INTERFACE)
target_compile_options(storeward_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  -Wconversion -Wno-sign-conversion -Woverloaded-virtual
  -Wno-missing-field-initializers)  # designated initialisers leave fields out on purpose
if(STOREWARD_SANITIZE)
  # Not vptr: it opens a pipe to look at an object, which fails where a test leaves no descriptor.
  add_compile_options(-fsanitize=${STOREWARD_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STOREWARD_SANITIZE})
endif()

# g++ 12 takes the strings of a precompiled <string> for too short. A release has none, and is asked.
set(precompiled "$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Release>>>")
add_compile_options($<${precompiled}:-Wno-array-bounds> $<${precompiled}:-Wno-stringop-overflow>)

# What nothing calls is left out of the programs of a release, and their relocations are packed.
add_compile_options($<$<CONFIG:Release>:-ffunction-sections> $<$<CONFIG:Release>:-fdata-sections>)
add_link_options($<$<CONFIG:Release>:LINKER:--gc-sections,-z,pack-relative-relocs>)

function(storeward_library name folder)
  cmake_parse_arguments(arg "COLD" "EXCLUDE" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${CMAKE_SOURCE_DIR}/${folder}/${arg_EXCLUDE}")
  endif()
  if(NOT sources)
    add_library(storeward_${name} INTERFACE)
    target_include_directories(storeward_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(storeward_${name} INTERFACE ${arg_LINK} Threads::Threads)
    return()
  endif()
  add_library(storeward_${name} STATIC ${sources})
  target_include_directories(storeward_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(storeward_${name} PUBLIC ${arg_LINK} Threads::Threads
                                          PRIVATE storeward_warnings)
  # A quarter of what many files take to compile is the same headers. A release is built without (CMakePresets.json),
  # so that a forgotten #include shows.
  list(LENGTH sources files)
  if(files GREATER 9)
    target_precompile_headers(storeward_${name} PRIVATE
      <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <string> <vector>)
  endif()
  if(arg_COLD)
    target_compile_options(storeward_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
endfunction()

# The same for the sources of a folder that are made so and stand among others: storeward_cold(folder pattern)
function(storeward_cold folder pattern)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources INCLUDE REGEX "/(${pattern})[^/]*$")
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)
endfunction()
