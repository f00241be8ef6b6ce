"""A small HTTP proxy that knows CONNECT only. It counts what it was asked for, so that a test can prove that the
connection went through it."""

import contextlib
import select
import socket
import threading


class ConnectProxy:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []  # "host:port", in order
        self.bytes = 0  # carried both ways
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.closing = True
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while not self.closing:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 8192:
                part = client.recv(1024)
                if not part:
                    return
                head += part
            method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            self.asked.append(target)
            if method != "CONNECT":
                client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
                return
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port)), timeout=5) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._carry(client, upstream)

    def _carry(self, client, upstream):
        peer = {client: upstream, upstream: client}
        while not self.closing:
            for readable in select.select(list(peer), [], [], 0.5)[0]:
                part = readable.recv(65536)
                if not part:
                    return
                self.bytes += len(part)
                peer[readable].sendall(part)
