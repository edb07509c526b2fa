"""tools/vitis.py: the kernel's description holds what the contract and the card say."""
import re
import unittest
import xml.etree.ElementTree

from tools import vitis
from tools.rtl_parameters import cards, parameters


class Vitis(unittest.TestCase):
    def setUp(self):
        self.registers = vitis.registers().registers

    def kernel(self, card: str):
        root = xml.etree.ElementTree.fromstring(vitis.kernel_xml(card).split("\n", 1)[1])
        return root.find("kernel")

    def test_every_register_that_the_host_writes_is_an_argument(self):
        kernel = self.kernel("u280")
        scalars = {a.get("name"): a for a in kernel.iter("arg") if a.get("addressQualifier") == "0"}
        written = {r.layout.name: r for r in self.registers if r.access == "rw" and r.layout.name != "control"}
        self.assertEqual(set(scalars), set(written))
        for name, argument in scalars.items():
            self.assertEqual(int(argument.get("offset"), 16), written[name].address)
            self.assertEqual(int(argument.get("size"), 16) * 8, written[name].layout.width)
            self.assertEqual(argument.get("port"), "s_axi_control")
            self.assertGreaterEqual(written[name].address, 0x10, "below are the kernel's own registers")

    def test_every_channel_has_its_port_and_its_pointer(self):
        for card in cards():
            kernel, sizes = self.kernel(card), parameters(card)
            ports = [p for p in kernel.iter("port") if p.get("mode") == "master"]
            pointers = [a for a in kernel.iter("arg") if a.get("addressQualifier") == "1"]
            self.assertEqual(len(ports), sizes["Slices"])
            self.assertEqual([a.get("port") for a in pointers], [p.get("name") for p in ports])
            self.assertEqual({p.get("dataWidth") for p in ports}, {str(8 * sizes["PortBytes"])})

    def test_arguments_do_not_overlap(self):
        for card in cards():
            end = 0
            arguments = list(self.kernel(card).iter("arg"))
            self.assertEqual([int(a.get("id")) for a in arguments], list(range(len(arguments))))
            for argument in arguments:
                offset = int(argument.get("offset"), 16)
                self.assertGreaterEqual(offset, end)
                end = offset + int(argument.get("size"), 16)
            self.assertLessEqual(end, vitis.RANGE)
        self.assertTrue(all(r.address < vitis.FIRST_BASE for r in self.registers))

    def test_the_top_has_the_ports_that_the_description_names(self):
        text = vitis.top("u280")
        for port in self.kernel("u280").iter("port"):
            self.assertRegex(text, rf"\b{port.get('name')}_araddr\b")
        for name in ("ap_clk", "ap_rst_n", "interrupt"):
            self.assertRegex(text, rf"\b{name}\b")
        self.assertEqual(len(re.findall(r"_axi_wdata,", text)), 32)

    def test_only_cards_with_memories_of_their_own_are_connected(self):
        self.assertEqual(vitis.connectivity("u280").count("HBM["), 32)
        self.assertNotIn("connectivity.cfg", vitis.files("ulx3s"))


if __name__ == "__main__":
    unittest.main()
