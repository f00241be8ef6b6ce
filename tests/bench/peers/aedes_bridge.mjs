// Peer: Aedes. A local MQTT broker in Node.js whose queues are in LevelDB, and a bridge beside it in the same
// process: a kept local session that acknowledges a sale once the hub's broker has.
// usage: node aedes_bridge.mjs PORT HUB_URL DIRECTORY
//
// While the hub is away the bridge leaves its local session, so that what waits stays in LevelDB and not in
// a socket's buffer. The persistence offers no synced writes.
import net from 'node:net'
import { Aedes } from 'aedes'
import openPersistence from 'aedes-persistence-level'
import { Level } from 'level'
import mqtt from 'mqtt'

const [port, hubUrl, directory] = process.argv.slice(2)

const broker = await Aedes.createBroker({ persistence: openPersistence(new Level(directory)) })
const server = net.createServer(broker.handle)

function openLocalSession () {
  const local = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: 'bridge', clean: false, protocolVersion: 4, reconnectPeriod: 500
  })
  local.handleMessage = (packet, acknowledge) =>
    hub.publish(packet.topic, packet.payload, { qos: 1 }, error => acknowledge(error))
  local.on('error', () => {})
  local.subscribe('sales', { qos: 1 })
  return local
}

// The session is there before the first sale, or nothing would be kept for it.
function subscribeOnce () {
  return new Promise(resolve => {
    const local = mqtt.connect(`mqtt://127.0.0.1:${port}`, { clientId: 'bridge', clean: false, protocolVersion: 4 })
    local.handleMessage = () => {}  // not acknowledged: it stays
    local.subscribe('sales', { qos: 1 }, () => local.end(true, {}, resolve))
  })
}

await new Promise(resolve => server.listen(Number(port), '127.0.0.1', resolve))
await subscribeOnce()

let local
const hub = mqtt.connect(hubUrl, { clientId: 'aedes-bridge', clean: false, reconnectPeriod: 500 })
hub.on('error', () => {})
hub.on('connect', () => { local ??= openLocalSession() })
hub.on('close', () => {
  local?.end(true)
  local = undefined
})
