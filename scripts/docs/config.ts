// docs/CONFIG.md from the schema. Pure: the schema in, the page out.
import * as z from 'zod';
import { configSchema } from '../../agents/protocol/config.ts';

/** A node of JSON Schema, as far as the configuration uses it. */
interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  /** Of a record: what each of its values is. */
  readonly additionalProperties?: Node | boolean;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

export interface ConfigKey {
  /** `retry.backoffMs`, `agents[].name` */
  readonly path: string;
  readonly type: string;
  readonly unit: string;
  /** As JSON; empty where there is none. */
  readonly fallback: string;
  readonly description: string;
}

/** The variables that agents/process/settings.ts reads, and the key that each replaces. */
export const VARIABLES: Readonly<Record<string, { readonly key?: string; readonly text: string }>> =
  {
    TUTTI_CONFIG: { text: 'The configuration file; `config.json` of the project when absent.' },
    TUTTI_SHARED: { key: 'shared', text: 'Relative to the working directory.' },
    TUTTI_HOST: {
      text: 'The name of this host in records and heartbeats; its host name when absent.',
    },
    TUTTI_CRASH_AT: {
      text: 'For tests: `<process>:<number>:<before, half, after or stall>`, the file operation at which the process dies or stalls.',
    },
    TUTTI_CRASH_LOG: {
      text: 'For tests: a file that gets a line per file operation, or the one at which it died or stalled.',
    },
    BRAIN_LOG_LEVEL: { key: 'log.brain', text: 'Level of the brain.' },
    GPU_LOG_LEVEL: { key: 'log.gpu', text: 'Level of every agent.' },
    WORKER_LOG_LEVEL: { key: 'log.worker', text: 'Level of the workers.' },
    EXECUTOR_LOG_LEVEL: { key: 'log.executor', text: 'Level of the executor.' },
  };

/** The unit is the last word of a key, before `Max`, `Min`, `Default` and `Resume`. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, 'ms'],
  [/S$/, 's'],
  [/Mib$/, 'MiB'],
  [/Bytes$/, 'bytes'],
  [/Tokens$/, 'tokens'],
  [/Percent$/, '%'],
  [/Celsius$/, '°C'],
  [/Watts$/, 'W'],
];

export function unitOf(key: string): string {
  const stem = key.replace(/(Max|Min|Default|Resume)+$/, '');
  return UNITS.find(([ending]) => ending.test(stem))?.[1] ?? '';
}

const valuesOf = ({ additionalProperties: values }: Node): Node | undefined =>
  typeof values === 'object' ? values : undefined;

const isObjectList = (node: Node): boolean => node.items?.properties !== undefined;

function typeOf(node: Node): string {
  if (node.anyOf !== undefined) return node.anyOf.map(typeOf).join(' or ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((one) => JSON.stringify(one)).join(', ');
  const values = valuesOf(node);
  if (values !== undefined) {
    return values.properties === undefined ? `${typeOf(values)}s by name` : 'objects by name';
  }
  if (node.items !== undefined) {
    return isObjectList(node) ? 'list of objects' : `list of ${typeOf(node.items)}s`;
  }
  const limits = [
    node.minimum === undefined || node.minimum === Number.MIN_SAFE_INTEGER
      ? ''
      : `≥ ${node.minimum}`,
    node.exclusiveMinimum === undefined ? '' : `> ${node.exclusiveMinimum}`,
    node.maximum === undefined || node.maximum === Number.MAX_SAFE_INTEGER
      ? ''
      : `≤ ${node.maximum}`,
  ].filter((limit) => limit !== '');
  return [node.type ?? 'anything', ...limits].join(' ');
}

/** Every key below `node`, depth first, in the order of the schema. */
function keysOf(node: Node, prefix: string): ConfigKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    if (child.properties !== undefined) return keysOf(child, `${path}.`);
    const { default: fallback, description = '' } = child;
    const isRecord = valuesOf(child) !== undefined;
    const isRequired = node.required?.includes(key) === true;
    const own: ConfigKey = {
      path,
      type: isRequired ? `${typeOf(child)}, required` : typeOf(child),
      unit: unitOf(key),
      fallback: fallback === undefined || isRecord ? '' : JSON.stringify(fallback),
      description,
    };
    const lists = [child, ...(child.anyOf ?? [])].filter(isObjectList);
    return [
      own,
      ...lists.flatMap((list) => keysOf(list.items!, `${path}[].`)),
      ...(isRecord ? keysOf(valuesOf(child)!, `${path}.<name>.`) : []),
    ];
  });
}

export function configKeys(): ConfigKey[] {
  return keysOf(z.toJSONSchema(configSchema, { io: 'input' }) as Node, '');
}

const HEAD = `# Configuration

\`config.json\` at the root of the project, or the file that \`--config\` or \`TUTTI_CONFIG\` names. Every key may be
left out; a key that is not listed here is refused by name. Flags win over the environment, the environment
over the file, the file over the defaults.

This page is generated from \`agents/protocol/config.ts\` by \`npm run docs\`, and a test holds the two together.
`;

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function renderKey({ path, type, unit, fallback, description }: ConfigKey): string[] {
  const variable = Object.keys(VARIABLES).find((name) => VARIABLES[name]!.key === path) ?? '';
  return [code(path), type, unit, code(fallback), code(variable), description];
}

const renderVariables = (): string =>
  renderTable(
    ['Variable', 'Replaces', 'Meaning'],
    Object.entries(VARIABLES).map(([name, { key = '', text }]) => [code(name), code(key), text]),
  );

export function renderConfig(): string {
  const head = ['Key', 'Type', 'Unit', 'Default', 'Environment', 'Meaning'];
  const defaults = JSON.stringify(configSchema.parse({}), null, 2);
  const parts = [
    HEAD.trim(),
    '## Keys',
    renderTable(head, configKeys().map(renderKey)),
    '## Environment',
    renderVariables(),
    '## The defaults in full',
    `\`\`\`json\n${defaults}\n\`\`\``,
  ];
  return `${parts.join('\n\n')}\n`;
}
