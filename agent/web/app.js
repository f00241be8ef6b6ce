import { html, render, useEffect, useState } from "/preact.js";
import * as words from "/words.js";

const refreshMs = 2000;
const giveUpMs = 5000;

function Headline({ status, now, stale }) {
  const { tone, title, detail } = stale
    ? { tone: "bad", title: "The agent does not answer", detail: "This page shows the last it said. Is the service running?" }
    : words.headline(status, now);
  return html`
    <section class="headline ${tone}" role="status">
      <span class="lamp" aria-hidden="true"></span>
      <div><h1>${title}</h1><p>${detail}</p></div>
    </section>`;
}

function Alerts({ alerts, now }) {
  if (alerts.length === 0) return null;
  return html`
    <section class="card wide attention" aria-labelledby="alerts">
      <h2 id="alerts">Needs attention</h2>
      <ul class="alerts">${alerts.map((alert) => html`
        <li key=${alert.kind}><p>${alert.detail || alert.kind.replaceAll("_", " ")}</p>
          <small>since ${words.clock(alert.since, now)} · <code>${alert.kind}</code></small></li>`)}
      </ul>
    </section>`;
}

// The newest business day there is: what the shop calls today.
function Today({ days, timeZone }) {
  const date = days.reduce((newest, day) => (day.businessDate > newest ? day.businessDate : newest), "");
  const register = ({ siteId, registerId }) => (siteId ? `${siteId}/` : "") + (registerId || "–");
  const today = days.filter((day) => day.businessDate === date).sort((a, b) =>
    register(a).localeCompare(register(b), undefined, { numeric: true }));
  const heading = date === "" ? "Today" :
    new Date(`${date}T12:00:00`).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
  const totals = new Map();
  for (const { gross } of today) {
    for (const { amountMinor, currency } of gross) totals.set(currency, (totals.get(currency) ?? 0) + amountMinor);
  }
  const sum = (key) => today.reduce((total, day) => total + day[key], 0);
  return html`
    <section class="card wide" aria-labelledby="today">
      <h2 id="today">${heading}</h2>
      ${today.length === 0 ? html`<p class="quiet">No sales yet. They appear here as soon as a till hands one in.</p>` : html`
      <div class="scroll"><table>
        <thead><tr><th scope="col">Register</th><th scope="col" class="n">Sales</th><th scope="col" class="n roomy">Returns</th>
          <th scope="col" class="n">Takings</th><th scope="col" class="n roomy">Last sale</th></tr></thead>
        <tbody>${today.map((day) => html`<tr key=${register(day)}>
          <th scope="row">${register(day)}</th><td class="n">${words.number(day.sales)}</td>
          <td class="n roomy">${words.number(day.returns)}</td>
          <td class="n">${day.gross.map((amount) => html`<div>${words.money(amount)}</div>`)}</td>
          <td class="n roomy">${day.last_sale ? words.timeAtSite(day.last_sale, timeZone) : "–"}</td></tr>`)}</tbody>
        ${today.length > 1 && html`<tfoot><tr><th scope="row">Together</th><td class="n">${words.number(sum("sales"))}</td>
          <td class="n roomy">${words.number(sum("returns"))}</td>
          <td class="n">${[...totals].map(([currency, amountMinor]) => html`<div>${words.money({ amountMinor, currency })}</div>`)}</td>
          <td class="roomy"></td></tr></tfoot>`}
      </table></div>`}
    </section>`;
}

function Waiting({ streams }) {
  const rows = Object.entries(streams).filter(([, stream]) => stream.last > 0 || stream.waiting > 0);
  return html`
    <section class="card" aria-labelledby="waiting">
      <h2 id="waiting">On the way to the hub</h2>
      ${rows.length === 0 ? html`<p class="quiet">Nothing has been handed in yet.</p>` : html`
      <table>
        <thead><tr><th scope="col"><span class="unseen">Kind</span></th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Oldest</th></tr></thead>
        <tbody>${rows.map(([name, stream]) => html`<tr key=${name}>
          <th scope="row">${words.streamTitles[name] ?? name}</th>
          <td class="n ${stream.waiting > 0 ? "some" : "none"}">${words.number(stream.waiting)}</td>
          <td class="n">${stream.waiting > 0 ? words.duration(stream.oldest_waiting_s ?? 0) : "–"}</td></tr>`)}</tbody>
      </table>`}
    </section>`;
}

