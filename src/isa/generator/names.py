"""Names that C++ and SystemVerilog can both live with, and the forms that they take there."""
import re

# Only words that someone might want to call a field, an instruction or an enumeration's value.
CPP = set("""and asm auto bool break case catch char class concept const continue default delete do double else enum explicit
export extern false final float for friend goto if import inline int long module namespace new not operator or override
private protected public register requires return short signed sizeof static struct switch template this throw true try
typedef typename union unsigned using virtual void volatile while xor""".split())
SYSTEMVERILOG = set("""alias always and assert assign assume automatic before begin bind bit break buf byte case cell chandle
checker class clocking config const constraint context continue cover cross deassign default define design disable dist do
edge else end enum event expect export extends extern final first_match for force foreach fork forever function generate
genvar global if iff implements import include initial inout input inside instance int integer interconnect interface join
large let library local localparam logic longint macromodule matches medium modport module nand negedge net new nor not null
or output package packed parameter pmos posedge primitive priority program property protected pull0 pull1 pure rand ref reg
reject_on release repeat restrict return scalared sequence shortint signed small soft solve specify static string strong
struct super supply0 supply1 table tagged task this throughout time timeprecision timeunit tran tri type typedef union
unique unsigned until use var vectored virtual void wait wand weak while wildcard wire with within wor xnor xor""".split())


def is_legal(name: str, style: str) -> bool:
    """snake: a field, plain in both languages; cpp: plain in C++ only; type: gets a suffix or another case in both."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return False
    return name not in {"snake": CPP | SYSTEMVERILOG, "cpp": CPP, "type": set()}[style]


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
