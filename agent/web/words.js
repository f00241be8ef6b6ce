// From the facts of /status.json to plain words. Pure: facts and the present time in, text out.

const streamWords = {
  sales: ["sale", "sales"],
  finance: ["finance record", "finance records"],
  orders: ["order event", "order events"],
  stock: ["stock change", "stock changes"],
  levels: ["stock level", "stock levels"],
  master: ["master-data change", "master-data changes"],
  ops: ["notice", "notices"],
};

export const streamTitles = {
  sales: "Sales and payments",
  finance: "Day close and settlement",
  orders: "Orders and shipments",
  stock: "Stock changes",
  levels: "Stock levels",
  master: "Products, prices, customers",
  ops: "Notices of the agent",
};

export const number = (value) => new Intl.NumberFormat().format(value);

// Decimals of a currency's minor unit by ISO 4217, as agent/core/currency.cpp has them. Browsers have
// fewer where small coins are out of use (HUF, RSD, COP), and would show a hundred times as much.
const decimalsOf = {};
for (const currency of ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
                        "VUV", "XAF", "XOF", "XPF"]) decimalsOf[currency] = 0;
for (const currency of ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]) decimalsOf[currency] = 3;
for (const currency of ["CLF", "UYW"]) decimalsOf[currency] = 4;

export function money({ amountMinor, currency }) {
  try {
    const digits = decimalsOf[currency] ?? 2;
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency, minimumFractionDigits: digits,
                                                      maximumFractionDigits: digits });
    return format.format(amountMinor / 10 ** digits);
  } catch {
    return `${amountMinor} ${currency}`;  // not a currency the browser knows
  }
}

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

// 0.4 -> "under a second", 75 -> "1 min", 90000 -> "1 d 1 h"
export function duration(seconds) {
  if (seconds < 1) return "under a second";
  const steps = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const parts = [];
  for (const [unit, size] of steps) {
    const count = Math.floor(seconds / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    seconds -= count * size;
    if (parts.length === 2 || unit === "min") break;
  }
  return parts.join(" ") || `${Math.floor(seconds)} s`;
}

// "10:15", with the day where it is not today.
export function clock(iso, now) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

// "10:15" as the site's clock showed it, wherever the page is read and in whatever zone the till wrote it.
export function timeAtSite(iso, timeZone) {
  try {
    return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(iso));
  } catch {
    return iso.slice(11, 16);  // a zone, or a leap second, that the browser does not know
  }
}

export const waitingOf = (status) =>
  Object.values(status.streams).reduce((sum, stream) => sum + stream.waiting, 0);

function counted(stream, count) {
  const [one, many] = streamWords[stream] ?? ["event", "events"];
  return `${number(count)} ${count === 1 ? one : many}`;
}

// "12 sales and 3 stock changes"; more than two kinds: "12 sales and 40 other events".
function waitingWords(status) {
  const kinds = Object.entries(status.streams).filter(([, stream]) => stream.waiting > 0);
  const [first, second, ...rest] = kinds.map(([name, stream]) => counted(name, stream.waiting));
  if (second === undefined) return first ?? "nothing";
  if (rest.length === 0) return `${first} and ${second}`;
  const others = waitingOf(status) - kinds[0][1].waiting;
  return `${first} and ${number(others)} other events`;
}

const isAre = (count) => (count === 1 ? "is" : "are");

const hubWords = {
  online: "the line to the hub is up",
  connecting: "the agent is connecting to the hub",
  offline: "the line to the hub is down",
  refused: "the hub refuses this agent",
  untrusted: "the hub cannot prove that it is the right one",
};

export function hubSentence(hub, now) {
  const words = hubWords[hub.state] ?? hub.state;
  return hub.since ? `${words} (since ${clock(hub.since, now)})` : words;
}

const storeWords = {
  low: "Space is running low. Confirmed events are removed early, and stock levels and scans make way for sales.",
  full: "There is no room left. Nothing more can be accepted until there is.",
  read_only: "The disk cannot be written. Nothing can be accepted.",
  damaged: "The database is damaged. What could be read is kept; nothing was deleted.",
};

