"""OpenSim's XML documents, parsed without trust: no entities, no document types."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from gaitsmith.formats.base import Source

__all__ = ["is_xml", "parse", "text_of"]

_FORBIDDEN = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
#: OpenSim names some elements after C++ classes, ``<HuntCrossleyForce::ContactParameters>``, which
#: no XML with namespaces allows.
_CLASS_NAME = re.compile(rb"(</?[A-Za-z_]\w*)::(?=\w)")


def is_xml(head: bytes) -> bool:
    """Whether the bytes begin like an XML document."""
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def parse(source: Source) -> ElementTree.Element:
    """The root element.

    Raises
    ------
    FormatError
        Where the XML is broken or declares a document type or entities, which can unpack to
        gigabytes and which OpenSim never writes.
    """
    plain = source.data.replace(b"\0", b"")
    if _FORBIDDEN.search(plain):
        raise source.wrong(
            "the XML declares a document type or entities", expected="a plain OpenSim document",
            remedy="remove the <!DOCTYPE …> or <!ENTITY …> lines",
        )  # fmt: skip
    try:
        return ElementTree.fromstring(_CLASS_NAME.sub(rb"\1.", _utf8(source.data)))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise source.wrong(
            "broken XML", found=str(error), remedy="fetch or export it again"
        ) from error


def _utf8(data: bytes) -> bytes:
    """The bytes, or those of a document that says UTF-8 and has a stray byte of Latin-1 (a name or
    a dash in a credit), as UTF-8."""
    declared = re.match(rb"[^>]*encoding\s*=\s*[\"']([^\"']+)", data[:200])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1].lower() != b"utf-8"):
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode("utf-8")
    return data


def text_of(element: ElementTree.Element, tag: str) -> str:
    """The words of a child element, stripped; "" where it is not there."""
    return (element.findtext(tag) or "").strip()
