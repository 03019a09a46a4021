// A backend of the comparison, from one word of the command line.
import { resolve } from 'node:path';
import type { DriverName, ModelSpec } from '../../../agents/models/runtime.ts';
import { Fault } from '../../../agents/protocol/fault.ts';

export interface Shape {
  /** The GGUF that llama-server and embedded run, seen from the current directory. */
  readonly file: string | null;
  readonly contextTokens: number;
}

const BACKEND = /^(?:([\w.-]+):)?(llama-server|embedded|ollama|openai)(?:@([^=]+))?(?:=(.+))?$/;

/**
 * `[label:]driver[@place][=name]`: `llama-server`, `old:llama-server@/opt/old/llama-server`, `ollama=qwen3:8b`,
 * `openai@http://127.0.0.1:8000/v1=qwen3-8b`. @throws Fault ARGUMENT_INVALID
 */
export function parseBackend(text: string, position: number, shape: Shape): ModelSpec {
  const refuse = (problem: string): Fault =>
    new Fault('ARGUMENT_INVALID', { argument: `--backend ${text}`, problem });
  const match = BACKEND.exec(text);
  if (match === null) {
    throw refuse(
      'expected [label:]driver[@place][=name], the driver one of llama-server, embedded, ollama, openai',
    );
  }
  const [, label, driver, place, name] = match;
  const runsFile = driver === 'llama-server' || driver === 'embedded';
  const file = shape.file === null ? null : resolve(shape.file);
  const source = runsFile ? file : (name ?? null);
  if (source === null) {
    throw refuse(runsFile ? 'it needs a GGUF file' : 'it needs =name, the name of the model there');
  }
  return {
    name: label ?? `${driver}-${position + 1}`,
    driver: driver as DriverName,
    source,
    contextTokens: shape.contextTokens,
    kvType: 'f16',
    slots: 1,
    vramMib: null,
    url: runsFile ? null : (place ?? null),
    keyVariable: driver === 'openai' ? 'OPENAI_API_KEY' : null,
    program: runsFile ? (place ?? null) : null,
    args: [],
  };
}
