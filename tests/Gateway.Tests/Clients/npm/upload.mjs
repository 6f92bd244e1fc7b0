// An upload as large as a provider takes: 512 MiB from a file, which the client streams; prints what the caller sees.
import { closeSync, mkdtempSync, openAsBlob, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';

const folder = mkdtempSync(join(tmpdir(), 'tda-upload-'));
try {
  const path = join(folder, 'train.jsonl');
  const line = '{"messages":[{"role":"user","content":"Grüße?"},{"role":"assistant","content":"Grüße!"}]}\n';
  const block = Buffer.from(line.repeat(Math.ceil((1 << 20) / Buffer.byteLength(line)))).subarray(0, 1 << 20);
  const file = openSync(path, 'w');
  for (let i = 0; i < 512; i++) writeSync(file, block);
  closeSync(file);

  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${process.argv[2]}/v1`, maxRetries: 0 });
  const blob = await openAsBlob(path);
  console.log(JSON.stringify({ size: blob.size, created: await client.files.create({ file: new File([blob], 'train.jsonl'), purpose: 'fine-tune' }) }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
