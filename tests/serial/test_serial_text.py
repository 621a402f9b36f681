"""Text in settings and writes becomes bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_serial.text import bytes_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\r\n", b"\r\n"),
        ("\r\n", b"\r\n"),
        (r"\x00\xff", b"\x00\xff"),
        (r"\0", b"\0"),
        (r"a\\n", rb"a\n"),
        ("ÿ", b"\xff"),
        (b"\\n", b"\\n"),
    ],
)
def test_escapes_mean_what_they_mean_in_python(text: str | bytes, expected: bytes) -> None:
    assert bytes_of(text) == expected


@pytest.mark.parametrize("text", ["€", r"\q", r"\x1", "tail\\"])
def test_what_is_no_byte_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no single byte|unknown escape"):
        bytes_of(text)


@given(st.binary())
def test_every_byte_string_can_be_written_as_escapes(data: bytes) -> None:
    assert bytes_of("".join(f"\\x{byte:02x}" for byte in data)) == data


@given(st.binary())
def test_without_escapes_each_character_is_its_byte(data: bytes) -> None:
    assert bytes_of(data.decode("latin-1"), escapes=False) == data
