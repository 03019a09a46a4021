// What the log of a llama.cpp server tells: how large its buffers are, and why it ended. Pure.

/** `load_tensors:        CUDA0 model buffer size =  4155.99 MiB`; the layers of a card, not those of the host. */
const BUFFER =
  /\b((?:CUDA|ROCm|Vulkan|SYCL|Metal)\d*) +(?:model|KV|RS|compute|output) +buffer size *= *([\d.]+) MiB/g;
/** Of the CUDA context, which no line tells. */
const CONTEXT_MIB = 250;

/** MiB on the card, of several on the fullest; null when the log names no buffer of a card. */
export function measuredMib(log: string): number | null {
  const sums = new Map<string, number>();
  for (const [, card, mib] of log.matchAll(BUFFER)) {
    sums.set(card!, (sums.get(card!) ?? 0) + Number(mib));
  }
  return sums.size === 0 ? null : Math.ceil(Math.max(...sums.values()) + CONTEXT_MIB);
}

export type Failure = 'memory' | 'port' | 'program' | 'other';

const MEMORY =
  /out of memory|OutOfDeviceMemory|failed to allocate|unable to allocate|not enough (memory|VRAM|RAM)|too large for the available V?RAM/i;
const PORT = /address already in use|EADDRINUSE|couldn't bind|failed to bind/i;
const PROGRAM =
  /: not found$|No such file or directory$|Permission denied$|ERR_MODULE_NOT_FOUND|NoBinaryFoundError/m;

/** Why a server ended before it was ready, by its last words. */
export function failureOf(log: string, exitCode: number | null): Failure {
  if (exitCode === 126 || exitCode === 127 || PROGRAM.test(log)) return 'program';
  if (PORT.test(log)) return 'port';
  return MEMORY.test(log) ? 'memory' : 'other';
}

const WORDS_MAX = 300;

/** The line that says most: the last one with an error, else the last one. */
export function lastWords(log: string): string {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const said = lines.findLast((line) => /error|fail|fatal|out of memory/i.test(line));
  return (said ?? lines.at(-1) ?? 'it said nothing').slice(0, WORDS_MAX);
}
