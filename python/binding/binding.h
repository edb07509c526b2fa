#pragma once
// What the parts of the Python module share.

#include <atomic>
#include <memory>
#include <pybind11/pybind11.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/thread_pool.h"
#include "runtime/choose_digits.h"
#include "runtime/device.h"
#include "runtime/open_model.h"

namespace godwit::python {

namespace py = pybind11;

/// A checkpoint, or a shape.
struct BoundModel {
  OpenModel opened;  // without a program
};

/// A program with what belongs to it: the description of its model, which has no weights where it comes from a file.
struct BoundProgram {
  OpenModel opened;    // with a program
  std::string source;  // the name of what it was compiled from; empty where it was read from a file
  DigitReport digits;
};

/// A device with the threads that it runs on. One caller at a time.
struct BoundDevice {
  std::string name;
  std::shared_ptr<const Model> model;
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Device> device;
  std::atomic<bool> busy = false;
};

/// While one of these lives, the device is its owner's alone: it computes without Python's lock, so that another thread
/// could ask for it meanwhile, and so could the function that hears the text of a generation.
class Claim {
 public:
  explicit Claim(BoundDevice& device) : device_(device) {
    if (device_.busy.exchange(true)) throw std::runtime_error("this device is at work already");
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { device_.busy = false; }

 private:
  BoundDevice& device_;
};

/// Python's ValueError unless `holds`.
inline void require(bool holds, const char* text) {
  if (!holds) throw py::value_error(text);
}

/// The record as a dict.
inline py::dict dict_of(const Record& record) {
  return py::module_::import("json").attr("loads")(record.text(-1)).cast<py::dict>();
}

/// The model's; UserError where it has none.
const Tokenizer& tokenizer_of(const Model& model);

std::shared_ptr<BoundDevice> make_bound_device(const OpenModel& opened, const std::string& name, std::size_t context,
                                               int threads);

void bind_models(py::module_& module);
void bind_programs(py::module_& module);
void bind_devices(py::module_& module);

}  // namespace godwit::python
