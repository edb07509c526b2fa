"""A whole Vitis kernel (the top that tools/vitis.py makes for the card ulx3s) with cocotbext-axi's memory at its port: a host puts a
program somewhere into memory, says where, starts the kernel, waits for its interrupt, and finds the result."""
import random
import xml.etree.ElementTree

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiBus, AxiLiteBus, AxiLiteMaster, AxiRam

from contract import encode
from tools import vitis

CARD = "ulx3s"
BASE = 0x1_2345_6000  # where the channel's memory begins
PROGRAM, NUMBERS, RESULT = 0x0, 0x400, 0x800  # in it
ARGUMENTS = {a.get("name"): int(a.get("offset"), 16)
             for a in xml.etree.ElementTree.fromstring(vitis.kernel_xml(CARD).split("\n", 1)[1]).iter("arg")}
CONTROL, GLOBAL, ENABLE, STATUS = 0x0, 0x4, 0x8, 0xC
COUNT = 37


class Host:
    def __init__(self, dut, seed: int, pauses: float):
        self.dut = dut
        self.random = random.Random(seed)
        self.pauses = pauses
        self.control = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi_control"), dut.ap_clk, dut.ap_rst_n,
                                     reset_active_level=False)
        self.memory = AxiRam(AxiBus.from_prefix(dut, "m00_axi"), dut.ap_clk, dut.ap_rst_n, reset_active_level=False,
                             size=1 << 33)

    def pause(self):
        while True:
            yield self.random.random() < self.pauses

    async def start(self) -> None:
        if self.pauses:
            for side in (self.memory.write_if, self.memory.read_if):
                for name in ("aw_channel", "w_channel", "b_channel", "ar_channel", "r_channel"):
                    if hasattr(side, name):
                        getattr(side, name).set_pause_generator(self.pause())
        cocotb.start_soon(Clock(self.dut.ap_clk, 10, "ns").start())
        self.dut.ap_rst_n.value = 0
        for _ in range(5):
            await RisingEdge(self.dut.ap_clk)
        self.dut.ap_rst_n.value = 1
        await RisingEdge(self.dut.ap_clk)

    async def write(self, address: int, value: int, count: int = 4) -> None:
        await with_timeout(self.control.write(address, value.to_bytes(count, "little")), 50, "us")

    async def read(self, address: int, count: int = 4) -> int:
        return int.from_bytes((await with_timeout(self.control.read(address, count), 50, "us")).data, "little")


async def load_and_store(dut, seed: int, pauses: float) -> None:
    host = Host(dut, seed, pauses)
    await host.start()
    program = [encode("load", address=NUMBERS, tokens=2, count=COUNT, to=64, signal_a=0),
               encode("store", address=RESULT, count=COUNT, **{"from": 64}, wait_a=0),
               encode("end")]
    numbers = host.random.randbytes(4 * COUNT)
    host.memory.write(BASE + PROGRAM, b"".join(word.to_bytes(32, "little") for word in program))
    host.memory.write(BASE + NUMBERS, numbers)
    await host.write(GLOBAL, 1)
    await host.write(ENABLE, 1)
    await host.write(ARGUMENTS["channel_0"], BASE, 8)
    await host.write(ARGUMENTS["program"], PROGRAM, 8)
    await host.write(ARGUMENTS["tokens"], 1)
    await host.write(ARGUMENTS["format"], 16)
    for _ in range(2):
        host.memory.write(BASE + RESULT, bytes(4 * COUNT + 16))
        await host.write(CONTROL, 1)
        for _ in range(20000):
            await RisingEdge(dut.ap_clk)
            if int(dut.interrupt.value):
                break
        else:
            raise AssertionError("no interrupt")
        assert await host.read(STATUS) == 1
        assert await host.read(CONTROL) & 0xF == 0xE, "done, idle, ready"
        await host.write(STATUS, 1)
        assert not int(dut.interrupt.value)
        assert await host.read(0x18, 8) & 0xFF == 0, "no error"
        assert host.memory.read(BASE + RESULT, 4 * COUNT) == numbers
        assert host.memory.read(BASE + RESULT + 4 * COUNT, 12) == bytes(12)


@cocotb.test()
async def a_program_runs(dut):
    await load_and_store(dut, 1, 0.0)


@cocotb.test()
async def a_program_runs_with_slow_memory(dut):
    await load_and_store(dut, 2, 0.4)
