"""The registers of the Vitis kernel, those of the machine behind them, against cocotbext-axi's AXI4-Lite master: interrupts as
UG1393 has them, channels' bases, pauses, a reset in mid-flight; nothing of the one block shows in the other."""
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp

from contract import REGISTERS

CONTROL, GLOBAL, ENABLE, STATUS, BASE = 0x0, 0x4, 0x8, 0xC, 0x100
START, DONE, IDLE, READY = 1, 2, 4, 8
CHANNELS = 3
TOKENS = next(r.address for r in REGISTERS if r.name == "tokens")


class Bench:
    def __init__(self, dut, seed: int, pauses: float = 0.0):
        self.dut = dut
        self.random = random.Random(seed)
        self.pauses = pauses
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "axil"), dut.clk, dut.rst_n, reset_active_level=False)

    def pause(self):
        while True:
            yield self.random.random() < self.pauses

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk)

    async def start(self) -> None:
        self.dut.done.value = 0
        cocotb.start_soon(Clock(self.dut.clk, 10, "ns").start())
        await self.reset()
        if self.pauses:
            for channel in (self.master.read_if.ar_channel, self.master.read_if.r_channel, self.master.write_if.aw_channel,
                            self.master.write_if.w_channel, self.master.write_if.b_channel):
                channel.set_pause_generator(self.pause())

    async def reset(self) -> None:
        self.dut.rst_n.value = 0
        await self.cycles(4)
        self.dut.rst_n.value = 1
        await self.cycles(1)

    async def read(self, address: int) -> int:
        answer = await with_timeout(self.master.read(address, 4), 20, "us")
        assert answer.resp == AxiResp.OKAY
        return int.from_bytes(answer.data, "little")

    async def write(self, address: int, value: int, count: int = 4) -> None:
        answer = await with_timeout(self.master.write(address, value.to_bytes(count, "little")), 20, "us")
        assert answer.resp == AxiResp.OKAY

    async def run(self) -> None:
        """A run of the machine, as short as it can be."""
        await self.write(CONTROL, START)
        assert await self.read(CONTROL) & START
        self.dut.done.value = 1
        await self.cycles(1)
        self.dut.done.value = 0
        await self.cycles(2)

    @property
    def interrupt(self) -> int:
        return int(self.dut.interrupt.value)

    def base(self, channel: int) -> int:
        return int(self.dut.base.value) >> 64 * channel & (1 << 64) - 1


@cocotb.test()
async def an_interrupt_is_enabled_raised_and_cleared(dut):
    bench = Bench(dut, 1)
    await bench.start()
    assert [await bench.read(a) for a in (GLOBAL, ENABLE, STATUS)] == [0, 0, 0]
    await bench.run()
    assert await bench.read(STATUS) == 0 and not bench.interrupt, "nothing is enabled"
    assert await bench.read(CONTROL) == DONE | IDLE | READY
    await bench.write(ENABLE, 1)
    await bench.run()
    assert await bench.read(STATUS) == 1 and not bench.interrupt, "not enabled globally"
    await bench.write(GLOBAL, 1)
    await bench.cycles(1)
    assert bench.interrupt
    assert await bench.read(STATUS) == 1 and bench.interrupt, "reading clears nothing"
    await bench.write(STATUS, 0)
    assert bench.interrupt
    await bench.write(STATUS, 1)
    assert not bench.interrupt and await bench.read(STATUS) == 0
    await bench.write(STATUS, 3)
    assert not bench.interrupt and await bench.read(STATUS) == 0, "a bit that is not set is not set by the host"
    await bench.write(ENABLE, 3)
    await bench.run()
    assert bench.interrupt and await bench.read(STATUS) == 3
    await bench.write(STATUS, 2)
    assert bench.interrupt and await bench.read(STATUS) == 1
    await bench.write(GLOBAL, 0)
    assert not bench.interrupt
    assert [await bench.read(a) for a in (GLOBAL, ENABLE, STATUS)] == [0, 3, 1]
    assert await bench.read(CONTROL) == DONE | IDLE | READY
    assert await bench.read(CONTROL) == IDLE


@cocotb.test()
async def an_end_is_seen_while_the_last_one_is_cleared(dut):
    for delay in range(12):
        bench = Bench(dut, 2)
        await bench.start()
        await bench.write(GLOBAL, 1)
        await bench.write(ENABLE, 1)
        await bench.run()
        await bench.write(CONTROL, START)
        task = cocotb.start_soon(bench.write(STATUS, 1))
        await bench.cycles(delay)
        dut.done.value = 1
        await bench.cycles(1)
        dut.done.value = 0
        await task
        await bench.cycles(2)
        # Cleared before or with the end: it stands. Cleared after it: gone, and the host reads done.
        assert bench.interrupt or await bench.read(CONTROL) & DONE


@cocotb.test()
async def bases_and_the_machines_registers_keep_what_is_written(dut):
    bench = Bench(dut, 3, 0.4)
    await bench.start()
    value = dict.fromkeys([TOKENS, *(BASE + 4 * n for n in range(2 * CHANNELS))], 0)
    for _ in range(200):
        address = bench.random.choice(list(value))
        first = bench.random.randrange(4)
        count = bench.random.randint(1, 4 - first)
        data = bench.random.getrandbits(8 * count)
        await bench.write(address + first, data, count)
        mask = (1 << 8 * count) - 1 << 8 * first
        value[address] = value[address] & ~mask | data << 8 * first
        other = bench.random.choice(list(value))
        assert await bench.read(other) == value[other], hex(other)
    for channel in range(CHANNELS):
        assert bench.base(channel) == value[BASE + 8 * channel] | value[BASE + 8 * channel + 4] << 32
    assert int(dut.tokens.value) == value[TOKENS]
    assert [await bench.read(a) for a in (GLOBAL, ENABLE, STATUS)] == [0, 0, 0]
    assert await bench.read(BASE + 8 * CHANNELS) == 0 and await bench.read(BASE - 4) == 0


@cocotb.test()
async def many_at_once_come_back_in_order(dut):
    bench = Bench(dut, 4, 0.3)
    await bench.start()
    places = [GLOBAL, TOKENS, BASE, ENABLE, BASE + 4, TOKENS]
    written = {}
    for _ in range(30):
        chosen = [(bench.random.choice(places), bench.random.getrandbits(1)) for _ in range(6)]
        writes = [bench.master.init_write(address, value.to_bytes(4, "little")) for address, value in chosen]
        written.update(chosen)
        for event in writes:
            await with_timeout(event.wait(), 40, "us")
        reads = [(address, bench.master.init_read(address, 4)) for address in bench.random.sample(list(written), len(written))]
        for address, event in reads:
            await with_timeout(event.wait(), 40, "us")
            assert int.from_bytes(event.data.data, "little") == written[address], hex(address)


@cocotb.test()
async def a_reset_in_mid_flight(dut):
    bench = Bench(dut, 5, 0.3)
    await bench.start()
    for _ in range(10):
        await bench.write(GLOBAL, 1)
        bench.master.init_write(bench.random.choice((BASE, TOKENS)), b"\1\2\3\4")
        bench.master.init_read(bench.random.choice((BASE, TOKENS)), 4)
        await bench.cycles(bench.random.randint(1, 12))
        await bench.reset()
        for address in (GLOBAL, BASE, TOKENS):
            assert await bench.read(address) == 0
        await bench.write(BASE, 7)
        await bench.write(TOKENS, 8)
        assert [await bench.read(a) for a in (BASE, TOKENS)] == [7, 8]
