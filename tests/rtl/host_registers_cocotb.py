"""host_registers as AXI4-Lite slave against cocotbext-axi's master: every register of the contract, byte strobes, pauses,
start and done as a Vitis RTL kernel has them, and what may be written during a run."""
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp

from contract import REGISTERS

START, DONE, IDLE, READY = 1, 2, 4, 8


class Bench:
    def __init__(self, dut, seed: int, pauses: float = 0.0):
        self.dut = dut
        self.random = random.Random(seed)
        self.pauses = pauses
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "axil"), dut.clk, dut.rst_n, reset_active_level=False)
        self.starts = 0

    def pause(self):
        while True:
            yield self.random.random() < self.pauses

    async def start(self) -> None:
        for name in ("done", "error_code", "error_unit", "error_index", "position_after", "saturations"):
            getattr(self.dut, name).value = 0
        cocotb.start_soon(Clock(self.dut.clk, 10, "ns").start())
        await self.reset()
        if self.pauses:
            for channel in (self.master.read_if.ar_channel, self.master.read_if.r_channel, self.master.write_if.aw_channel,
                            self.master.write_if.w_channel, self.master.write_if.b_channel):
                channel.set_pause_generator(self.pause())
        cocotb.start_soon(self.count_starts())

    async def reset(self) -> None:
        self.dut.rst_n.value = 0
        for _ in range(4):
            await RisingEdge(self.dut.clk)
        self.dut.rst_n.value = 1
        await RisingEdge(self.dut.clk)

    async def count_starts(self) -> None:
        while True:
            await RisingEdge(self.dut.clk)
            self.starts += int(self.dut.start.value)

    async def read(self, address: int) -> int:
        answer = await with_timeout(self.master.read(address, 4), 20, "us")
        assert answer.resp == AxiResp.OKAY
        return int.from_bytes(answer.data, "little")

    async def write(self, address: int, data: bytes) -> AxiResp:
        return (await with_timeout(self.master.write(address, data), 20, "us")).resp

    async def write_word(self, address: int, value: int) -> AxiResp:
        return await self.write(address, value.to_bytes(4, "little"))

    async def finish(self, **after: int) -> None:
        for name, value in after.items():
            getattr(self.dut, name).value = value
        self.dut.done.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.done.value = 0
        await RisingEdge(self.dut.clk)