function storeHeadline(store) {
  const [title, ...rest] = storeWords[store.state].split(". ");
  return { title, detail: rest.join(". ") };
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// It works, and something of its source's waits for a person.
export const needsLook = (driver) => driver.state === "ok" && driver.look === true;

// Its source's deliveries stay outside until somebody helps. Where there is no room, that is what is said.
const isStopped = (driver, store) => driver.state === "failing" || (driver.state === "paused" && store.state === "ok");

// While one of these stands, what waits does not get less though the line is up.
const holdUp = ["publish_not_authorised", "packet_limit_too_small", "confirmation_stalled"];

// A few events on their way are the normal state of a busy shop, not a backlog.
const isBacklog = (status) =>
  Object.values(status.streams).some((stream) => (stream.oldest_waiting_s ?? 0) > 15);

function stoppedHeadline(stopped, hub) {
  return { tone: stopped.some((driver) => driver.state === "failing") ? "bad" : "warn",
           title: stopped.length === 1 ? `${stopped[0].name} is ${stopped[0].state}` : `${number(stopped.length)} drivers are not working`,
           detail: `Why, and what to do, stands with ${stopped.length === 1 ? "its name" : "their names"} below. Everything else ${
             hub.state === "online" ? "is accepted" : "is accepted and kept here until the line is back"}.` };
}

// The one sentence everybody reads. tone: good, busy, warn, bad.
export function headline(status, now) {
  const waiting = waitingOf(status);
  const stored = Object.values(status.streams).some((stream) => stream.last > 0) || waiting > 0;
  const { hub, store, exceptions } = status;
  if (["full", "read_only", "damaged"].includes(store.state)) {
    return { tone: "bad", ...storeHeadline(store) };
  }
  if (hub.state === "refused" || hub.state === "untrusted") {
    return { tone: "bad", title: capital(hubSentence(hub, now)),
             detail: waiting > 0 ? `${capital(waitingWords(status))} ${isAre(waiting)} safe here and ${waiting === 1 ? "waits" : "wait"}.`
                                 : "Sales are accepted and kept here." };
  }
  const stopped = (status.drivers ?? []).filter((driver) => isStopped(driver, store));
  if (stopped.length > 0) return stoppedHeadline(stopped, hub);
  if (hub.state !== "online") {
    if (waiting === 0) {
      return { tone: "warn", title: capital(hubSentence(hub, now)),
               detail: stored ? "Everything so far is at the hub. New sales are kept here until the line is back."
                              : "Sales are accepted and kept here until the line is back." };
    }
    return { tone: "warn", title: `${capital(waitingWords(status))} ${isAre(waiting)} waiting`,
             detail: `${capital(hubSentence(hub, now))}. Nothing is lost: it all goes out when the line is back.` };
  }
  if (store.state === "low") {
    return { tone: "warn", ...storeHeadline(store) };
  }
  if (waiting > 0 && status.alerts.some((alert) => holdUp.includes(alert.kind))) {
    return { tone: "warn", title: `${capital(waitingWords(status))} ${isAre(waiting)} waiting`,
             detail: "The line to the hub is up, and something holds them up: see below. Nothing is lost: they are kept here." };
  }
  if (isBacklog(status)) {
    return { tone: "busy", title: `${capital(waitingWords(status))} ${isAre(waiting)} on the way`,
             detail: "The line to the hub is up and the backlog is being sent." };
  }
  if (status.alerts.length > 0) {
    return { tone: "warn", title: "Something needs attention",
             detail: "See below. Sales are accepted and reach the hub." };
  }
  const looks = (status.drivers ?? []).filter(needsLook);
  if (looks.length > 0) {
    return { tone: "warn", title: looks.length === 1 ? `${looks[0].name} needs a look` : `${number(looks.length)} drivers need a look`,
             detail: "What to do stands with its name below. Everything else reaches the hub." };
  }
  if (exceptions.open > 0) {
    return { tone: "warn", title: exceptions.open === 1 ? "One delivery needs a look" : `${number(exceptions.open)} deliveries need a look`,
             detail: "What could not become an event is kept here (storeward exceptions list). Everything else reaches the hub." };
  }
  if (!stored) {
    return { tone: "good", title: "Ready for the first sale", detail: "The line to the hub is up. Nothing has been sold yet." };
  }
  if (waiting > 0) {
    return { tone: "good", title: "All is well",
             detail: `Sales reach the hub as they happen. On the way right now: ${waitingWords(status)}.` };
  }
  return { tone: "good", title: "All sales are at the hub", detail: "Nothing is waiting." };
}
