# What the program GODWIT prints for an installation, into the folder INTO: its man page, and completion for two shells.
file(MAKE_DIRECTORY ${INTO})
execute_process(COMMAND ${GODWIT} man OUTPUT_FILE ${INTO}/godwit.1 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${GODWIT} completion bash OUTPUT_FILE ${INTO}/godwit COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${GODWIT} completion zsh OUTPUT_FILE ${INTO}/_godwit COMMAND_ERROR_IS_FATAL ANY)
