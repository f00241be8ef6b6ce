"""Sources that hand in while the agent is killed again and again: what was answered is there, once and in order."""

import collections
import threading

from shop import wait_for


def killed_under_load(agent, source, kills, every, sources=4):
    """kill -9 after each so many further answers, while source(which, answered, ending) hands in on a thread of its own
    what it calls f"{which}-…", each until it is answered. What was answered, of each source in order."""
    answered, ending = [[] for _ in range(sources)], threading.Event()
    threads = [threading.Thread(target=source, args=(which, answered[which], ending)) for which in range(sources)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            goal = sum(map(len, answered)) + every
            wait_for("more answers", lambda: sum(map(len, answered)) >= goal, 60)
            agent.kill()
            agent.start()
    finally:
        ending.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return answered


def assert_each_once_and_in_order(held, answered):
    assert collections.Counter(held) == collections.Counter(sum(answered, []))
    for which, own in enumerate(answered):
        assert [name for name in held if name.startswith(f"{which}-")] == own
