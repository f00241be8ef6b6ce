"""Card numbers to plant, each its own, and the search for them: one that turns up names where it was planted."""

import base64
import ctypes
import itertools
import json
import re
import sqlite3

# Every brand by what its numbers begin with and how long they are; the first ones are those that stay in no field.
MAJOR = [("4", 16), ("51", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16),
         ("3530", 16)]
OTHER = [("4", 13), ("4", 19), ("36", 14), ("3095", 14), ("62", 16), ("62", 19), ("6759", 18), ("50", 13),
         ("2200", 16), ("8171", 16), ("9792", 16)]
SIZES = sorted({size for _, size in MAJOR + OTHER})


def luhn_valid(digits):
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def gs1_valid(digits):
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def grouped(digits, separator):
    return separator.join(digits[at:at + 4] for at in range(0, len(digits), 4))


def printed(digits, parting):
    """In the groups that are printed on such a card; plain where its brand has none."""
    groups = {14: (4, 10), 15: (4, 10)}.get(len(digits), (4, 8, 12, 16) if len(digits) > 15 else ())
    ends = [end for end in groups if end < len(digits)] + [len(digits)]
    return parting.join(digits[begin:end] for begin, end in zip([0, *ends], ends))


def in_turn(*ways):
    """One way after the other, so that no place of the sweep has them all and each is in many."""
    turn = itertools.cycle(ways)
    return lambda digits: next(turn)(digits)


def with_digits_from(zero):
    return lambda digits: quoted("".join(chr(ord(zero) + int(digit)) for digit in digits))


def each_as(pattern):
    return lambda digits: quoted("card " + "".join(pattern.format(ord(digit)) for digit in digits))


def in_lines(digits):
    """Base64 as mail programs wrap it, with the number across the end of the first line."""
    return base64.encodebytes(f"{'a note of some length, ' * 2}card={digits}{', and more' * 9}".encode()).decode()


def escaped(digits):
    return "".join(f"\\u{ord(digit):04x}" for digit in digits)


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


PARTINGS = ["  ", "\t", "\n", "\r\n", ".", "/", "_", ",", ":", "|", " - ", ", ", "\u202f", "\u2007", "\u2009", "\u200b", "\u00ad",
            "\u2212", "\u00b7", "\u2022", "\ufeff", "%2D", "%09", "&#32;", "&#xa0;", "&nbsp;", "\\n"]

# How a number may stand in JSON, as raw text. Only those of the first list can be a member's name.
TEXTS = {
    "alone": quoted,
    "in a sentence": lambda digits: quoted(f"paid with {digits}, thanks"),
    "spaced": lambda digits: quoted(grouped(digits, " ")),
    "dashed": lambda digits: quoted("card " + grouped(digits, "-")),
    "no-break spaces": lambda digits: quoted(grouped(digits, "\u00a0")),
    "en dashes": lambda digits: quoted(grouped(digits, "\u2013")),
    "in a URL": lambda digits: quoted("https://psp.example/pay?card=" + grouped(digits, "%20")),
    "digit by digit": lambda digits: quoted(" ".join(digits)),
    "all escaped": lambda digits: f'"{escaped(digits)}"',
    "half escaped": lambda digits: f'"card {escaped(digits[:3])}{digits[3:7]}{escaped(digits[7:])}"',
    "XML": lambda digits: quoted(f'<pay card="{digits}"/>'),
    "JSON in text": lambda digits: quoted(json.dumps({"n": digits})),
    "track 2": lambda digits: quoted(f";{digits}=25121010000012300000?"),
    "base64": lambda digits: quoted(base64.b64encode(f"card={digits}".encode()).decode()),
    "parted otherwise": in_turn(*(lambda digits, parting=parting: quoted("card " + printed(digits, parting)) for parting in PARTINGS)),
    "digits of another kind": in_turn(with_digits_from("\uff10"), with_digits_from("\u0660"), with_digits_from("\u06f0")),
    "digit references": in_turn(each_as("&#{};"), each_as("&#x{:x};"), each_as("%{:02x}"), each_as("\\u{:04x}")),
    "base64 otherwise": in_turn(lambda digits: quoted(in_lines(digits)),
                                lambda digits: quoted(base64.b64encode(f"card={digits}".encode("utf-16-le")).decode()),
                                lambda digits: quoted(base64.b64encode(f"card={digits}".encode("utf-16")).decode())),
}
# The search knows their characters in UTF-8 alone.
BEYOND_ASCII = ("no-break spaces", "en dashes", "parted otherwise", "digits of another kind")
NUMBERS = {
    "number": str,
    "negative number": lambda digits: f"-{digits}",
    # Beyond 16 digits it would be another number by the time JSON has made a double of it.
    "fraction": lambda digits: f"{digits}.0" if len(digits) < 17 else digits,
    "exponent": lambda digits: f"{digits[0]}.{digits[1:]}e{len(digits) - 1}" if len(digits) < 17 else digits,
}
FORMS = TEXTS | NUMBERS


