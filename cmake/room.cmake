# A room is a folder of src/: one static library, and one test program from the *_test.cpp beside the sources.
#
#   godwit_room(model USES base LINKS hwy::hwy)
#
# USES names the rooms it may include; any other `#include "room/..."` in it stops the configuration. This is how
# includes keep pointing one way.
include_guard()

function(godwit_check_includes room sources uses)
  foreach(source IN LISTS sources)
    file(STRINGS ${source} lines REGEX "^#include \"[a-z_]+/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"([a-z_]+)/.*" "\\1" other "${line}")
      if(NOT other STREQUAL room AND NOT other IN_LIST uses)
        message(FATAL_ERROR "${source} includes from '${other}', but room '${room}' may only use: ${uses}")
      endif()
    endforeach()
  endforeach()
endfunction()

function(godwit_room room)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS;TEST_USES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main)\\.cpp$")
  set(shipped ${sources} ${headers})
  list(FILTER shipped EXCLUDE REGEX "_test_|_test\\.")
  godwit_check_includes(${room} "${shipped}" "${ROOM_USES}")
  godwit_check_includes(${room} "${tests}" "${ROOM_USES};${ROOM_TEST_USES}")

  add_library(godwit_${room} STATIC ${sources})
  list(TRANSFORM ROOM_USES PREPEND godwit_ OUTPUT_VARIABLE libraries)
  target_link_libraries(godwit_${room} PUBLIC godwit_settings ${libraries} fmt::fmt ${ROOM_LINKS})

  if(GODWIT_TESTS AND tests)
    list(TRANSFORM ROOM_TEST_USES PREPEND godwit_ OUTPUT_VARIABLE test_libraries)
    add_executable(${room}_test ${tests})
    target_link_libraries(${room}_test PRIVATE godwit_${room} ${test_libraries} GTest::gtest_main GTest::gmock)
    target_compile_definitions(${room}_test PRIVATE GODWIT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${room}_test DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
  endif()

  if(GODWIT_FUZZERS)
    file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS *_fuzz.cpp)
    foreach(source IN LISTS fuzzers)
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_link_libraries(${name} PRIVATE godwit_${room})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
