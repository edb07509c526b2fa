#pragma once
// Who hears how far a compression is: the command line draws it.

#include <cstddef>
#include <string>

namespace godwit::compress {

class Listener {
 public:
  virtual ~Listener() = default;
  /// A phase of `total` steps begins, perhaps within another.
  virtual void begin(const std::string& label, std::size_t total) = 0;
  virtual void step(std::size_t count) = 0;
  /// The phase that began last is over.
  virtual void end() = 0;
};

}  // namespace godwit::compress
