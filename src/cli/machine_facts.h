#pragma once
// The machine that measures, as rows of bench/results describe it.

#include <string>

namespace godwit {

struct MachineFacts {
  std::string cpu;  // as the kernel reports it; "this processor" where it does not
  int cores = 0;    // that this process may use
  int memory_gib = 0;
  std::string os;
};
MachineFacts machine_facts();

/// Eight hexadecimal digits of this program's own file: two builds that differ in a byte differ here.
std::string program_digest();

/// Processor time that everything else on the machine took since this began, as a share of all its cores.
class OtherLoad {
 public:
  OtherLoad();
  /// Between 0 and 1; 0 where the kernel does not say.
  [[nodiscard]] double share() const;

 private:
  double busy_;  // seconds, of all cores
  double own_;
  double wall_;
};

}  // namespace godwit
