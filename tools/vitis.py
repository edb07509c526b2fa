"""The outside of the machine as a Vitis RTL kernel: python3 -m tools.vitis CARD FOLDER

Writes for a card of configs/cards: godwit_CARD.sv (the top, with the port names that Vitis asks for), kernel.xml (its
registers as arguments), package.tcl (for Vivado; never run here, because there was none) and, where the card has HBM,
connectivity.cfg (which pseudo-channel each port reads). Registers come from src/isa/isa.toml, sizes from the card; what they
must look like is AMD's UG1393: "RTL Kernel XML File", "Control Requirements for XRT-Managed Kernels" and "Packaging the RTL
Code as a Vitis XO".
"""
import pathlib
import sys
import tomllib

from tools.files import ROOT
from tools.rtl_parameters import CARDS, cards, parameters

sys.path.insert(0, str(ROOT / "src/isa"))
from generator import contract  # noqa: E402

FIRST_BASE = 0x100  # of the registers with the channels' addresses, behind those of the contract; 8 bytes each
RANGE = 0x1000
ADDRESS_BITS = 64

# A master's signals: direction seen from the kernel, bits (in terms of data bits d), what drives or takes them in the shell.
MASTER = (
    ("awid", "output", 1, None), ("awaddr", "output", ADDRESS_BITS, "awaddr"), ("awlen", "output", 8, None),
    ("awsize", "output", 3, "size"), ("awburst", "output", 2, "burst"), ("awvalid", "output", 1, "awvalid"),
    ("awready", "input", 1, "awready"), ("wdata", "output", "d", "wdata"), ("wstrb", "output", "d/8", "wstrb"),
    ("wlast", "output", 1, "one"), ("wvalid", "output", 1, "wvalid"), ("wready", "input", 1, "wready"),
    ("bid", "input", 1, None), ("bresp", "input", 2, "bresp"), ("bvalid", "input", 1, "bvalid"),
    ("bready", "output", 1, "bready"), ("arid", "output", 1, "arid"), ("araddr", "output", ADDRESS_BITS, "araddr"),
    ("arlen", "output", 8, "arlen"), ("arsize", "output", 3, "size"), ("arburst", "output", 2, "burst"),
    ("arvalid", "output", 1, "arvalid"), ("arready", "input", 1, "arready"), ("rid", "input", 1, "rid"),
    ("rdata", "input", "d", "rdata"), ("rresp", "input", 2, "rresp"), ("rlast", "input", 1, "rlast"),
    ("rvalid", "input", 1, "rvalid"), ("rready", "output", 1, "rready"),
)
SLAVE = (
    ("awaddr", "input", 12), ("awvalid", "input", 1), ("awready", "output", 1), ("wdata", "input", 32),
    ("wstrb", "input", 4), ("wvalid", "input", 1), ("wready", "output", 1), ("bresp", "output", 2),
    ("bvalid", "output", 1), ("bready", "input", 1), ("araddr", "input", 12), ("arvalid", "input", 1),
    ("arready", "output", 1), ("rdata", "output", 32), ("rresp", "output", 2), ("rvalid", "output", 1),
    ("rready", "input", 1),
)


def registers() -> contract.Contract:
    return contract.load(ROOT / "src/isa/isa.toml")


def master(channel: int) -> str:
    return f"m{channel:02}_axi"


def kernel_name(card: str) -> str:
    return f"godwit_{card}"


def port(direction: str, bits: int, name: str) -> str:
    kind = "input  wire " if direction == "input" else "output logic"
    return f"    {kind} {f'[{bits - 1}:0] ' if bits > 1 else ''}{name}"


