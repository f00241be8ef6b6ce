"""A scripted MQTT broker (5 and 3.1.1) for one agent, that misbehaves as a test tells it. Python and in the test's
own process, because the script is then plain code: `answer` decides what each publish gets, and every publish is
kept as it came. There is no fan-out: what the agent hears comes from say() and `retained`.

    stub.answer = lambda publish: [Ack(0x97)] if b"poison" in publish.payload else [Ack()]
"""

import dataclasses
import json
import socket
import ssl
import struct
import threading
import time
from typing import Optional

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14
HANG_UP = "hang up"


@dataclasses.dataclass
class Ack:
    reason: int = 0
    after: float = 0.0        # seconds
    packet: Optional[int] = None  # another id than the publish's


@dataclasses.dataclass
class Publish:
    at: float
    connection: int
    topic: str
    payload: bytes
    packet: int
    retain: bool
    size: int  # of the whole packet

    @property
    def stream(self):
        """Of a batch; None for heads and state."""
        return self.topic.rsplit("/", 1)[1] if "/up/" in self.topic else None


def variable(number):
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def packet(kind, body, flags=0):
    return bytes([kind << 4 | flags]) + variable(len(body)) + body


class Session:
    """One connection, on its own thread."""

    def __init__(self, stub, peer, number):
        self.stub, self.peer, self.number = stub, peer, number
        self.version, self.unacked, self.sending = 5, set(), threading.Lock()

    def send(self, raw):
        with self.sending:
            try:
                self.peer.sendall(raw)
            except OSError:
                pass

    def close(self):
        try:
            self.peer.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.peer.close()

    def take(self, count):
        taken = bytearray()
        while len(taken) < count:
            more = self.peer.recv(min(count - len(taken), 1 << 16))
            if not more:
                raise ConnectionError
            taken += more
        return bytes(taken)

    def run(self):
        try:
            while True:
                head, length, shift = self.take(1)[0], 0, 0
                while True:
                    byte = self.take(1)[0]
                    length |= (byte & 0x7F) << shift
                    shift += 7
                    if not byte & 0x80:
                        break
                self.on_packet(head >> 4, head & 0x0F, self.take(length))
        except OSError:
            self.close()
            with self.stub.lock:
                self.stub.ended[self.number] = time.monotonic()

    def on_packet(self, kind, flags, body):
        if kind == CONNECT:
            self.version = body[6]
            self.send(self.connack())
            if self.stub.after_connack:
                self.send(self.stub.after_connack)
        elif kind == SUBSCRIBE:
            at, count = 2, 0
            if self.version == 5:
                at += 1 + body[2]  # properties shorter than 128 bytes
            while at < len(body):
                at += 2 + struct.unpack_from(">H", body, at)[0] + 1
                count += 1
            properties = b"\0" if self.version == 5 else b""
            self.send(packet(SUBACK, body[:2] + properties + bytes([self.stub.suback] * count)))
            for topic, payload in self.stub.retained.items():
                self.send(self.publish(topic, payload, True))
        elif kind == PUBLISH:
            self.on_publish(flags, body)
        elif kind == PINGREQ:
            self.send(packet(PINGRESP, b""))

    def connack(self):
        stub = self.stub
        if self.version != 5:
            return packet(CONNACK, bytes([stub.session_present, stub.connack]))
        properties = b""
        if stub.receive_maximum:
            properties += b"\x21" + struct.pack(">H", stub.receive_maximum)
        if stub.maximum_packet_size:
            properties += b"\x27" + struct.pack(">I", stub.maximum_packet_size)
        return packet(CONNACK, bytes([stub.session_present, stub.connack, len(properties)]) + properties)

    def publish(self, topic, payload, retain=False):
        return packet(PUBLISH, text(topic) + (b"\0" if self.version == 5 else b"") + payload, int(retain))

    def on_publish(self, flags, body):
        length, = struct.unpack_from(">H", body)
        topic, at, number = body[2:2 + length].decode(), 2 + length, 0
        if flags & 6:
            number, at = struct.unpack_from(">H", body, at)[0], at + 2
        if self.version == 5:
            size, shift = 0, 0
            while True:
                byte = body[at]
                size |= (byte & 0x7F) << shift
                shift, at = shift + 7, at + 1
                if not byte & 0x80:
                    break
            at += size
        came = Publish(time.monotonic(), self.number, topic, body[at:], number, bool(flags & 1),
                       len(body) + 1 + len(variable(len(body))))
        with self.stub.lock:
            self.stub.publishes.append(came)
            if number:
                self.unacked.add(number)
                self.stub.most_unacked = max(self.stub.most_unacked, len(self.unacked))
        answer = self.stub.answer(came)
        if answer == HANG_UP:
            raise ConnectionError
        for ack in answer if number else ():
            if ack.after:
                threading.Timer(ack.after, self.acknowledge, [number, ack]).start()
            else:
                self.acknowledge(number, ack)

    def acknowledge(self, number, ack):
        number = ack.packet or number
        with self.stub.lock:
            self.unacked.discard(number)
        reason = bytes([ack.reason]) if self.version == 5 else b""
        self.send(packet(PUBACK, struct.pack(">H", number) + reason))


class StubBroker:
    def __init__(self, certificate=None):
        """With a (certificate, key) it speaks TLS."""
        self.tls = certificate and ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate:
            self.tls.load_cert_chain(*certificate)
        self.answer = lambda publish: [Ack()]
        self.connack = 0             # the reason code
        self.suback = 1              # the reason code, the granted quality of service
        self.session_present = 0     # 1 is a lie: no session is kept here
        self.receive_maximum = self.maximum_packet_size = None
        self.retained = {}           # topic -> payload, given to each subscriber
        self.after_connack = b""     # raw bytes, whatever they are
        self.publishes, self.most_unacked = [], 0
        self.sessions, self.ended = [], {}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"mqtt{'s' if certificate else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            try:
                peer = self.tls.wrap_socket(peer, server_side=True) if self.tls else peer
            except OSError:
                continue
            session = Session(self, peer, len(self.sessions))
            self.sessions.append(session)
            threading.Thread(target=session.run, daemon=True).start()

    def say(self, topic, message):
        """To the agent that is connected now."""
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.sessions[-1].send(self.sessions[-1].publish(topic, payload))

    def hang_up(self):
        self.sessions[-1].close()

    def disconnect(self, reason):
        """MQTT 5: says why, and hangs up."""
        self.sessions[-1].send(packet(DISCONNECT, bytes([reason])))
        self.hang_up()

    def batches(self, stream="sales"):
        with self.lock:
            return [one for one in self.publishes if one.stream == stream]

    def heads(self):
        """The last report of the stream heads, or None."""
        with self.lock:
            payloads = [one.payload for one in self.publishes if one.topic.endswith("/heads")]
        return json.loads(payloads[-1]) if payloads else None

    def head(self, stream="sales"):
        heads = self.heads()
        return heads["epochs"][heads["current"]].get(stream) if heads else None

    def kill(self):
        self.listener.close()
        for session in self.sessions:
            session.close()