def words(register) -> list[tuple[int, int]]:
    """Address and the bits that exist of each of a register's words."""
    mask = 0
    for lsb, bits in register.fields:
        mask |= ((1 << bits) - 1) << lsb
    if register.name in ("program", "descriptors"):
        mask &= (1 << 40) - 1  # as wide as the machine's addresses
    return [(register.address + 4 * w, mask >> (32 * w) & 0xffffffff) for w in range(register.width // 32)]


@cocotb.test()
async def every_register_keeps_what_is_written(dut):
    for pauses in (0.4,):
        bench = Bench(dut, 1, pauses)
        await bench.start()
        there = {address: mask for r in REGISTERS if r.access == "rw" and r.name != "control" for address, mask in words(r)}
        value = dict.fromkeys(there, 0)
        for address in there:
            assert await bench.read(address) == 0
        for _ in range(300):
            address = bench.random.choice(list(there))
            first = bench.random.randrange(4)
            data = bench.random.randbytes(bench.random.randint(1, 4 - first))
            assert await bench.write(address + first, data) == AxiResp.OKAY
            mask = ((1 << 8 * len(data)) - 1) << 8 * first
            value[address] = (value[address] & ~mask | int.from_bytes(data, "little") << 8 * first) & there[address]
            other = bench.random.choice(list(there))
            assert await bench.read(other) == value[other], hex(other)
        assert bench.starts == 0


@cocotb.test()
async def the_machine_sees_what_the_host_wrote(dut):
    bench = Bench(dut, 2)
    await bench.start()
    by_name = {r.name: r.address for r in REGISTERS}
    for name, port, value in (("program", "program_address", 0x12345678), ("descriptors", "descriptors_address", 0x9abcdef0),
                              ("position", "position", 77), ("tokens", "tokens", 5)):
        await bench.write_word(by_name[name], value)
        assert int(getattr(dut, port).value) == value
    await bench.write_word(by_name["program"] + 4, 0x55)
    assert int(dut.program_address.value) == 0x5512345678
    await bench.write_word(by_name["spill"], 1)
    await bench.write_word(by_name["sampling"], 1 | 1000 << 1)
    await bench.write_word(by_name["format"], 18)
    assert (int(dut.spill.value), int(dut.greedy.value), int(dut.count.value), int(dut.fraction_bits.value)) == (1, 1, 1000, 18)
    for s in range(4):
        await bench.write_word(by_name[f"stop_{s}"], (s + 1) * 1000 | (s % 2) << 24)
    assert int(dut.stop_valid.value) == 0b1010
    assert int(dut.stop.value) == sum((s + 1) * 1000 << 24 * s for s in range(4))


@cocotb.test()
async def start_done_idle_and_ready(dut):
    bench = Bench(dut, 3)
    await bench.start()
    by_name = {r.name: r.address for r in REGISTERS}
    control = by_name["control"]
    assert await bench.read(control) == IDLE
    await bench.write_word(control, 0)
    assert bench.starts == 0
    await bench.write_word(by_name["position"], 10)
    dut.saturations.value = 3
    await bench.write_word(control, START)
    dut.saturations.value = 0
    assert await bench.read(control) == START
    assert bench.starts == 1
    # During a run only sampling may be written.
    assert await bench.write_word(by_name["position"], 99) == AxiResp.SLVERR
    assert await bench.write_word(control, START) == AxiResp.SLVERR
    assert await bench.write_word(by_name["sampling"], 0) == AxiResp.OKAY
    assert await bench.read(by_name["position"]) == 10
    assert bench.starts == 1
    dut.saturations.value = 200
    await RisingEdge(dut.clk)
    dut.saturations.value = 0
    before = await bench.read(by_name["saturations"])
    assert before >= 200
    await bench.finish(position_after=42, error_code=5, error_unit=2, error_index=0x12345678)
    assert await bench.read(control) == DONE | IDLE | READY
    assert await bench.read(control) == IDLE
    assert await bench.read(by_name["position"]) == 42
    low, high = await bench.read(by_name["error"]), await bench.read(by_name["error"] + 4)
    assert high << 32 | low == 5 | 2 << 8 | 0x12345678 << 11
    assert await bench.read(by_name["saturations"]) == before
    # The next run counts anew.
    await bench.write_word(control, START)
    assert await bench.read(by_name["saturations"]) == 0
    assert bench.starts == 2
    await bench.finish()


@cocotb.test()
async def addresses_without_a_register(dut):
    bench = Bench(dut, 4)
    await bench.start()
    taken = {address for r in REGISTERS for address, _ in words(r)}
    for address in (a for a in range(0, 4096, 4) if a not in taken and (a < 256 or a % 512 == 0)):
        assert await bench.write_word(address, 0xffffffff) == AxiResp.OKAY
        assert await bench.read(address) == 0
    for register in REGISTERS:
        if register.access == "ro":
            for address, _ in words(register):
                assert await bench.write_word(address, 0xffffffff) == AxiResp.OKAY
                assert await bench.read(address) == 0
    assert bench.starts == 0


@cocotb.test()
async def a_reset_in_mid_flight(dut):
    bench = Bench(dut, 5, 0.3)
    await bench.start()
    by_name = {r.name: r.address for r in REGISTERS}
    for _ in range(10):
        bench.master.init_write(by_name["tokens"], b"\1\2\3\4")
        bench.master.init_read(by_name["tokens"], 4)
        for _ in range(bench.random.randint(1, 12)):
            await RisingEdge(dut.clk)
        await bench.reset()
        assert await bench.read(by_name["tokens"]) == 0
        assert await bench.write_word(by_name["tokens"], 7) == AxiResp.OKAY
        assert await bench.read(by_name["tokens"]) == 7