def top(card: str) -> str:
    sizes = parameters(card)
    channels, data = sizes["Slices"], 8 * sizes["PortBytes"]
    width = {"d": data, "d/8": data // 8}
    ports = ["    input  wire  ap_clk", "    input  wire  ap_rst_n", "    output logic interrupt"]
    ports += [port(direction, bits, f"s_axi_control_{name}") for name, direction, bits in SLAVE]
    for channel in range(channels):
        ports += [port(direction, width.get(bits, bits), f"{master(channel)}_{name}") for name, direction, bits, _ in MASTER]
    wires = {shell: (direction, width.get(bits, bits)) for _, direction, bits, shell in MASTER
             if shell not in (None, "size", "burst", "one")}
    fixed = {None: "'0", "size": f"3'd{(data // 8).bit_length() - 1}", "burst": "2'b01", "one": "1'b1"}
    out = f"// Made from src/isa/isa.toml and configs/cards/{card}.toml by tools/vitis.py.\n`default_nettype none\n"
    out += f"/// The machine of the card {card} as a Vitis RTL kernel (ap_ctrl_hs).\nmodule {kernel_name(card)} (\n"
    out += ",\n".join(ports) + "\n);\n"
    for name, (_, bits) in wires.items():
        out += f"  logic [{channels - 1}:0]{f'[{bits - 1}:0]' if bits > 1 else ''} {name};\n"
    for channel in range(channels):
        for name, direction, _, shell in MASTER:
            outside = f"{master(channel)}_{name}"
            if shell in fixed:
                out += f"  assign {outside} = {fixed[shell]};\n" if direction == "output" else ""
            elif direction == "output":
                out += f"  assign {outside} = {shell}[{channel}];\n"
            else:
                out += f"  assign {shell}[{channel}] = {outside};\n"
    out += "  kernel_shell #(\n"
    out += "".join(f"      .{name}({value}),\n" for name, value in sizes.items()) + f"      .FirstBase({FIRST_BASE})\n  ) u_shell (\n"
    out += "      .clk_i(ap_clk),\n      .rst_ni(ap_rst_n),\n      .interrupt_o(interrupt),\n"
    out += "".join(f"      .axil_{name}_{direction[0]}(s_axi_control_{name}),\n" for name, direction, _ in SLAVE)
    out += ",\n".join(f"      .axi_{name}_{direction[0]}({name})" for name, (direction, _) in wires.items())
    return out + "\n  );\nendmodule\n`default_nettype wire\n"


def arguments(card: str) -> list[dict[str, str]]:
    """Scalars in the order of their addresses, then a pointer for each channel."""
    out = []
    for register in sorted(registers().registers, key=lambda r: r.address):
        if register.access != "rw" or register.layout.name == "control":
            continue
        size = register.layout.width // 8
        out.append({"name": register.layout.name, "addressQualifier": "0", "port": "s_axi_control", "size": size,
                    "offset": register.address, "type": "ulong" if size == 8 else "uint"})
    for channel in range(parameters(card)["Slices"]):
        out.append({"name": f"channel_{channel}", "addressQualifier": "1", "port": master(channel), "size": 8,
                    "offset": FIRST_BASE + 8 * channel, "type": "void*"})
    return out


def kernel_xml(card: str) -> str:
    sizes = parameters(card)
    out = '<?xml version="1.0" encoding="UTF-8"?>\n<root versionMajor="1" versionMinor="6">\n'
    out += (f'  <kernel name="{kernel_name(card)}" language="ip_c" vlnv="godwit:kernel:{kernel_name(card)}:1.0" attributes="" '
            'preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="true" hwControlProtocol="ap_ctrl_hs">\n    <ports>\n')
    out += (f'      <port name="s_axi_control" mode="slave" range="{RANGE:#x}" dataWidth="32" portType="addressable" '
            'base="0x0"/>\n')
    for channel in range(sizes["Slices"]):
        out += (f'      <port name="{master(channel)}" mode="master" range="0xFFFFFFFFFFFFFFFF" '
                f'dataWidth="{8 * sizes["PortBytes"]}" portType="addressable" base="0x0"/>\n')
    out += "    </ports>\n    <args>\n"
    for number, a in enumerate(arguments(card)):
        out += (f'      <arg name="{a["name"]}" addressQualifier="{a["addressQualifier"]}" id="{number}" port="{a["port"]}" '
                f'size="{a["size"]:#x}" offset="{a["offset"]:#x}" type="{a["type"]}" hostOffset="0x0" '
                f'hostSize="{a["size"]:#x}"/>\n')
    return out + "    </args>\n  </kernel>\n</root>\n"


def has_hbm(card: str) -> bool:
    """Alveo cards with HBM: each slice has a pseudo-channel."""
    table = tomllib.loads((CARDS / f"{card}.toml").read_text())
    return table.get("part", "").startswith("xcu") and table.get("memory", "").startswith("hbm")


def connectivity(card: str) -> str:
    """Each port to a pseudo-channel of its own, as the machine expects it."""
    out = "[connectivity]\n"
    for channel in range(parameters(card)["Slices"]):
        out += f"sp={kernel_name(card)}_1.{master(channel)}:HBM[{channel}]\n"
    return out


def package_tcl(card: str) -> str:
    name = kernel_name(card)
    masters = " ".join(master(channel) for channel in range(parameters(card)["Slices"]))
    return f"""# Made by tools/vitis.py after UG1393, "Packaging the RTL Code as a Vitis XO". Never run: there was no Vivado.
#   vivado -mode batch -source package.tcl -tclargs PART RTL_FOLDER GENERATED_FOLDER
lassign $argv part rtl generated
create_project -force kernel ./kernel -part $part
add_files -norecurse [list $generated/godwit_isa_pkg.sv {{*}}[glob $rtl/*.sv] {{*}}[glob $rtl/vitis/*.sv] ./{name}.sv]
set_property top {name} [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir ./ip -vendor godwit -library kernel -taxonomy /KernelIP -import_files -set_current true
set core [ipx::current_core]
set_property name {name} $core
set_property version 1.0 $core
foreach bus {{s_axi_control {masters}}} {{
  ipx::associate_bus_interfaces -busif $bus -clock ap_clk $core
}}
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property ipi_drc {{ignore_freq_hz true}} $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
package_xo -force -xo_path ./{name}.xo -kernel_name {name} -kernel_xml ./kernel.xml -ip_directory ./ip
"""


def files(card: str) -> dict[str, str]:
    out = {f"{kernel_name(card)}.sv": top(card), "kernel.xml": kernel_xml(card), "package.tcl": package_tcl(card)}
    if has_hbm(card):
        out["connectivity.cfg"] = connectivity(card)
    return out


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in cards():
        sys.exit(f"usage: python3 -m tools.vitis CARD FOLDER, CARD of {' '.join(cards())}")
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(sys.argv[1]).items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
