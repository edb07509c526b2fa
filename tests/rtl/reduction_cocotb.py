"""The reduction node against whole numbers: another set of sums every cycle, corners among them, and the totals of the cycle after."""
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, Timer

ROWS = 8
SUM_BITS = 48
GROUP_MOST = 128 * 127 * 128  # 128 inputs, the largest code, the largest digit
INPUTS_MOST = 128 * 128
CORNERS = (0.0, 1.0, -1.0)


def draw(source: random.Random, most: int, least: int | None = None) -> int:
    low = -most if least is None else least
    return max(low, int(source.choice(CORNERS) * most)) if source.random() < 0.3 else source.randint(low, most)


def wrapped(value: int) -> int:
    return (value + (1 << SUM_BITS - 1)) % (1 << SUM_BITS) - (1 << SUM_BITS - 1)


def packed(values: list[int], bits: int) -> int:
    return sum((value & (1 << bits) - 1) << bits * r for r, value in enumerate(values))


def unpacked(word: int) -> list[int]:
    return [wrapped(word >> SUM_BITS * r & (1 << SUM_BITS) - 1) for r in range(ROWS)]


@cocotb.test()
async def totals(dut) -> None:
    source = random.Random(7)
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    for job in range(60):
        two_digits, groups = job & 1, job >> 1 & 1
        dut.two_digits_i.value = two_digits
        sums = None  # of the cycle before: even, odd
        for _ in range(50):
            hi, lo = ([draw(source, GROUP_MOST) for _ in range(ROWS)] for _ in range(2))
            steps, offsets = [draw(source, 511, 0) for _ in range(ROWS)], [draw(source, 1023, -1024) for _ in range(ROWS)]
            if not groups:
                steps, offsets = [1] * ROWS, [0] * ROWS
            inputs_hi = draw(source, 127 * 128 if two_digits else INPUTS_MOST - 1)  # a high digit of -128 has no negative one beside it
            inputs_lo = draw(source, INPUTS_MOST - 1, -INPUTS_MOST)
            before = [[draw(source, (1 << SUM_BITS - 1) - 1) for _ in range(ROWS)] for _ in range(2)]
            first, odd = source.random() < 0.3, bool(two_digits) and source.random() < 0.5
            await FallingEdge(dut.clk_i)
            dut.hi_i.value, dut.lo_i.value = packed(hi, 22), packed(lo, 22)
            dut.inputs_hi_i.value, dut.inputs_lo_i.value = inputs_hi, inputs_lo
            dut.group_i.value = packed([(offset & 0x7FF) << 9 | step for step, offset in zip(steps, offsets, strict=True)], 20)
            dut.first_i.value, dut.odd_i.value = first, odd
            dut.total_even_i.value, dut.total_odd_i.value = packed(before[0], SUM_BITS), packed(before[1], SUM_BITS)
            if sums is not None:
                await Timer(1, unit="ns")
                even, late = unpacked(int(dut.total_even_o.value)), unpacked(int(dut.total_odd_o.value))
                for r in range(ROWS):
                    base = [0 if first else before[b][r] for b in range(2)]
                    assert odd or even[r] == wrapped(base[0] + sums[0][r]), (job, r)
                    assert (two_digits and not odd) or late[r] == wrapped(base[1] + sums[0 if two_digits else 1][r]), (job, r)
            codes = [(h << 7) + l if two_digits else h for h, l in zip(hi, lo, strict=True)]
            inputs = (inputs_hi << 7) + inputs_lo if two_digits else inputs_hi
            sums = ([s * c + o * inputs for s, c, o in zip(steps, codes, offsets, strict=True)],
                    [s * c + o * inputs_lo for s, c, o in zip(steps, lo, offsets, strict=True)])
