// The view of `tutti models fit`. Pure.
import { estimate, ESTIMATE_MARGIN } from '../../agents/models/estimate.ts';
import type { Fitted } from '../models/fitting.ts';
import type { Paint } from './paint.ts';
import { columns, plural } from './text.ts';

const EXAMPLE_TOKENS = 8192;

export function renderFit({ model, cards, slots }: Fitted, paint: Paint): string[] {
  const title = model.title ?? model.path;
  const trained = `trained for ${model.contextTokensMax} tokens`;
  const rows = cards.map(({ name, budgetMib, contextTokens: { f16, q8_0, q4_0 } }) => [
    name,
    `${budgetMib} MiB`,
    ...[f16, q8_0, q4_0].map((tokens) => (tokens === 0 ? paint.red('no') : String(tokens))),
  ]);
  const head = ['card', 'budget', 'f16', 'q8_0', 'q4_0'].map((word) => paint.dim(word));
  return [
    `${paint.bold(title)} (${model.architecture}), ${trained}`,
    `largest context in each of ${plural(slots, 'slot')}, by the type of the KV cache:`,
    '',
    ...columns([head, ...rows]),
    '',
    sentence(model, slots),
  ];
}

function sentence(model: Fitted['model'], slots: number): string {
  const tokens = Math.min(EXAMPLE_TOKENS, model.contextTokensMax);
  const load = { contextTokens: tokens, slots, kvType: 'f16', isFlashAttention: true } as const;
  const { weightsMib, kvMib, computeMib, overheadMib, totalMib } = estimate(model, load);
  const parts = [
    `weights ${Math.ceil(weightsMib)}`,
    `KV ${Math.ceil(kvMib)}`,
    `compute ${Math.ceil(computeMib)}`,
    `CUDA ${overheadMib}`,
  ];
  return `${tokens} tokens in f16: ${parts.join(' + ')} MiB, with a margin ${Math.ceil(totalMib * ESTIMATE_MARGIN)} MiB`;
}

export const fitRecord = ({ file, model, slots, cards }: Fitted): object => ({
  schema: 'tutti.fit/1',
  file,
  title: model.title,
  architecture: model.architecture,
  context_tokens_max: model.contextTokensMax,
  weights_mib: Math.ceil(model.weightBytes / 1_048_576),
  slots,
  cards: cards.map(({ name, budgetMib, contextTokens }) => ({
    card: name,
    budget_mib: budgetMib,
    context_tokens: contextTokens,
  })),
});
