"""What is counted of a record of a file without the agent (record_counts.py), and the text of such a file."""

from typing import NamedTuple, Optional


class Record(NamedTuple):
    facts: Optional[int] = 1
    lines: Optional[int] = None


def text_of(path):
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
