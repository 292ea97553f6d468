/** Sends what a cell says, and puts what is wrong with the answer into a sentence. */
import type { Cell } from './cells.ts';
import type { Got } from './client.ts';
import { fillPath, type Place } from './places.ts';
import type { Scene } from './scene.ts';

export interface Answered {
  readonly cell: Cell;
  readonly got: Got;
}

let made = 0;

export async function runCell({ client, people, places }: Scene, cell: Cell): Promise<Answered> {
  const { method, path, expectation, place, caller } = cell;
  const sample = {
    n: ++made,
    place,
    guinea: people.guinea.id,
    newcomer: people.newcomer.id,
    publicProject: places.open.ids['/projects/:id'] ?? 0,
    publicGroup: places.open.ids['/groups/:id'] ?? 0,
  };
  const body = expectation.body?.(sample);
  const got = await client.send({
    method,
    path: `/api/v4${fillPath(path, place)}${expectation.query ?? ''}`,
    headers: caller.headers,
    ...(body !== undefined && { body }),
  });
  return { cell, got };
}

/** Names that only one tenant has. */
const MARKS = ['acme', 'globex'] as const;

/** The answer without what the request itself named. */
const withoutEcho = ({ text }: Got, { projectPath, groupPath }: Place): string =>
  text.replaceAll(projectPath, '…').replaceAll(`"${groupPath}"`, '…');

function leak({ cell: { caller, place }, got }: Answered): string | null {
  const { person } = caller;
  if (person.admin || got.status >= 300) return null;
  // Their own things may be named as they are.
  const text = person.tenant === place.tenant ? got.text : withoutEcho(got, place);
  const mark = MARKS.find((name) => person.tenant !== name && text.includes(name));
  return mark === undefined ? null : `an answer without ${mark}`;
}

export const nameOf = ({ method, path, expectation }: Cell): string =>
  `${method} ${path}${expectation.when === undefined ? '' : ` (${expectation.when})`}`;

/** `DELETE /projects/:id: Developer of the group, their own private → 403, got 204`; null: all is well. */
export function faultOf(answered: Answered): string | null {
  const { cell, got } = answered;
  const { verdict, caller, place, expectation } = cell;
  const status = verdict === 'ok' ? expectation.ok : verdict === 'scope' ? 403 : verdict;
  const said = `got ${got.status} ${got.text.slice(0, 200)}`;
  const sentence = (expected: string) =>
    `${nameOf(cell)}: ${[caller.name, place.name].filter(Boolean).join(', ')} → ${expected}, ${said}`;
  if (got.status !== status) return sentence(String(status));
  const forScope = got.text.includes('insufficient_scope');
  if (forScope !== (verdict === 'scope')) {
    return sentence(forScope ? '403 for the role' : '403 for the scope');
  }
  const named = leak(answered);
  return named === null ? null : sentence(named);
}

const CHANGING_HEADERS = /^(date|x-request-id):/i;

/** The whole answer but for what differs from one request to the next; of two that must not be told apart. */
export function wholeOf({ got, place }: { readonly got: Got; readonly place: Place }): string {
  const headers = got.headers.filter((line) => !CHANGING_HEADERS.test(line));
  return JSON.stringify([got.status, withoutEcho(got, place), headers]);
}
