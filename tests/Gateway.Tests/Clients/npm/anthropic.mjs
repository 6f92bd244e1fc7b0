// Every kind of call of the official client; prints what the caller sees, as one JSON object.
import Anthropic from '@anthropic-ai/sdk';

const defaultHeaders = process.argv[3] ? { 'X-Tda-Upstream': process.argv[3] } : {};
const client = new Anthropic({ apiKey: 'sk-test', baseURL: process.argv[2], maxRetries: 0, defaultHeaders });
const request = { max_tokens: 64, system: 'Be kind.', messages: [{ role: 'user', content: 'Grüße? 👋' }] };
const tools = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

async function all(stream) {
  const items = [];
  for await (const item of await stream) items.push(item);
  return items;
}

async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    const { status, type, message, requestID } = error;
    return { name: error.constructor.name, status, type, message, requestID, body: error.error, retryAfter: error.headers?.get('retry-after') };
  }
}

const calls = {
  messagePlain: () => client.messages.create({ ...request, model: 'plain' }),
  messageStream: () => all(client.messages.create({ ...request, model: 'plain', stream: true })),
  messageBlocks: () => client.messages.create({
    model: 'plain',
    max_tokens: 9,
    system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Grüße? ' }, { type: 'text', text: '👋' }] }],
  }),
  toolsPlain: () => client.messages.create({ ...request, model: 'tools', tools }),
  toolsStream: () => client.messages.stream({ ...request, model: 'tools', tools }).finalMessage(),
  countTokens: () => client.messages.countTokens({ model: 'plain', messages: request.messages }),
  models: () => all(client.models.list()),
  badRequest: () => failure(client.messages.create({ ...request, model: 'status-400' })),
  unauthorized: () => failure(client.messages.create({ ...request, model: 'status-401' })),
  rateLimited: () => failure(client.messages.create({ ...request, model: 'status-429' })),
  overloaded: () => failure(client.messages.create({ ...request, model: 'status-529', stream: true })),
  errorInStream: () => failure(all(client.messages.create({ ...request, model: 'broken', stream: true }))),
  aborted: async () => {
    const stream = await client.messages.create({ ...request, model: 'endless', stream: true });
    const seen = [];
    for await (const event of stream) {
      seen.push(event);
      // Not at the first: how many come in one read is the network's choice, and the client hands out what it has read.
      if (event.type === 'content_block_delta') break;
    }
    return { seen, aborted: stream.controller.signal.aborted };
  },
};

const results = {};
for (const [name, call] of Object.entries(calls)) results[name] = await call();
console.log(JSON.stringify(results));
