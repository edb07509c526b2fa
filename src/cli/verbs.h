#pragma once
// One maker a verb; each is defined in the file of its name.

#include <memory>

#include "cli/verb.h"

namespace godwit {

std::unique_ptr<Verb> make_run_verb();
std::unique_ptr<Verb> make_tokenize_verb();
std::unique_ptr<Verb> make_detokenize_verb();
std::unique_ptr<Verb> make_ppl_verb();
std::unique_ptr<Verb> make_inspect_verb();
std::unique_ptr<Verb> make_profile_verb();
std::unique_ptr<Verb> make_compress_verb();
std::unique_ptr<Verb> make_compile_verb();
std::unique_ptr<Verb> make_disasm_verb();
std::unique_ptr<Verb> make_asm_verb();
std::unique_ptr<Verb> make_check_verb();
std::unique_ptr<Verb> make_simulate_verb();
std::unique_ptr<Verb> make_cosim_verb();
std::unique_ptr<Verb> make_memory_verb();
std::unique_ptr<Verb> make_report_verb();
std::unique_ptr<Verb> make_bench_verb();
std::unique_ptr<Verb> make_synth_verb();
std::unique_ptr<Verb> make_cards_verb();
std::unique_ptr<Verb> make_completion_verb();
std::unique_ptr<Verb> make_man_verb();

}  // namespace godwit
