"""An HTTP client that sends exactly the bytes it is told to, for what no library would send."""

import re
import socket

from shop import TOKEN


def connection_to(port, source=None, seconds=10):
    # Only where asked for: a port bound beforehand is one that no other connection can have.
    bound = (source, 0) if source else None
    return socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=bound)


def all_of(connection):
    """Everything until the other side closes; an assertion if it does not."""
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise AssertionError(f"the connection is not closed after {answer!r}") from None
    return answer


def sent(port, *parts, seconds=10):
    """All answers to these bytes, after which the server must have closed the connection."""
    with connection_to(port, seconds=seconds) as connection:
        for part in parts:
            connection.sendall(part)
        return all_of(connection)


def post(body, *headers, path="/v1/events", content_type="application/cloudevents-batch+json", token=TOKEN,
         length=True):
    """One request; `length` False leaves it to the headers how the body is framed."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}",
             f"Content-Type: {content_type}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def statuses(answers):
    """Of each answer in these bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


def one_answer(connection):
    """(status, body) of the next answer on a connection that stays."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError(f"closed after {head!r}")
        head += part
    head, body = head.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError(f"closed after {body!r}")
        body += part
    return int(head.split(b" ", 2)[1]), body
