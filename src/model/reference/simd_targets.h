#pragma once
// Which instruction sets the kernels are compiled for: include before anything of Highway. The program picks one when
// it runs. Machines between the baseline and AVX2 (before 2013) take the baseline, machines past AVX-512F/BW/DQ/VL gain
// nothing in fp32.

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
