#include "cyclesim/trace.h"

#include <fmt/core.h>
#include <ostream>
#include <string>

#include "base/error.h"
#include "isa/codec.h"

namespace godwit::cyclesim {
namespace {

std::string name_of(const isa::Program& program, std::uint32_t number) {
  const isa::Layout* layout =
      isa::layout_of_opcode(static_cast<std::uint8_t>(program.instructions.at(number)[0] & 0xffU));
  ensure(layout != nullptr, "an instruction that the machine executed");
  return std::string(layout->name);
}

}  // namespace

void write_trace(std::ostream& out, const isa::Program& program, const RunRecord& record) {
  const double us = 1 / program.card.frequency_mhz;  // a cycle
  out << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  for (std::size_t unit = 0; unit < unit_count; ++unit) {
    out << fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":"{}"}}}},)"
                       "\n",
                       unit, isa::unit_names[unit]);
  }
  out << fmt::format(R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":"{}"}}}})", program.card.name);
  for (const Span& span : record.spans) {
    out << fmt::format(
        ",\n"
        R"({{"ph":"X","pid":1,"tid":{},"name":"{}","ts":{:.4f},"dur":{:.4f},"args":{{"instruction":{},"sent":{},"begin":{},"end":{}}}}})",
        static_cast<int>(span.unit), name_of(program, span.instruction), static_cast<double>(span.begin) * us,
        static_cast<double>(span.end - span.begin) * us, span.instruction, span.sent, span.begin, span.end);
  }
  out << "\n]}\n";
}

}  // namespace godwit::cyclesim
