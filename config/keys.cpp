#include "config/keys.h"

#include <algorithm>
#include <array>

namespace storeward::config {
namespace {

const std::vector<std::string_view> driver_kinds = {"file_drop", "http", "tcp",   "exec",
                                                    "mqtt",      "sql",  "serial"};

constexpr std::int64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB, TiB = 1024 * GiB;

#define TARGET(member) [](Config& c, std::size_t) -> Target { return &c.member; }
#define DRIVER(member) [](Config& c, std::size_t i) -> Target { return &c.drivers[i].member; }
#define CLIENT(member) [](Config& c, std::size_t i) -> Target { return &c.http.clients[i].member; }

const std::vector<Key>& table_of_keys() {
  static const std::vector<Key> table = {
      // clang-format off
{.table = "site", .name = "tenant", .form = Form::name, .target = TARGET(site.tenant), .required = true,
 .help = "The company, as the hub names it. Part of every topic and of every event's source."},
{.table = "site", .name = "id", .form = Form::name, .target = TARGET(site.id), .required = true,
 .help = "The store or warehouse."},
{.table = "site", .name = "agent", .form = Form::name, .target = TARGET(site.agent),
 .help = "This installation; a site may have several."},
{.table = "site", .name = "timezone", .form = Form::zone, .target = TARGET(site.timezone),
 .help = "IANA name, such as Europe/Berlin, in which business days are counted. Empty: the machine's."},
{.table = "site", .name = "currency", .form = Form::currency, .target = TARGET(site.currency),
 .help = "The site's currency, ISO 4217; for what is handed in without one."},
{.table = "site", .name = "business_day_start", .form = Form::time_of_day, .target = TARGET(site.business_day_start),
 .help = "When a business day begins, local time; a bar that closes at three writes 04:00."},

{.table = "hub", .name = "url", .form = Form::broker_urls, .target = TARGET(hub.urls), .required = true,
 .help = "The broker, or a list of them tried in order: mqtt://, mqtts://, ws:// or wss://host:port."},
{.table = "hub", .name = "confirm", .form = Form::choice, .target = TARGET(hub.confirm), .choices = {"receipt", "puback"},
 .help = "What counts as arrived: the hub's receipt, or (weaker, for a hub without receipts) the broker's PUBACK."},
{.table = "hub", .name = "compression", .form = Form::choice, .target = TARGET(hub.compress), .choices = {"none", "zstd"},
 .help = "Of messages from 1 KiB on."},
{.table = "hub", .name = "protocol", .form = Form::choice, .target = TARGET(hub.protocol), .choices = {"5", "3.1.1"},
 .help = "The MQTT version; 3.1.1 only where the broker has no 5."},
{.table = "hub", .name = "topic_prefix", .form = Form::topic, .target = TARGET(hub.topic_prefix),
 .help = "What stands before /{tenant}/{site}/{agent} in every topic."},
{.table = "hub", .name = "username", .form = Form::text, .target = TARGET(hub.username),
 .help = "For the broker, together with password_file."},
{.table = "hub", .name = "password_file", .form = Form::secret_path, .target = TARGET(hub.password_file),
 .help = "A file whose first line is the broker's password."},
{.table = "hub", .name = "ca_file", .form = Form::path, .target = TARGET(hub.ca_file),
 .help = "PEM certificates that the broker's must lead to. Left out: the system's trust store."},
{.table = "hub", .name = "cert_file", .form = Form::path, .target = TARGET(hub.cert_file),
 .help = "The agent's own certificate (PEM), where the broker asks for one."},
{.table = "hub", .name = "key_file", .form = Form::secret_path, .target = TARGET(hub.key_file),
 .help = "The private key of cert_file (PEM)."},
{.table = "hub", .name = "proxy", .form = Form::proxy, .target = TARGET(hub.proxy),
 .help = "HTTP proxy through which to reach the broker: http://host:port."},
{.table = "hub", .name = "confirm_timeout_s", .form = Form::integer, .target = TARGET(hub.confirm_timeout),
 .least = 1, .most = 86400,
 .help = "Seconds without any confirmation after which only the oldest message is sent again, as a probe."},
{.table = "hub", .name = "state_interval_s", .form = Form::integer, .target = TARGET(hub.state_interval),
 .least = 1, .most = 86400,
 .help = "Seconds between two reports of the stream heads."},
{.table = "hub", .name = "reconnect_spread_s", .form = Form::integer, .target = TARGET(hub.reconnect_spread),
 .least = 1, .most = 3600,
 .help = "The first new attempt after a lost connection comes within so many seconds, by chance: stores / 50 or more."},
{.table = "hub", .name = "max_unconfirmed_events", .form = Form::integer, .target = TARGET(hub.max_unconfirmed_events),
 .least = 1, .most = 10'000'000,
 .help = "How many events may be published and not yet confirmed."},

{.table = "store", .name = "directory", .form = Form::path, .target = TARGET(store.directory),
 .help = "Where the outbox lives. On a local disk; never on a network share."},
{.table = "store", .name = "keep_days", .form = Form::integer, .target = TARGET(store.keep_days),
 .least = 0, .most = 3650,
 .help = "Days for which confirmed events are kept for replay and for the recognition of repeats."},
{.table = "store", .name = "max_bytes", .form = Form::integer, .target = TARGET(store.max_bytes),
 .least = 0, .most = 64 * TiB,
 .help = "Bound of the database file in bytes, 4 MiB at least; 0: bounded by the disk alone."},
{.table = "store", .name = "reserve_bytes", .form = Form::integer, .target = TARGET(store.reserve_bytes),
 .least = 0, .most = 64 * GiB,
 .help = "Size of a file that is given up when the disk is full, so that the agent can still work it off. Less than 1 MiB counts as 1 MiB."},

{.table = "exceptions", .name = "keep_days", .form = Form::integer, .target = TARGET(exceptions.keep_days),
 .least = 1, .most = 3650,
 .help = "Days for which closed exceptions (retried, discarded, superseded) are kept. Open ones stay."},
{.table = "exceptions", .name = "max", .form = Form::integer, .target = TARGET(exceptions.max),
 .least = 1, .most = 1'000'000,
 .help = "Most exceptions kept; closed ones make room. While so many are open, what would become another is refused (503)."},

{.table = "audit", .name = "keep_days", .form = Form::integer, .target = TARGET(audit.keep_days),
 .least = 1, .most = 3650,
 .help = "Days for which the audit trail of the command line's actions is kept; at most a million entries."},

{.table = "http", .name = "listen", .form = Form::address, .target = TARGET(http.listen),
 .help = "IP:port of the intake for tills and handhelds. Off loopback only with TLS. Empty: no intake."},
{.table = "http", .name = "tls_cert_file", .form = Form::path, .target = TARGET(http.tls_cert_file),
 .help = "The intake's certificate chain (PEM)."},
{.table = "http", .name = "tls_key_file", .form = Form::secret_path, .target = TARGET(http.tls_key_file),
 .help = "The private key of tls_cert_file (PEM)."},
{.table = "http", .name = "max_body_bytes", .form = Form::integer, .target = TARGET(http.max_body_bytes),
 .least = 1 * KiB, .most = 8 * MiB,
 .help = "Largest body of a request, in bytes."},
{.table = "http", .name = "max_event_bytes", .form = Form::integer, .target = TARGET(http.max_event_bytes),
 .least = 1 * KiB, .most = 1 * MiB,
 .help = "Largest event as published, in bytes."},
{.table = "http", .name = "max_events", .form = Form::integer, .target = TARGET(http.max_events),
 .least = 1, .most = 10'000,
 .help = "Most events in one request."},
{.table = "http", .name = "max_connections", .form = Form::integer, .target = TARGET(http.max_connections),
 .least = 1, .most = 10'000,
 .help = "Most connections open at one time."},
{.table = "http", .name = "read_timeout_s", .form = Form::integer, .target = TARGET(http.read_timeout),
 .least = 1, .most = 300,
 .help = "Seconds in which a request must have come in whole."},

{.table = "http.client", .name = "name", .form = Form::name, .target = CLIENT(name), .required = true, .reloadable = true,
 .help = "The client, and the source of what it hands in."},
{.table = "http.client", .name = "token_sha256", .form = Form::digest, .target = CLIENT(token_sha256), .required = true,
 .reloadable = true,
 .help = "SHA-256 of the bearer token in hex; the token itself is never written here."},
{.table = "http.client", .name = "sources", .form = Form::names, .target = CLIENT(sources), .reloadable = true,
 .help = "Further sources that this client may speak for."},
{.table = "http.client", .name = "max_events_per_s", .form = Form::integer, .target = CLIENT(max_events_per_s),
 .reloadable = true, .least = 0, .most = 1'000'000,
 .help = "Rate limit; 0: none."},

{.table = "status", .name = "listen", .form = Form::address, .target = TARGET(status.listen),
 .help = "IP:port of the status page, /status.json and /metrics. Loopback only. Empty: none."},

{.table = "control", .name = "socket", .form = Form::path, .target = TARGET(control.socket),
 .help = "Unix socket on which the command line talks to the running agent."},

{.table = "log", .name = "level", .form = Form::choice, .target = TARGET(log.level), .reloadable = true,
 .choices = {"trace", "debug", "info", "warn", "error"},
 .help = "What is logged: this and everything graver."},
{.table = "log", .name = "format", .form = Form::choice, .target = TARGET(log.format), .choices = {"text", "json"},
 .help = "Lines for people, or one JSON object a line."},

{.table = "receipts", .name = "gap_grace_s", .form = Form::integer, .target = TARGET(receipts.gap_grace),
 .least = 1, .most = 86400,
 .help = "How long a missing receipt number may still arrive before it is reported as missing."},

{.table = "templates", .name = "directory", .form = Form::path, .target = TARGET(templates.directory),
 .help = "The site's own templates, NAME.toml; those shipped with the product need no file."},

{.table = "driver", .name = "name", .form = Form::name, .target = DRIVER(name), .required = true,
 .help = "What the driver is called in the status, in exceptions and as the source of its events."},
{.table = "driver", .name = "kind", .form = Form::choice, .target = DRIVER(kind), .required = true,
 .choices = driver_kinds,
 .help = "How the deliveries arrive."},
{.table = "driver", .name = "template", .form = Form::text, .target = DRIVER(template_name), .required = true,
 .help = "How its records become events: a shipped template, or NAME.toml in templates.directory."},
{.table = "driver", .name = "source", .form = Form::name, .target = DRIVER(source),
 .help = "The source of its events where it is not the driver's name."},
{.table = "driver", .name = "values", .form = Form::pairs, .target = DRIVER(values),
 .help = "What the records do not say and the template asks for: registerId=3."},
{.table = "driver", .name = "directory", .form = Form::path, .target = DRIVER(directory), .required = true, .kinds = {"file_drop"},
 .help = "Into which the source puts its files; the agent makes done/ and failed/ in it and needs the right to write there."},
{.table = "driver", .name = "pattern", .form = Form::text, .target = DRIVER(pattern), .kinds = {"file_drop"},
 .help = "Which files are meant: *.csv. Names of unfinished files (.x, x.tmp, x.part, x~) never are. A file that fits the patterns of several drivers of a directory is the first one's."},
{.table = "driver", .name = "marker", .form = Form::text, .target = DRIVER(marker), .kinds = {"file_drop"},
 .help = "Where NAME.done says that NAME is finished: .done. Empty: a file is finished when it has settled."},
{.table = "driver", .name = "settle_s", .form = Form::integer, .target = DRIVER(settle_time),
 .least = 0, .most = 86400, .kinds = {"file_drop"},
 .help = "Seconds without a change after which a file is finished; 0 where the source renames its finished files into place."},
{.table = "driver", .name = "poll_s", .form = Form::integer, .target = DRIVER(poll_interval),
 .least = 1, .most = 3600, .kinds = {"file_drop", "sql"},
 .help = "Seconds between two looks; in a directory on a local disk a new file is noticed at once."},
{.table = "driver", .name = "originals", .form = Form::choice, .target = DRIVER(remove_originals),
 .choices = {"masked", "removed"}, .kinds = {"file_drop"},
 .help = "What stays of a file that has been read: a copy without card numbers in done/ or failed/, or nothing."},
{.table = "driver", .name = "keep_days", .form = Form::integer, .target = DRIVER(keep_days),
 .least = 1, .most = 3650, .kinds = {"file_drop"},
 .help = "Days that copies and reports stay in done/; in failed/ at least 90. As long as in failed/, a content is known when it comes again."},
{.table = "driver", .name = "answer_directory", .form = Form::path, .target = DRIVER(answer_directory), .kinds = {"file_drop"},
 .help = "Where the answers of EDI (997, CONTRL) are written, NAME.ack. Empty: none are."},

{.table = "driver", .name = "command", .form = Form::texts, .target = DRIVER(command), .required = true, .kinds = {"exec"},
 .help = "The program with its whole path, and its arguments. No shell; everybody on the machine can read them."},
{.table = "driver", .name = "environment", .form = Form::pairs, .target = DRIVER(environment), .kinds = {"exec"},
 .help = "NAME=value of its environment, beside PATH and LANG=C.UTF-8; it inherits nothing."},
{.table = "driver", .name = "settings", .form = Form::pairs, .target = DRIVER(settings), .kinds = {"exec"},
 .help = "name=value for the program, told in its first line."},
{.table = "driver", .name = "silence_timeout_s", .form = Form::integer, .target = DRIVER(silence_timeout),
 .least = 0, .most = 86400, .kinds = {"exec"},
 .help = "A program that prints nothing for so many seconds hangs and is ended; 0 where it may be silent. The line {} says that it lives."},
{.table = "driver", .name = "restart_max_s", .form = Form::integer, .target = DRIVER(restart_most),
 .least = 2, .most = 86400, .kinds = {"exec", "sql", "mqtt"},
 .help = "Longest pause in seconds before a program that failed is started again; in a crash loop at least half of it."},
{.table = "driver", .name = "again_s", .form = Form::integer, .target = DRIVER(again),
 .least = 1, .most = 86400, .kinds = {"exec"},
 .help = "Seconds after which a program that came to its end (exit code 0) is started again."},
{.table = "driver", .name = "memory_mib", .form = Form::integer, .target = DRIVER(memory_mib),
 .least = 0, .most = 1 << 20, .kinds = {"exec", "sql", "mqtt"},
 .help = "Memory that the program may take, in MiB; 0: no limit."},
{.table = "driver", .name = "max_line_bytes", .form = Form::integer, .target = DRIVER(max_line_bytes),
 .least = 1024, .most = 4 * MiB, .kinds = {"exec"},
 .help = "Longest line that the program may print."},

{.table = "driver", .name = "signature", .form = Form::choice, .target = DRIVER(signature),
 .choices = {"none", "shopify", "generic"}, .kinds = {"http"},
 .help = "How a body is signed (HMAC-SHA256). none: the sender has a bearer token of a client that may speak for the driver's source."},
{.table = "driver", .name = "secret_file", .form = Form::secret_path, .target = DRIVER(secret_file), .kinds = {"http"},
 .help = "A file whose first line is the secret with which bodies are signed."},
{.table = "driver", .name = "signature_header", .form = Form::text, .target = DRIVER(signature_header), .kinds = {"http"},
 .help = "generic: the header with the signature; \"sha256=\" before it is left aside."},
{.table = "driver", .name = "signature_encoding", .form = Form::choice, .target = DRIVER(signature_encoding),
 .choices = {"hex", "base64"}, .kinds = {"http"},
 .help = "generic: how the signature is written."},
{.table = "driver", .name = "timestamp_header", .form = Form::text, .target = DRIVER(timestamp_header), .kinds = {"http"},
 .help = "generic: a header with Unix seconds; then TIMESTAMP.BODY is what is signed."},
{.table = "driver", .name = "timestamp_tolerance_s", .form = Form::integer, .target = DRIVER(timestamp_tolerance),
 .least = 1, .most = 86400, .kinds = {"http"},
 .help = "Seconds by which the timestamp may differ from this machine's clock."},
{.table = "driver", .name = "headers", .form = Form::texts, .target = DRIVER(headers), .kinds = {"http"},
 .help = "Request headers for the template: X-Shopify-Topic is {value = \"header.x-shopify-topic\"} there."},
{.table = "driver", .name = "topic_header", .form = Form::text, .target = DRIVER(topic_header), .kinds = {"http"},
 .help = "A request header that says what the body is: X-Shopify-Topic."},
{.table = "driver", .name = "topic_templates", .form = Form::pairs, .target = DRIVER(topic_templates), .kinds = {"http"},
 .help = "TOPIC=TEMPLATE: refunds/create=shopify-refund. What topic_header does not name here goes by template."},

{.table = "driver", .name = "listen", .form = Form::address, .target = DRIVER(listen), .required = true, .kinds = {"tcp"},
 .help = "IP:port on which it listens. There is no TLS."},
{.table = "driver", .name = "allow_network", .form = Form::choice, .target = DRIVER(allow_network),
 .choices = {"false", "true"}, .kinds = {"tcp"},
 .help = "Whether listen may be an address that other machines reach, although they neither prove who they are nor encrypt."},
{.table = "driver", .name = "framing", .form = Form::choice, .target = DRIVER(framing),
 .choices = {"lines", "length"}, .kinds = {"tcp"},
 .help = "How frames are told apart: by line ends (LF, CR or both), or by their length before them in 4 bytes, big-endian."},
{.table = "driver", .name = "acknowledge", .form = Form::choice, .target = DRIVER(acknowledge),
 .choices = {"line", "byte", "none"}, .kinds = {"tcp", "serial"},
 .help = "What the sender hears after the commit: a line (the rule for tcp), ACK or NAK (06, 15), or nothing (the rule for serial)."},
{.table = "driver", .name = "max_frame_bytes", .form = Form::integer, .target = DRIVER(max_frame_bytes),
 .least = 16, .most = 256 * KiB, .kinds = {"tcp", "serial"},
 .help = "Largest frame or line, in bytes."},
{.table = "driver", .name = "max_in_flight", .form = Form::integer, .target = DRIVER(max_in_flight),
 .least = 1, .most = 1000, .kinds = {"tcp"},
 .help = "Most frames of all its connections that wait for their commit; more wait outside."},
{.table = "driver", .name = "max_connections", .form = Form::integer, .target = DRIVER(max_connections),
 .least = 1, .most = 10'000, .kinds = {"tcp"},
 .help = "Most connections open at one time."},
{.table = "driver", .name = "idle_timeout_s", .form = Form::integer, .target = DRIVER(idle_timeout),
 .least = 1, .most = 7 * 86400, .kinds = {"tcp"},
 .help = "Seconds after which a connection on which nothing happens is closed."},
{.table = "driver", .name = "device", .form = Form::path, .target = DRIVER(device), .required = true, .kinds = {"serial"},
 .help = "The tty; /dev/serial/by-id/… stays the same when it is plugged in elsewhere."},
{.table = "driver", .name = "baud", .form = Form::integer, .target = DRIVER(baud),
 .least = 1200, .most = 230400, .kinds = {"serial"},
 .help = "Bits per second; 8 data bits, no parity."},

{.table = "driver", .name = "database", .form = Form::path, .target = DRIVER(database), .kinds = {"sql"},
 .help = "The file of an SQLite database."},
{.table = "driver", .name = "odbc", .form = Form::text, .target = DRIVER(odbc), .kinds = {"sql"},
 .help = "Any other database, as an ODBC connection string without the password: Driver=PostgreSQL Unicode;Server=…;Port=5432;Database=pos;UID=reader"},
{.table = "driver", .name = "password_file", .form = Form::secret_path, .target = DRIVER(password_file), .kinds = {"sql", "mqtt"},
 .help = "A file whose first line is the password."},
{.table = "driver", .name = "query", .form = Form::text, .target = DRIVER(query), .required = true, .kinds = {"sql"},
 .help = "The SELECT whose rows are the records; without ORDER BY, LIMIT and a semicolon."},
{.table = "driver", .name = "cursor", .form = Form::text, .target = DRIVER(cursor), .required = true, .kinds = {"sql"},
 .help = "The column of it by which it is read on, with an index: a number or time that only grows."},
{.table = "driver", .name = "cursor_kind", .form = Form::choice, .target = DRIVER(cursor_kind),
 .choices = {"key", "time"}, .kinds = {"sql"},
 .help = "What the column holds: whole numbers, or times."},
{.table = "driver", .name = "overlap", .form = Form::integer, .target = DRIVER(overlap),
 .least = 0, .most = 100'000'000, .kinds = {"sql"},
 .help = "How far each look goes back, for rows that become visible late: numbers of a key, seconds of a time."},
{.table = "driver", .name = "group_by", .form = Form::texts, .target = DRIVER(group_by), .kinds = {"sql"},
 .help = "Columns: rows that are alike in them (the lines of one receipt) are one record, with a list `row`."},
{.table = "driver", .name = "identity_query", .form = Form::text, .target = DRIVER(identity_query), .kinds = {"sql"},
 .help = "A SELECT of one value that changes when the database is replaced. PostgreSQL needs none."},
{.table = "driver", .name = "query_timeout_s", .form = Form::integer, .target = DRIVER(query_timeout),
 .least = 1, .most = 600, .kinds = {"sql"},
 .help = "Seconds after which a query is broken off."},
{.table = "driver", .name = "page_rows", .form = Form::integer, .target = DRIVER(page_rows),
 .least = 10, .most = 50'000, .kinds = {"sql"},
 .help = "Most rows of one query."},

{.table = "driver", .name = "broker", .form = Form::broker_urls, .target = DRIVER(broker), .required = true, .kinds = {"mqtt"},
 .help = "The local broker: mqtt://host:port, or mqtts:// with TLS."},
{.table = "driver", .name = "topics", .form = Form::texts, .target = DRIVER(topics), .required = true, .kinds = {"mqtt"},
 .help = "What it subscribes to, with + and # for levels: reader/+/tags."},
{.table = "driver", .name = "username", .form = Form::text, .target = DRIVER(username), .kinds = {"mqtt"},
 .help = "The user at the broker; its password is in password_file."},
{.table = "driver", .name = "ca_file", .form = Form::path, .target = DRIVER(ca_file), .kinds = {"mqtt"},
 .help = "The authority that the broker's certificate must come from; empty: those of this machine."},
{.table = "driver", .name = "client_id", .form = Form::text, .target = DRIVER(client_id), .kinds = {"mqtt"},
 .help = "The name of its session at the broker, which nobody else may use. Empty: storeward-SITE-DRIVER."},
{.table = "driver", .name = "session_days", .form = Form::integer, .target = DRIVER(session_days),
 .least = 1, .most = 365, .kinds = {"mqtt"},
 .help = "Days for which the broker keeps messages while the agent is away (MQTT 5)."},
{.table = "driver", .name = "mqtt_version", .form = Form::choice, .target = DRIVER(mqtt_version),
 .choices = {"5", "3.1.1"}, .kinds = {"mqtt"},
 .help = "The protocol; 3.1.1 where the broker is an old one."},
      // clang-format on
  };
  return table;
}

#undef TARGET
#undef CLIENT
#undef DRIVER

const std::vector<TableRule>& table_of_tables() {
  static const std::vector<TableRule> table = {
      {"site", false, "Who this installation is."},
      {"hub", false, "The broker and how to get to it."},
      {"store", false, "The outbox on disk."},
      {"exceptions", false, "What could not become an event, kept for a person."},
      {"audit", false, "Who did what through the command line."},
      {"http", false, "The intake for tills and handhelds."},
      {"http.client", true, "One per till; paired devices need no entry.",
       [](const Config& c) { return c.http.clients.size(); },
       [](Config& c) { c.http.clients.emplace_back(); }},
      {"status", false, "The status page."},
      {"control", false, "The command line's way to the agent."},
      {"log", false, "Goes to standard error, and so to the journal."},
      {"receipts", false, "The checks of receipt numbers and day closes."},
      {"templates", false, "How records of other formats become events."},
      {"driver", true, "One per source that hands in files, lines or rows of its own format.",
       [](const Config& c) { return c.drivers.size(); },
       [](Config& c) { c.drivers.emplace_back(); }},
  };
  return table;
}

}  // namespace

std::span<const Key> keys() {
  return table_of_keys();
}
std::span<const TableRule> tables() {
  return table_of_tables();
}

const Key* find_key(std::string_view table, std::string_view name) {
  const auto all = keys();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Key& key) {
    return key.table == table && key.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

const TableRule* find_table(std::string_view path) {
  const auto all = tables();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const TableRule& rule) { return rule.path == path; });
  return found == all.end() ? nullptr : &*found;
}

bool belongs(const Key& key, const Config& config, std::size_t index) {
  return key.kinds.empty() || std::find(key.kinds.begin(), key.kinds.end(),
                                        config.drivers[index].kind) != key.kinds.end();
}

std::string full_name(const Key& key, std::size_t index) {
  std::string name(key.table);
  if (find_table(key.table)->listed) name += "[" + std::to_string(index) + "]";
  return name + "." + std::string(key.name);
}

}  // namespace storeward::config
