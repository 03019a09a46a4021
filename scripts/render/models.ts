// `tutti models` as text: one line per model, and below it one per agent that may hold it. Pure.
import type { ModelPlace, ModelRecord, ModelsRecord } from '../records/models.ts';
import type { Paint } from './paint.ts';
import { columns } from './text.ts';

const EMPTY = 'The roster is empty: add `models` to config.json (docs/MODELS.md).';

export function renderModels({ models }: ModelsRecord, paint: Paint): string[] {
  if (models.length === 0) return [EMPTY];
  return models.flatMap((model) => [
    head(model, paint),
    ...(model.agents.length === 0
      ? ['  no agent that runs may hold it']
      : columns(
          model.agents.map((place) => line(place)),
          '  ',
        )),
  ]);
}

function head({ model, backend, source, tier, names }: ModelRecord, paint: Paint): string {
  const called = names.length === 0 ? '' : `, called ${names.join(', ')}`;
  return `${paint.bold(model)}  ${backend} ${source}, tier ${tier}${called}`;
}

function line(place: ModelPlace): string[] {
  const { agent, state, slots, slots_used: used, context_tokens: context, note, refused } = place;
  return [
    [agent, ...place.partners].join(' + '),
    state,
    `${used} of ${slots} ${slots === 1 ? 'slot' : 'slots'}`,
    memory(place),
    context === null ? '' : `context ${context}`,
    refused ?? (state === 'ready' ? '' : (note ?? '')),
  ];
}

function memory({
  vram_need_mib: need,
  vram_reserved_mib: reserved,
  vram_measured_mib: measured,
  budget_mib: budget,
}: ModelPlace): string {
  if (need === 0 && reserved === 0) return 'no VRAM';
  const known = measured === null ? '' : `, measured ${measured}`;
  const held = reserved > 0 ? `holds ${reserved}` : `needs ${need ?? '?'}`;
  return `${held} of ${budget} MiB${known}`;
}
