import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPermissions } from '../../agents/process/permission-file.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { PROJECT } from '../helpers/rig.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-permissions-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const refusalOf = (path: string): unknown => {
  try {
    return loadPermissions(path);
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.message}` : error;
  }
};

describe('a permission file', () => {
  it.each(['brain', 'worker'])('that ships for the %s is a good one', (who) => {
    const permissions = loadPermissions(`${PROJECT}/agents/permissions/${who}.json`);
    expect(permissions.v).toBe(1);
    expect(permissions.write).toContain('{BATCH_PATH}');
  });

  it('that is missing is refused before anything runs under it', () => {
    const path = join(home, 'none.json');
    expect(refusalOf(path)).toBe(
      `PERMISSION_INVALID: the permission file ${path} is refused: ` +
        `ENOENT: no such file or directory, open '${path}'`,
    );
  });

  it.each([
    ['no JSON', '{', /^PERMISSION_INVALID: .*JSON/],
    ['empty', '', /^PERMISSION_INVALID: .*Unexpected end of JSON input$/],
    ['with an unknown key', '{"v":1,"sudo":true}', /^PERMISSION_INVALID: .*"sudo"/],
  ])('that is %s is refused', (_, text, problem) => {
    const path = join(home, 'worker.json');
    writeFileSync(path, text);
    expect(refusalOf(path)).toMatch(problem);
  });
});
