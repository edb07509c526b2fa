# What `cmake --install` puts where, and the Debian package of `cpack -G DEB`. The program finds its data by its own place
# (base/places.h), so that a prefix can be moved and nothing is compiled in.
include_guard()
include(GNUInstallDirs)

set(data share/godwit)  # base/places.h has it, too
install(TARGETS godwit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY configs DESTINATION ${data})
install(DIRECTORY models/kjv DESTINATION ${data}/models)
# What others were measured to reach: `godwit report` sets it beside its own figures.
install(FILES bench/results/cpu.csv bench/results/gpu.csv DESTINATION ${data}/bench/results)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Written by the program itself from what its verbs declare.
set(written ${PROJECT_BINARY_DIR}/written)
install(CODE "execute_process(COMMAND ${CMAKE_COMMAND} -DGODWIT=$<TARGET_FILE:godwit> -DINTO=${written}
                              -P ${PROJECT_SOURCE_DIR}/cmake/written.cmake COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${written}/godwit.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${written}/godwit DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${written}/_godwit DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

set(CPACK_PACKAGE_NAME godwit)
set(CPACK_PACKAGE_VENDOR "the godwit project")
set(CPACK_PACKAGE_CONTACT "The godwit developers <godwit@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "language models on FPGAs, and on exact models of them")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"godwit takes a language-model checkpoint and runs it on an FPGA, or on exact
models of that FPGA where there is no board: a definition of the machine to the
bit, the machine itself in verilated SystemVerilog, and a cycle model with the
memories of real cards.
.
It loads Hugging Face folders and GGUF files of the GPT-2, LLaMA and OPT
families, compresses and compiles them for a card, runs them, compares them
with the fp32 reference, and reports times, bandwidth and energy. A small model
is included.")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/finish.cmake)
set(CPACK_GODWIT_DEBIAN ${PROJECT_SOURCE_DIR}/cmake/debian)
set(CPACK_GODWIT_CHANGELOG ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
include(CPack)
