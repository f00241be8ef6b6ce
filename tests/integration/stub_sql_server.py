"""A stand-in for SQL Server, for the tests of the driver `sql`: it speaks the line protocol (MS-TDS 7.4, unencrypted, to loopback
only), answers from an SQLite table, and refuses what SQL Server would refuse of the statements that the driver sends.

It is no SQL Server: what its parser, its types' arithmetic or its locks do is not to be learned here.
"""

import contextlib
import datetime
import decimal
import re
import socket
import sqlite3
import struct
import threading

from shop import free_port

COLLATION = bytes.fromhex("0904d00034")  # Latin1_General, code page 1252
MOST_BYTES = 1 << 20  # of a message
DAY_0 = datetime.date(1, 1, 1).toordinal()
DAY_1900 = datetime.date(1900, 1, 1).toordinal()


class Refusal(Exception):
    def __init__(self, number, text, severity=16):
        super().__init__(text)
        self.number, self.severity = number, severity


def _utf16(text):
    return text.encode("utf-16-le")


def _b_text(text):
    return bytes([len(text)]) + _utf16(text)


def _us_text(text):
    return struct.pack("<H", len(text)) + _utf16(text)


def _time(text):
    """2026-11-20 09:15:02.1234567 as its day and its 100 ns."""
    date, _, clock = text.partition(" ")
    clock, _, fraction = (clock or "00:00:00").partition(".")
    hour, minute, second = map(int, clock.split(":"))
    return datetime.date.fromisoformat(date).toordinal(), \
        ((hour * 60 + minute) * 60 + second) * 10**7 + int((fraction + "0000000")[:7])


def _datetime(text):
    day, ticks = _time(text)
    return struct.pack("<iI", day - DAY_1900, round(ticks * 300 / 10**7))


def _datetime2(text, zone=None):
    day, ticks = _time(text)
    if zone is not None:
        utc = day * 864 * 10**9 + ticks - zone * 60 * 10**7
        day, ticks = divmod(utc, 864 * 10**9)
    return ticks.to_bytes(5, "little") + (day - DAY_0).to_bytes(3, "little") + (b"" if zone is None else struct.pack("<h", zone))


def _datetimeoffset(text):
    text, zone = text.rsplit(" ", 1)
    hours, minutes = zone[1:].split(":")
    return _datetime2(text, (int(hours) * 60 + int(minutes)) * (-1 if zone[0] == "-" else 1))


def _decimal(text, scale):
    units = int(decimal.Decimal(str(text)).scaleb(scale))
    return bytes([0 if units < 0 else 1]) + abs(units).to_bytes(8, "little")


def _money(text):
    units = int(decimal.Decimal(str(text)).scaleb(4)) & (1 << 64) - 1
    return struct.pack("<II", units >> 32, units & 0xFFFFFFFF)


def _uuid(text):
    first, second, third, *rest = text.split("-")
    return struct.pack("<IHH", int(first, 16), int(second, 16), int(third, 16)) + bytes.fromhex("".join(rest))


# How a column of a type is described, the length of the length of its values, and how a value is written.
TYPES = {
    "int": (b"\x26\x04", 1, lambda value: struct.pack("<i", value)),
    "bigint": (b"\x26\x08", 1, lambda value: struct.pack("<q", value)),
    "bit": (b"\x68\x01", 1, lambda value: bytes([value])),
    "float": (b"\x6d\x08", 1, lambda value: struct.pack("<d", value)),
    "real": (b"\x6d\x04", 1, lambda value: struct.pack("<f", value)),
    "money": (b"\x6e\x08", 1, _money),
    "decimal(18,4)": (b"\x6a\x09\x12\x04", 1, lambda value: _decimal(value, 4)),
    "numeric(10,2)": (b"\x6c\x09\x0a\x02", 1, lambda value: _decimal(value, 2)),
    "uniqueidentifier": (b"\x24\x10", 1, _uuid),
    "datetime": (b"\x6f\x08", 1, _datetime),
    "datetime2": (b"\x2a\x07", 1, _datetime2),
    "datetimeoffset": (b"\x2b\x07", 1, _datetimeoffset),
    "date": (b"\x28", 1, lambda value: (_time(value)[0] - DAY_0).to_bytes(3, "little")),
    "rowversion": (b"\xad\x08\x00", 2, lambda value: struct.pack(">q", value)),
    "varchar": (b"\xa7\xc8\x00" + COLLATION, 2, lambda value: value.encode("cp1252")),
    "nvarchar": (b"\xe7\x90\x01" + COLLATION, 2, _utf16),
    "nvarchar(max)": (b"\xe7\xff\xff" + COLLATION, 8, _utf16),
}


