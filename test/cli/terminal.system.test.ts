/** Whole sessions at a terminal, which take a while. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { describeWith } from '../support/programs.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { atTerminal, PATIENCE, type Session, type SessionOptions } from './pseudo-terminal.ts';

let server: TokenServer;
let env: Record<string, string>;

describeWith(['script'], 'at a terminal', () => {
  jest.setTimeout(PATIENCE);

  beforeAll(async () => {
    server = await startTokenServer('registry: registry.example.com\n');
    const boss = await server.user('boss', { admin: true });
    const { secret } = await server.personalAccessToken(boss, ['api'], null);
    env = { WHARFPASS_URL: server.url, WHARFPASS_TOKEN: secret };
  });
  afterAll(() => server.close());

  const session = (commands: string, more: Partial<SessionOptions> = {}): Promise<Session> =>
    atTerminal(commands, { cwd: server.folder, env, ...more });

  test('a first day, with the questions before something is destroyed', async () => {
    const { code, screen } = await session(
      `set -e
       wharfpass group create acme
       wharfpass project create acme/app
       wharfpass user create jane
       wharfpass member add jane --project acme/app --access developer
       wharfpass deploy-token create --project acme/app --name one --scope read_registry
       wharfpass pull-secret --project acme/app > secret.yml
       grep -c dockerconfigjson: secret.yml
       wharfpass project delete acme/app || echo "kept: $?"
       wharfpass project delete acme/app
       wharfpass group delete acme --yes`,
      {
        typed: [
          ['[y/N] ', 'n\n'],
          ['[y/N] ', 'y\n'],
        ],
      },
    );
    expect(screen).toContain('The token is shown this once. Keep it in a safe place.');
    expect(screen).toMatch(/^Deploy token \d+ .*read_registry.*shown this once\.\n1\n/m);
    expect(screen).toContain(
      'This deletes the project acme/app with its members, tokens and jobs for good.',
    );
    expect(screen).toContain('Nothing was changed.\nkept: 1\n');
    expect(screen).toContain('acme/app is deleted.\nacme is deleted.\n');
    expect(code).toBe(EXIT.ok);
  });

  test('what happens is followed, each event once, until Ctrl-C', async () => {
    const { code, screen } = await session(
      'wharfpass user create early > e.txt; (sleep 1; wharfpass user create late > l.txt) & wharfpass audit list --follow',
      { typed: [['user late', '\u0003']] },
    );
    expect(code).toBe(EXIT.interrupted);
    expect(screen.match(/user early/g)).toHaveLength(1);
    expect(screen.match(/user late/g)).toHaveLength(1);
  });
});
