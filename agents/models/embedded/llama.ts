// The part of node-llama-cpp that is used here, as types of our own: the package is an optional peer and is not there
// when tutti is built. `build: 'never'` and `skipDownload`, because its default may start a compiler.

export interface Sequence {
  clearHistory(): Promise<void>;
}

export interface Grammar {
  readonly grammar: string;
}

export type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly (string | FunctionCallItem)[] };

export interface FunctionCallItem {
  readonly type: 'functionCall';
  readonly name: string;
  readonly params: unknown;
  readonly result: unknown;
}

export type Functions = Readonly<
  Record<string, { readonly description: string; readonly params: unknown }>
>;

export interface GenerateOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed?: number;
  readonly signal: AbortSignal;
  readonly grammar?: Grammar;
  readonly functions?: Functions;
  readonly onTextChunk: (text: string) => void;
  readonly onToken: (tokens: readonly unknown[]) => void;
}

export interface GenerateResult {
  readonly functionCalls?: readonly { readonly functionName: string; readonly params: unknown }[];
  readonly metadata: { readonly stopReason: string };
}

export interface Chat {
  readonly chatWrapper: {
    generateContextState(state: {
      readonly chatHistory: readonly HistoryItem[];
      readonly availableFunctions?: Functions;
    }): { readonly contextText: { tokenize(tokenizer: unknown): readonly unknown[] } };
  };
  generateResponse(
    history: readonly HistoryItem[],
    options: GenerateOptions,
  ): Promise<GenerateResult>;
  dispose(): void;
}

interface Context {
  readonly contextSize: number;
  getSequence(): Sequence;
}

interface Model {
  readonly tokenizer: unknown;
  createContext(options: {
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads?: number;
  }): Promise<Context>;
}

interface Llama {
  loadModel(options: {
    readonly modelPath: string;
    readonly onLoadProgress: (share: number) => void;
  }): Promise<Model>;
  createGrammarForJsonSchema(schema: unknown): Promise<Grammar>;
  setRamCap(bytes: number): Promise<void>;
}

interface Package {
  readonly getLlama: (options: {
    readonly gpu: false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly logLevel: 'warn';
    readonly maxThreads?: number;
  }) => Promise<Llama>;
  readonly LlamaChat: new (options: { readonly contextSequence: Sequence }) => Chat;
}

export interface LoadedLlama {
  readonly contextTokens: number;
  readonly sequences: readonly Sequence[];
  readonly tokenizer: unknown;
  createGrammar(schema: unknown): Promise<Grammar>;
  createChat(sequence: Sequence): Chat;
}

export interface LlamaOptions {
  readonly path: string;
  readonly contextTokens: number;
  readonly slots: number;
  /** Null: as many as the machine has cores. */
  readonly threads: number | null;
  /** The most main memory that model and context may take; null: what the machine has. */
  readonly ramMib: number | null;
}

export async function loadLlama(
  { path, contextTokens, slots, threads, ramMib }: LlamaOptions,
  onProgress: (share: number) => void,
): Promise<LoadedLlama> {
  const { getLlama, LlamaChat } = (await import('node-llama-cpp')) as unknown as Package;
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'warn',
    ...(threads === null ? {} : { maxThreads: threads }),
  });
  if (ramMib !== null) await llama.setRamCap(ramMib * 1_048_576);
  const model = await llama.loadModel({ modelPath: path, onLoadProgress: onProgress });
  const context = await model.createContext({
    contextSize: contextTokens,
    sequences: slots,
    ...(threads === null ? {} : { threads }),
  });
  return {
    contextTokens: context.contextSize,
    sequences: Array.from({ length: slots }, () => context.getSequence()),
    tokenizer: model.tokenizer,
    createGrammar: (schema) => llama.createGrammarForJsonSchema(schema),
    createChat: (sequence) => new LlamaChat({ contextSequence: sequence }),
  };
}
