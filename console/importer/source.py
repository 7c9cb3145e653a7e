"""Bytes of a file, a .gz or standard input, in blocks of whole lines, with line numbers, in constant memory."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path

from console.errors import InputRejected, NotFound

BLOCK = 1 << 19
LONGEST_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file; `first_line` counts from 1, the header included."""

    first_line: int
    data: bytes


class Source:
    """An open input. `name` is for messages; `size` and `position` are bytes on disk, None where unknown."""

    def __init__(self, name: str, raw: BufferedReader, size: int | None) -> None:
        self.name = name
        self.size = size
        self._raw = raw
        self._stream: BufferedReader | gzip.GzipFile = raw
        self.next_line = 1

    @property
    def position(self) -> int:
        """How far the file has been read, for a progress bar."""
        try:
            return self._raw.tell()
        except (OSError, ValueError):
            return 0

    def line(self) -> bytes:
        """The next line with its end; empty at the end of the file."""
        with self._damage():
            line = self._stream.readline(LONGEST_LINE)
        if len(line) >= LONGEST_LINE:
            raise InputRejected(
                f"{self.name}: line {self.next_line} is longer than {LONGEST_LINE:,} bytes", hint="is it a CSV file?"
            )
        if line:
            self.next_line += 1
        return line

    def header(self) -> bytes:
        """The first line, without a byte order mark."""
        # gzip is told by its first bytes, not by the name: standard input has none
        if self._raw.peek(2)[:2] == b"\x1f\x8b":
            self._stream = gzip.GzipFile(fileobj=self._raw)
        first = self.line()
        if first.startswith(_UTF16):
            raise InputRejected(f"{self.name}: the text is UTF-16", hint="save the file as UTF-8")
        if not first.strip(_BOM + b"\r\n"):
            raise InputRejected(f"{self.name}: no header in line 1", hint="the first line names the columns")
        return first.removeprefix(_BOM)

    def block(self) -> Block | None:
        """About half a megabyte of lines; None at the end of the file."""
        first = self.next_line
        with self._damage():
            data = self._stream.read(BLOCK)
        if not data:
            return None
        self.next_line += data.count(b"\n")
        if not data.endswith(b"\n"):
            data += self.line()
        return Block(first, data if data.endswith(b"\n") else data + b"\n")

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise InputRejected(
                f"{self.name}: the compressed file is damaged near line {self.next_line}: {error}",
                hint="nothing was applied; fetch the file again",
            ) from None


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a path, or standard input for `-`."""
    if name == "-":
        # A buffer of our own: the interpreter closes sys.stdin's at exit, and would wait for a read that never returns.
        yield Source("standard input", BufferedReader(FileIO(os.dup(0), closefd=False)), None)
        return
    path = Path(name)
    try:
        with path.open("rb") as raw:
            yield Source(name, raw, path.stat().st_size)
    except FileNotFoundError:
        raise NotFound(f"there is no file {name}", hint="give a path, or - for standard input") from None
    except IsADirectoryError:
        raise NotFound(f"{name} is a directory", hint="give the path of one file") from None
    except PermissionError:
        raise NotFound(f"{name} may not be read by this user", hint="check the file's mode") from None
