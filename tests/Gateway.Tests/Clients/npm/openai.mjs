// Every kind of call of the official client; prints what the caller sees, as one JSON object.
import OpenAI from 'openai';

const defaultHeaders = process.argv[3] ? { 'X-Tda-Upstream': process.argv[3] } : {};
const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${process.argv[2]}/v1`, maxRetries: 0, defaultHeaders });
const messages = [{ role: 'system', content: 'Be kind.' }, { role: 'user', content: 'Grüße? 👋' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

async function all(stream) {
  const items = [];
  for await (const item of await stream) items.push(item);
  return items;
}

async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    const { status, code, type, param, message, requestID } = error;
    return { name: error.constructor.name, status, code, type, param, message, requestID, body: error.error, retryAfter: error.headers?.get('retry-after') };
  }
}

const calls = {
  chatPlain: () => client.chat.completions.create({ model: 'plain', messages }),
  chatStream: () => all(client.chat.completions.create({ model: 'plain', messages, stream: true })),
  chatUsage: () => all(client.chat.completions.create({ model: 'usage', messages, stream: true, stream_options: { include_usage: true } })),
  chatLogprobs: () => client.chat.completions.create({ model: 'logprobs', messages, logprobs: true, top_logprobs: 2 }),
  chatLogprobsStream: () => all(client.chat.completions.create({ model: 'logprobs', messages, logprobs: true, top_logprobs: 2, stream: true })),
  chatTools: () => client.chat.completions.create({ model: 'tools', messages, tools }),
  chatToolsStream: () => client.chat.completions.stream({ model: 'tools', messages, tools }).finalMessage(),
  completion: () => client.completions.create({ model: 'completion', prompt: 'Once', logprobs: 1 }),
  embeddings: () => client.embeddings.create({ model: 'embedding', input: ['Grüße', 'two'], dimensions: 3 }),
  embeddingsFloat: () => client.embeddings.create({ model: 'embedding', input: 'one', encoding_format: 'float' }),
  models: () => all(client.models.list()),
  response: () => client.responses.create({ model: 'response', instructions: 'Be kind.', input: 'Grüße? 👋' }),
  responseStream: () => all(client.responses.create({ model: 'response', input: [{ role: 'user', content: 'Grüße? 👋' }], stream: true })),
  responseCut: () => all(client.responses.create({ model: 'incomplete', input: 'long', stream: true })),
  badRequest: () => failure(client.chat.completions.create({ model: 'status-400', messages })),
  unauthorized: () => failure(client.chat.completions.create({ model: 'status-401', messages })),
  rateLimited: () => failure(client.chat.completions.create({ model: 'status-429', messages })),
  serverError: () => failure(client.responses.create({ model: 'status-500', input: 'x' })),
  streamRefused: () => failure(client.chat.completions.create({ model: 'status-429', messages, stream: true })),
  retried: () => client.chat.completions.create({ model: 'flaky', messages }, { maxRetries: 1 }),
  errorInStream: () => failure(all(client.chat.completions.create({ model: 'broken', messages, stream: true }))),
  aborted: async () => {
    const stream = await client.chat.completions.create({ model: 'endless', messages, stream: true });
    const seen = [];
    for await (const chunk of stream) {
      seen.push(chunk);
      // Not at the first: how many come in one read is the network's choice, and the client hands out what it has read.
      if (chunk.choices[0].delta.content === 'and on') break;
    }
    return { seen, aborted: stream.controller.signal.aborted };
  },
};

const results = {};
for (const [name, call] of Object.entries(calls)) results[name] = await call();
console.log(JSON.stringify(results));
