// The Python module godwit._core. What Python sees is described in python/godwit/_core.pyi.

#include <pybind11/stl.h>

#include "base/error.h"
#include "binding.h"
#include "isa/card.h"

namespace godwit::python {
namespace {

/// UserError as godwit.Error, with its four parts.
void translate(std::exception_ptr thrown) {  // NOLINT(performance-unnecessary-value-param): as it is called
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const UserError& error) {
    const Complaint& c = error.complaint();
    const py::object type = py::module_::import("godwit._error").attr("Error");
    py::set_error(type, type(c.what, c.where, c.expected, c.remedy));
  }
}

}  // namespace
}  // namespace godwit::python

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ of godwit: golden, the compiler and the simulator. Import godwit instead.";
  module.attr("__version__") = GODWIT_VERSION;
  pybind11::register_exception_translator(&godwit::python::translate);
  module.def("cards", &godwit::isa::card_names, "Names of the machines that can be compiled for, sorted.");
  godwit::python::bind_models(module);
  godwit::python::bind_programs(module);
  godwit::python::bind_devices(module);
}
