// The worker of a prompt: `main.js <request file>`. It runs like any command, behind the shim and in the
// sandbox; its output is the log of the attempt, so tokens go there as they come.
import { resolve } from 'node:path';
import { chat } from '../models/chat.ts';
import type { Endpoint, JsonSchema } from '../models/chat-types.ts';
import { realClock } from '../process/clock.ts';
import { replaceHostFile, readHostText } from '../process/host-text.ts';
import { environment } from '../process/settings.ts';
import { EXIT } from '../process/shutdown.ts';
import { Fault, faultLine } from '../protocol/fault.ts';
import type { ErrorCode } from '../protocol/fault.ts';
import { compileSchema } from '../protocol/json-schema.ts';
import { promptSchema } from '../protocol/prompt.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import { createDisk } from '../store/real-disk.ts';
import { converse } from './converse.ts';
import { gather } from './gather.ts';
import { openReader } from './reader.ts';
import { costOf, reportOf } from './report.ts';
import { leaveExchange } from './sample.ts';

const REQUEST_BYTES_MAX = 16_777_216;

/** The server is not there, or has no place: another moment may do, and no attempt is used up. */
const NOT_NOW: readonly ErrorCode[] = ['MODEL_SERVER_GONE', 'MODEL_SERVER_BUSY'];

const say = (line: string): void => void process.stdout.write(`[tutti: ${line}]\n`);

function endpointOf({ endpoint }: PromptRequest): Endpoint {
  return {
    name: endpoint.name,
    dialect: endpoint.dialect,
    baseUrl: endpoint.base_url,
    model: endpoint.model,
    keyVariable: endpoint.key_variable,
    contextTokens: endpoint.context_tokens,
  };
}

async function schemaOf(request: PromptRequest): Promise<JsonSchema | undefined> {
  if (request.schema_file === undefined) return request.schema;
  const text = await openReader(request).read(request.schema_file);
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    const problem = `${request.schema_file}: ${(error as Error).message}`;
    throw new Fault('MODEL_SCHEMA_INVALID', { problem });
  }
  compileSchema(schema);
  return schema as JsonSchema;
}

async function main(path: string): Promise<number> {
  const text = await readHostText(path, REQUEST_BYTES_MAX);
  if (text.is !== 'ok') throw new Error(`${path} cannot be read`);
  const request = promptSchema.parse(JSON.parse(text.text));
  const { max_tokens: maxTokens, temperature, seed } = request;
  const messages = await gather(request, createDisk(request.batch_path, false));
  const schema = await schemaOf(request);
  const ports = { clock: realClock, env: environment() };
  const endpoint = endpointOf(request);
  const wish = {
    messages,
    schema,
    tries: request.tries,
    options: {
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
  say(`asking ${endpoint.name} at ${endpoint.baseUrl}`);
  const conversation = await converse(
    wish,
    async (asked) => {
      const reply = await chat(ports, endpoint, asked, {
        silenceMsMax: request.silence_ms_max,
        onToken: (piece) => void process.stdout.write(piece),
      });
      process.stdout.write('\n');
      return reply;
    },
    say,
  );
  await leaveExchange(request, messages, schema, conversation, say);
  if (conversation.is === 'bad') {
    const { chat: last, tries, problem } = conversation;
    say(JSON.stringify(costOf(last, tries)));
    throw new Fault('PROMPT_REPLY', { model: endpoint.name, tries, problem });
  }
  const output = resolve(request.batch_path, request.output_file);
  const { value } = conversation;
  const content = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  await replaceHostFile(output, content.endsWith('\n') ? content : `${content}\n`);
  process.stdout.write(`${JSON.stringify(reportOf(request, output, conversation))}\n`);
  return EXIT.ok;
}

try {
  process.exitCode = await main(process.argv[2] ?? '');
} catch (error) {
  const isKnown = error instanceof Fault;
  process.stdout.write(
    `\n${isKnown ? faultLine(error) : String((error as Error).stack ?? error)}\n`,
  );
  process.exitCode = isKnown && NOT_NOW.includes(error.code) ? EXIT.notNow : EXIT.failed;
}
