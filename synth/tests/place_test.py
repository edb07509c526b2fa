import copy
import unittest

from synth.place import without_attributes

MODULE = {"cells": {"table": {"type": "LUT4", "parameters": {"INIT": "0110"}, "attributes": {"src": "rtl/fifo.sv:12.3-12.9"},
                              "connections": {"A": [2], "Z": [3]}}},
          "netnames": {"way": {"bits": [3], "attributes": {"src": "rtl/fifo.sv:9.7-9.10", "hdlname": "u_fifo way"}}}}


class Attributes(unittest.TestCase):
    def test_moved_lines_give_the_same_netlist(self):
        moved = copy.deepcopy(MODULE)
        for kind in moved.values():
            for what in kind.values():
                what["attributes"]["src"] = what["attributes"]["src"].replace(".sv:", ".sv:1")
        modules = [copy.deepcopy(MODULE), moved]
        self.assertNotEqual(*modules)
        for module in modules:
            without_attributes(module)
        self.assertEqual(*modules)

    def test_cells_stay(self):
        module = copy.deepcopy(MODULE)
        without_attributes(module)
        self.assertEqual(module["cells"]["table"], MODULE["cells"]["table"] | {"attributes": {}})
        self.assertEqual(module["netnames"]["way"]["bits"], [3])


if __name__ == "__main__":
    unittest.main()
