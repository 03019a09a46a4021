// The grammar of every identifier. Identifiers become file names on any file system and words on a
// command line, so each is a short run of ASCII letters, digits, `_` and `-`; the dot is left out
// because it separates the fields of a lane file name.

export const PLAN_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}(\/[A-Za-z0-9][A-Za-z0-9_-]{0,39})?$/;
export const TASK_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,47}$/;
export const TASK_ID = /^[A-Za-z][A-Za-z0-9_-]{0,79}$/;
export const BATCH_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}-\d{8}-\d{6}-[a-z0-9]{5}$/;
export const AGENT_NAME = /^[a-z][a-z0-9_-]{0,23}$/;
/** Of a model: a mark in lane file names, which have 255 characters at most; its file is in `source`. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$/;
/** What plans may call a model: its own name, a role, an alias. */
export const ROSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** The name under which the brain itself claims `executor: brain` tasks. No agent may take it. */
export const BRAIN_AGENT = 'brain';

/** The role of the roster that decides where plans ask for a decision. */
export const BRAIN_ROLE = 'brain';

/** The plan of the brain's own wishes. No plan of people may take its name. */
export const SYSTEM_PLAN = 'tutti';

/** Every batch ends with this built-in task. */
export const SUMMARY_TASK = 'batch_summary';

/**
 * A batch id: the last part of the plan's name, the UTC time for people, and a random tail that
 * keeps two submissions of one second apart. `random` is five characters of [a-z0-9].
 */
export function formatBatchId(plan: string, utc: Date, random: string): string {
  const iso = utc.toISOString();
  const day = iso.slice(0, 10).replaceAll('-', '');
  const time = iso.slice(11, 19).replaceAll(':', '');
  return `${plan.slice(plan.lastIndexOf('/') + 1)}-${day}-${time}-${random}`;
}

/** FNV-1a, 32 bit, over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/), base 36. */
export function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(7, '0');
}

/** The part of a child's id that an item contributes: the id itself when it is safe, else a readable stub and a hash. */
export function slugOf(itemId: string): string {
  if (/^[A-Za-z0-9_-]{1,24}$/.test(itemId)) return itemId;
  const stub = itemId.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return `${stub.slice(0, 16)}-${hashText(itemId)}`;
}

/** The id of one child of a `foreach` template. Deterministic: every expansion names the same children. */
export function childId(template: string, itemId: string): string {
  return `${template}_${slugOf(itemId)}`;
}
