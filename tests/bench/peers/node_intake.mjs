// Peer: Node.js. An HTTP intake that answers once mqtt-level-store has the sale; MQTT.js publishes from that
// store with QoS 1 and deletes what the hub's broker has acknowledged.
// usage: node node_intake.mjs PORT HUB_URL DIRECTORY
//
// The store offers no synced writes. MQTT.js has 65,535 packet ids for all that waits: what comes on top is
// refused. It forgets at its start which ids are in the store, and would write over them: they are named to it.
import http from 'node:http'
import { once } from 'node:events'
import mqtt, { UniqueMessageIdProvider } from 'mqtt'
import openLevelStore from 'mqtt-level-store'

const [port, hubUrl, directory] = process.argv.slice(2)
const mostWaiting = 65_000

const store = openLevelStore(directory)
const messageIdProvider = new UniqueMessageIdProvider()
let waiting = 0
const kept = store.outgoing.createStream()
kept.on('data', packet => {
  messageIdProvider.register(packet.messageId)
  ++waiting
})
await once(kept, 'end')

const hub = mqtt.connect(hubUrl, {
  clientId: 'node-intake', clean: false, reconnectPeriod: 500,
  incomingStore: store.incoming, outgoingStore: store.outgoing, messageIdProvider
})
hub.on('error', () => {})  // it connects again by itself

function answer (response, status, body) {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
  response.end(text)
}

function take (text, response) {
  let id
  try {
    id = JSON.parse(text).id
  } catch {
    return answer(response, 400, { error: 'no JSON' })
  }
  if (waiting >= mostWaiting) return answer(response, 503, { error: 'no packet id is free' })
  ++waiting
  const stored = error => error
    ? answer(response, 503, { error: error.message })
    : answer(response, 200, { results: [{ id, status: 'stored' }] })
  hub.publish('sales', text, { qos: 1, cbStorePut: stored }, () => { --waiting })
}

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => take(Buffer.concat(chunks).toString(), response))
})
server.keepAliveTimeout = 0
server.listen(Number(port), '127.0.0.1')
await once(server, 'listening')
