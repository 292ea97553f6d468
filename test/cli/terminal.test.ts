/** The built program as a person meets it: at a terminal, with a real server, typing what people type. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { describeWith } from '../support/programs.ts';
import { freePort } from '../support/run-program.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { atTerminal, PATIENCE, type Session, type SessionOptions } from './pseudo-terminal.ts';

const HOUR = 3_600_000;
const BOLD = '\u001B[1m';
let server: TokenServer;
let env: Record<string, string>;
let expired: string;

describeWith(['script'], 'at a terminal', () => {
  jest.setTimeout(PATIENCE);

  beforeAll(async () => {
    server = await startTokenServer('registry: registry.example.com\n');
    const boss = await server.user('boss', { admin: true });
    const { secret } = await server.personalAccessToken(boss, ['api'], null);
    expired = (await server.personalAccessToken(boss, ['api'], server.clock.now() + HOUR)).secret;
    server.clock.advance(2 * HOUR);
    env = { WHARFPASS_URL: server.url, WHARFPASS_TOKEN: secret };
    await server.group('many');
    const fields = {
      visibility: 'private',
      registryAccess: 'enabled',
      archived: false,
      jobsEnabled: true,
      allowlistEnabled: true,
      autoDevops: false,
      autoDeployToken: null,
      jobTokenAfterJob: 'none',
    } as const;
    await server.apply(
      ...Array.from({ length: 1200 }, (_, i) => ({
        kind: 'project.create' as const,
        fullPath: `many/a-project-with-a-long-name-${i}`,
        fields: { ...fields, name: `project ${i}` },
        managedBy: 'api' as const,
      })),
    );
  });
  afterAll(() => server.close());

  const session = (commands: string, more: Partial<SessionOptions> = {}): Promise<Session> =>
    atTerminal(commands, { cwd: server.folder, env, ...more });

  test('what is mistyped is answered with what was meant', async () => {
    const { code, screen } = await session(
      `wharfpass projct list; echo "=$?"
       wharfpass project lst; echo "=$?"
       wharfpass project list --serch app; echo "=$?"
       wharfpass member add jane --project a/b --access devloper`,
    );
    expect(screen.match(/Did you mean (\S+)\?/g)).toEqual([
      'Did you mean project?',
      'Did you mean list?',
      'Did you mean --search?',
    ]);
    expect(screen).toContain('did you mean "developer"?');
    expect(screen.match(/=2/g)).toHaveLength(3);
    expect(code).toBe(EXIT.usage);
  });

  test('no server, a wrong token and one that is over: each says what to do', async () => {
    const port = await freePort();
    const { code, screen } = await session(
      `WHARFPASS_URL=http://127.0.0.1:${port} wharfpass user list; echo "=$?"
       WHARFPASS_TOKEN=glpat-wrong wharfpass user list; echo "=$?"
       WHARFPASS_TOKEN=${expired} wharfpass user list; echo "=$?"
       wharfpass user show nobody`,
    );
    expect(screen).toMatch(
      /No wharfpass answers at http:\/\/127\.0\.0\.1:\d+ .*ECONNREFUSED.*\nStart one with/,
    );
    expect(screen.match(/The token is not good: unknown, expired or revoked\./g)).toHaveLength(2);
    expect(screen.match(/=\d+/g)).toEqual(['=69', '=77', '=77']);
    expect(screen).toContain('There is no user nobody. See: wharfpass user list');
    expect(screen).not.toContain('glpat-wrong');
    expect(code).toBe(EXIT.failed);
  });

  test('a reader that stops reading ends a long list quietly', async () => {
    const { screen } = await session('wharfpass project list | head -1; echo "=${PIPESTATUS[0]}"');
    expect(screen).toMatch(/^ID +PATH +VISIBILITY .*\n=0\n$/);
  });

  test('Ctrl-C ends what goes on, and a question, with 130', async () => {
    const following = await session('wharfpass audit list --follow', {
      typed: [['user.created', '\u0003']],
    });
    expect(following.code).toBe(EXIT.interrupted);
    const asked = await session('wharfpass group delete many', { typed: [['[y/N] ', '\u0003']] });
    expect(asked.code).toBe(EXIT.interrupted);
    expect(await server.store.directory.group('many')).not.toBeNull();
  });

  test('a table fits a narrow terminal, and is whole and plain in a file; NO_COLOR is heeded', async () => {
    const { screen } = await session(
      'list() { wharfpass project list --search long-name --limit 3; }; list; list | cat; NO_COLOR=1 list',
      { columns: 76 },
    );
    const lines = screen.split('\n');
    expect(lines.slice(0, 4).map((line) => plain(line).length <= 76)).not.toContain(false);
    expect(lines[1]).toContain('…');
    expect(lines[0]).toContain(BOLD);
    expect(lines.slice(4, 8).join('\n')).toMatch(
      /^\d+ +many\/a-project-with-a-long-name-\d+ +private /m,
    );
    expect(lines.slice(4).join('\n')).not.toContain(BOLD);
    expect(lines.slice(8).join('\n')).toContain('…');
  });
});

const plain = (line: string): string => line.replaceAll(BOLD, '').replaceAll('\u001B[22m', '');
