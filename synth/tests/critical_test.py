"""The slowest path of a report, named by the instances that it runs through."""
import unittest

from synth.critical import slowest

MODULE = {
    "netnames": {"u_machine.u_control.pc_q": {"bits": [2, 3], "hide_name": 0}, "$abc$1$n5": {"bits": [4], "hide_name": 1},
                 "u_machine.u_port.full_q": {"bits": [5], "hide_name": 0}},
    "cells": {"$auto$ff$7": {"port_directions": {"D": "input", "Q": "output"}, "connections": {"D": [9], "Q": [3]}},
              "$auto$ff$8": {"port_directions": {"D": "input", "Q": "output"}, "connections": {"D": [4], "Q": [5]}}}}


def step(kind: str, delay: float, start: str, end: str, net: str = "") -> dict:
    return {"type": kind, "delay": delay, "from": {"cell": start, "port": "Q"}, "to": {"cell": end, "port": "D"}, **({"net": net} if net else {})}


def path(start: str, end: str, *steps: dict) -> dict:
    return {"from": start, "to": end, "path": list(steps)}


SLOW = path("posedge clk", "posedge clk", step("clk-to-q", 0.5, "$auto$ff$7", "$auto$ff$7"),
            step("routing", 3, "$auto$ff$7", "lut", "u_machine.u_control.pc_q[1]"), step("logic", 0.25, "lut", "lut"),
            step("routing", 2, "lut", "$auto$ff$8", "$abc$1$n5"), step("setup", 0.1, "$auto$ff$8", "$auto$ff$8"))
FAST = path("posedge clk", "posedge clk", step("clk-to-q", 0.5, "$auto$ff$8", "$auto$ff$8"))
PAD = path("<async>", "posedge clk", step("routing", 90, "pad", "$auto$ff$8", "rst_ni"))


class Slowest(unittest.TestCase):
    def test_is_named_by_registers_and_instances(self):
        found = slowest({"critical_paths": [FAST, PAD, SLOW]}, MODULE, "u_machine")
        self.assertEqual((found.start, found.end), ("u_control.pc_q[1]", "u_port.full_q"))
        self.assertAlmostEqual(found.logic, 0.85)
        self.assertAlmostEqual(found.routing, 5)
        self.assertEqual(found.through, ["u_control"])


if __name__ == "__main__":
    unittest.main()
