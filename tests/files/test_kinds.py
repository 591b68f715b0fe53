"""Names and types of files: what the sender says decides nothing (spec 20 §20.3, §20.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.files.kinds import ALLOWED, FOOT, HEAD, clean_name, content_type, ending, is_shown

ZIP = b"PK\x03\x04" + bytes(30) + b"word/"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONG = HEAD + FOOT


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\fakepath\\a b.txt", "a b.txt"),
        ("/etc/cron.d/x", "x"),
        ("a\0b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("x/", "file"),
        ("Angebot für Zoë.pdf", "Angebot für Zoë.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
        ("x" * 255, "x" * 255),
    ],
)
def test_names(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@given(st.text())
def test_any_name_becomes_one_that_names_no_place(sent: str) -> None:
    kept = clean_name(sent)
    assert 0 < len(kept) <= 255
    assert not {"/", "\\", "\0", "\n", "\r"} & set(kept)
    assert kept.strip(".")
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", True),
        ("a.gif", b"GIF89a=1;/*<script>alert(1)</script>*/", "image/gif", True),  # a polyglot is what its bytes say
        ("a.png", b"<html><script>alert(1)</script>", "text/html", False),
        ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", False),
        ("a.svg", b"<?xml version='1.0'?><svg onload='x()'/>", "application/xml", False),
        ("a.txt", b"   \n<HTML><body onload=x()>", "text/html", False),
        ("a.txt", b"plain words", "text/plain", True),
        ("a.txt", "Grüße".encode() * 3000, "text/plain", True),
        ("a.csv", b"a,b\n1,2\n", "text/csv", True),
        ("a.json", b'{"a": 1}', "application/json", False),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf", True),
        ("a.png", b"%PDF-1.7\n", "application/pdf", True),
        ("a.docx", ZIP, WORD, False),
        ("a.xlsx", ZIP, "application/zip", False),  # what is inside is no table
        ("a.pdf", ZIP, "application/zip", False),
        ("a.docx", b"PK\x03\x04" + bytes(LONG) + b"word/document.xml", WORD, False),  # listed at the end
        ("a.docx", b"PK\x03\x04" + bytes(LONG) + b"other.xml", "application/zip", False),
        ("a.xlsx", b"PK\x03\x04" + b"xl/" + bytes(LONG), SHEET, False),
        (
            "a.odt",
            b"PK\x03\x04" + b"mimetypeapplication/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.text",
            False,
        ),
        ("a.txt", b"BMW, P1 and II* are no pictures", "text/plain", True),
        ("a.csv", b"P1 item,1\n", "text/csv", True),
        ("a.txt", b"words " * LONG, "text/plain", True),
        ("a.txt", b"words " * LONG + b"<script>x()</script>", "text/html", False),
        ("a.txt", b"words " * LONG + b"\0\1", "application/octet-stream", False),
        ("a.txt", "€".encode() * LONG, "text/plain", True),  # characters cut off in the middle of the file
        ("a.txt", b"x" + "\N{GRINNING FACE}".encode() * LONG, "text/plain", True),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(LONG) + b"PK\x03\x04", "image/jpeg", True),
        ("a.svg", b"words " * LONG + b"</svg>", "image/svg+xml", False),
        ("a.zip", ZIP, "application/zip", False),
        ("a.bmp", b"BM....", "image/bmp", True),
        ("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4", True),
        ("a.mp3", b"ID3\x03", "audio/mpeg", True),
        ("a.png", b"\x01\x02\x03\x04garbage", "application/octet-stream", False),
        ("a.txt", b"MZ" + bytes(100), "application/octet-stream", False),
    ],
)
def test_the_content_says_what_a_file_is(name: str, content: bytes, kind: str, shown: bool) -> None:
    found = content_type(content[:HEAD], name, content[max(HEAD, len(content) - FOOT) :])
    assert (found, is_shown(found)) == (kind, shown)


@given(st.binary(max_size=200), st.sampled_from(sorted(ALLOWED)), st.binary(max_size=40))
def test_any_content_has_a_type(content: bytes, name: str, foot: bytes) -> None:
    kind = content_type(content, f"a.{name}", foot)
    assert kind.isascii() and kind.count("/") == 1 and len(kind) <= 100 and not set(kind) & set(' ;,"\r\n')


def test_endings() -> None:
    assert (ending("a.b.PDF"), ending("README"), ending(".htaccess")) == ("pdf", "", "htaccess")
    assert {"pdf", "heic", "svg"} <= ALLOWED
    assert not {"exe", "html", "js", "php", ""} & ALLOWED
