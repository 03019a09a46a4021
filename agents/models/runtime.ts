// The interface of a model runtime. The agent of a card has one: it loads, unloads and watches models; every
// decision that changes memory is taken inside it, by one state machine per model. A worker has none: it is
// given the `Endpoint` of a ready model and talks to it over HTTP (chat.ts), so that an agent that dies does
// not cut off the workers it leaves behind. All refusals are Faults with a code `MODEL_…`.
import type { ChatRequest, ChatResult, ChatOptions, Endpoint } from './chat-types.ts';

export const DRIVERS = ['llama-server', 'embedded', 'ollama', 'openai'] as const;
export type DriverName = (typeof DRIVERS)[number];

export const KV_TYPES = ['f16', 'q8_0', 'q4_0'] as const;
export type KvType = (typeof KV_TYPES)[number];

/** One model of the roster, resolved: everything that a load needs to know. */
export interface ModelSpec {
  /** The name in the roster: what plans, logs and results say. */
  readonly name: string;
  readonly driver: DriverName;
  /** llama-server and embedded: absolute path of the (first) GGUF file. ollama and openai: the name at the server. */
  readonly source: string;
  /** Tokens per slot. Null: automatic, which the runtime may shrink when memory runs out. */
  readonly contextTokens: number | null;
  readonly kvType: KvType;
  readonly slots: number;
  /** Declared VRAM; null: measured before, else estimated from the GGUF header. */
  readonly vramMib: number | null;
  /** Base URL with `/v1`, for openai and ollama; null for ollama: its usual port on this host. */
  readonly url: string | null;
  /** Environment variable that holds the key, for openai; never the key itself. */
  readonly keyVariable: string | null;
  /** llama-server: program (null: found on the PATH) and further arguments. */
  readonly program: string | null;
  readonly args: readonly string[];
  /** Of a model that takes several cards; then every figure in MiB is the share of one of them. */
  readonly split?: Split;
}

export interface Split {
  readonly cards: number;
  /** The other cards, of agents on this host that keep them free; empty as long as nothing is loaded. */
  readonly partners: readonly Partner[];
}

export interface Partner {
  readonly agent: string;
  /** For CUDA_VISIBLE_DEVICES. */
  readonly device: string;
}

export interface Ready {
  /** `ModelSpec.name`. */
  readonly model: string;
  /** What a worker needs to talk to it; `endpoint.baseUrl` is WORKER_API_BASE, `endpoint.model` WORKER_MODEL. */
  readonly endpoint: Endpoint;
  /** Per slot, as it was loaded. Null where the server does not say. */
  readonly contextTokens: number | null;
  readonly slots: number;
  /** Measured; null where nothing on this card was used or nobody could measure. */
  readonly vramMib: number | null;
  /** Milliseconds from cold to ready; 0 when it was ready, null when it was adopted or is not ours to load. */
  readonly loadMs: number | null;
}

/** `failed` is cold with a reason: the next ensureReady tries again. */
export type HeldState = 'cold' | 'loading' | 'ready' | 'unloading' | 'failed';

/** What one model takes of the card, or is about to take. */
export interface Held {
  readonly model: string;
  readonly state: HeldState;
  readonly endpoint: Endpoint | null;
  readonly contextTokens: number | null;
  readonly kvType: KvType;
  readonly slots: number;
  /** Agents whose cards it takes as well. */
  readonly partners: readonly string[];
  readonly estimatedMib: number;
  readonly measuredMib: number | null;
  /** What admission has to count: measured, else the estimate with its margin; 0 when nothing is held. */
  readonly reservedMib: number;
  /** For people: the last sign of life while loading, or why it failed. */
  readonly note: string | null;
  /** Leader of the server's process group; null for servers that are not ours. */
  readonly pid: number | null;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Signs of life, for heartbeat and log: `loading tensors, 41 %`. */
  readonly onProgress?: (note: string) => void;
}

/** What the runtime needs to know of its card; the agent answers from its last look. */
export interface CardPort {
  /** CUDA_VISIBLE_DEVICES of what it starts: a UUID, or empty for the CPU. */
  readonly devices: string;
  /** Null when it cannot be read: then no model is loaded on a card (`devices` not empty). */
  memory(): CardRoom | null;
  /** Whether nothing runs on that model, so that it may be evicted. */
  isIdle(model: string): boolean;
}

export interface CardRoom {
  /** What models may hold together: the budget without what tasks have reserved. */
  readonly budgetMib: number;
  /** Free on the card right now, minus the headroom. */
  readonly freeMib: number;
}

export interface Health {
  readonly model: string;
  readonly isAlive: boolean;
  /** Why not; null when alive. */
  readonly problem: string | null;
}

export interface Runtime {
  /**
   * Makes the model ready, or answers that it is. Two calls for one model share one load. May evict models
   * of this card for which `CardPort.isIdle` is true, least recently used first, and nothing else.
   * @throws Fault MODEL_*, MODEL_SET_ASIDE while `asideOf` tells why; aborted by `signal` it rejects with the signal's reason and leaves nothing behind
   */
  ensureReady(spec: ModelSpec, options?: LoadOptions): Promise<Ready>;
  /** MiB that a load would reserve, on the empty card. @throws Fault MODEL_FILE_*, MODEL_CONTEXT_TOO_LARGE */
  need(spec: ModelSpec): Promise<number>;
  /** One completion by a model that is ready. @throws Fault MODEL_* */
  chat(model: string, request: ChatRequest, options?: ChatOptions): Promise<ChatResult>;
  /** Resolves when it is gone and its memory came back, or when waiting for that makes no sense. Not held is fine. */
  unload(model: string): Promise<void>;
  /**
   * Asks every ready model's server whether it lives, without an inference. One that died becomes `failed`; so does one
   * of ours that has been silent for `runtime.silenceMsMax`, which is ended.
   */
  health(): Promise<readonly Health[]>;
  /** Why a model that was lost too often is not loaded again for now (`runtime.lossesMax`); null when it may be. */
  asideOf(spec: ModelSpec): string | null;
  /** Everything that is not cold, from memory: costs nothing. */
  held(): readonly Held[];
  /** Unloads what it owns and ends its servers. */
  close(): Promise<void>;
}
