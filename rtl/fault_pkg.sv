/// Seeded faults, chosen by number at run time in builds with GODWIT_FAULTS; the real machine has no such port. A number is
/// one mistake that a test must see; tests know them by number, so new ones come last.
package fault_pkg;

  typedef enum logic [7:0] {
    FaultNone,
    // slice
    FaultCode,        // a bit of one lane's code
    FaultIndex,       // a bit of one lane's input index
    FaultDigit,       // the carry between the two digits
    FaultGroup,       // the parameters of a neighbouring group
    FaultPlace,       // a group's first beat adds to the one before
    FaultRounding,    // ties go up, not to the even one
    FaultKeyScale,    // a key's scale is its value's
    FaultKeyFill,     // what fills a key block row up is not skipped
    FaultWalk,        // the activations do not begin anew with the first head
    FaultValueScale,  // the packet of the values' scales is sent as one of reals
    // mpe_unit, gather
    FaultFairness,    // the highest slice is never asked
    FaultPadding,     // rows of padding are written
    FaultHeadStride,  // heads lie one block row too near
    FaultToken,       // the second token's place is the first one's
    FaultOther,       // the second operand is the neighbour's
    FaultRamp,        // an activation forgets negative numbers' sign
    FaultOpenPart,    // the open part begins one block row late
    // best_logits
    FaultTie,         // of equal logits the higher token is better
    FaultLastCell,    // what equals the last cell's logit is dropped
    FaultOldPower,    // an old power of two is added to, not overwritten
    FaultTop,         // the powers of two are counted from one too high
    // sfu
    FaultTurnSign,    // a turn adds where it should take away
    FaultPairScale,   // two vectors that share words have each other's scale
    FaultDigitSum,    // a word's sum lacks its last input
    FaultStrobe,      // rows are written to their full width
    FaultAllowed,     // a token sees one position too many
    FaultReady,       // a pass does not wait for what the one before finds out
    // port
    FaultBorder,      // a burst does not end at a border of 4 KB
    FaultCredit,      // a word that is taken while a burst is asked for gives no room back
    FaultGranule,     // a side read begins with its word's first granule
    // store_unit
    FaultHeader,      // the bytes of a scale in the second granule are not written
    FaultValueRow,    // the values of every head lie where the first one's do
    // load_unit
    FaultRowScale,    // all rows have the first one's scale
    FaultId,          // of two neighbouring tokens both have the first one's row
    // semaphores, control
    FaultWait,        // the second semaphore is not waited for
    FaultRaise,       // two that are raised at once count as one
    FaultRounds,      // a loop runs once too often
    FaultNegative,    // a negative stride counts as positive
    // sampler, stream_unit
    FaultStopToken,   // the last of the stop tokens is not looked at
    FaultLayer        // all layers have the first one's values
  } fault_e;

endpackage
