"""What a document says, whatever its format: an answer, tables, and how it was made; written as Markdown or TeX."""

from __future__ import annotations

from typing import NamedTuple

from ip_bench.report.cells import code_block, markdown, markdown_table, one_line, tex, tex_row

_WIDE = 8  # columns of a table that leave less room for the first one


class Table(NamedTuple):
    """A table: heads and rows of text, the columns that hold numbers, remarks under it; `folded` is for detail."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    right: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    folded: bool = False


class Sheet(NamedTuple):
    """A document: the question as its title, the answer in sentences, what is known of it, tables, and its record."""

    title: str
    answer: list[str]
    about: list[str]
    tables: list[Table]
    record: str


def as_markdown(sheet: Sheet) -> str:
    """Return a sheet as Markdown for a pull request: detail is folded, and nothing in it calls or links."""
    parts = [f"# {markdown(sheet.title)}", _listed(sheet.answer), *map(markdown, sheet.about)]
    for table in sheet.tables:
        body = [markdown_table(table.heads, table.rows, table.right)]
        if table.notes:
            body.append(_listed(table.notes))
        parts.append(_folded(table.title, body) if table.folded else "\n\n".join([_head(table.title), *body]))
    parts.append(_folded("How it was made", [code_block(sheet.record)]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _head(title: str) -> str:
    return f"## {markdown(title)}"


def _listed(lines: list[str] | tuple[str, ...]) -> str:
    return "\n".join(f"- {markdown(line)}" for line in lines)


def _folded(title: str, body: list[str]) -> str:
    return "\n\n".join([f"<details><summary>{markdown(title)}</summary>", *body, "</details>"])


def as_tex(sheet: Sheet) -> str:
    r"""Return the tables of a sheet that are not folded as TeX, to be read by \input in a document with booktabs.

    Every table stands alone, so that one can be taken out; its caption is its title.
    """
    parts = [
        f"% {one_line(sheet.title)}",
        *(f"% {one_line(line)}" for line in sheet.answer),
        r"% needs \usepackage[T1]{fontenc}, \usepackage{textcomp} and \usepackage{booktabs}",
    ]
    for table in sheet.tables:
        if table.folded:
            continue
        others = "".join("r" if place in table.right else "l" for place in range(1, len(table.heads)))
        first = 0.36 if len(table.heads) < _WIDE else 0.22  # of a line, for the names of contrasts, which may break
        parts += [
            "",
            r"\begin{table}[htbp]",
            r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
            rf"\caption{{{tex(table.title)}}}",
            rf"\begin{{tabular}}{{@{{}}p{{{first}\linewidth}}{others}@{{}}}}",
            r"\toprule",
            tex_row(table.heads),
            r"\midrule",
            *map(tex_row, table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par {tex(note)}" for note in table.notes),
            r"\end{table}",
        ]
    return "\n".join(parts) + "\n"
