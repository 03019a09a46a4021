// Whether the JSON schemas that a plan keeps in files are any, where such a file is at hand: below the folder of the
// plan, or at an absolute path of this host. Whatever a task makes later is checked when it is used.
import { isAbsolute } from 'node:path';
import { Fault } from '../../agents/protocol/fault.ts';
import { compileSchema } from '../../agents/protocol/json-schema.ts';
import type { PlanTask } from '../../agents/protocol/plan/types.ts';
import { readHostText } from '../../agents/process/host-text.ts';

const SCHEMA_BYTES_MAX = 4_194_304;

export interface CheckedSchemas {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

export async function checkSchemas(
  tasks: readonly PlanTask[],
  planFolder: string,
): Promise<CheckedSchemas> {
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const task of tasks) {
    const path = typeof task.schema === 'string' ? pathOf(task.schema, planFolder) : null;
    if (path === null) continue;
    const text = await readHostText(path, SCHEMA_BYTES_MAX);
    if (text.is === 'missing') {
      warnings.push(`task ${task.name}: its schema ${path} is not there yet`);
      continue;
    }
    const problem =
      text.is === 'ok'
        ? problemOf(text.text)
        : `it has ${text.size} bytes, more than ${SCHEMA_BYTES_MAX}`;
    if (problem === null) continue;
    faults.push(new Fault('MODEL_SCHEMA_INVALID', { problem: `${path}: ${problem}` }, task.place));
  }
  return { faults, warnings };
}

/** Null where it cannot be known yet. */
function pathOf(written: string, planFolder: string): string | null {
  const path = written.replaceAll('{PLAN_PATH}', planFolder);
  return isAbsolute(path) && !path.includes('{') ? path : null;
}

function problemOf(text: string): string | null {
  try {
    compileSchema(JSON.parse(text));
    return null;
  } catch (error) {
    return error instanceof Fault ? String(error.details['problem']) : (error as Error).message;
  }
}
