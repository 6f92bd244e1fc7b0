// Talks of the official client over WebSockets; prints what the caller sees, as one JSON object.
import net from 'node:net';
import OpenAI from 'openai';
import { WebSocket } from 'ws';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { ResponsesWS } from 'openai/resources/responses/ws';

const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${process.argv[2]}/v1`, maxRetries: 0 });

// The client asks for wss whatever its base URL says, and these servers have no certificate.
const plain = { createConnection: ({ host, port }) => net.connect({ host, port }) };

// What a browser has, and node 20 has not.
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, plain);
  }
};

const say = (text) => [
  { type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } },
  { type: 'response.create' },
];

function talk(realtime, turns, close = {}) {
  const seen = { events: [], errors: [] };
  const left = [...turns];
  const next = () => (left.length === 0 ? realtime.close(close) : say(left.shift()).forEach((event) => realtime.send(event)));
  return new Promise((resolve) => {
    realtime.on('event', (event) => seen.events.push(event));
    realtime.on('error', (error) => seen.errors.push({ message: error.message, body: error.error }));
    realtime.on('session.created', () => realtime.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be kind.', output_modalities: ['text'] } }));
    realtime.on('session.updated', next);
    realtime.on('response.done', next);
    realtime.socket.addEventListener('open', () => Object.assign(seen, { protocol: realtime.socket.protocol, extensions: realtime.socket.extensions }));
    realtime.socket.addEventListener('close', ({ code, reason, wasClean }) => resolve({ ...seen, code, reason, wasClean }));
  });
}

function respond(inputs) {
  const responses = new ResponsesWS(client, plain);
  const seen = { events: [], errors: [] };
  const left = [...inputs];
  const next = (id) => (left.length === 0 ? responses.close() : responses.send({ type: 'response.create', model: 'gpt-5', instructions: 'Be kind.', previous_response_id: id, input: [{ role: 'user', content: left.shift() }] }));
  return new Promise((resolve) => {
    responses.on('event', (event) => seen.events.push(event));
    responses.on('error', (error) => seen.errors.push(error.message));
    responses.on('response.completed', ({ response }) => next(response.id));
    responses.on('close', (code, reason) => resolve({ ...seen, code, reason }));
    next();
  });
}

const node = (model, options = {}) => new OpenAIRealtimeWS({ model, options: { ...plain, ...options } }, client);

const calls = {
  talk: () => talk(node('gpt-realtime'), ['Grüße? 👋', 'And "now"?\n']),
  packedSmall: () => talk(node('gpt-realtime', { perMessageDeflate: { threshold: 0 } }), ['Grüße? 👋', 'Grüße? 👋', 'x'.repeat(3000)]),
  unpacked: () => talk(node('gpt-realtime', { perMessageDeflate: false }), ['Grüße? 👋']),
  browser: () => talk(new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, client), ['Grüße? 👋']),
  closedWithReason: () => talk(node('gpt-realtime'), [], { code: 4001, reason: 'enough' }),
  responses: () => respond(['Grüße? 👋', 'And "now"?']),
  refused: () => talk(node('status-401'), []),
};

const results = {};
for (const [name, call] of Object.entries(calls)) results[name] = await call();
console.log(JSON.stringify(results));
