// `main.js --model <gguf> --alias <name> --port <n> --context <tokens> --slots <n> [--threads <n>]
// [--ram-mib <n>]`: a server of one model on 127.0.0.1 in the dialect of llama-server, around node-llama-cpp. What it
// writes is its log: whoever started it takes a line for a sign of life, and the last one for the reason of its end.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { realClock } from '../../process/clock.ts';
import { EXIT } from '../../process/shutdown.ts';
import { complete, createEngine, Refusal } from './complete.ts';
import type { Engine } from './complete.ts';
import { loadLlama } from './llama.ts';
import type { WireRequest } from './request.ts';

/** As a shell says it: the program is not there. */
const NOT_INSTALLED = 127;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '' },
    alias: { type: 'string', default: 'model' },
    port: { type: 'string', default: '0' },
    context: { type: 'string', default: '4096' },
    slots: { type: 'string', default: '1' },
    threads: { type: 'string' },
    'ram-mib': { type: 'string' },
  },
});

const numberOf = (text: string | undefined): number | null =>
  text === undefined ? null : Number(text);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
let engine: Engine | null = null;

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

const refuse = (response: ServerResponse, status: number, type: string, message: string): void =>
  sendJson(response, status, { error: { code: status, type, message } });

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (request.url) {
    case '/health':
      if (engine === null) return refuse(response, 503, 'unavailable_error', 'Loading model');
      return sendJson(response, 200, { status: 'ok' });
    case '/v1/models':
      return sendJson(response, 200, { data: [{ id: values.alias, object: 'model' }] });
    case '/v1/chat/completions':
      if (engine === null) return refuse(response, 503, 'unavailable_error', 'Loading model');
      return stream(engine, request, response);
    default:
      return refuse(response, 404, 'not_found_error', `no such route: ${request.url}`);
  }
}

/** The headers of a stream are sent with its first event, so that a refusal can still have its status. */
async function stream(
  current: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the client left')));
  const send = (event: unknown): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  };
  try {
    const body = JSON.parse(await readBody(request)) as WireRequest;
    await complete(current, body, gone.signal, send);
    response.end('data: [DONE]\n\n');
  } catch (error) {
    if (gone.signal.aborted) return;
    const { message } = error as Error;
    const [status, type] =
      error instanceof Refusal ? [error.status, error.type] : [500, 'server_error'];
    say(`error: ${message}`);
    if (!response.headersSent) return refuse(response, status, type, message);
    send({ error: { code: status, type, message } });
    response.end();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listen(): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      route(request, response).catch((error: unknown) => {
        say(`error: ${(error as Error).stack}`);
        response.destroy();
      });
    });
    server.once('error', reject);
    server.listen(Number(values.port), '127.0.0.1', resolve);
  });
}

async function run(): Promise<void> {
  await listen();
  say(`loading ${values.model}`);
  let last = -1;
  const llama = await loadLlama(
    {
      path: values.model,
      contextTokens: Number(values.context),
      slots: Number(values.slots),
      threads: numberOf(values.threads),
      ramMib: numberOf(values['ram-mib']),
    },
    (share) => {
      const percent = Math.floor(share * 100);
      if (percent !== last) say(`loading, ${percent} %`);
      last = percent;
    },
  );
  engine = createEngine(llama, realClock);
  say(`ready, ${llama.contextTokens} tokens in each of ${values.slots} slots`);
}

try {
  await run();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes('node-llama-cpp');
  say(`error: ${isMissing ? 'node-llama-cpp is not installed' : message}`);
  process.exit(isMissing ? NOT_INSTALLED : EXIT.internal);
}
