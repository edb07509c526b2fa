#pragma once
// A verilated module that a test drives by hand: its clock, its reset, and the moment between them.

#include <array>
#include <cstdint>
#include <memory>
#include <verilated.h>

namespace godwit::cosim {

/// Top is what Verilator made of a bench: it has clk_i and, where reset() is used, rst_ni. Inputs are set before low();
/// what they lead to in this cycle is read after it; high() ends the cycle.
template <class Top>
class Bench {
 public:
  Top* operator->() { return top_.get(); }
  Top& operator*() { return *top_; }

  void low() {
    top_->clk_i = 0;
    top_->eval();
  }
  void high() {
    top_->clk_i = 1;
    top_->eval();
    ++cycles_;
  }
  void clock() {
    low();
    high();
  }
  void reset() {
    top_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) clock();
    top_->rst_ni = 1;
  }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }  // since it was made

  VerilatedContext& context() { return *context_; }
  /// Assertions of the RTL that fail are counted instead of ending the program.
  void survive_assertions() { context_->fatalOnError(false); }
  [[nodiscard]] bool assertion_failed() const { return context_->gotError(); }

 private:
  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<Top> top_ = std::make_unique<Top>(context_.get());
  std::uint64_t cycles_ = 0;
};

}  // namespace godwit::cosim
