"""A reader of pages for the tests: strict about nesting, and what a browser would load or run."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "input", "link", "hr", "col"}
SELF_CLOSING = {"path", "use", "line", "rect", "circle", "image"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        found = [self] if self.tag == tag else []
        for child in self.inside:
            found += child.all(tag)
        return found

    def words(self) -> str:
        return " ".join((self.text + " " + " ".join(c.words() for c in self.inside)).split())


class Page(HTMLParser):
    """The page as a tree; an element closed out of order is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self._open = [self.root]
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert len(self._open) == 1, [e.tag for e in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {k: v or "" for k, v in attrs})
        self._open[-1].inside.append(element)
        if "id" in element.attrs:
            self.ids.append(element.attrs["id"])
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, (self._open[-1].tag, tag, self.getpos())
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].text += data

    def all(self, tag: str) -> list[Element]:
        return self.root.all(tag)

    def of_class(self, name: str) -> list[Element]:
        def walk(e: Element) -> list[Element]:
            own = [e] if name in e.attrs.get("class", "").split() else []
            return own + [x for c in e.inside for x in walk(c)]

        return walk(self.root)
