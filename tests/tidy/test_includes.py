"""Who may include whom (docs/architecture.md). The linker enforces most of it; this names the line."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder -> the folders it may include from, beside itself.
MAY_INCLUDE = {
    "agent/base": [],
    "agent/core": ["agent/base"],
    "store": ["agent/base", "agent/core"],
    "config": ["agent/base", "agent/core"],
    "agent/process": ["agent/base", "agent/core"],
    "agent/tls": ["agent/base"],
    "drivers": ["agent/base", "agent/core", "agent/process", "agent/tls"],
    "agent/http": ["agent/base", "agent/core"],
    "agent/link": ["agent/base", "agent/core", "agent/process"],
    "agent/mqtt": ["agent/base", "agent/core", "agent/link", "agent/tls"],
    "agent/web": [],
    "agent/runtime": ["agent/base", "agent/core", "agent/http", "agent/link", "agent/web", "store", "config",
                      "drivers"],
    "agent/cli": ["agent/base", "agent/core", "agent/runtime", "store", "config"],
    "agent/hub": ["agent/base", "agent/core"],
    "agent/till": ["agent/base", "agent/core"],
}

# Foreign header -> the only places that may know it.
ONLY_IN = {
    r"sqlite3\.h": ["store/sqlite.", "agent/hub/sqlite_", "drivers/sql/sqlite_database."],
    r"sql(ext)?\.h": ["drivers/sql/odbc_database."],
    r"mqtt/.*|MQTTAsync\.h": ["agent/mqtt/", "agent/hub/", "drivers/mqtt/subscription."],
    r"restinio/.*": ["agent/http/"],
    r"pqxx/.*": ["agent/hub/"],
    r"curl/.*": ["agent/till/"],
    r"archive(_entry)?\.h": ["drivers/formats/archive."],
    r"pugixml\.hpp": ["drivers/formats/xml_element."],
    r"toml\+\+/.*|toml\.hpp": ["config/"],
    r"CLI/.*": ["agent/cli/", "agent/hub", "agent/till"],
    r"systemd/.*": ["agent/runtime/service_notify."],
    r"zstd\.h": ["agent/core/batch_codec."],
    r"spdlog/.*": ["agent/base/log."],
    r"date/.*": ["agent/base/time_zone."],
    r"thread": ["agent/runtime/store_thread.", "agent/runtime/reader_thread.", "agent/mqtt/", "agent/hub/",
                "drivers/file_drop/driver.", "drivers/mqtt/listening."],
}

# The core is pure: no sockets, threads, clocks, files or logs.
FORBIDDEN_IN_CORE = re.compile(
    r"asio.*|thread|mutex|condition_variable|fstream|filesystem|iostream|random|agent/base/log\.h")


def sources():
    for folder in MAY_INCLUDE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield folder, path.relative_to(ROOT).as_posix(), path


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def owner(included):
    """The folder an include belongs to; None for a foreign header."""
    fitting = [folder for folder in MAY_INCLUDE if included.startswith(folder + "/")]
    return max(fitting, key=len, default=None)


def test_every_folder_includes_only_what_the_table_allows():
    wrong = []
    for folder, name, path in sources():
        for number, included in includes(path):
            target = owner(included)
            if target and target != folder and target not in MAY_INCLUDE[folder]:
                wrong.append(f"{name}:{number}: {folder} must not include {included}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_each_foreign_library_is_known_in_one_place_only():
    wrong = []
    for _, name, path in sources():
        for number, included in includes(path):
            for pattern, places in ONLY_IN.items():
                if re.fullmatch(pattern, included) and not any(name.startswith(place) for place in places):
                    wrong.append(f"{name}:{number}: only {', '.join(places)} may include {included}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_core_is_pure():
    wrong = [f"{name}:{number}: agent/core must not include {included}"
             for folder, name, path in sources() if folder == "agent/core"
             for number, included in includes(path) if FORBIDDEN_IN_CORE.fullmatch(included)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_driver_includes_another_driver():
    wrong = []
    for folder, name, path in sources():
        if folder != "drivers" or name.count("/") < 2:
            continue
        own = "/".join(name.split("/")[:2])
        for number, included in includes(path):
            if re.match(r"drivers/[^/]+/", included) and not included.startswith((own + "/", "drivers/formats/", "drivers/source/")):
                wrong.append(f"{name}:{number}: a driver must not include {included}")
    assert not wrong, "\n" + "\n".join(wrong)
