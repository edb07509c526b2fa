/// Matrix descriptors by number: eight entries, direct mapped, filled from memory on demand. Stream and MPE ask for the same
/// one a little after each other.
`default_nettype none
module descriptor_cache
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Entries = 8
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,
    input  wire                       clear_i,
    input  wire byte_address_t        base_i,          // of descriptor 0, in channel 0; a multiple of 16
    input  wire                       request_i,       // stands with its number until the hit
    input  wire                [23:0] number_i,
    output logic                      hit_o,
    output descriptor_t               descriptor_o,
    output side_read_t                read_o,
    output logic                      read_valid_o,
    input  wire                       read_ready_i,
    input  wire granule_t             granule_i,
    input  wire                       granule_valid_i
);
  localparam int unsigned IndexBits = $clog2(Entries);
  typedef logic [IndexBits-1:0] index_t;

  descriptor_t entry_q[Entries];
  logic [23-IndexBits:0] tag_q[Entries];
  logic [Entries-1:0] valid_q;
  index_t index;
  logic asked_q, half_q;
  granule_t low_q;

  assign index = index_t'(number_i);
  assign hit_o = request_i && valid_q[index] && tag_q[index] == number_i[23:IndexBits];
  assign descriptor_o = entry_q[index];
  assign read_valid_o = request_i && !hit_o && !asked_q;
  assign read_o = '{channel: '0, address: base_i + (byte_address_t'(number_i) << 5), granules: 12'd2};

  always_ff @(posedge clk_i) begin
    if (granule_valid_i) begin
      low_q <= granule_i;
      if (half_q) begin
        entry_q[index] <= {granule_i, low_q};
        tag_q[index]   <= number_i[23:IndexBits];
      end
    end
    if (!rst_ni) begin
      valid_q <= '0;
      asked_q <= 1'b0;
      half_q  <= 1'b0;
    end else begin
      if (read_valid_o && read_ready_i) asked_q <= 1'b1;
      if (granule_valid_i) begin
        half_q <= !half_q;
        if (half_q) begin
          asked_q <= 1'b0;
          valid_q[index] <= 1'b1;
        end
      end
      if (clear_i) valid_q <= '0;
    end
  end
endmodule
`default_nettype wire
