"""A noisy source, as a process of its own: hands in at a steady rate whether it is answered or not. See Noise.

    noisy_source.py http PORT TOKEN RATE BATCH     noisy_source.py tcp PORT RATE BATCH

Until its input ends; then one line of JSON: what was handed in, answered, told to come again."""

import collections
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import raw_http  # noqa: E402
from shop import sale  # noqa: E402

CONNECTIONS = 8


class Noise:
    """Runs the source beside a test; `ended()` gives its count."""

    def __init__(self, *words):
        self.process = subprocess.Popen([sys.executable, __file__, *map(str, words)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def kill(self):  # as the other parts of a shop
        self.process.kill()
        self.process.wait()

    def ended(self):
        return json.loads(self.process.communicate(timeout=30)[0])


class Source:
    def __init__(self, rate, batch):
        self.period = CONNECTIONS * batch / rate
        self.batch = batch
        self.count = collections.Counter()
        self.ending = threading.Event()

    def run(self):
        threads = [threading.Thread(target=self.hand_in, args=(which,)) for which in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self.ending.set()
        for thread in threads:
            thread.join()
        print(json.dumps(self.count))

    def hand_in(self, which):
        """Each connection in its turn; what could not be sent in time is sent at once."""
        connection = self.connect()
        number, due = 0, time.monotonic() + which * self.period / CONNECTIONS
        while not self.ending.is_set():
            request = self.request([f"{which}-{number + n}" for n in range(self.batch)])
            self.ending.wait(max(0, due - time.monotonic()))
            connection.sendall(request)
            self.take_answer(connection)
            self.count["handed_in"] += self.batch
            number, due = number + self.batch, due + self.period


class HttpSource(Source):
    def __init__(self, port, token, rate, batch):
        super().__init__(rate, batch)
        self.port, self.token = port, token

    def connect(self):
        return raw_http.connection_to(self.port, seconds=60)

    def request(self, names):
        events = [{**sale(1, "noisy"), "id": name} for name in names]
        return raw_http.post(json.dumps(events).encode(), token=self.token)

    def take_answer(self, connection):
        status, body = raw_http.one_answer(connection)
        self.count[str(status)] += self.batch


class LineSource(Source):
    def __init__(self, port, rate, batch):
        super().__init__(rate, batch)
        self.port = port

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def request(self, names):
        return "".join(f"noise-{name}\n" for name in names).encode()

    def take_answer(self, connection):
        answers = b""
        while answers.count(b"\n") < self.batch:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError("closed")
            answers += part
        self.count.update(line.split(b" ")[0].decode() for line in answers.splitlines())


if __name__ == "__main__":
    kind, port, *words = sys.argv[1:]
    if kind == "http":
        HttpSource(int(port), words[0], float(words[1]), int(words[2])).run()
    else:
        LineSource(int(port), float(words[0]), int(words[1])).run()
