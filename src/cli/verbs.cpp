#include "cli/verbs.h"

namespace godwit {

std::vector<std::unique_ptr<Verb>> all_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(make_run_verb());
  verbs.push_back(make_tokenize_verb());
  verbs.push_back(make_detokenize_verb());
  verbs.push_back(make_ppl_verb());
  verbs.push_back(make_inspect_verb());
  verbs.push_back(make_profile_verb());
  verbs.push_back(make_compress_verb());
  verbs.push_back(make_compile_verb());
  verbs.push_back(make_disasm_verb());
  verbs.push_back(make_asm_verb());
  verbs.push_back(make_check_verb());
  verbs.push_back(make_simulate_verb());
  verbs.push_back(make_cosim_verb());
  verbs.push_back(make_memory_verb());
  verbs.push_back(make_report_verb());
  verbs.push_back(make_bench_verb());
  verbs.push_back(make_synth_verb());
  verbs.push_back(make_cards_verb());
  verbs.push_back(make_completion_verb());
  verbs.push_back(make_man_verb());
  return verbs;
}

}  // namespace godwit
