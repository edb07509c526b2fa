// godwit.Program: what is in it, what a token costs it, how a card would run it.

#include <fmt/core.h>
#include <pybind11/stl.h>

#include "base/error.h"
#include "binding.h"
#include "compiler/profile.h"
#include "compiler/traffic.h"
#include "isa/disassembler.h"
#include "isa/program_file.h"
#include "isa/sizes.h"
#include "model/description.h"
#include "runtime/simulation.h"

namespace godwit::python {
namespace {

const isa::Program& program_of(const BoundProgram& self) {
  return *self.opened.program;
}

std::shared_ptr<BoundProgram> open_program(const std::string& path) {
  OpenModel opened;
  {
    const py::gil_scoped_release others;
    opened = open_model(path);
  }
  if (opened.program == nullptr) {
    throw UserError({.what = "this is a checkpoint, not an artefact",
                     .where = path,
                     .expected = "a .godwit file",
                     .remedy = "load it with load, and compile that"});
  }
  DigitReport digits = report_digits(*opened.program);
  return std::make_shared<BoundProgram>(BoundProgram{std::move(opened), "", std::move(digits)});
}

void save(const BoundProgram& self, const std::string& path) {
  if (self.source.empty()) {
    throw UserError({.what = "this program was read from a file already",
                     .where = self.opened.name,
                     .expected = "one that was compiled here",
                     .remedy = "copy the file"});
  }
  const isa::Program& program = program_of(self);
  Record provenance;
  provenance.set("made_by", "godwit " GODWIT_VERSION).set("model", self.source).set("card", program.card.name);
  provenance.set("positions", program.positions);
  Description texts = describe_model(self.source, *self.opened.model);
  texts[provenance_text] = provenance.text();
  const py::gil_scoped_release others;
  isa::write_program_file(path, program, texts);
}

std::string disassembly(const BoundProgram& self) {
  const isa::Program& program = program_of(self);
  return isa::disassemble({program.instructions, program.descriptors});
}

/// `context`, or all of the program's where it is nothing.
std::uint32_t checked_context(const isa::Program& program, std::optional<std::int64_t> context) {
  if (!context) return program.positions;
  require(*context >= 1 && *context <= program.positions, "a context is 1 to the program's positions");
  return static_cast<std::uint32_t>(*context);
}

py::dict traffic(const BoundProgram& self, std::optional<std::int64_t> context) {
  const isa::Program& program = program_of(self);
  const compiler::Traffic t = compiler::traffic_per_token(program, checked_context(program, context));
  py::dict out;
  out["weights"] = t.weights;
  out["kv_read"] = t.kv_read;
  out["kv_write"] = t.kv_write;
  out["vectors"] = t.vectors;
  out["activations"] = t.activations;
  out["instructions"] = t.instructions;
  out["logits"] = t.logits;
  return out;
}

py::dict profile(const BoundProgram& self, std::optional<std::int64_t> context) {
  const isa::Program& program = program_of(self);
  const compiler::DecodeProfile p = compiler::profile_decode(program, checked_context(program, context));
  py::dict executed;
  for (const auto& [name, count] : p.executed) executed[py::str(name)] = count;
  py::dict out;
  out["executed"] = executed;
  out["instructions"] = p.instructions;
  out["matrix_macs"] = p.matrix_macs;
  out["attention_macs"] = p.attention_macs;
  out["semaphores"] = p.semaphores;
  return out;
}

/// Name, scheme and digits of each matrix.
py::list matrices(const BoundProgram& self) {
  py::list out;
  for (const isa::MatrixNote& note : program_of(self).matrices) {
    py::dict one;
    one["name"] = note.name;
    one["scheme"] = note.scheme;
    for (const MatrixDigits& digits : self.digits.matrices) {
      if (digits.layer != note.name) continue;
      one["digits"] = digits.digits;
      if (digits.error) one["error"] = *digits.error;
      if (digits.divergence) one["divergence"] = *digits.divergence;
    }
    out.append(one);
  }
  return out;
}

std::uint64_t image_bytes(const BoundProgram& self) {
  std::uint64_t sum = 0;
  for (const isa::Segment& segment : program_of(self).segments) sum += segment.bytes.size();
  return sum;
}

py::dict simulated(const BoundProgram& self, std::int64_t prompt, std::int64_t generate, std::int64_t points,
                   bool oversize, int threads) {
  const auto positions = static_cast<std::int64_t>(program_of(self).positions);
  require(prompt >= 1 && prompt <= positions && generate >= 1 && generate <= positions,
          "prompt and generate are 1 to the program's positions");
  require(points >= 2, "at least two decode steps are simulated");
  Record record;
  {
    const py::gil_scoped_release others;
    ThreadPool pool(threads);
    record = record_of(simulate(program_of(self),
                                {.prompt = static_cast<std::uint32_t>(prompt),
                                 .generate = static_cast<std::uint32_t>(generate),
                                 .points = static_cast<std::size_t>(points),
                                 .oversize = oversize},
                                pool));
  }
  return dict_of(record);
}

}  // namespace

void bind_programs(py::module_& module) {
  auto program =
      py::reinterpret_borrow<py::class_<BoundProgram, std::shared_ptr<BoundProgram>>>(module.attr("Program"));
  const auto number = [&](const char* name, auto get, const char* text) {
    program.def_property_readonly(name, [get](const BoundProgram& self) { return get(program_of(self)); }, text);
  };
  number("card", [](const isa::Program& p) { return p.card.name; }, "The card that it was compiled for.");
  number("positions", [](const isa::Program& p) { return p.positions; }, "Most positions: its context.");
  number("chunk", [](const isa::Program& p) { return p.chunk; }, "Most tokens of a prompt that go through together.");
  number(
      "instruction_bytes", [](const isa::Program& p) { return p.instructions.size() * isa::instruction_bytes; },
      "Bytes of its instructions, which serve every length.");
  program.def_property_readonly("image_bytes", &image_bytes,
                                "Bytes in the card's memory at the start; of a shape without its weights.");
  program.def_property_readonly("matrices", &matrices,
                                "A dict for each matrix: name, scheme, digits of its inputs and why.");
  program.def("disassemble", &disassembly, "Instructions and matrix descriptors as text that godwit asm reads.");
  program.def("traffic", &traffic, py::arg("context") = py::none(),
              "Bytes of one decoded token by kind, as it attends to so many positions (None: all).");
  program.def("profile", &profile, py::arg("context") = py::none(),
              "Instructions by name and multiply-accumulates of one decoded token.");
  program.def("save", &save, py::arg("path"), "Write a .godwit file, which needs no checkpoint beside it.");
  program.def(
      "device",
      [](const BoundProgram& self, const std::string& name, std::size_t context, int threads) {
        if (name == "fp32" || name == "rtl") {
          throw UserError({.what = fmt::format("'{}' cannot be had of a program here", name),
                           .where = self.opened.name,
                           .expected = "golden or cyclesim",
                           .remedy = name == "rtl" ? "the verilated machine is in the program: godwit run --device rtl"
                                                   : "call the model's reference()"});
        }
        return make_bound_device(self.opened, name, context, threads);
      },
      py::arg("name") = "golden", py::kw_only(), py::arg("context") = 0, py::arg("threads") = 0,
      "What runs it: 'golden', or 'cyclesim' (golden's values with simulated times).");
  program.def("simulate", &simulated, py::kw_only(), py::arg("prompt") = 128, py::arg("generate") = 128,
              py::arg("points") = 5, py::arg("oversize") = false, py::arg("threads") = 0,
              "A generation on the card's cycle model: the simulated figures that godwit simulate --json prints.");
  module.def("open_program", &open_program, py::arg("path"), "The program of a .godwit file.");
}

}  // namespace godwit::python
