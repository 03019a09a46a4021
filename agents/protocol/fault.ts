// Every refusal carries a code of the registry. The code's entry holds the sentence and the advice, so
// that the same thing reads the same wherever it happens; docs/ERRORS.md is generated from the registry.
import { ERRORS } from './errors.ts';
import type { ErrorCode } from './errors.ts';

export type { ErrorCode } from './errors.ts';
export type FaultDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Where in a file: lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** An expected refusal: bad input, a missing file, a limit. Broken invariants are plain `Error`s. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: ErrorCode;
  readonly details: FaultDetails;
  readonly place: Place | undefined;
  readonly advice: string;

  constructor(code: ErrorCode, details: FaultDetails, place?: Place) {
    super(fill(ERRORS[code].message, details));
    this.code = code;
    this.details = details;
    this.place = place;
    this.advice = fill(ERRORS[code].advice, details);
  }
}

/** Several refusals at once: a plan shows all its errors, not the first. */
export class Faults extends Error {
  override readonly name = 'Faults';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(renderFault).join('\n'));
    this.faults = faults;
  }
}

function fill(template: string, details: FaultDetails): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, key: string) => {
    const value = details[key];
    if (value === undefined) return whole;
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}

export function renderPlace(place: Place): string {
  const { file, line, column } = place;
  if (line === undefined) return file;
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}

/** One line for what is wrong and where, one indented line for what to do. */
export function renderFault(fault: Fault): string {
  const where = fault.place === undefined ? '' : `${renderPlace(fault.place)}: `;
  return `${where}${fault.message} [${fault.code}]\n    ${fault.advice}`;
}

/** The same on one line, for records and for whatever quotes a last line. */
export const faultLine = (fault: Fault): string => renderFault(fault).replaceAll(/\s*\n\s*/g, ' ');
