# What nearly every file includes is parsed once for all: half of a clean build is otherwise spent on it. Files still include what they
# use; the preset "clang" builds without (CMAKE_DISABLE_PRECOMPILE_HEADERS), so that one which does not is found.

# precompiled_headers(NAME HEADER...): an object library that has them.
function(precompiled_headers name)
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

# Everything in DIRECTORY and below that has none yet takes those of NAME. Shared libraries are compiled with other flags.
function(use_precompiled_headers directory name)
  get_property(folders DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  foreach(folder ${folders})
    use_precompiled_headers(${folder} ${name})
  endforeach()
  get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    get_target_property(has ${target} PRECOMPILE_HEADERS)
    get_target_property(reuses ${target} PRECOMPILE_HEADERS_REUSE_FROM)
    if(type MATCHES "STATIC_LIBRARY|OBJECT_LIBRARY|EXECUTABLE" AND NOT has AND NOT reuses)
      target_precompile_headers(${target} REUSE_FROM ${name})
    endif()
  endforeach()
endfunction()
