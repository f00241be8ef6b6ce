"""FAULTS of the HTTP intake: requests that two readers would read in two ways, guessers, and clients that hold on."""

import concurrent.futures
import gzip
import hashlib
import json
import resource
import selectors
import signal
import statistics
import time

import pytest

from raw_http import all_of, connection_to, post, sent, statuses
from shop import TOKEN, memory_mib, sale, wait_for

BATCH = "application/cloudevents-batch+json"


def p99(times):
    return sorted(times)[len(times) * 99 // 100]


def answer_times(agent, first, count):
    """How long each of so many single sales took, on the connection the client has."""
    times = []
    for number in range(first, first + count):
        begun = time.monotonic()
        assert agent.post([sale(number)])[1]["results"][0]["status"] == "stored"
        times.append(time.monotonic() - begun)
    return times


def ids_stored(agent):
    listed = json.loads(agent.cli("outbox", "list", "--stream", "sales", "--limit", "1000", "--json").stdout)
    return {event["id"] for event in listed["events"]}


# ---- Smuggling -----------------------------------------------------------------------------------

INNER = post(json.dumps([sale(666, subject="smuggled")]).encode())
CHUNKED_END = b"0\r\n\r\n"
TE = "Transfer-Encoding: chunked"


def length(number):
    return f"Content-Length: {number}"


def framed(*headers, body=CHUNKED_END + INNER):
    """A request that says itself how long it is; what one reader takes for its body is to another the next one."""
    return post(body, *headers, length=False)


def raw(headers, body=CHUNKED_END + INNER):
    """The same with header lines as bytes, their ends included."""
    whole = framed(body=b"")
    return whole[:-2] + headers + b"\r\n" + body


# Each request with another one inside, and the status with which it is refused. 501 is RFC 9112's word (6.1) for a
# transfer coding that is not known.
SMUGGLING = {
    "CL.TE": (framed(length(len(CHUNKED_END)), TE), 400),
    "TE.CL": (framed(TE, length(4), body=b"%x\r\n" % len(INNER) + INNER + b"\r\n" + CHUNKED_END), 400),
    "CL 0 and TE": (framed(length(0), TE), 400),
    "two lengths": (framed(length(0), length(len(INNER)), body=INNER), 400),
    "two lengths, the other way": (framed(length(len(INNER)), length(0), body=INNER), 400),
    "the same length twice": (framed(length(0), length(0), body=INNER), 400),
    "a list of lengths": (framed("Content-Length: 0, 0", body=INNER), 400),
    "a length with a sign": (framed("Content-Length: +0", body=INNER), 400),
    "a negative length": (framed("Content-Length: -1", body=INNER), 400),
    "a length in hex": (framed("Content-Length: 0x0", body=INNER), 400),
    "a length with a tail": (framed("Content-Length: 0 5", body=INNER), 400),
    "a length with a fraction": (framed("Content-Length: 0.0", body=INNER), 400),
    "an empty length": (framed("Content-Length:", body=INNER), 400),
    "a length beyond 64 bits": (framed("Content-Length: 18446744073709551616", body=INNER), 413),
    "a length in other digits": (raw("Content-Length: \u0660\r\n".encode(), INNER), 400),
    "a space before the colon of the length": (framed("Content-Length : 0", body=INNER), 400),
    "a tab before the colon of the length": (framed("Content-Length\t: 0", body=INNER), 400),
    "a space before the name of the length": (framed(" Content-Length: 0", body=INNER), 400),
    "a folded length": (raw(b"Content-Length:\r\n 0\r\n", INNER), 400),
    "a NUL in the length": (raw(b"Content-Length: 0\0\r\n", INNER), 400),
    "a vertical tab in the length": (raw(b"Content-Length: \x0b0\r\n", INNER), 400),
    "TE twice": (framed(TE, TE), 400),
    "TE twice, one unknown": (framed(TE, "Transfer-Encoding: cow"), 400),
    "TE unknown, then chunked": (framed("Transfer-Encoding: cow", TE), 501),
    "TE identity and a length": (framed("Transfer-Encoding: identity", length(0)), 501),
    "TE chunked, identity": (framed("Transfer-Encoding: chunked, identity"), 501),
    "TE gzip, chunked": (framed("Transfer-Encoding: gzip, chunked"), 501),
    "TE xchunked": (framed("Transfer-Encoding: xchunked"), 501),
    "TE quoted": (framed('Transfer-Encoding: "chunked"'), 501),
    "TE with a parameter": (framed("Transfer-Encoding: chunked;x=1"), 501),
    "TE with a comma": (framed("Transfer-Encoding: chunked,"), 501),
    "TE empty": (framed("Transfer-Encoding:", length(0)), 501),
    "a space before the colon of TE": (framed("Transfer-Encoding : chunked", length(5)), 400),
    "a tab before the colon of TE": (framed("Transfer-Encoding\t: chunked", length(5)), 400),
    "a space before the name of TE": (framed(" Transfer-Encoding: chunked", length(5)), 400),
    "TE folded": (raw(b"Transfer-Encoding:\r\n chunked\r\n" + b"Content-Length: 5\r\n"), 501),
    "TE folded behind its value": (raw(b"Transfer-Encoding: chunked\r\n , identity\r\n"), 400),
    "TE folded into another field": (raw(b"X: x\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    "TE behind a bare CR": (raw(b"X: x\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    "TE behind a bare LF": (raw(b"X: x\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    "TE with a vertical tab": (raw(b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 5\r\n"), 400),
    "TE with a NUL": (raw(b"Transfer-Encoding: chunked\0\r\nContent-Length: 5\r\n"), 400),
    "TE with a NUL in its name": (raw(b"Transfer\0-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    "TE with high bytes in its name": (raw(b"Transfer-Encoding\xa0: chunked\r\nContent-Length: 5\r\n"), 400),
    "TE in HTTP/1.0": (framed(TE).replace(b"HTTP/1.1", b"HTTP/1.0", 1), 400),
    "bare LF after the request line": (framed(length(0), body=INNER).replace(b"\r\n", b"\n", 1), 400),
    "bare LF everywhere": (framed(length(0), body=b"").replace(b"\r\n", b"\n") + INNER, 400),
    "bare LF at the end of the header": (framed(length(0), body=b"")[:-2] + b"\n" + INNER, 400),
    "bare CR at the end of the header": (framed(length(0), body=b"")[:-4] + b"\r\r\n" + INNER, 400),
    "no colon": (framed("nonsense", length(0), body=INNER), 400),
    "no name": (framed(": nonsense", length(0), body=INNER), 400),
    "a NUL in a header": (raw(b"X: a\0b\r\nContent-Length: 0\r\n", INNER), 400),
    "an escape in a header": (raw(b"X: a\x1bb\r\nContent-Length: 0\r\n", INNER), 400),
    "two hosts": (framed("Host: other", length(0), body=INNER), 400),
    "no host": (framed(length(0), body=INNER).replace(b"Host: localhost\r\n", b"", 1), 400),
    "two authorizations": (framed("Authorization: Bearer x", length(0), body=INNER), 400),
    "two content types": (framed("Content-Type: text/plain", length(0), body=INNER), 400),
    "a target with a space": (framed(length(0), body=INNER).replace(b"/v1/events", b"/v1/events /", 1), 400),
    "an absolute target": (framed(length(0), body=INNER).replace(b"/v1/", b"http://other/v1/", 1), 400),
    "an authority as target": (framed(length(0), body=INNER).replace(b"/v1/events", b"other:80", 1), 400),
    "a target with a NUL": (framed(length(0), body=INNER).replace(b"/v1/events", b"/v1/events\0", 1), 400),
    "a tab in the request line": (framed(length(0), body=INNER).replace(b"POST ", b"POST\t", 1), 400),
    "no version": (b"POST /v1/events\r\n\r\n" + INNER, 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + INNER, 505),
    "two blank lines first": (b"\r\n\r\n" + INNER, 400),
    "a chunk of negative size": (framed(TE, body=b"-1\r\n" + INNER), 400),
    "a chunk size with 0x": (framed(TE, body=b"0x0\r\n\r\n" + INNER), 400),
    "a chunk size with a space before": (framed(TE, body=b" 0\r\n\r\n" + INNER), 400),
    "a chunk size with a space behind": (framed(TE, body=b"0 \r\n\r\n" + INNER), 400),
    "a chunk size with a plus": (framed(TE, body=b"+0\r\n\r\n" + INNER), 400),
    "a chunk size that overflows": (framed(TE, body=b"100000000000000000\r\n\r\n" + INNER), 400),
    "a chunk size of many zeros": (framed(TE, body=b"0" * 100 + b"\r\n\r\n" + INNER), 400),
    "no chunk size": (framed(TE, body=b"\r\n\r\n" + INNER), 400),
    "a chunk extension": (framed(TE, body=b"0;x=1\r\n\r\n" + INNER), 400),
    "a chunk extension with a bare LF": (framed(TE, body=b"2;\n[]\r\n0\r\n\r\n" + INNER), 400),
    "a chunk size ended by a bare LF": (framed(TE, body=b"0\n\r\n" + INNER), 400),
    "a chunk size ended by a bare CR": (framed(TE, body=b"0\r\r\n" + INNER), 400),
    "a chunk longer than its size": (framed(TE, body=b"1\r\n[]\r\n0\r\n\r\n" + INNER), 400),
    "a chunk shorter than its size": (framed(TE, body=b"4\r\n[]\r\n0\r\n\r\n" + INNER), 400),
    "a chunk without its end": (framed(TE, body=b"2\r\n[]0\r\n\r\n" + INNER), 400),
    "a trailer without a colon": (framed(TE, body=b"0\r\nnonsense\r\n\r\n" + INNER), 400),
    "a folded trailer": (framed(TE, body=b"0\r\nX: x\r\n y\r\n\r\n" + INNER), 400),
}


@pytest.mark.fault("F33")
def test_f33_what_two_readers_would_read_in_two_ways_is_refused_and_nothing_inside_is_taken(shop):
    agent = shop.agent(shop.broker().url).start()
    number = 0
    for name, (request, status) in SMUGGLING.items():
        for before, answers in ((b"", []), (post(json.dumps([sale(number)]).encode()), [200])):
            number += 1
            got = sent(agent.port, before + request)
            assert statuses(got) == [*answers, status], f"{name}: {got}"
            assert b"Connection: close" in got
    assert "till-1-00000666" not in ids_stored(agent)
    with connection_to(agent.port) as connection:  # the request inside is one that would have been taken
        connection.sendall(INNER)
        assert statuses(connection.recv(65536)) == [200]
    assert "till-1-00000666" in ids_stored(agent)
    assert agent.status()["exceptions"]["open"] == 0


@pytest.mark.fault("F33")
def test_f33_trailers_and_what_follows_a_whole_request_change_nothing_of_it(shop):
    agent = shop.agent(shop.broker().url).start()
    body = json.dumps([sale(1)]).encode()
    chunked = b"%x\r\n" % len(body) + body + b"\r\n0\r\nContent-Length: 5\r\nAuthorization: Bearer x\r\nHost: y\r\n\r\n"
    got = sent(agent.port, framed(TE, "Connection: close", body=chunked + INNER))
    assert statuses(got) == [200], "an answer to what stands behind the last request"
    assert ids_stored(agent) == {"till-1-00000001"}


# ---- Tokens --------------------------------------------------------------------------------------


def ask(port, token, source=None, number=1):
    """(status, header) for a sale handed in with this token, None: without, from this address."""
    request = post(json.dumps([sale(number)]).encode(), "Connection: close", token=token or "-")
    if token is None:
        request = request.replace(b"Authorization: Bearer -\r\n", b"")
    with connection_to(port, source) as connection:
        connection.sendall(request)
        answer = all_of(connection)
    return statuses(answer)[0], answer.partition(b"\r\n\r\n")[0].decode()


@pytest.mark.fault("F34")
def test_f34_a_guesser_is_locked_out_and_no_till_with_its_token_ever_is(shop):
    agent = shop.agent(shop.broker().url).start()
    for _ in range(30):
        status, header = ask(agent.port, None)
        assert status == 401 and "WWW-Authenticate: Bearer" in header
    for guess in range(10):
        assert ask(agent.port, f"guess-{guess}")[0] == 401
    for guess in range(50):
        status, header = ask(agent.port, f"later-{guess}")
        assert status == 429
        assert 0 < int(header.partition("Retry-After: ")[2].split("\r\n")[0]) <= 60
        assert ask(agent.port, TOKEN, number=guess)[0] == 200
    assert ask(agent.port, TOKEN[:-1])[0] == 429, "who is near to it may not be told apart"
    assert ask(agent.port, "x", source="127.0.0.2")[0] == 401
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        guesses = [pool.submit(ask, agent.port, f"{guess:08x}") for guess in range(1000)]
        for number in range(100, 300):
            assert agent.post([sale(number)])[1]["results"][0]["status"] == "stored"
        assert {one.result()[0] for one in guesses} == {429}


@pytest.mark.fault("F34")
def test_f34_a_token_speaks_for_its_own_sources_only_and_a_revoked_one_for_none(shop):
    agent = shop.agent(shop.broker().url).start()
    assert agent.post([sale(1), sale(1, source="till-2")])[0] == 403
    assert agent.post(sale(2, source="/acme/store-0042/main/till-1"), "application/cloudevents+json")[0] == 403
    assert not ids_stored(agent)
    text = agent.config.read_text()
    agent.config.write_text(text.replace(hashlib.sha256(TOKEN.encode()).hexdigest(),
                                         hashlib.sha256(b"the next one").hexdigest()))
    agent.process.child.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload:" in agent.process.tail())
    assert agent.post([sale(3)])[0] == 401, "on the connection that stood as well"
    assert agent.post([sale(3)], token="the next one")[0] == 200


# ---- Clients that hold on ------------------------------------------------------------------------


def with_descriptors(wanted):
    """Raises the limit of open files as far as needed; how many of `wanted` connections may be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 500
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    possible = min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    if possible < wanted:
        print(f"only {possible} of {wanted} connections: the limit of open files is {hard} here")
    return possible


@pytest.mark.measures
@pytest.mark.fault("F32")
@pytest.mark.parametrize("allowed", [1000, 10_000])
def test_f32_10_000_idle_connections_are_not_felt_by_a_till(shop, allowed, figure):
    count = with_descriptors(10_000)
    agent = shop.agent(shop.broker().url, tables={"http": {"max_connections": allowed, "read_timeout_s": 60}}).start()
    answer_times(agent, 0, 100)
    till = agent.connection.sock
    idle = []

    def rounds(first):
        return statistics.median(p99(answer_times(agent, first + 200 * one, 200)) for one in range(5))

    quiet, memory = rounds(1_000), memory_mib(agent, "VmRSS")
    try:
        for number in range(count):
            idle.append(connection_to(agent.port))
            if number % 2:  # some say nothing at all, some begin
                idle[-1].sendall(b"POST /v1/events HTTP/1.1\r\nHo")
        beset = rounds(3_000)
        grown = memory_mib(agent, "VmRSS") - memory
        held = sum(not gone(one) for one in idle)
        newcomer, _ = ask(agent.port, TOKEN, number=5_000)
    finally:
        for one in idle:
            one.close()
    begun = time.monotonic()
    assert ask(agent.port, TOKEN, number=5_001)[0] == 200
    at_once = time.monotonic() - begun
    quiet = max(quiet, rounds(6_000))  # the machine may have become slower by itself
    figure(f"{count} idle, {held} of them held: p99 {quiet * 1000:.1f} ms quiet, {beset * 1000:.1f} ms beset; "
           f"{grown:.1f} MiB more; {at_once * 1000:.0f} ms when they went")
    assert agent.connection.sock is till, "the till was thrown out"
    assert newcomer == 200, "nobody new was let in"
    assert held <= allowed and held >= min(allowed, count) - 10
    assert grown < 16 + held / 64  # MiB, 16 KiB each
    assert at_once < 1
    assert beset < 3 * quiet + 0.005
    assert agent.status()["streams"]["sales"]["last"] == 100 + 3 * 1000 + 2


def gone(connection):
    """True where the other side has closed."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.fault("F32")
def test_f32_who_drips_gets_408_at_its_time_and_a_till_beside_is_unmoved(shop, figure):
    agent = shop.agent(shop.broker().url, tables={"http": {"read_timeout_s": 3}}).start()
    quiet = statistics.median(answer_times(agent, 0, 300))
    body = json.dumps([sale(666, note="x" * 20_000)]).encode()  # on no machine through before its time is up
    drips = [b"POST /v1/events HTTP/1.1\r\nX-Slow: " + b"a" * 1000,
             post(body),
             post(body).replace(b"\r\n", b"\r\nX-Slow: 1\r\n", 1),
             framed(TE, body=b"1\r\n[\r\n" * 100)]
    selector = selectors.DefaultSelector()
    begun = time.monotonic()
    for number in range(200):
        kind = drips[number % len(drips)]
        at_once = kind.find(b"\r\n\r\n") + 4 if number % 8 >= 4 else 0  # in the header, in the body
        connection = connection_to(agent.port)
        connection.sendall(kind[:at_once])
        selector.register(connection, selectors.EVENT_READ, [kind, max(at_once, 0)])
    answered, times, number = [], [], 1000
    while selector.get_map():
        assert time.monotonic() - begun < 10, f"{len(selector.get_map())} drips go on"
        for key, _ in selector.select(0):
            answered.append((statuses(all_of(key.fileobj)), time.monotonic() - begun))
            selector.unregister(key.fileobj)
            key.fileobj.close()
        for key in list(selector.get_map().values()):
            kind, at = key.data
            key.data[1] += 1
            try:
                key.fileobj.sendall(kind[at:at + 1])
            except OSError:
                pass  # it will be read
        times += answer_times(agent, number, 10)
        number += 10
    ends = [at for _, at in answered]
    figure(f"median answer {quiet * 1000:.1f} ms quiet, {statistics.median(times) * 1000:.1f} ms among drips, "
           f"which ended after {min(ends):.1f} to {max(ends):.1f} s")
    assert all(status == [408] for status, _ in answered), answered
    assert 2.5 < min(ends) and max(ends) < 6
    assert statistics.median(times) < 3 * quiet + 0.005
    assert "till-1-00000666" not in ids_stored(agent)


@pytest.mark.native
@pytest.mark.fault("F32")
def test_f32_what_is_too_large_is_refused_before_it_is_there_and_costs_no_memory(shop):
    agent = shop.agent(shop.broker().url).start()
    agent.post([sale(1)])
    before = memory_mib(agent)
    big = b"a" * 50_000
    bomb = gzip.compress(b"[" + b" " * (200 << 20) + b"]", 9)
    endless = [framed(TE, body=b"")] + [b"10000\r\n" + b" " * 65536 + b"\r\n"] * 40
    for status, parts in [
            (414, [b"POST /" + big]),
            (431, [b"POST /v1/events HTTP/1.1\r\nX: " + big]),
            (431, [b"POST /v1/events HTTP/1.1\r\n", b"X: y\r\n" * 200]),
            (413, [framed(length((1 << 20) + 1), body=b"[")]),
            (413, [framed(length(1 << 50), body=b"[")]),
            (413, endless),
            (431, [framed(TE, body=b"0\r\n")] + [b"X: " + big])]:
        assert statuses(sent(agent.port, *parts)) == [status], parts[0][:60]
    answer = sent(agent.port, post(bomb, "Content-Encoding: gzip", "Connection: close"))
    assert statuses(answer) == [415]
    assert memory_mib(agent) - before < 16
    assert agent.post([sale(2)])[0] == 200


# ---- Other people's pages, other people's files --------------------------------------------------


def get(port, path, *headers, host="localhost", method="GET"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
    return sent(port, "\r\n".join([*lines, "", ""]).encode())


@pytest.mark.fault("F35")
def test_f35_the_status_answers_to_its_own_names_and_its_own_page_only(shop):
    agent = shop.agent(shop.broker().url).start()
    port = agent.status_port
    for host in ("localhost", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert statuses(get(port, "/status.json", host=host)) == [200]
    for host in ("rebound.example", f"localhost.rebound.example:{port}", "127.0.0.1.rebound.example", "169.254.169.254",
                 "0.0.0.0", "localhost@rebound.example", ""):
        for path in ("/", "/status.json", "/metrics", "/healthz"):
            answer = get(port, path, host=host)
            assert statuses(answer) == [421] and b"acme" not in answer, host
    for origin in ("https://other.example", "null", f"http://localhost:{port}.other.example", "http://localhost:1"):
        answer = get(port, "/status.json", f"Origin: {origin}", host=f"localhost:{port}")
        assert statuses(answer) == [403] and b"acme" not in answer, origin
    assert statuses(get(port, "/status.json", f"Origin: http://localhost:{port}", host=f"localhost:{port}")) == [200]
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = get(port, "/status.json", method=method)
        assert statuses(answer) == [405] and b"Access-Control" not in answer


@pytest.mark.fault("F35")
def test_f35_a_page_in_a_browser_cannot_hand_anything_in(shop):
    agent = shop.agent(shop.broker().url).start()
    preflight = get(agent.port, "/v1/events", "Origin: https://other.example", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: authorization", method="OPTIONS")
    assert statuses(preflight) == [405] and b"Access-Control-Allow" not in preflight
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = sent(agent.port, post(b"[]", "Origin: https://other.example", "Connection: close",
                                       content_type=content_type))
        assert statuses(answer) == [415] and b"Access-Control-Allow" not in answer


@pytest.mark.fault("F35")
def test_f35_no_path_leads_to_a_file(shop):
    agent = shop.agent(shop.broker().url).start()
    inside = str(agent.config)
    up = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "%c0%ae%c0%ae/", "..;/", "..\\", "....//", "./.././"]
    paths = [f"/{step * 12}{file.lstrip('/')}" for step in up for file in ("/etc/passwd", inside)]
    paths += [inside, f"/{inside}", "//etc/passwd", "/file:///etc/passwd", "/status.json/../../../etc/passwd",
              "/index.html%00", "/.git/config", "/main.toml", "/outbox.db", "/v1/events/../../status.json"]
    for path in paths:
        for port in (agent.port, agent.status_port):
            answer = get(port, path)
            assert statuses(answer) == [404], path
            assert b"root:" not in answer and b"token_sha256" not in answer
