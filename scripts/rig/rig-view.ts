// What `tutti setup` found, as text.
import { explainCards } from '../../agents/process/rig.ts';
import type { Rig } from '../../agents/process/rig.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { inspectMount } from '../../agents/store/mount.ts';
import { plural } from '../render/text.ts';

export function describeRig({ cards, cores, memoryMib }: Rig): string[] {
  const lines = cards.is === 'ok' ? cards.cards.map(describeCard) : [];
  const note = explainCards(cards);
  const gib = Math.round(memoryMib / 1024);
  return [
    ...lines,
    ...(note === null ? [] : [`cards   ${note}`]),
    `cpu     ${plural(cores, 'core')}, ${gib} GiB of memory`,
  ];
}

function describeCard(card: {
  readonly uuid: string;
  readonly name: string | null;
  readonly vramTotalMib: number | null;
}): string {
  const memory = card.vramTotalMib === null ? 'memory unknown' : `${card.vramTotalMib} MiB`;
  return `card    ${card.name ?? 'unnamed'}, ${memory}, ${card.uuid}`;
}

export interface SharedView {
  readonly path: string;
  readonly mount: string | null;
  readonly network: boolean | null;
  readonly problem: string | null;
  readonly text: string;
}

/** A shared directory that is not there yet is no reason not to write the configuration. */
export function describeShared(path: string): SharedView {
  try {
    const { root, type, isNetwork } = inspectMount(path, 'write');
    const kind = isNetwork ? `network (${type}): bells are polled` : 'local';
    return {
      path: root,
      mount: type,
      network: isNetwork,
      problem: null,
      text: `shared  ${root}, ${kind}`,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const text = `shared  ${error.message}. ${error.advice}`;
    return { path, mount: null, network: null, problem: error.message, text };
  }
}
