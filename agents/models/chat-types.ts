// What is said to a model and what comes back, the same for every driver and every process.

/** JSON-serialisable: an agent passes it to its worker. Holds no secret. */
export interface Endpoint {
  /** The roster's name of the model, for results and logs. */
  readonly name: string;
  readonly dialect: 'openai' | 'ollama';
  /** OpenAI-compatible base, with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Environment variable that holds the key; null when there is none. */
  readonly keyVariable: string | null;
  /** Per slot; null where unknown. */
  readonly contextTokens: number | null;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool's message: which call it answers. */
  readonly toolCallId?: string;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Valid for the tool's parameters, unless `problem` says why not. */
  readonly arguments: unknown;
  readonly problem: string | null;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: 'auto' | 'required' | 'none';
  /** The engine is held to it where it can be; the reply is validated in any case. */
  readonly schema?: JsonSchema;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  /** False: the server reads the whole prompt again, for measurements. Only llama.cpp knows it. */
  readonly cachePrompt?: boolean;
}

export interface ChatOptions {
  readonly signal?: AbortSignal;
  readonly onToken?: (text: string) => void;
  /** Longest silence of the server before MODEL_SERVER_SILENT; default 600000: a long prompt is read in silence. */
  readonly silenceMsMax?: number;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface Usage {
  /** Null where the server does not say. */
  readonly promptTokens: number | null;
  readonly generatedTokens: number | null;
}

/** The server's own figures where it has them, else what the client saw. Milliseconds. */
export interface Timings {
  readonly promptMs: number | null;
  readonly generateMs: number | null;
  /** Until the first text or tool call, as the client saw it; null when none came. */
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
}

export interface ChatResult {
  readonly model: string;
  readonly text: string;
  /** With `schema`: what the text says, or why it does not fit. Null without a schema. */
  readonly json: JsonReply | null;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
}

/** A reply that does not fit is no Fault: the caller may tell the model and ask again. */
export type JsonReply =
  | { readonly is: 'ok'; readonly value: unknown }
  | { readonly is: 'invalid'; readonly problem: string };
