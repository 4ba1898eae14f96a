"""Text of models and users in Markdown, TeX and CSV: shown as it is, and never read as markup, formula or command."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ip_bench.report.words import visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_MARKDOWN = re.compile(r"[\\`*_\[\]|~$#]|^[-+](?=[\s-]|$)|^=")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
#: What a forge makes links and calls of in plain text, and what breaks it without a trace in what is read.
_CALLS, _APART = re.compile(r"@|\\#|(?<=\w)(?=://)|\b[Ww]{3}(?=\.)"), r"\g<0><!-- -->"
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
    "²": r"\textsuperscript{2}", "−": r"\textminus{}",
}  # fmt: skip
_LIGATURE = re.compile(r"([-,])(?=\1)")
_LAST_LATIN = 0x17F  # letters up to here are in every TeX font of the T1 encoding


def one_line(text: object) -> str:
    """Return text on one line, with control and direction characters shown as escapes."""
    return visible(" ".join(str(text).split()))


def markdown(text: object) -> str:
    """Return text that Markdown shows as it is, also in a cell of a table, and that calls nobody."""
    entities = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALLS.sub(_APART, _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", entities)))


def code_block(text: str) -> str:
    """Return text as a fenced block whose fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{visible(text)}\n{fence}"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> str:
    """Return a table of Markdown; columns in `right` hold numbers."""
    places = {*right}
    rule = ["---:" if k in places else "---" for k in range(len(heads))]
    lines = [map(markdown, heads), rule, *(map(markdown, row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def tex(text: object) -> str:
    """Return text that TeX sets as it is; what its usual fonts lack is shown as an escape."""
    return _LIGATURE.sub(r"\1{}", "".join(_TEX.get(char) or _letter(char) for char in one_line(text)))


def _letter(char: str) -> str:
    if char.isascii() or (ord(char) <= _LAST_LATIN and unicodedata.category(char).startswith("L")):
        return char
    return rf"\textbackslash{{}}u{ord(char):04x}"


def tex_row(cells: Iterable[object]) -> str:
    """Return a row of a table of TeX; a bracket or star that begins it is no argument of the row before."""
    return f"{{}}{' & '.join(map(tex, cells))} \\\\"


def csv_cell(value: object) -> object:
    """Return a value as a cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe.

    Numbers stay numbers. So that the text can be had back, text that begins with an apostrophe gets one, too.
    """
    if not isinstance(value, str):
        return "" if value is None else value
    text = one_line(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a head; empty where there is no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue()
