#include "compiler/order_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <fmt/core.h>
#include <variant>
#include <vector>

#include "base/random.h"
#include "compiler/accesses.h"
#include "compiler/listing.h"
#include "compiler/rewrite.h"
#include "isa/disassembler.h"

namespace godwit::compiler {
namespace {

constexpr std::size_t units = isa::unit_names.size();

enum class State : std::uint8_t { waiting, running, ended };

struct Execution {
  std::size_t code = 0;
  isa::Unit unit = isa::Unit::control;
  State state = State::waiting;
  std::vector<std::size_t> clashes;  // earlier ones of other units that touch the same
  std::ptrdiff_t stream = -1;        // of the MPE: what it reads
};

class Play {
 public:
  Play(const isa::Program& program, const OrderCheck& check)
      : queue_(check.queue), random_(check.seed), code_(instructions_of(program)) {
    trace(program, descriptors_of(program), check.start);
    // Some units much faster than others, differently each time.
    for (double& speed : speeds_) speed = std::exp2(-8 * random_.uniform());
  }

  std::optional<std::string> run() {
    while (true) {
      const std::optional<std::size_t> unit = choose();
      if (!unit) break;
      if (auto wrong = go_on(*unit)) return wrong;
    }
    if (const auto stuck = std::ranges::find_if(all_, [](const Execution& e) { return e.state != State::ended; });
        stuck != all_.end()) {
      return fmt::format("nothing goes on at {}", name(static_cast<std::size_t>(stuck - all_.begin())));
    }
    for (std::size_t s = 0; s < counts_.size(); ++s) {
      if (counts_[s] != 0) return fmt::format("semaphore {} is at {} at the end", s, counts_[s]);
    }
    return std::nullopt;
  }

 private:
  void trace(const isa::Program& program, const std::vector<isa::Descriptor>& descriptors, const WalkStart& start) {
    std::vector<std::vector<Access>> touched;
    std::ptrdiff_t stream = -1;
    walk(code_, start, [&](std::size_t at, const Registers& registers) {
      Execution e{.code = at, .unit = unit_of(code_[at]), .clashes = {}};
      if (e.unit == isa::Unit::stream) stream = std::ssize(all_);
      if (e.unit == isa::Unit::mpe) e.stream = stream;
      std::vector<Access> own = accesses(code_[at], registers, program.cache, descriptors);
      for (std::size_t i = 0; i < all_.size() && !own.empty(); ++i) {
        if (all_[i].unit == e.unit) continue;
        const bool clash = std::ranges::any_of(own, [&](const Access& a) {
          return std::ranges::any_of(touched[i], [&](const Access& b) { return conflict(a, b); });
        });
        if (clash) e.clashes.push_back(i);
      }
      all_.push_back(std::move(e));
      touched.push_back(std::move(own));
    });
  }

  // ---- who can do something, and who does

  std::optional<std::size_t> choose() {
    double sum = 0;
    std::array<double, units> shares{};
    for (std::size_t u = 0; u < units; ++u) {
      if (can_go_on(u)) shares[u] = speeds_[u];
      sum += shares[u];
    }
    if (sum == 0) return std::nullopt;
    double left = random_.uniform() * sum;
    std::size_t last = 0;
    for (std::size_t u = 0; u < units; ++u) {
      if (shares[u] == 0) continue;
      last = u;
      left -= shares[u];
      if (left < 0) break;
    }
    return last;
  }

  bool can_go_on(std::size_t unit) {
    if (unit == 0) return control_can_go_on();
    if (queues_[unit].empty()) return false;
    const Execution& head = all_[queues_[unit].front()];
    if (head.state == State::waiting) return has_semaphores(head);
    return head.stream < 0 || all_[static_cast<std::size_t>(head.stream)].state == State::ended;
  }

  bool control_can_go_on() {
    if (next_ == all_.size()) return false;
    const Execution& e = all_[next_];
    if (e.unit != isa::Unit::control) return queues_[static_cast<std::size_t>(e.unit)].size() < queue_;
    if (std::holds_alternative<isa::op::End>(code_[e.code]) || std::holds_alternative<isa::op::Sample>(code_[e.code])) {
      // `sample` waits for the head alone, which is always the last product before it.
      const bool all_units = std::holds_alternative<isa::op::End>(code_[e.code]);
      for (std::size_t u = 1; u < units; ++u) {
        if ((all_units || u == static_cast<std::size_t>(isa::Unit::mpe)) && !queues_[u].empty()) return false;
      }
    }
    return has_semaphores(e);
  }

  std::optional<std::string> go_on(std::size_t unit) {
    if (unit == 0) {
      Execution& e = all_[next_];
      if (e.unit == isa::Unit::control) {
        take(e);
        end(e);
      } else {
        queues_[static_cast<std::size_t>(e.unit)].push_back(next_);
      }
      ++next_;
      return std::nullopt;
    }
    const std::size_t number = queues_[unit].front();
    Execution& e = all_[number];
    if (e.state == State::running) {
      end(e);
      queues_[unit].pop_front();
      return std::nullopt;
    }
    take(e);
    e.state = State::running;
    for (const std::size_t other : e.clashes) {
      if (all_[other].state != State::ended) {
        return fmt::format("{} starts before the end of {}", name(number), name(other));
      }
    }
    return std::nullopt;
  }

  // ---- semaphores

  bool has_semaphores(const Execution& e) {
    std::array<int, isa::semaphores> left = counts_;
    for (const std::uint32_t* wait : semaphores_of(code_[e.code]).wait) {
      if (*wait != isa::no_semaphore && --left[*wait] < 0) return false;
    }
    return true;
  }
  void take(const Execution& e) {
    for (const std::uint32_t* wait : semaphores_of(code_[e.code]).wait) {
      if (*wait != isa::no_semaphore) --counts_[*wait];
    }
  }
  void end(Execution& e) {
    e.state = State::ended;
    for (const std::uint32_t* signal : semaphores_of(code_[e.code]).signal) {
      if (*signal != isa::no_semaphore) ++counts_[*signal];
    }
  }

  [[nodiscard]] std::string name(std::size_t number) const {
    return fmt::format("step {}, instruction {} ({})", number, all_[number].code,
                       isa::text_of(code_[all_[number].code]));
  }

  std::size_t queue_;
  Random random_;
  std::array<double, units> speeds_{};
  std::vector<isa::Instruction> code_;
  std::vector<Execution> all_;
  std::array<std::deque<std::size_t>, units> queues_;  // the first may be running
  std::size_t next_ = 0;                               // that control comes to
  std::array<int, isa::semaphores> counts_{};
};

}  // namespace

std::optional<std::string> check_order(const isa::Program& program, const OrderCheck& check) {
  return Play(program, check).run();
}

}  // namespace godwit::compiler
