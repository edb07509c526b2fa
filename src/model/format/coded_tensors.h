#pragma once
// The coded matrices of a compressed checkpoint's safetensors file (docs/compression.md, "The file").

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/coded_matrix.h"
#include "model/config.h"
#include "model/format/safetensors_writer.h"
#include "model/format/stored_tensor.h"

namespace godwit {

/// The key of the file's metadata that lists them.
inline constexpr const char* coded_key = "godwit";

using CodedMatrices = std::map<std::string, std::shared_ptr<const CodedMatrix>>;  // by name: "h.0.attn.c_attn.weight"

/// Of the tensors in `index`, by the metadata's text at coded_key. Throws UserError for a list that cannot be read, a
/// matrix without its tensors, and whatever check_coded() refuses; `file` names the file in messages.
CodedMatrices read_coded(const TensorIndex& index, const std::string& list, const std::string& file);

/// The text for coded_key.
std::string coded_list(const CodedMatrices& matrices, const Transforms& transforms);

/// Transforms in what coded_list() wrote; none in a list that is older than they are.
Transforms read_transforms(const std::string& list, const std::string& file);

/// NAME.codes, NAME.scales, NAME.steps and NAME.offsets, those that there are.
void add_coded(const std::string& name, const std::shared_ptr<const CodedMatrix>& matrix,
               std::vector<TensorToWrite>& out);

}  // namespace godwit
