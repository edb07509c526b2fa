#pragma once
// From the machine's matrix to the Linears of the model: each gets its own codes, its rows in the checkpoint's order.

#include <memory>
#include <string>
#include <vector>

#include "compress/quantised_matrix.h"
#include "compress/row_order.h"
#include "model/coded_matrix.h"

namespace godwit::compress {

struct CodedPart {
  std::size_t layer = 0;  // of the model
  std::shared_ptr<const CodedMatrix> matrix;
};

/// `coded` has the rows of `matrix` in its order. `pattern` names what it was pruned by; empty where it is dense.
std::vector<CodedPart> coded_parts(const Model& model, const MachineMatrix& matrix, const QuantisedMatrix& coded,
                                   const std::string& pattern);

/// The model with these Linears' weights coded.
Model with_codes(const Model& model, const std::vector<CodedPart>& parts);

}  // namespace godwit::compress
