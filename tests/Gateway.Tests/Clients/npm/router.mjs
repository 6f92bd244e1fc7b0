// claude-code-router in front of the server: it takes Anthropic's calls and asks an OpenAI-like provider, which the server is to it.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';

const server = process.argv[2];
const home = mkdtempSync(join(tmpdir(), 'tda-router-'));
const port = await new Promise(resolve => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
mkdirSync(join(home, '.claude-code-router'));
writeFileSync(join(home, '.claude-code-router', 'config.json'), JSON.stringify({
  PORT: port, HOST: '127.0.0.1', LOG: false, API_TIMEOUT_MS: 60000,
  Providers: [{ name: 'ours', api_base_url: `${server}/v1/chat/completions`, api_key: 'sk-of-nobody', models: ['plain'] }],
  Router: { default: 'ours,plain' },
}));
const cli = join(dirname(fileURLToPath(import.meta.url)), 'node_modules', '@musistudio', 'claude-code-router', 'dist', 'cli.js');
const router = spawn(process.execPath, [cli, 'start'], { env: { ...process.env, HOME: home }, stdio: 'ignore' });
try {
  const baseURL = `http://127.0.0.1:${port}`;
  for (let up = false; !up;) {
    if (router.exitCode !== null) throw new Error(`the router ended with ${router.exitCode}`);
    up = await fetch(baseURL).then(() => true, () => new Promise(resolve => setTimeout(resolve, 50, false)));
  }

  const client = new Anthropic({ apiKey: 'sk-ant-of-nobody', baseURL, maxRetries: 0 });
  const call = { model: 'claude-any', max_tokens: 50, system: 'Be kind.', messages: [{ role: 'user', content: 'Grüße? 👋' }] };
  const plain = await client.messages.create(call);
  const stream = await client.messages.stream(call).finalMessage();
  // The router makes ids of its own.
  console.log(JSON.stringify({ plain: plain.content, stream: stream.content }, (name, value) => name.endsWith('id') ? undefined : value));
} finally {
  router.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}
