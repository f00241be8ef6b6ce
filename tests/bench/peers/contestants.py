"""Who is measured: the agent, and the peers that do the whole job (local input, a buffer of their own, the hub's broker).

Each is one process with its children, in a directory that outlives a kill -9. The README says what each of them offers.
"""

import json
import pathlib
import shutil
import string
import subprocess
import time

import processes
import shop
from programs import BUILD, TOOLS

HERE = pathlib.Path(__file__).resolve().parent
INSTALLED = BUILD / "peers"


def install():
    """The npm packages of the lock file, beside the scripts that use them."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock, installed_lock = HERE / "package-lock.json", INSTALLED / "package-lock.json"
    up_to_date = installed_lock.exists() and installed_lock.read_bytes() == lock.read_bytes()
    for file in (*HERE.glob("*.json"), *HERE.glob("*.mjs")):
        shutil.copy(file, INSTALLED)
    if not up_to_date or not (INSTALLED / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=INSTALLED, check=True,
                       stdout=subprocess.DEVNULL)


class Contestant:
    name = ""
    input = ("--token", shop.TOKEN)  # how its tills hand in
    backlog = 200_000                # sales that it takes, and is rid of, in a time that can be waited for

    def __init__(self, directory, hub_port):
        self.directory = directory
        self.hub_port = hub_port
        self.port = shop.free_port()
        self.process = None
        self.loads = 0

    def command(self):
        raise NotImplementedError

    def start(self):
        """Seconds until the first sale was accepted."""
        begun = time.monotonic()
        self.process = shop.Process(self.directory, "contestant", self.command())
        shop.wait_for(f"{self.name} to accept a sale", self.accepts, 120, 0.002)
        return time.monotonic() - begun

    def accepts(self):
        if not self.process.running():
            raise AssertionError(f"{self.name} ended:\n{self.process.tail()}")
        return shop.can_connect(self.port) and self.load(connections=1, count=1)["events"] == 1

    def kill(self):
        processes.kill_all(self.pids())
        self.process.child.wait()

    def pids(self):
        return processes.tree(self.process.child.pid)

    def start_load(self, connections=64, seconds=4.0, count=0, give_up=120.0):
        """Tills that hand in one sale after the other; what was accepted is noted for the verdict."""
        self.loads += 1
        return subprocess.Popen(
            [TOOLS / "bench-load", "--port", str(self.port), *self.input, "--connections", str(connections),
             "--seconds", str(seconds), "--count", str(count), "--give-up", str(give_up),
             "--accepted", self.directory / f"accepted-{self.loads}.txt"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def load(self, **how):
        return json.loads(self.start_load(**how).communicate()[0])


class Agent(Contestant):
    name = "agent"

    def __init__(self, directory, hub_port):
        super().__init__(directory, hub_port)
        # The peers believe the broker's PUBACK; so does the agent here.
        self.agent = shop.Agent(directory, f"mqtt://127.0.0.1:{hub_port}",
                                tables={"hub": {"confirm": "puback", "reconnect_spread_s": 1}})
        self.agent.write_config()
        self.port = self.agent.port

    def command(self):
        return [shop.BIN / "storeward", "run", "--config", self.agent.config]


class MosquittoBridge(Contestant):
    name = "mosquitto bridge, saved each second"
    input = ("--mqtt", "sales")
    on_changes = "false"

    def command(self):
        config = self.directory / "bridge.conf"
        config.write_text(string.Template((HERE / "mosquitto_bridge.conf").read_text()).substitute(
            port=self.port, hub_port=self.hub_port, directory=self.directory, on_changes=self.on_changes))
        return ["/usr/sbin/mosquitto", "-c", config]


class MosquittoBridgeOnChanges(MosquittoBridge):
    """Writes all that waits after each change: the more waits, the slower it is."""
    name = "mosquitto bridge, saved on changes"
    backlog = 10_000
    on_changes = "true"


class NodeProgram(Contestant):
    script = ""
    backlog = 20_000

    def command(self):
        return ["node", INSTALLED / self.script, self.port, f"mqtt://127.0.0.1:{self.hub_port}",
                self.directory / "level"]


class NodeIntake(NodeProgram):
    name = "Node.js mqtt, level store"
    script = "node_intake.mjs"


class AedesBridge(NodeProgram):
    name = "Aedes bridge, LevelDB"
    script = "aedes_bridge.mjs"
    input = ("--mqtt", "sales")


PEERS = {"mosquitto": MosquittoBridge, "mosquitto_on_changes": MosquittoBridgeOnChanges, "node": NodeIntake,
         "aedes": AedesBridge}
