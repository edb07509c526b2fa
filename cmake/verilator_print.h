#pragma once
// Included before Verilator's run-time sources: what a failed assertion says goes to standard error, because standard
// output is the program's own.

#include <cstdio>

#define VL_PRINTF(...) std::fprintf(stderr, __VA_ARGS__)