def _value(kind, value):
    _, length, write = TYPES[kind]
    if value is None:
        return {1: b"\0", 2: b"\xff\xff", 8: b"\xff" * 8}[length]
    data = write(value)
    if length == 8:  # in parts
        parts = [data[at:at + 4000] for at in range(0, len(data), 4000)]
        return struct.pack("<Q", len(data)) + b"".join(struct.pack("<I", len(part)) + part for part in parts) + b"\0\0\0\0"
    return len(data).to_bytes(length, "little") + data


def _done(count=None, error=False):
    return b"\xfd" + struct.pack("<HHQ", (0x10 if count is not None else 0) | (2 if error else 0), 0xC1, count or 0)


def _error(refusal):
    body = struct.pack("<iBB", refusal.number, 1, refusal.severity) + _us_text(str(refusal)) + _b_text("STUB") + b"\0" + struct.pack("<I", 1)
    return b"\xaa" + struct.pack("<H", len(body)) + body


class StubSqlServer:
    """A table `scans` or whatever `run` makes. `types`: of a column, as SQL Server calls it; nvarchar otherwise."""

    kind = "sql_server"
    create = "CREATE TABLE scans (id bigint PRIMARY KEY, code nvarchar, at varchar, price numeric(10,2))"

    def __init__(self, shop, types=None):
        self.types = {"id": "bigint", "price": "numeric(10,2)", "at": "varchar", **(types or {})}
        self.port = free_port()
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.lock = threading.Lock()
        self.statements = []  # all that were asked
        self.read_only = []   # of each login, whether it said that it only reads
        self.silent = threading.Event()  # it takes what it is asked and says nothing
        self.listener, self.clients = None, []
        self.password = shop.directory / "password"
        self.password.write_text("p;w=d of the reader\n")
        self.process = self  # what the shop ends
        shop.add(self)

    def keys(self):
        return {"odbc": f"Driver=FreeTDS;Server=127.0.0.1;Port={self.port};Database=pos;UID=reader;TDS_Version=7.4;ApplicationIntent=ReadOnly",
                "password_file": str(self.password)}

    def run(self, *statements):
        with self.lock:
            for statement in statements:
                self.database.execute(statement)

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        return self

    def stop(self):
        if self.listener:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        for client in self.clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self.clients = []

    kill = stop

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError, EOFError):
            session = {"dateformat": "dmy"}  # as with a German login
            while True:
                kind, message = self._read(client)
                if self.silent.is_set():
                    continue
                if kind == 0x12:
                    self._write(client, bytes.fromhex("00000b0006" "0100110001" "ff" "0f0007d00000" "02"))
                elif kind == 0x10:
                    self._write(client, self._login(message))
                elif kind == 0x01:
                    headers, = struct.unpack_from("<I", message)
                    self._write(client, self._batch(message[headers:].decode("utf-16-le"), session))
                elif kind == 0x06:
                    self._write(client, b"\xfd" + struct.pack("<HHQ", 0x20, 0, 0))
                else:
                    self._write(client, _error(Refusal(8145, f"the stub knows no message of type {kind}")) + _done(error=True))

    def _read(self, client):
        message = b""
        while True:
            kind, status, size = struct.unpack(">BBH", self._bytes(client, 8)[:4])
            message += self._bytes(client, size - 8)
            if len(message) > MOST_BYTES:
                raise EOFError
            if status & 1:
                return kind, message

    @staticmethod
    def _bytes(client, count):
        data = b""
        while len(data) < count:
            more = client.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    @staticmethod
    def _write(client, message):
        parts = [message[at:at + 4088] for at in range(0, len(message), 4088)]
        for number, part in enumerate(parts, 1):
            client.sendall(struct.pack(">BBHHBB", 4, number == len(parts), len(part) + 8, 0, number % 256, 0) + part)

    def _login(self, message):
        user_at, user_size, password_at, password_size = struct.unpack_from("<4H", message, 40)
        user = message[user_at:user_at + 2 * user_size].decode("utf-16-le")
        hidden = bytes((byte ^ 0xA5) >> 4 | ((byte ^ 0xA5) & 15) << 4 for byte in message[password_at:password_at + 2 * password_size])
        self.read_only.append(bool(message[26] & 0x20))
        if (user, hidden.decode("utf-16-le")) != ("reader", "p;w=d of the reader"):
            return _error(Refusal(18456, f"Login failed for user '{user}'.", 14)) + _done(error=True)
        database = b"\x01" + _b_text("pos") + _b_text("master")
        collation = b"\x07\x05" + COLLATION + b"\0"
        size = b"\x04" + _b_text("4096") + _b_text("4096")
        changes = b"".join(b"\xe3" + struct.pack("<H", len(one)) + one for one in (database, collation, size))
        name = "Microsoft SQL Server"
        said = b"\x01\x74\0\0\x04" + _b_text(name) + bytes([16, 0, 0x10, 0])
        return changes + b"\xad" + struct.pack("<H", len(said)) + said + _done()

    def _batch(self, text, session):
        self.statements.append(text)
        if found := re.fullmatch(r"SET DATEFORMAT (\w+)", text.strip()):
            session["dateformat"] = found[1]
        if text.lstrip().upper().startswith(("SET ", "USE ")):
            return _done()
        try:
            columns, rows = self.answer(text, session)
        except Refusal as refusal:
            return _error(refusal) + _done(error=True)
        described = b"\x81" + struct.pack("<H", len(columns))
        kinds = [self.types.get(column, "nvarchar") for column in columns]
        for column, kind in zip(columns, kinds):
            described += struct.pack("<IH", 0, 9) + TYPES[kind][0] + _b_text(column)
        return described + b"".join(b"\xd1" + b"".join(map(_value, kinds, row)) for row in rows) + _done(len(rows))

    def answer(self, text, session):
        """Refuses what SQL Server does, and has SQLite answer the rest."""
        bare = re.sub(r"'[^']*'", "''", text)
        for word in ("LIMIT", "FETCH", "::", "`"):
            if word in bare:
                raise Refusal(102, f"Incorrect syntax near '{word}'.", 15)
        ordered = re.split(r"[\s,]+", bare.rpartition("ORDER BY ")[2].removesuffix(" DESC"))
        if len({one.strip('[]"').lower() for one in ordered}) < len(ordered):
            raise Refusal(169, "A column has been specified more than once in the order by list. Columns in the order by list must be "
                               "unique.", 15)
        for column, value in re.findall(r"(\w+)\]? [<>]=? '([^']*)'", text):
            if self.types.get(column) != "datetime":
                continue
            if len(value.rpartition(".")[2]) > 3 and "." in value:
                raise Refusal(241, "Conversion failed when converting date and/or time from character string.")
            year, month, day = value[:10].split("-")
            if session["dateformat"] == "dmy":  # it is so: the year first, and then the day
                if int(day) > 12:
                    raise Refusal(242, "The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.")
                text = text.replace(value, f"{year}-{day}-{month}{value[10:]}")
        text = re.sub(r"^SELECT TOP \((\d+)\) (.*)$", r"SELECT \2 LIMIT \1", text, flags=re.S)
        try:
            with self.lock:
                cursor = self.database.execute(text)
                return [column[0] for column in cursor.description], cursor.fetchall()
        except sqlite3.OperationalError as error:
            if found := re.match("no such table: (.*)", str(error)):
                raise Refusal(208, f"Invalid object name '{found[1]}'.") from None
            if found := re.match("no such column: (.*)", str(error)):
                raise Refusal(207, f"Invalid column name '{found[1]}'.") from None
            raise Refusal(102, str(error), 15) from None
