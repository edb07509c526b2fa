#pragma once
// What a checkpoint says about its architecture, in one form for every family. Read from config.json or from GGUF
// metadata; the graph is built from it.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace godwit {

enum class Architecture { gpt2, llama, opt };
enum class Activation { gelu_tanh, gelu_erf, relu, silu };

/// How rotary angles are stretched for long contexts (the names are those of Hugging Face's `rope_type`).
struct RopeScaling {
  enum class Kind { none, linear, dynamic, yarn, llama3, longrope };
  Kind kind = Kind::none;
  double factor = 1;
  std::size_t original_context = 0;  // positions the model was first trained on
  // llama3
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  // yarn
  double beta_fast = 32;
  double beta_slow = 1;
  std::optional<double> attention_factor;  // multiplies cos and sin; else derived from `factor`
  double mscale = 0;
  double mscale_all_dim = 0;
  bool truncate = true;
  // longrope: one factor a frequency
  std::vector<double> short_factors;
  std::vector<double> long_factors;
};

/// What was done to the weights before they were coded. It changes no result in exact arithmetic.
struct Transforms {
  std::optional<std::size_t> rotation_seed;  // residual stream and value heads turned (compress/rotate.h)
  std::optional<double> smoothing;           // inputs evened out, by this strength (compress/smooth.h)
};

struct ModelConfig {
  Architecture architecture = Architecture::gpt2;
  std::string name;  // for people: the folder's or file's name, or the shape's
  std::size_t layers = 0;
  std::size_t hidden = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  std::size_t head_dim = 0;
  std::size_t intermediate = 0;  // width of the MLP
  std::size_t vocabulary = 0;
  std::size_t context = 0;  // most positions
  double norm_epsilon = 1e-5;
  Activation activation = Activation::gelu_tanh;
  bool tied_head = true;        // the head is the embedding matrix
  double attention_scale = 0;   // multiplies q.k; 1/sqrt(head_dim) unless the checkpoint says otherwise
  bool scale_by_layer = false;  // GPT-2: divide scores by the layer's number, too
  bool attention_bias = false;  // LLaMA: biases on q, k, v and o; OPT: on every matrix
  bool mlp_bias = false;        // LLaMA: biases on gate, up and down
  // rotary embedding (LLaMA)
  double rope_theta = 10000;
  RopeScaling rope_scaling;
  std::size_t rope_dim = 0;       // dimensions of a head that turn; head_dim unless the checkpoint says otherwise
  bool rope_interleaved = false;  // pairs are (2i, 2i+1) as in GGUF, not (i, i + d/2) as in Hugging Face
  // OPT
  bool norm_first = true;           // false: norms after the residual sum (OPT-350M)
  std::size_t embedding_dim = 0;    // width of the token embedding; hidden unless projected (OPT-350M)
  std::size_t position_offset = 0;  // OPT's learned positions start at row 2
  bool final_norm = true;
  bool norm_affine = true;  // false: norms without weights and biases
  // what a transform made of a checkpoint of these families
  bool rms_norms = false;  // GPT-2, OPT: RMS norms without biases in place of layer norms
  bool head_bias = false;  // of a head that is not tied
  Transforms transforms;
  // tokens
  std::vector<int> end_tokens;  // generation stops at any of them
  std::optional<int> begin_token;
};

}  // namespace godwit
