"""The one exception that godwit raises for what its user can mend."""


class Error(Exception):
    """What the command line would report with exit code 2: a bad file, an impossible option, a full disk."""

    def __init__(self, what: str, where: str = "", expected: str = "", remedy: str = "") -> None:
        parts = (("where", where), ("expected", expected), ("remedy", remedy))
        super().__init__("\n".join([what, *(f"  {name}: {text}" for name, text in parts if text)]))
        self.what = what  # one sentence
        self.where = where  # file, byte, tensor, layer; "" where there is no place
        self.expected = expected
        self.remedy = remedy
