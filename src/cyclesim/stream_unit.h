#pragma once
// `stream` and `stream_kv` to one job a port (stream_unit.sv); done in the cycle in which the last port takes its job.

#include "cyclesim/op.h"
#include "cyclesim/port.h"

namespace godwit::cyclesim {

class StreamUnit {
 public:
  explicit StreamUnit(Machine& machine) : machine_(machine) {}
  void start(const Op& op, Cycle now);
  /// A port took its job in this cycle.
  void accepted(Cycle now);

 private:
  StreamJob matrix_job(const Op& op);

  Machine& machine_;
  std::size_t waiting_ = 0;  // ports
};

}  // namespace godwit::cyclesim
