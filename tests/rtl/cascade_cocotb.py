"""A part's cascade against plain sums of products: another set of lanes every cycle, corners among them."""
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

LENGTH = 8
LATENCY = LENGTH + 3
CORNERS = (-128, -127, -1, 0, 1, 127)


def lanes(source: random.Random) -> list[tuple[int, int, int]]:
    """Code (never -128), hi and lo digit of each lane."""
    corner = source.random() < 0.5

    def number(least: int) -> int:
        return max(least, source.choice(CORNERS)) if corner else source.randint(least, 127)

    return [(number(-127), number(-128), number(-128)) for _ in range(LENGTH)]


@cocotb.test()
async def sums(dut) -> None:
    source = random.Random(5)
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    # The most that a field can hold, of either sign, then anything.
    sets = [[(127, -128, -128)] * LENGTH, [(-127, -128, -128)] * LENGTH, [(127, -128, 127)] * LENGTH]
    sets += [lanes(source) for _ in range(3000)]
    for cycle in range(len(sets) + LATENCY):
        now = sets[min(cycle, len(sets) - 1)]
        dut.code_i.value = sum((code & 0xFF) << 8 * l for l, (code, _, _) in enumerate(now))
        dut.digits_i.value = sum(((hi & 0xFF) << 8 | lo & 0xFF) << 16 * l for l, (_, hi, lo) in enumerate(now))
        await RisingEdge(dut.clk_i)
        if cycle >= LATENCY:
            then = sets[cycle - LATENCY]
            assert dut.hi_o.value.to_signed() == sum(code * hi for code, hi, _ in then), cycle
            assert dut.lo_o.value.to_signed() == sum(code * lo for code, _, lo in then), cycle
