/// Types that the parts of the vector unit share. An instruction is one or more passes over vectors of reals; vectors are taken
/// in batches, and all vectors of a batch go through one pass before the next pass begins.
/* verilator lint_off UNUSEDPARAM */  // a package is there for all of its users
package sfu_pkg;

  import godwit_isa_pkg::*;

  localparam int unsigned Batch = 16;

  typedef logic [29:0] spot_t;  // in the vector or the activation memory, before it is known to lie there
  typedef logic [3:0] number_t;  // of a vector in its batch

  typedef enum logic [3:0] {
    PassSums,         // norm: sum and squares
    PassNormalise,
    PassLargest,      // quantise: magnitude
    PassCodes,
    PassMost,         // softmax: score, and exponent of the values' scales
    PassWeights,      // sum of the exponentials, largest weight
    PassWeightCodes,
    PassTurn,         // rope
    PassCombine
  } pass_e;

  function automatic pass_e pass_after(input pass_e pass);
    unique case (pass)
      PassSums: return PassNormalise;
      PassLargest: return PassCodes;
      PassMost: return PassWeights;
      default: return PassWeightCodes;
    endcase
  endfunction
  function automatic logic is_last(input pass_e pass);
    return pass inside {PassNormalise, PassCodes, PassWeightCodes, PassTurn, PassCombine};
  endfunction
  /// Gives words of activations.
  function automatic logic gives_codes(input pass_e pass);
    return pass inside {PassCodes, PassWeightCodes};
  endfunction
  /// Writes to the vector memory.
  function automatic logic writes(input pass_e pass);
    return pass inside {PassNormalise, PassTurn, PassCombine};
  endfunction
  /// Begins with something times a scale.
  function automatic logic scales_first(input pass_e pass);
    return pass inside {PassNormalise, PassWeights, PassWeightCodes};
  endfunction

  /// Where the vectors of an instruction lie: three loops, the inner one first, each with its steps in reals.
  typedef struct packed {
    pass_e       pass;          // the first
    logic        two_digits;
    logic        has_other;     // norm: the weights, rope: the angles, softmax: the scales of the values
    logic        has_bias;
    logic [7:0]  inner;         // times
    logic [4:0]  middle;
    logic [7:0]  outer;
    spot_t       at;            // first real
    spot_t       inner_step;
    spot_t       middle_step;
    spot_t       outer_step;
    spot_t       other;
    logic [19:0] other_inner;   // steps
    logic [19:0] other_middle;
    logic [19:0] other_outer;
    spot_t       bias;
    spot_t       to;            // what is written lies as far behind `at`
    spot_t       word;          // first word of activations
    logic [20:0] count;         // reals of a vector
    logic        grows;         // one more for each in the middle loop
    logic [16:0] words;         // of a vector
  } plan_t;

  typedef struct packed {
    spot_t       at;
    spot_t       other;
    spot_t       word;
    logic [20:0] count;
    logic        last;   // of the instruction
  } vector_t;

  /// What is read at once, as many reals as a port has.
  typedef struct packed {
    pass_e      pass;
    number_t    number;  // vector
    logic       first;   // of the vector
    logic       last;
    logic [6:0] count;   // reals that belong to it
    logic       odd;     // the second of two vectors that share words
    logic       alone;   // the first, without a second
    logic       half;    // which half of a word, where it is no more
    logic       fills;   // what is collected of words is complete with it
    spot_t      to;      // where it is written, or its first word; of reductions the vector's first word
  } row_t;

  typedef enum logic [1:0] {
    ReadVector,
    ReadOther,
    ReadBias
  } read_e;

  /// A part of a row in the lanes.
  typedef struct packed {
    logic       valid;
    row_t       row;
    logic [2:0] part;
    logic       last_part;
    logic       second;     // of two cycles that a turn takes
  } part_t;

  /// What came of a vector in a pass that gives no more than that.
  typedef struct packed {
    pass_e              pass;
    number_t            number;
    logic               alone;
    spot_t              word;
    logic [31:0]        most;     // magnitude, weight, or score with its sign flipped
    logic [7:0]         top;      // exponent with its sign flipped
    logic signed [45:0] added;
    logic [76:0]        squares;
  } total_t;

endpackage
/* verilator lint_on UNUSEDPARAM */
