"""A document of headings, sentences and tables, one for page, PDF, Markdown and JSON: so they cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under heads; without rows it is not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, then tables."""

    title: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; `words` stand before its first section."""

    title: str
    words: tuple[str, ...]
    sections: tuple[Section, ...]

    def plain(self) -> dict[str, Any]:
        """For programs, and for what sets it."""
        return asdict(self)


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of any sequences of text."""
    return Table(title, tuple(heads), tuple(tuple(row) for row in rows))


def markdown(document: Document) -> str:
    """The document as Markdown, ending with a line break."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    for words in document.words:
        yield from ("", words)
    for section in document.sections:
        yield from ("", f"## {section.title}")
        for words in section.words:
            yield from ("", words)
        for one in section.tables:
            yield from _table(one)


def _table(one: Table) -> Iterator[str]:
    if not one.rows:
        return
    yield from ("", f"### {one.title}", "")
    yield _row(one.heads)
    yield "|" + "---|" * len(one.heads)
    for row in one.rows:
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    """One line; what would end a cell or a line does not."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
