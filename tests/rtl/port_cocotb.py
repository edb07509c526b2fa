"""port as AXI4 master against cocotbext-axi's memory: streams, side reads and writes at once, with random pauses on every
channel; answers that are errors; resets and flushes in mid-flight."""
import collections
import logging
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge
from cocotbext.axi import AxiBus, AxiRam

GRANULE = 16
PAGE = 4096
MEMORY = 1 << 20
BASE = 1 << 16
OUTSTANDING = 8
BURST = 16


class BrokenRam(AxiRam):
    """Answers SLVERR for a range of addresses."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.bad = range(0)
        for side, name in ((self.read_if, "_read"), (self.write_if, "_write")):
            setattr(side, name, self._guarded(getattr(side, name)))

    def _guarded(self, access):
        async def guarded(address, what):
            if address in self.bad:
                raise ValueError("nothing lies there")
            return await access(address, what)

        return guarded


class Bench:
    def __init__(self, dut, seed: int, pauses: float = 0.0):
        self.dut = dut
        self.random = random.Random(seed)
        self.ways = len(dut.stream_valid)
        self.port_bytes = len(dut.stream) // 8 // self.ways
        self.word = max(1, self.port_bytes // GRANULE)  # granules that make whole words
        self.beats = max(1, GRANULE // self.port_bytes)  # words of a granule
        self.ram = BrokenRam(AxiBus.from_prefix(dut, "axi"), dut.clk, dut.rst_n, reset_active_level=False, size=MEMORY)
        for side in (self.ram.read_if, self.ram.write_if):
            side.log.setLevel(logging.ERROR)
        self.image = bytearray(self.random.randbytes(MEMORY))
        self.ram.write(0, bytes(self.image))
        self.pauses = pauses
        self.stream_due = collections.deque()  # words
        self.granules_due = collections.deque()
        self.errors = collections.Counter()
        self.most_under_way = 0
        self.protect = True  # check that what is asked stands until it is taken
        self.expecting = True  # else what comes is being given up

    def pause(self):
        while True:
            yield self.random.random() < self.pauses

    async def start(self) -> None:
        dut = self.dut
        for name in ("flush", "job_valid", "stream_ready", "read_valid", "granule_ready", "write_valid", "job_address",
                     "job_row_granules", "job_rows", "job_stride", "read_address", "read_granules", "write_address",
                     "write_data", "write_strobe"):
            getattr(dut, name).value = 0
        dut.base.value = BASE
        cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
        await self.reset()
        if self.pauses:
            for channel in (self.ram.read_if.ar_channel, self.ram.read_if.r_channel, self.ram.write_if.aw_channel,
                            self.ram.write_if.w_channel, self.ram.write_if.b_channel):
                channel.set_pause_generator(self.pause())
        for watch in (self.stands("ar", ("araddr", "arlen", "arid")), self.stands("aw", ("awaddr",)),
                      self.stands("w", ("wdata", "wstrb")), self.count(), self.take_stream(), self.take_granules()):
            cocotb.start_soon(watch)

    async def reset(self) -> None:
        self.protect = False
        self.dut.rst_n.value = 0
        await self.cycles(4)
        self.dut.rst_n.value = 1
        await self.cycles(1)
        self.protect = True

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk)

    def stalled(self) -> bool:
        return self.random.random() < self.pauses

    # ---- what holds all the time

    async def stands(self, channel: str, fields: tuple[str, ...]) -> None:
        """What is valid and not taken stays as it is."""
        valid, ready = (getattr(self.dut, f"axi_{channel}{end}") for end in ("valid", "ready"))
        before = None
        while True:
            await RisingEdge(self.dut.clk)
            now = tuple(int(getattr(self.dut, f"axi_{field}").value) for field in fields) if int(valid.value) else None
            assert not (self.protect and before is not None) or now == before, f"{channel} changed before it was taken"
            before = now if now is not None and not int(ready.value) and self.protect else None

    async def count(self) -> None:
        """Bursts of the stream under way, their lengths, errors."""
        dut = self.dut
        under_way = 0
        while True:
            await RisingEdge(dut.clk)
            if not int(dut.rst_n.value):
                under_way = 0
                continue
            if int(dut.axi_arvalid.value) and int(dut.axi_arready.value):
                assert int(dut.axi_arlen.value) < BURST
                under_way += not int(dut.axi_arid.value)
            if int(dut.axi_rvalid.value) and int(dut.axi_rready.value) and int(dut.axi_rlast.value):
                under_way -= not int(dut.axi_rid.value)
            assert 0 <= under_way <= OUTSTANDING
            self.most_under_way = max(self.most_under_way, under_way)
            for name in ("stream_error", "side_error", "write_error"):
                self.errors[name] += int(getattr(dut, name).value)

    async def take_stream(self) -> None:
        """Words are taken in the ways in turn, up to one of each a cycle."""
        dut = self.dut
        turn = 0
        while True:
            wanted = [not self.stalled() for _ in range(self.ways)]
            await FallingEdge(dut.clk)
            valid = int(dut.stream_valid.value)
            taken = []
            for k in range(self.ways):
                way = (turn + k) % self.ways
                if not (wanted[k] and valid >> way & 1):
                    break
                taken.append(way)
            dut.stream_ready.value = sum(1 << way for way in taken)
            await RisingEdge(dut.clk)
            if not int(dut.rst_n.value) or int(dut.flush.value):
                turn = 0
                continue
            words = dut.stream.value.to_unsigned()
            for way in taken:
                turn = (way + 1) % self.ways
                if not self.expecting:
                    continue
                assert self.stream_due, "a word that nobody asked for"
                expected = self.stream_due.popleft()
                word = words >> 8 * self.port_bytes * way & (1 << 8 * self.port_bytes) - 1
                assert expected is None or word == expected

    async def take_granules(self) -> None:
        dut = self.dut
        while True:
            dut.granule_ready.value = not self.stalled()
            await RisingEdge(dut.clk)
            if int(dut.granule_valid.value) and int(dut.granule_ready.value) and int(dut.rst_n.value):
                if not self.expecting:
                    continue
                assert self.granules_due, "a granule that nobody asked for"
                expected = self.granules_due.popleft()
                assert expected is None or dut.granule.value.to_unsigned() == expected

    # ---- what a test does

    def give_up(self) -> None:
        self.expecting = False
        self.stream_due.clear()
        self.granules_due.clear()

    async def hand(self, name: str, values: dict[str, int]) -> None:
        """A handshake: `values` until it is ready."""
        for key, value in values.items():
            getattr(self.dut, key).value = value
        getattr(self.dut, f"{name}_valid").value = 1
        while True:
            await RisingEdge(self.dut.clk)
            if int(getattr(self.dut, f"{name}_ready").value):
                break
        getattr(self.dut, f"{name}_valid").value = 0

    def number(self, address: int, count: int) -> int:
        return int.from_bytes(self.image[BASE + address:BASE + address + count], "little")

    async def stream(self, address: int, row: int, rows: int, stride: int, known: bool = True) -> None:
        """All in granules."""
        for r in range(rows):
            for byte in range(0, row * GRANULE, self.port_bytes):
                at = (address + r * stride) * GRANULE + byte
                self.stream_due.append(self.number(at, self.port_bytes) if known else None)
        await self.hand("job", {"job_address": address, "job_row_granules": row, "job_rows": rows, "job_stride": stride})

    async def random_stream(self) -> None:
        row = self.word * self.random.randint(1, 80)
        rows = self.random.randint(1, 4)
        stride = row + self.word * self.random.randint(0, 40)
        most = (MEMORY - BASE) // GRANULE - rows * stride
        await self.stream(self.word * self.random.randrange(most // self.word), row, rows, stride)

    async def read(self, granule: int, granules: int, known: bool = True) -> None:
        for g in range(granule, granule + granules):
            self.granules_due.append(self.number(g * GRANULE, GRANULE) if known else None)
        await self.hand("read", {"read_address": granule * GRANULE, "read_granules": granules})

    async def write(self, granule: int, data: bytes, strobe: int) -> None:
        for b in range(GRANULE):
            if strobe >> b & 1:
                self.image[BASE + granule * GRANULE + b] = data[b]
        await self.hand("write", {"write_address": granule * GRANULE, "write_data": int.from_bytes(data, "little"),
                                  "write_strobe": strobe})

    async def settle(self, most: int = 20000) -> None:
        """Until everything that was asked for has come."""
        await self.cycles(2)
        for _ in range(most):
            if not self.stream_due and not self.granules_due and int(self.dut.writes_idle.value):
                await self.cycles(3)
                assert int(self.dut.idle.value) and int(self.dut.quiet.value)
                return
            await RisingEdge(self.dut.clk)
        raise AssertionError(f"{len(self.stream_due)} words and {len(self.granules_due)} granules did not come")


async def everything(bench: Bench, rounds: int) -> None:
    """Streams, side reads and writes at once. What is written lies where nothing is read meanwhile."""
    r = bench.random
    kept = 8192 // GRANULE  # granules at the end of memory, for the writer
    end = (MEMORY - BASE) // GRANULE

    async def streams():
        for _ in range(rounds):
            row = bench.word * r.randint(1, 80)
            rows = r.randint(1, 4)
            stride = row + bench.word * r.randint(0, 40)
            most = end - kept - rows * stride
            await bench.stream(bench.word * r.randrange(most // bench.word), row, rows, stride)

    async def reads():
        for _ in range(rounds * 3):
            granules = r.choice((1, 2, 8, r.randint(1, 400)))
            await bench.read(r.randrange(end - kept - granules), granules)

    async def writes():
        for _ in range(rounds * 10):
            await bench.write(r.randrange(end - kept, end), r.randbytes(GRANULE), r.choice((0xffff, r.getrandbits(16))))

    tasks = [cocotb.start_soon(one()) for one in (streams, reads, writes)]
    for task in tasks:
        await task
    await bench.settle()
    assert bench.ram.read(BASE, MEMORY - BASE) == bytes(bench.image[BASE:])
    assert not bench.errors.total()


@cocotb.test()
async def streams_reads_and_writes_without_pauses(dut):
    bench = Bench(dut, 1)
    await bench.start()
    await everything(bench, 25)
    assert bench.most_under_way > 1


@cocotb.test()
async def streams_reads_and_writes_with_pauses(dut):
    bench = Bench(dut, 2, 0.2)
    await bench.start()
    await everything(bench, 10)


@cocotb.test()
async def streams_reads_and_writes_with_long_pauses(dut):
    bench = Bench(dut, 3, 0.7)
    await bench.start()
    await everything(bench, 6)
    assert bench.most_under_way > 1


@cocotb.test()
async def a_stream_takes_a_word_a_cycle(dut):
    bench = Bench(dut, 4)
    await bench.start()
    words = 512
    await bench.stream(0, words // bench.beats * bench.word, 1, 0)
    cycles = 0
    while bench.stream_due:
        await RisingEdge(dut.clk)
        cycles += 1
    cocotb.log.warning("%d words in %d cycles", words, cycles)
    # cocotbext's memory rests a cycle or two between bursts.
    assert cycles < words * 1.3 + 40


@cocotb.test()
async def a_reset_in_mid_flight_leaves_nothing_behind(dut):
    bench = Bench(dut, 5, 0.3)
    await bench.start()
    for _ in range(12):
        task = cocotb.start_soon(bench.random_stream())
        side = cocotb.start_soon(bench.read(bench.random.randrange(1000), 40))
        await bench.cycles(bench.random.randint(1, 150))
        task.cancel()
        side.cancel()
        dut.job_valid.value = 0
        dut.read_valid.value = 0
        bench.give_up()
        await bench.reset()
        bench.expecting = True
        await bench.random_stream()
        await bench.read(bench.random.randrange(1000), 9)
        await bench.settle()


@cocotb.test()
async def a_flush_gives_up_what_was_asked_for_and_keeps_the_bus_in_order(dut):
    bench = Bench(dut, 6, 0.3)
    await bench.start()
    for _ in range(20):
        tasks = [cocotb.start_soon(bench.random_stream()), cocotb.start_soon(bench.read(bench.random.randrange(1000), 40)),
                 cocotb.start_soon(bench.write(60000 - 4096 - bench.random.randrange(200), bytes(GRANULE), 0xffff))]
        await bench.cycles(bench.random.randint(1, 150))
        dut.flush.value = 1
        for task in tasks:
            task.cancel()
        for name in ("job_valid", "read_valid", "write_valid"):
            getattr(dut, name).value = 0
        bench.give_up()
        for wait in range(5000):
            await RisingEdge(dut.clk)
            if wait > 3 and int(dut.quiet.value):
                break
        else:
            raise AssertionError("it does not become quiet")
        await bench.cycles(bench.random.randint(1, 4))
        dut.flush.value = 0
        bench.expecting = True
        bench.image[BASE:] = bench.ram.read(BASE, MEMORY - BASE)  # a write may have been given up, or not
        await bench.random_stream()
        await bench.read(bench.random.randrange(1000), 9)
        await bench.settle()
    assert not bench.errors.total()


@cocotb.test()
async def answers_that_are_errors(dut):
    bench = Bench(dut, 7, 0.2)
    await bench.start()
    bench.ram.bad = range(BASE + 8192, BASE + 8192 + 256)
    first = 8192 // GRANULE
    await bench.stream(first - 8 * bench.word, 32 * bench.word, 1, 0, known=False)
    await bench.settle()
    assert bench.errors == {"stream_error": 256 // bench.port_bytes, "side_error": 0, "write_error": 0}
    bench.errors.clear()
    await bench.read(first, 4, known=False)
    await bench.settle()
    assert bench.errors["side_error"] > 0 and bench.errors["stream_error"] == 0 and bench.errors["write_error"] == 0
    bench.errors.clear()
    await bench.write(first, bytes(GRANULE), 0xffff)
    await bench.settle()
    assert bench.errors == {"stream_error": 0, "side_error": 0, "write_error": bench.beats}
