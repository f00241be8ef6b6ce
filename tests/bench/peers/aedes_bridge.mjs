// Peer: Aedes. A local MQTT broker in Node.js whose queues are in LevelDB, and a bridge beside it in the same
// process: a kept local session that acknowledges a sale once the hub's broker has.
// usage: node aedes_bridge.mjs PORT HUB_URL DIRECTORY
//
// While the hub is away the bridge leaves its session, so that what waits stays in LevelDB and not in a
// socket's buffer. The persistence offers no synced writes.
import net from 'node:net'
import { once } from 'node:events'
import { Aedes } from 'aedes'
import openPersistence from 'aedes-persistence-level'
import { Level } from 'level'
import mqtt from 'mqtt'

const [port, hubUrl, directory] = process.argv.slice(2)

const broker = await Aedes.createBroker({ persistence: openPersistence(new Level(directory)) })

async function listen (onPort) {
  const server = net.createServer(broker.handle).listen(onPort, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

const bridgePort = await listen(0)

function joinSession () {
  return mqtt.connect(`mqtt://127.0.0.1:${bridgePort}`, {
    clientId: 'bridge', clean: false, protocolVersion: 4, reconnectPeriod: 500
  })
}

// Before the first sale, or nothing would be kept for the bridge.
async function makeSession () {
  const local = joinSession()
  local.handleMessage = () => {}  // what is kept from an earlier run stays unacknowledged
  const [connack] = await once(local, 'connect')
  if (!connack.sessionPresent) await local.subscribeAsync('sales', { qos: 1 })
  await local.endAsync(true)
}

function forward () {
  const local = joinSession()
  local.handleMessage = (packet, acknowledge) =>
    hub.publish(packet.topic, packet.payload, { qos: 1 }, error => acknowledge(error))
  local.on('error', () => {})
  return local
}

await makeSession()
let local
const hub = mqtt.connect(hubUrl, { clientId: 'aedes-bridge', clean: false, reconnectPeriod: 500 })
hub.on('error', () => {})
hub.on('connect', () => { local ??= forward() })
hub.on('close', () => {
  local?.end(true)
  local = undefined
})
await listen(Number(port))
