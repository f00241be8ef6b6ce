"""Databases of a till, for the tests of the driver `sql`: real servers in the test's own directory."""

import os
import pathlib
import signal
import sqlite3
import subprocess
import time

from shop import Postgres, Process, free_port, wait_for

CREATE = "CREATE TABLE scans (id {number} PRIMARY KEY, code varchar(200), at varchar(40), price {money})"


class SqliteTill:
    kind = "sqlite"
    create = CREATE.format(number="INTEGER", money="numeric")

    def __init__(self, shop):
        self.file = shop.directory / "till.db"

    def keys(self):
        return {"database": str(self.file)}

    def run(self, *statements):
        connection = sqlite3.connect(self.file, timeout=10)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def start(self):
        return self


class PostgresTill:
    kind = "postgresql"
    create = CREATE.format(number="bigint", money="numeric(10,2)")
    all_to_reader = ()  # the only user there is
    refuses_to_write = "read-only transaction"

    def __init__(self, shop):
        self.server = shop.postgres()

    def keys(self, database="postgres"):
        return {"odbc": f"Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={self.server.port};Database={database};UID=hub"}

    def command(self, database="postgres"):
        return [Postgres.PROGRAMS / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                str(self.server.port), "-U", "hub", database]

    def run(self, *statements, database="postgres"):
        subprocess.run([*self.command(database), *(word for one in statements for word in ("-c", one))],
                       check=True, stdout=subprocess.DEVNULL)

    def named(self, sequence):
        """A sequence, as nextval() takes it."""
        return f"'{sequence}'"

    def hold_lock(self, shop, seconds):
        """Another program that has the table for itself."""
        return hold(shop, [*self.command(), "-c", f"BEGIN; LOCK TABLE scans; SELECT pg_sleep({seconds})"])

    def start(self):
        self.server.start()
        return self

    def stop(self):
        self.server.process.child.send_signal(signal.SIGQUIT)
        self.server.process.child.wait(20)

    def processes(self):
        parent = self.server.process.child.pid
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [int(child) for child in children] + [parent]


class MariadbTill:
    kind = "mariadb"
    create = CREATE.format(number="bigint", money="decimal(10,2)")
    all_to_reader = ("GRANT ALL ON pos.* TO reader@'%'",)
    refuses_to_write = "READ ONLY transaction"

    def __init__(self, shop):
        self.shop = shop
        self.directory = shop.directory / "mariadb"
        self.directory.mkdir()
        # Its own: a server that starts removes what others keep in a common one.
        self.temporary = self.directory / "tmp"
        self.temporary.mkdir()
        self.port = free_port()
        self.process = None
        shop.add(self)
        self.as_user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={self.directory}/data",
                        f"--tmpdir={self.temporary}", *self.as_user, "--auth-root-authentication-method=normal", "--skip-test-db"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.password = self.directory / "password"
        self.password.write_text("p}w;d of the reader\n")

    def keys(self):
        return {"odbc": f"Driver=MariaDB Unicode;Server=127.0.0.1;Port={self.port};Database=pos;UID=reader",
                "password_file": str(self.password)}

    def command(self, database="pos"):
        return ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", f"--socket={self.directory}/socket", "-uroot", database]

    def run(self, *statements, database="pos"):
        subprocess.run([*self.command(database), "-e", ";".join(statements)], check=True)

    def named(self, sequence):
        return sequence

    def hold_lock(self, shop, seconds):
        return hold(shop, [*self.command(), "-e", f"LOCK TABLES scans WRITE; SELECT SLEEP({seconds})"])

    def start(self):
        first = self.process is None
        self.process = Process(self.directory, "mariadbd", [
            "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.directory}/data", *self.as_user,
            f"--tmpdir={self.temporary}", f"--socket={self.directory}/socket", f"--port={self.port}", "--bind-address=127.0.0.1",
            f"--pid-file={self.directory}/pid", "--innodb-buffer-pool-size=16M", "--performance-schema=OFF"])
        wait_for("MariaDB to accept connections", self.accepts, 60)
        if first:
            self.run("CREATE DATABASE pos CHARACTER SET utf8mb4",
                     "CREATE USER reader@'%' IDENTIFIED BY 'p}w;d of the reader'",
                     "GRANT SELECT ON pos.* TO reader@'%'", database="mysql")
        return self

    def accepts(self):
        return subprocess.run([*self.command("mysql"), "-e", "SELECT 1"], check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def stop(self):
        self.process.kill()

    def processes(self):
        return [self.process.child.pid]


def hold(shop, command):
    process = Process(shop.directory, f"lock-{time.monotonic_ns()}", command)
    shop.processes.append(process)
    time.sleep(0.5)
    return process


TILLS = {"sqlite": SqliteTill, "postgresql": PostgresTill, "mariadb": MariadbTill}
