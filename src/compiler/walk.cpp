#include "compiler/walk.h"

#include <algorithm>
#include <variant>

#include "base/error.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

class Walker {
 public:
  Walker(const WalkStart& start) : more_(start.more) {
    registers_[1] = start.position;
    registers_[2] = start.tokens;
    registers_[3] = start.spill ? 1 : 0;
  }

  void run(const std::vector<isa::Instruction>& code, const std::function<void(std::size_t, const Registers&)>& visit) {
    while (!ended_) {
      ensure(at_ < code.size(), "a program ends with `end`");
      visit(at_, registers_);
      next_ = at_ + 1;
      std::visit(*this, code[at_]);
      registers_[0] = 0;
      at_ = next_;
      while (!loops_.empty() && at_ == loops_.back().end) {
        if (--loops_.back().left == 0) {
          loops_.pop_back();
        } else {
          at_ = loops_.back().begin;
        }
      }
    }
  }

  void operator()(const op::Set& i) {
    registers_[i.rd] =
        static_cast<std::uint32_t>(i.value) + registers_[i.value_reg] * static_cast<std::uint32_t>(i.value_stride);
  }
  void operator()(const op::Add& i) {
    const std::uint32_t second = registers_[i.second];
    registers_[i.rd] = registers_[i.rs] + (i.subtract ? 0U - second : second);
  }
  void operator()(const op::Least& i) {
    registers_[i.rd] = std::min(registers_[i.rs], static_cast<std::uint32_t>(i.limit));
  }
  void operator()(const op::Loop& i) {
    const std::uint32_t count = i.count + registers_[i.count_reg] * static_cast<std::uint32_t>(i.count_stride);
    if (count == 0) {
      next_ += i.body;
    } else {
      loops_.push_back({.begin = next_, .end = next_ + i.body, .left = count});
    }
  }
  void operator()(const op::Branch& i) {
    const bool zero = registers_[i.rs] == 0;
    if (zero == (i.condition == isa::Condition::zero)) {
      next_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at_) + i.distance);
    }
  }
  void operator()(const op::Sample& i) {
    registers_[i.rd] = more_ > 0 ? 1 : 0;
    if (more_ > 0) --more_;
  }
  void operator()(const op::End& /*end*/) { ended_ = true; }
  template <class Other>
  void operator()(const Other& /*other*/) {}

 private:
  struct Round {
    std::size_t begin;
    std::size_t end;
    std::uint32_t left;
  };
  Registers registers_{};
  std::uint32_t more_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool ended_ = false;
  std::vector<Round> loops_;
};

}  // namespace

void walk(const std::vector<isa::Instruction>& code, const WalkStart& start,
          const std::function<void(std::size_t, const Registers&)>& visit) {
  Walker(start).run(code, visit);
}

}  // namespace godwit::compiler
