"""The Debian package: what is in it, and its life on a machine: install, run, upgrade, remove, purge.

Each life happens in a root of its own: this machine's system below, everything written kept in memory and gone
afterwards, with its own processes, mounts and loopback network. STOREWARD_DEB names a package to test instead of
building one.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
UNIT = SOURCE / "systemd/storeward.service"


def run(*command, **named):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=1200, **named)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    if "STOREWARD_DEB" in os.environ:
        return pathlib.Path(os.environ["STOREWARD_DEB"]).resolve()
    output = tmp_path_factory.mktemp("package")
    done = run(SOURCE / "installer/package", "--preset", "dev", "--output", output)
    assert done.returncode == 0, done.stdout
    (made,) = output.glob("*.deb")
    return made


@pytest.fixture(scope="session")
def next_version(package, tmp_path_factory):
    """The same package as the version after it."""
    work = tmp_path_factory.mktemp("next")
    run("dpkg-deb", "-R", package, work / "tree")
    control = work / "tree/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", r"\g<0>+next", control.read_text(), flags=re.M))
    done = run("dpkg-deb", "--root-owner-group", "-b", work / "tree", work / "next.deb")
    assert done.returncode == 0, done.stdout
    return work / "next.deb"


# $1: where to mount; then the packages; the test's script comes on standard input.
LIFE = r"""
set -eu
root=$1; shift
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/root"
root=$root/root
cp "$@" "$root/mnt/"
# Nothing of an earlier installation on this machine may help.
chroot "$root" dpkg --purge storeward >/dev/null 2>&1 || true
rm -rf "$root/etc/storeward" "$root/var/lib/storeward"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mkdir "$root/dev/pts" 2>/dev/null || true
for device in null zero full random urandom; do
  rm -f "$root/dev/$device"; touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
ip link set lo up 2>/dev/null || true
exec chroot "$root" /bin/bash -eu -c "$(cat)" life "$@"
"""


@pytest.fixture
def live(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("a root of its own needs root")
    if not shutil.which("unshare"):
        pytest.skip("unshare is not here")

    def life(script, *packages):
        done = run("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "/bin/bash", "-c", LIFE, "life",
                   tmp_path, *packages, input=script)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return life


def test_the_package_holds_the_programs_the_unit_and_a_configuration(package):
    listing = {}
    for line in run("dpkg-deb", "-c", package).stdout.splitlines():
        mode, owner, *_, name = line.split()
        listing[name.lstrip(".").rstrip("/")] = (mode, owner)
    for name in ["/usr/bin/storeward", "/usr/bin/storeward-link", "/usr/bin/storeward-sql-source", "/usr/bin/storeward-mqtt-source", "/usr/bin/storeward-hub", "/usr/bin/storeward-till"]:
        assert listing[name] == ("-rwxr-xr-x", "root/root")
    for name in ["/usr/lib/systemd/system/storeward.service", "/usr/lib/sysusers.d/storeward.conf",
                 "/usr/lib/tmpfiles.d/storeward.conf", "/etc/storeward/storeward.toml",
                 "/usr/share/doc/storeward/copyright", "/usr/share/doc/storeward/examples/mosquitto.acl"]:
        assert listing[name] == ("-rw-r--r--", "root/root")
    assert all(owner == "root/root" for _, owner in listing.values())
    assert not [name for name, (mode, _) in listing.items() if "s" in mode or mode[8] == "w"]
    assert run("dpkg-deb", "-I", package, "conffiles").stdout.split() == ["/etc/storeward/storeward.toml"]


def test_the_package_names_the_libraries_it_needs(package):
    depends = run("dpkg-deb", "-f", package, "Depends").stdout
    for name in ["libc6", "libstdc++6", "libcurl4", "systemd", "tzdata"]:
        assert re.search(rf"(^|, ){re.escape(name)}( |,|$)", depends.strip()), depends


def test_an_installed_agent_checks_its_configuration_and_runs(live, package):
    live(r"""
