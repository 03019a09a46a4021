// What a stream said so far, whatever its dialect.
import type { Clock } from '../process/clock.ts';
import type { ChatOptions, FinishReason } from './chat-types.ts';
import { ToolCallStream } from './tool-calls.ts';
import type { ToolFragment } from './tool-calls.ts';

export class Transcript {
  text = '';
  readonly tools = new ToolCallStream();
  finish: FinishReason | null = null;
  /** The server's own counts and times, where it gives them. */
  promptTokens: number | null = null;
  generatedTokens: number | null = null;
  promptMs: number | null = null;
  generateMs: number | null = null;
  firstTokenMs: number | null = null;
  /** Its last word came: what follows is no cut. */
  isOver = false;
  private calls = 0;
  private readonly startMs: number;

  private readonly clock: Clock;
  private readonly onToken: ChatOptions['onToken'];

  constructor(clock: Clock, onToken: ChatOptions['onToken']) {
    this.clock = clock;
    this.onToken = onToken;
    this.startMs = clock.monotonicMs();
  }

  get elapsedMs(): number {
    return this.clock.monotonicMs() - this.startMs;
  }

  write(piece: string): void {
    if (piece === '') return;
    this.firstTokenMs ??= this.elapsedMs;
    this.text += piece;
    this.onToken?.(piece);
  }

  /** A number for a tool call that came without an id. */
  nextCall(): number {
    return this.calls++;
  }

  call(fragment: ToolFragment): void {
    this.firstTokenMs ??= this.elapsedMs;
    this.tools.push(fragment);
  }
}

const FINISHES: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

/** Servers invent words for it; an unknown one is an ordinary stop. */
export const finishOf = (word: string): FinishReason => FINISHES[word] ?? 'stop';

export const numberOr = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
