/// The vector memory: banks of eight reals, neighbouring groups of eight in neighbouring banks. A port asks for `Banks` groups
/// from a multiple of 8 on, or for some of them; the first port goes first, a later one goes in the same cycle if it needs
/// other banks. A read answers two cycles after it was taken. Who writes what another reads is ordered by semaphores, not here.
`default_nettype none
module vector_memory
  import machine_pkg::*;
#(
    parameter int unsigned               Reals     = 65536,
    parameter int unsigned               Banks     = 1,      // a power of two: reals of a port / 8
    parameter int unsigned               Readers   = 3,
    parameter int unsigned               Writers   = 3,
    // ports that never have more than the first of their groups: their numbers are not turned
    parameter bit          [Readers-1:0] ReadsOne  = '0,
    parameter bit          [Writers-1:0] WritesOne = '0
) (
    input  wire                                           clk_i,
    input  wire                                           rst_ni,
    // reads
    input  wire       [Readers-1:0]                       read_valid_i,
    output logic      [Readers-1:0]                       read_ready_o,
    input  wire vec_t [Readers-1:0]                       read_address_i,   // a multiple of 8
    input  wire       [Readers-1:0][Banks-1:0]            read_groups_i,    // those wanted of eight reals each
    output logic      [Readers-1:0]                       answer_valid_o,
    output logic      [Readers-1:0][Banks-1:0][7:0][31:0] answer_o,
    // writes
    input  wire       [Writers-1:0]                       write_valid_i,
    output logic      [Writers-1:0]                       write_ready_o,
    input  wire vec_t [Writers-1:0]                       write_address_i,
    input  wire       [Writers-1:0][Banks-1:0][7:0]       write_strobe_i,
    input  wire       [Writers-1:0][Banks-1:0][7:0][31:0] write_data_i
);
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned Rows = Reals / (8 * Banks);
  localparam int unsigned RowBits = Rows > 1 ? $clog2(Rows) : 1;
  typedef logic [Banks-1:0] banks_t;
  typedef logic [RowBits-1:0] row_t;
  typedef logic [7:0][31:0] group_of_reals_t;

  // Group g of an access lies in bank (first + g) mod Banks; those past the last bank are a row further.
  function automatic int unsigned bank_of(input vec_t address, input int unsigned g);
    return (32'(address[23:3]) + g) % Banks;
  endfunction
  function automatic int unsigned group_of(input vec_t address, input int unsigned bank);
    return (bank - 32'(address[23:3])) % Banks;
  endfunction
  function automatic row_t row_of(input vec_t address, input int unsigned bank);
    return row_t'((32'(address[23:3]) + (Banks - 1 - bank)) >> BankBits);
  endfunction

  // ---- who has which bank ----
  logic [Banks-1:0] read_bank;
  row_t [Banks-1:0] read_row;
  always_comb begin
    banks_t taken, needed;
    taken = '0;
    read_row = '0;
    for (int unsigned p = 0; p < Readers; p++) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        automatic int unsigned g = group_of(read_address_i[p], b);
        needed[b] = ReadsOne[p] ? g == 0 && read_groups_i[p][0] : read_groups_i[p][g];
      end
      read_ready_o[p] = (needed & taken) == '0;
      if (read_valid_i[p] && read_ready_o[p]) begin
        taken |= needed;
        for (int unsigned b = 0; b < Banks; b++) begin
          if (needed[b]) read_row[b] = row_of(read_address_i[p], b);
        end
      end
    end
    read_bank = taken;
  end

  // What each port would write into each bank, whether it may or not: a choice of group, then one of port.
  logic [Writers-1:0][Banks-1:0][7:0] strobe;
  group_of_reals_t [Writers-1:0][Banks-1:0] data;
  for (genvar p = 0; p < Writers; p++) begin : gen_writer
    for (genvar b = 0; b < Banks; b++) begin : gen_bank
      if (WritesOne[p]) begin : gen_one
        assign strobe[p][b] = group_of(write_address_i[p], b) == 0 ? write_strobe_i[p][0] : '0;
        assign data[p][b]   = write_data_i[p][0];
      end else begin : gen_turned
        assign strobe[p][b] = write_strobe_i[p][group_of(write_address_i[p], b)];
        assign data[p][b]   = write_data_i[p][group_of(write_address_i[p], b)];
      end
    end
  end

  logic [Banks-1:0][7:0] write_bank;
  row_t [Banks-1:0] write_row;
  group_of_reals_t [Banks-1:0] write_data;
  always_comb begin
    banks_t taken, needed;
    taken = '0;
    write_bank = '0;
    for (int unsigned b = 0; b < Banks; b++) write_row[b] = row_of(write_address_i[0], b);
    write_data = data[0];
    for (int unsigned p = 0; p < Writers; p++) begin
      for (int unsigned b = 0; b < Banks; b++) needed[b] = |strobe[p][b];
      write_ready_o[p] = (needed & taken) == '0;
      if (write_valid_i[p] && write_ready_o[p]) begin
        taken |= needed;
        for (int unsigned b = 0; b < Banks; b++) begin
          if (needed[b]) begin
            write_bank[b] = strobe[p][b];
            write_row[b]  = row_of(write_address_i[p], b);
            write_data[b] = data[p][b];
          end
        end
      end
    end
  end

  // ---- the banks ----
  group_of_reals_t [Banks-1:0] read_data;
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    vector_bank #(
        .Rows(Rows)
    ) u_bank (
        .clk_i,
        .read_i(read_bank[b]),
        .read_row_i(read_row[b]),
        .read_data_o(read_data[b]),
        .write_i(write_bank[b]),
        .write_row_i(write_row[b]),
        .write_data_i(write_data[b])
    );
  end

  // ---- answers, in the order of the port's addresses ----
  logic [Readers-1:0] asked_q;
  vec_t [Readers-1:0] address_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned p = 0; p < Readers; p++) begin
      if (read_valid_i[p] && read_ready_o[p]) address_q[p] <= read_address_i[p];
      if (asked_q[p]) begin
        for (int unsigned g = 0; g < Banks; g++) begin
          answer_o[p][g] <= ReadsOne[p] && g != 0 ? '0 : read_data[bank_of(address_q[p], g)];
        end
      end
    end
    if (!rst_ni) begin
      asked_q <= '0;
      answer_valid_o <= '0;
    end else begin
      asked_q <= read_valid_i & read_ready_o;
      answer_valid_o <= asked_q;
    end
  end

  initial begin
    assert (Banks == 1 << BankBits && Reals == Rows * Banks * 8 && Rows == 1 << $clog2(Rows));
  end
`ifndef SYNTHESIS
  for (genvar p = 0; p < Readers; p++) begin : gen_read_check
    ReadsFromGroups :
    assert property (@(posedge clk_i) disable iff (!rst_ni) read_valid_i[p] |-> read_address_i[p][2:0] == 0);
    ReadsWhatItMay :
    assert property (@(posedge clk_i) disable iff (!rst_ni)
        read_valid_i[p] && ReadsOne[p] |-> read_groups_i[p] == Banks'(1));
  end
  for (genvar p = 0; p < Writers; p++) begin : gen_write_check
    WritesFromGroups :
    assert property (@(posedge clk_i) disable iff (!rst_ni) write_valid_i[p] |-> write_address_i[p][2:0] == 0);
    WritesWhatItMay :
    assert property (@(posedge clk_i) disable iff (!rst_ni)
        write_valid_i[p] && WritesOne[p] |-> (write_strobe_i[p] & ~(8 * Banks)'(8'hff)) == '0);
  end
`endif
endmodule
`default_nettype wire
