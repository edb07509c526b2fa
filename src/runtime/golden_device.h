#pragma once
// golden behind Device, driven as hardware is: the host writes ids, position and count, starts, and reads the result
// block; all logits are fetched only where they are asked for.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "golden/machine.h"
#include "isa/program.h"
#include "runtime/device.h"

namespace godwit {

class GoldenDevice : public Device {
 public:
  /// `capacity` positions of the program's are used. Throws UserError for a program that golden cannot run.
  GoldenDevice(std::shared_ptr<const isa::Program> program, ThreadPool& pool, std::size_t capacity);

  std::span<const float> feed(std::span<const int> tokens, bool all) override;
  Prediction predict(std::span<const int> tokens) override;
  std::vector<int> continue_greedily(std::span<const int> tokens, std::size_t count,
                                     std::span<const int> stops) override;
  [[nodiscard]] std::size_t position() const override { return position_; }
  void rollback(std::size_t position) override;
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }
  [[nodiscard]] std::size_t usual_feed() const override;
  [[nodiscard]] std::uint64_t saturations() const override { return saturations_; }
  [[nodiscard]] const isa::Program* program() const override { return program_.get(); }

  /// The machine after the last call: for looking into its memories.
  [[nodiscard]] const golden::Machine& machine() const { return machine_; }

 protected:
  /// All that the host does to the machine, for a device that does the same to another: bytes into channel 0, a run.
  virtual void write(std::uint64_t address, std::span<const std::byte> bytes);
  virtual void start(const golden::HostRegisters& host);

 private:
  void check(std::span<const int> tokens) const;
  void write_ids(std::span<const int> tokens);
  void feed_quietly(std::span<const int> tokens);
  void spill(std::span<const int> tokens, std::span<float> logits);
  [[nodiscard]] int read_id(std::size_t position) const;

  std::shared_ptr<const isa::Program> program_;
  golden::Machine machine_;
  std::size_t capacity_;
  std::size_t position_ = 0;
  std::uint64_t saturations_ = 0;
  std::vector<float> logits_;
  std::vector<Candidate> best_;
};

}  // namespace godwit
