"""The hub as the peers see it: mosquitto and one subscriber with QoS 1, which notes each sale that it hears.

The subscriber's session is kept over an outage of the broker, so nothing that the broker acknowledged can pass it by.
"""

import shop
from programs import TOOLS


class Hub:
    def __init__(self, directory):
        self.directory = directory
        state = directory / "hub"
        state.mkdir()
        self.broker = shop.Broker(state)
        self.port = self.broker.port
        self.broker.config.write_text("\n".join([
            f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "log_type error",
            "set_tcp_nodelay true",
            # Written at its end only: it costs nothing while something is measured.
            "persistence true", f"persistence_location {state}/", "autosave_interval 0",
            "max_inflight_messages 0", "max_queued_messages 0", ""]))
        self.heard_file = directory / "heard.txt"
        self.ear = None

    def start(self):
        self.broker.start()
        self.ear = shop.Process(self.directory, "ear", [TOOLS / "bench-peer-ear", self.port, self.heard_file])
        shop.wait_for("the hub's subscriber", lambda: "listening" in self.ear.log.read_text())
        return self

    def stop(self):
        """An outage. The broker writes down the subscriber's session."""
        self.broker.process.stop()
        self.ear.child.wait(20)
        self.ear.log.write_text("")

    def kill(self):
        self.broker.stop()
        if self.ear:
            self.ear.kill()

    def heard(self):
        """How many, repeats included; by the size of the file, whose lines are of one length."""
        if not self.heard_file.exists():
            return 0
        with open(self.heard_file, encoding="ascii") as file:
            line = file.readline()
        return self.heard_file.stat().st_size // len(line) if line.endswith("\n") else 0
