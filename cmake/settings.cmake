# What every target shares: language, warnings, sanitizers, and where the program lands.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(godwit_settings INTERFACE)
target_compile_options(godwit_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
target_include_directories(godwit_settings INTERFACE ${PROJECT_SOURCE_DIR}/src)

if(GODWIT_SANITIZE)
  target_compile_options(godwit_settings INTERFACE -fsanitize=${GODWIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(godwit_settings INTERFACE -fsanitize=${GODWIT_SANITIZE})
endif()

if(GODWIT_FUZZERS)
  # The fuzzers steer by the coverage of what they call; without this they try bytes blindly.
  target_compile_options(godwit_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
if(GODWIT_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  enable_testing()
endif()