dpkg -i /mnt/*.deb
getent passwd storeward
[ "$(stat -c %U:%G:%a /var/lib/storeward)" = storeward:storeward:750 ]
[ "$(stat -c %U:%G:%a /etc/storeward/secrets)" = root:storeward:750 ]
storeward --help >/dev/null
storeward till --help >/dev/null
storeward config check
install -d -o storeward -g storeward -m 750 /run/storeward
setpriv --reuid storeward --regid storeward --init-groups --no-new-privs storeward run &
agent=$!
for _ in {1..100}; do
  kill -0 $agent
  if exec 3<>/dev/tcp/127.0.0.1/8480; then
    printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    head -1 <&3 | grep ' 200 ' && ready=yes && break
  fi 2>/dev/null
  sleep 0.2
done
[ "${ready:-no}" = yes ]
kill -TERM $agent
wait $agent
[ -n "$(ls -A /var/lib/storeward)" ]
""", package)


# A till's token and an agent that runs as the service does, in the background as $agent.
RUNNING = r"""
printf till-token >/mnt/token
printf '[[http.client]]\nname = "till-1"\ntoken_sha256 = "%s"\n' "$(printf till-token | sha256sum | cut -c1-64)" \
  >/etc/storeward/conf.d/10-till.toml
run_agent() {
  install -d -o storeward -g storeward -m 750 /run/storeward
  setpriv --reuid storeward --regid storeward --init-groups --no-new-privs storeward run & agent=$!
  for _ in {1..100}; do storeward status >/dev/null 2>&1 && return; kill -0 $agent; sleep 0.1; done
  exit 1
}
sell() { storeward till --to http://127.0.0.1:8443 --token-file /mnt/token --rate 0 --count "$1"; }
"""


def test_an_upgrade_keeps_what_waits_and_the_configuration(live, package, next_version):
    said = live(r"""
dpkg -i /mnt/storeward_*.deb
echo '# ours' >>/etc/storeward/storeward.toml
""" + RUNNING + r"""
run_agent
sell 200
storeward outbox list | sed 's/^/before: /'
dpkg -i /mnt/next.deb </dev/null
dpkg-query -W -f '${Version}' storeward | grep +next
sell 10                                    # the old agent goes on
kill -TERM $agent; wait $agent
run_agent
sell 10
storeward outbox list | sed 's/^/after: /'
storeward verify
grep '# ours' /etc/storeward/storeward.toml
kill -TERM $agent; wait $agent
""", package, next_version)
    numbers = {}
    for line in said.splitlines():
        found = re.match(r"(before|after): (\S+) +(\w+) +\d+ +(\d+) +\d+ +\d+$", line)
        if found:
            numbers.setdefault(found[1], {})[found[3]] = (found[2], int(found[4]))
    assert sum(last for _, last in numbers["before"].values()) == 200
    assert sum(last for _, last in numbers["after"].values()) == 220
    assert {epoch for epoch, _ in numbers["before"].values()} == {epoch for epoch, _ in numbers["after"].values()}
    assert "clean" in said


def test_an_upgrade_restarts_a_running_agent_and_not_onto_a_configuration_it_does_not_accept(live, package, next_version):
    said = live(r"""
mkdir -p /run/systemd/system
printf '#!/bin/sh\necho "systemctl $*"\n' >/usr/local/bin/systemctl
chmod +x /usr/local/bin/systemctl
dpkg -i /mnt/storeward_*.deb
echo FIRST
dpkg -i /mnt/next.deb </dev/null
echo SECOND
printf '[store]\na_key_that_has_gone = 1\n' >/etc/storeward/conf.d/90.toml
dpkg -i /mnt/storeward_*.deb </dev/null
""", package, next_version)
    fresh, _, rest = said.partition("FIRST")
    good, _, bad = rest.partition("SECOND")
    assert "restart" not in fresh.replace("systemctl enable", "")
    assert "systemctl try-restart storeward.service" in good
    assert "try-restart" not in bad
    assert "90.toml:2:1: store.a_key_that_has_gone is unknown" in bad and "the agent that runs goes on" in bad


def test_an_older_program_refuses_the_outbox_of_a_newer_one_and_leaves_it_as_it_is(live, package):
    said = live(r"""
dpkg -i /mnt/storeward_*.deb
""" + RUNNING + r"""
run_agent
sell 5
kill -TERM $agent; wait $agent
/usr/bin/python3 -c 'import sqlite3
db = sqlite3.connect("/var/lib/storeward/outbox.db")
db.execute("PRAGMA user_version=99")
db.close()'
sha256sum /var/lib/storeward/outbox.db >/mnt/sum
code=0
setpriv --reuid storeward --regid storeward --init-groups --no-new-privs storeward run || code=$?
[ $code = 74 ]
sha256sum -c /mnt/sum
[ -z "$(ls -d /var/lib/storeward/damaged-* 2>/dev/null)" ]
""", package)
    assert "schema version 99" in said and "install the newer storeward again" in said


def test_purging_takes_the_configuration_and_never_the_outbox(live, package):
    said = live(r"""
dpkg -i /mnt/*.deb
echo 'an event' >/var/lib/storeward/outbox.db
dpkg --remove storeward
[ -f /etc/storeward/storeward.toml ]
dpkg --purge storeward
[ ! -e /etc/storeward ]
grep 'an event' /var/lib/storeward/outbox.db
[ ! -e /usr/bin/storeward ]
""", package)
    assert "kept /var/lib/storeward" in said


def test_purging_an_unused_installation_leaves_nothing(live, package):
    live(r"""
dpkg -i /mnt/*.deb
dpkg --purge storeward
[ ! -e /etc/storeward ] && [ ! -e /var/lib/storeward ]
""", package)


def test_the_unit_is_valid(tmp_path):
    # The programs are not installed here: systemd only has to find one at the path.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/storeward", "/bin/true"))
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert done.returncode == 0 and "storeward" not in done.stdout, done.stdout


def test_the_unit_is_exposed_no_more_than_it_must():
    done = run("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", UNIT)
    level = re.search(r"exposure level for storeward.service: ([0-9.]+)", done.stdout)
    assert level and float(level[1]) <= 1.5, done.stdout
    assert done.returncode == 0
