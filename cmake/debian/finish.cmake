# Run by cpack on what is about to be packed: what Debian wants otherwise than `cmake --install` leaves it. The copyright
# file takes the licence's place, and the changelog is in Debian's form and compressed, as man pages are. Debian's zsh
# looks for a package's functions in a folder of their own.
if(NOT CPACK_GENERATOR STREQUAL DEB)
  return()
endif()
set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${usr}/share/doc/godwit)
file(REMOVE ${doc}/LICENSE)
file(COPY ${CPACK_GODWIT_DEBIAN}/copyright DESTINATION ${doc})

file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)

# The newest heading of the changelog: "## 0.1.0, 2026-11-22".
file(STRINGS ${CPACK_GODWIT_CHANGELOG} headings REGEX "^## [0-9.]+, [0-9-]+$")
list(GET headings 0 newest)
if(NOT newest MATCHES "^## ([0-9.]+), ([0-9-]+)$" OR NOT CMAKE_MATCH_1 STREQUAL CPACK_PACKAGE_VERSION)
  message(FATAL_ERROR "CHANGELOG.md begins with '${newest}', but this is version ${CPACK_PACKAGE_VERSION}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C date --utc --rfc-email --date ${CMAKE_MATCH_2}
                OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog "godwit (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB pages ${usr}/share/man/man1/*.1)
foreach(file ${doc}/changelog ${pages})
  execute_process(COMMAND gzip -9 --no-name --force ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