const hubStates = { online: "Connected", connecting: "Connecting", offline: "Not connected",
                    refused: "Refused by the hub", untrusted: "Hub not trusted" };
const storeStates = { ok: "In order", low: "Space is low", full: "Full", read_only: "Cannot be written", damaged: "Damaged" };

function Box({ status, now }) {
  const { hub, store, exceptions } = status;
  const lamp = (good, warn) => (good ? "good" : warn ? "warn" : "bad");
  return html`
    <section class="card" aria-labelledby="box">
      <h2 id="box">This shop's box</h2>
      <dl>
        <dt>Hub</dt><dd><span class="dot ${lamp(hub.state === "online", hub.state === "connecting" || hub.state === "offline")}" aria-hidden="true"></span>${hubStates[hub.state] ?? hub.state}
          <small>${hub.broker}${hub.since ? ` since ${words.clock(hub.since, now)}` : ""}${hub.detail ? html`<br/>${hub.detail}` : ""}</small></dd>
        <dt>Last confirmation</dt><dd>${hub.last_confirmation ? words.clock(hub.last_confirmation, now) : "none yet"}</dd>
        <dt>Storage</dt><dd><span class="dot ${lamp(store.state === "ok", store.state === "low")}" aria-hidden="true"></span>${storeStates[store.state] ?? store.state}
          <small>${words.bytes(store.bytes)} used, ${words.bytes(store.free_bytes)} free</small></dd>
        <dt>Exceptions</dt><dd><span class="dot ${lamp(exceptions.open === 0, true)}" aria-hidden="true"></span>${exceptions.open === 0 ? "None" : `${words.number(exceptions.open)} to look at`}
          ${exceptions.open > 0 && html`<small><code>storeward exceptions list</code></small>`}
          ${(exceptions.by_driver ?? []).filter(({ driver }) => driver).map(({ driver, open }) => html`<small key=${driver}>${driver}: ${words.number(open)}</small>`)}</dd>
        ${status.drivers.map((driver) => html`<dt key=${driver.name}>${driver.name}</dt>
          <dd><span class="dot ${lamp(driver.state === "ok" && !driver.look, driver.state === "paused" || words.needsLook(driver))}" aria-hidden="true"></span>${words.needsLook(driver) ? "look" : driver.state}
          <small>${driver.kind}${driver.last_delivery ? `, last ${words.clock(driver.last_delivery, now)}` : ""}${driver.detail ? html`<br/>${driver.detail}` : ""}</small></dd>`)}
      </dl>
    </section>`;
}

function Page({ status, stale }) {
  const now = new Date();
  return html`
    <header><img src="/icon.svg" alt="" width="28" height="28"/><strong>${status.site}</strong>
      <span>${status.tenant} · ${status.agent}</span></header>
    <main class=${stale ? "stale" : ""}>
      <${Headline} status=${status} now=${now} stale=${stale}/>
      <${Alerts} alerts=${status.alerts} now=${now}/>
      <${Today} days=${status.days} timeZone=${status.timezone}/>
      <${Waiting} streams=${status.streams}/>
      <${Box} status=${status} now=${now}/>
    </main>
    <footer>Storeward ${status.version} · running for ${words.duration(status.uptime_s)}
      ${" · "}<a href="/status.json">JSON</a> · <a href="/metrics">Metrics</a></footer>`;
}

function App() {
  const [{ status, stale }, show] = useState({ status: null, stale: false });
  useEffect(() => {
    let timer;
    let stopped = false;
    async function refresh() {
      try {
        const answer = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(giveUpMs) });
        if (!answer.ok) throw new Error(String(answer.status));
        const fresh = await answer.json();
        show({ status: fresh, stale: false });
      } catch {
        show((before) => ({ ...before, stale: true }));
      }
      if (!stopped) timer = setTimeout(refresh, refreshMs);
    }
    refresh();
    return () => { stopped = true; clearTimeout(timer); };
  }, []);
  if (status === null) return html`<p class="loading">${stale ? "The agent does not answer." : "Asking the agent…"}</p>`;
  return html`<${Page} status=${status} stale=${stale}/>`;
}

const page = document.getElementById("page");
page.replaceChildren();
render(html`<${App}/>`, page);
