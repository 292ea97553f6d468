/** The words of docs/compatibility.md: who tried what, and what a program said, less what is only of this run. */
import type { Attempt, Client } from './client.ts';
import { CELLS, type Cell } from './cast.ts';
import { VERBS } from './client.ts';

const LETTERS = { job: 'J', deployToken: 'D', accessToken: 'P', nobody: 'A' } as const;

const TRIED: Readonly<Record<string, string>> = {
  'login wrong': 'login with a wrong password',
  'push deployToken': 'push with a deploy token that only reads',
  'push endedJob': 'push by a job that has ended',
  'pull nobody': 'pull of a private image by nobody',
  'pull stranger': 'pull of a private image by somebody who is no member',
  'pull wrong': 'pull with a wrong password',
  'delete deployToken': 'delete with a deploy token that only reads',
};

export function triedOf({ verb, as }: Cell): string {
  const name = TRIED[`${verb} ${as ?? 'nobody'}`];
  if (name === undefined) throw new Error(`no words for ${verb} by ${as}`);
  return name;
}

/** `push JP, pull JDPA`: what was let through, by whom. */
export function summaryOf(passed: readonly Cell[]): string {
  const of = (verb: string): string => {
    const letters = CELLS.filter((cell) => cell.verb === verb && passed.includes(cell)).map(
      ({ as }) => LETTERS[(as ?? 'nobody') as keyof typeof LETTERS],
    );
    return ['J', 'D', 'P', 'A'].filter((letter) => letters.includes(letter as 'J')).join('');
  };
  const parts = VERBS.map((verb) => [verb, of(verb)] as const);
  return parts
    .flatMap(([verb, letters]) => (letters === '' ? [] : `${verb} ${letters}`))
    .join(', ');
}

/** The cells that a client has something to show for. */
export function cellsOf(client: Client): readonly Cell[] {
  return CELLS.filter(({ verb, withoutLogin }) => {
    const asks = client.verbs.login !== undefined;
    return client.verbs[verb] !== undefined && !(withoutLogin === true && asks);
  });
}

const LENGTH = 320;

/** Where programs begin to say what is wrong, after what went well. */
const VERDICT = /^(Error|ctr:|level=fatal|panic:)/;

/** What only tells how it goes, in the form of a log or of progress. */
const PROGRESS =
  /^(level=(info|warn|warning|error)|Getting image|Copying |Writing |existing blob|pushed blob)/i;

function verdictOf(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^time=\S*("[^"]*")? ?/, '').replace(/^[\d/]{10} [\d:]{8} /, ''))
    .filter((line) => line.trim() !== '');
  const from = lines.findIndex((line) => VERDICT.test(line));
  if (lines[from]?.startsWith('panic:')) return lines[from];
  if (from >= 0) return lines.slice(from).join(' ');
  const rest = lines.filter((line) => !PROGRESS.test(line));
  return (rest.length > 0 ? rest : lines).join(' ');
}

/** One line, with names in the place of ports, folders, people, digests and times. */
export function plainWords(text: string, attempt: Attempt): string {
  const { own, folder, layout, repository, login } = attempt;
  const names = [
    [own, '/tmp'],
    [layout, 'layout'],
    [folder, '/tmp'],
    [repository, 'group/app'],
    [encodeURIComponent(repository), 'group%2Fapp'],
    [login?.username ?? own, 'jane'],
  ] as const;
  const named = names.reduce((said, [from, to]) => said.replaceAll(from, to), verdictOf(text));
  return named
    .replaceAll(/https?:\/\/localhost:\d+/g, 'https://auth.example.com')
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, 'registry.example.com')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replaceAll(/ \(request [\w-]+\)/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, LENGTH);
}