class Canaries:
    def __init__(self, random):
        self.random = random
        self.places = {}  # digits -> where they were planted

    def make(self, place, brands=tuple(MAJOR + OTHER)):
        """A valid card number that nobody else has, and that is no GTIN or SSCC by chance."""
        prefix, size = brands[len(self.places) % len(brands)]
        while True:
            body = prefix + "".join(self.random.choices("0123456789", k=size - len(prefix) - 1))
            digits = next(body + check for check in "0123456789" if luhn_valid(body + check))
            if digits not in self.places and not gs1_valid(digits):
                self.places[digits] = place
                return digits

    def found_in(self, blob):
        """Where those were planted that can be read from these bytes, parted, escaped, in base64 or UTF-16."""
        return sorted({self.places[digits] for digits in self._numbers_in(blob)})

    def _numbers_in(self, blob):
        blob = blob.replace(b"\0", b"")  # UTF-16
        texts = [joined(blob)]
        in_one_line = re.sub(rb"(?:\\+[rn]|[\r\n])+", b"", blob)
        for token in {*re.findall(BASE64, blob), *re.findall(BASE64, in_one_line)}:
            token = token.translate(bytes.maketrans(b"-_", b"+/"))
            for begin in range(4):
                part = token[begin:]
                texts.append(joined(base64.b64decode(part + b"A" * (-len(part) % 4)).replace(b"\0", b"")))
        for run in re.findall(rb"[0-9]{13,}", b"|".join(texts)):
            for size in SIZES:
                for at in range(len(run) - size + 1):
                    digits = run[at:at + size].decode()
                    if digits in self.places:
                        yield digits


BASE64 = rb"[A-Za-z0-9+/_-]{18,}"
# Characters that are neither letters nor digits: up to three of them between digits.
MARKS = (rb"(?<=[0-9])(?:[^0-9A-Za-z\x80-\xff]|\xc2[\x80-\xbf]|\xe2[\x80-\xaf][\x80-\xbf]|\xe3\x80[\x80-\x84]|\xef\xbb\xbf)"
         rb"{1,3}(?=[0-9])")


def joined(blob):
    """The bytes with escapes read and without whatever may stand between a card number's digits."""
    blob = re.sub(rb"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)).encode(errors="replace"), blob)
    blob = re.sub(rb"&#([0-9]{1,7});", lambda found: chr(int(found.group(1)) % 0xd800).encode(), blob)
    blob = re.sub(rb"&#x([0-9a-fA-F]{1,5});", lambda found: chr(int(found.group(1), 16) % 0xd800).encode(), blob)
    blob = re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found.group(1), 16)]), blob)
    blob = re.sub(rb"\xef\xbc([\x90-\x99])|\xd9([\xa0-\xa9])|\xdb([\xb0-\xb9])",
                  lambda found: b"%d" % (next(filter(None, found.groups()))[0] & 15), blob)
    blob = re.sub(rb"([0-9])\.([0-9]+)[eE]", rb"\1\2 ", blob)
    return re.sub(MARKS, b"", re.sub(rb"\\+[nrt]|&nbsp;", b" ", blob))


def unpacked(data):
    """What zstd has made small; anything else as it is. The library is there wherever the agent runs."""
    if not data.startswith(b"\x28\xb5\x2f\xfd"):
        return data
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    size = zstd.ZSTD_getFrameContentSize(data, ctypes.c_size_t(len(data)))
    assert size < 1 << 26, "a frame without its size"
    plain = ctypes.create_string_buffer(size)
    written = zstd.ZSTD_decompress(plain, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    assert written == size
    return plain.raw


def runs_of(database):
    """(stored bytes, plain bytes) of each run of events in an outbox."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        stored = [bytes(row[0]) for row in connection.execute("SELECT bytes FROM run")]
    return [(data, unpacked(data)) for data in stored]
