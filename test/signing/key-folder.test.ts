import { afterAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { keyFolderProblems, openKeyFolder } from '../../src/signing/key-folder.ts';
import { openTestKeys, removeTemporaryFolders, temporaryFolder } from './support.ts';

afterAll(removeTemporaryFolders);

const SECRETS = [
  'ca.key',
  'deploy-token-seal.key',
  'job-token.key',
  'leaf-1.pem',
  'secret-hash.key',
];
const isRoot = process.getuid?.() === 0;

async function filledFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), 'keys');
  await (await openTestKeys(folder)).close();
  return folder;
}

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

describe('what is made', () => {
  test('a folder 0700, secrets 0600, a certificate that all may read', async () => {
    const folder = await filledFolder();
    expect(modeOf(folder)).toBe('700');
    expect(readdirSync(folder).toSorted()).toEqual(['ca.crt', ...SECRETS]);
    for (const name of SECRETS) expect([name, modeOf(join(folder, name))]).toEqual([name, '600']);
    expect(modeOf(join(folder, 'ca.crt'))).toBe('644');
  });

  test('the modes do not hang on the umask', async () => {
    const before = process.umask(0);
    try {
      const folder = await filledFolder();
      expect(modeOf(folder)).toBe('700');
      for (const name of SECRETS) expect(modeOf(join(folder, name))).toBe('600');
    } finally {
      process.umask(before);
    }
  });

  test('a folder without secrets, as a checkout brings it, is closed before the first goes in', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'README.md'), 'Keys.\n');
    await (await openTestKeys(folder)).close();
    expect(modeOf(folder)).toBe('700');
  });

  test('a file is never replaced, and the second maker learns so', async () => {
    const folder = await openKeyFolder(join(await temporaryFolder(), 'keys'), true);
    const made = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (text) => await folder.publish('one.key', text)),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    const winner = ['a', 'b', 'c', 'd'][made.indexOf(true)];
    expect(await folder.read('one.key')).toBe(winner);
    expect(readdirSync(folder.path)).toEqual(['one.key']);
  });

  test('the temporary file of a killed maker goes after an hour, a fresh one stays', async () => {
    const folder = await openKeyFolder(join(await temporaryFolder(), 'keys'), true);
    const [old, fresh] = [join(folder.path, '.tmp-old'), join(folder.path, '.tmp-fresh')];
    for (const path of [old, fresh]) writeFileSync(path, 'half', { mode: 0o600 });
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(old, longAgo, longAgo);
    await folder.publish('one.key', 'text');
    expect(readdirSync(folder.path).toSorted()).toEqual(['.tmp-fresh', 'one.key']);
  });
});

describe('T45: what is refused, with the command that mends it', () => {
  test.each(SECRETS.flatMap((name) => [0o640, 0o604, 0o644, 0o700].map((mode) => [name, mode])))(
    '%s with mode %o',
    async (name, mode) => {
      const folder = await filledFolder();
      const path = join(folder, String(name));
      chmodSync(path, Number(mode));
      const message = await openTestKeys(folder).then(String, String);
      expect(message).toContain(path);
      const command = `chmod 600 ${path}`;
      expect(message).toContain(command);
      execFileSync('sh', ['-c', command]);
      await (await openTestKeys(folder)).close();
    },
  );

  test.each([0o750, 0o705, 0o711, 0o777])('a folder with secrets and mode %o', async (mode) => {
    const folder = await filledFolder();
    chmodSync(folder, mode);
    const message = await openTestKeys(folder).then(String, String);
    expect(message).toContain(`chmod 700 ${folder}`);
    execFileSync('sh', ['-c', `chmod 700 ${folder}`]);
    await (await openTestKeys(folder)).close();
  });

  test('a certificate that others may change', async () => {
    const folder = await filledFolder();
    chmodSync(join(folder, 'ca.crt'), 0o666);
    await expect(openTestKeys(folder)).rejects.toThrow(`chmod 644 ${join(folder, 'ca.crt')}`);
  });

  test('the command is right for a path with blanks and quotes', async () => {
    const folder = join(await temporaryFolder(), "the keys' folder");
    await (await openTestKeys(folder)).close();
    chmodSync(folder, 0o755);
    const [problem] = await keyFolderProblems(folder);
    execFileSync('sh', ['-c', problem?.mend ?? 'false']);
    expect(modeOf(folder)).toBe('700');
  });

  test.each([...SECRETS, 'ca.crt'])('%s as a symbolic link', async (name) => {
    const folder = await filledFolder();
    const elsewhere = join(await temporaryFolder(), name);
    renameSync(join(folder, name), elsewhere);
    symlinkSync(elsewhere, join(folder, name));
    await expect(openTestKeys(folder)).rejects.toThrow(/is a symbolic link/);
    // Also where the link comes after the first look.
    const opened = await openKeyFolder(join(await temporaryFolder(), 'keys'), true);
    symlinkSync(elsewhere, join(opened.path, name));
    await expect(opened.read(name)).rejects.toThrow(/is a symbolic link/);
  });

  test('the folder as a symbolic link, or a file in its place', async () => {
    const folder = await filledFolder();
    const link = join(await temporaryFolder(), 'link');
    symlinkSync(folder, link);
    await expect(openTestKeys(link)).rejects.toThrow(/is a symbolic link/);
    const file = join(await temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(openTestKeys(file)).rejects.toThrow(/is no folder/);
  });

  test('a named pipe in place of a key does not hang the start', async () => {
    const folder = await openKeyFolder(join(await temporaryFolder(), 'keys'), true);
    execFileSync('mkfifo', ['-m', '600', join(folder.path, 'job-token.key')]);
    await expect(folder.read('job-token.key')).rejects.toThrow(/is no regular file/);
  });

  (isRoot ? test : test.skip).each([...SECRETS, 'ca.crt', '.'])(
    '%s of another owner',
    async (name) => {
      const folder = await filledFolder();
      const path = name === '.' ? folder : join(folder, name);
      chownSync(path, 12345, 12345);
      await expect(openTestKeys(folder)).rejects.toThrow(
        `belongs to user id 12345, and this process runs as user id 0. Mend it with: chown 0 ${path}`,
      );
    },
  );

  test('keyFolderProblems names every problem at once, and none in a good or a missing folder', async () => {
    const folder = await filledFolder();
    expect(await keyFolderProblems(folder)).toEqual([]);
    expect(await keyFolderProblems(join(folder, 'missing'))).toEqual([]);
    chmodSync(folder, 0o755);
    for (const name of SECRETS) chmodSync(join(folder, name), 0o644);
    const mends = (await keyFolderProblems(folder)).map((problem) => problem.mend);
    expect(mends).toEqual([
      `chmod 700 ${folder}`,
      ...SECRETS.map((name) => `chmod 600 ${join(folder, name)}`),
    ]);
  });
});

describe('files that do not fit', () => {
  test.each([
    ['ca.crt', 'no certificate', /ca\.crt holds no certificate/],
    ['ca.key', 'no key', /ca\.key holds no unencrypted private key/],
    ['job-token.key', '', /job-token\.key holds no unencrypted private key/],
    ['secret-hash.key', 'abc', /secret-hash\.key does not hold 64 hexadecimal digits/],
    ['deploy-token-seal.key', 'abc', /deploy-token-seal\.key does not hold 64 hexadecimal digits/],
    ['leaf-1.pem', 'half', /leaf-1\.pem does not hold a private key and a certificate/],
  ])('%s with other content is named, not overwritten', async (name, text, message) => {
    const folder = await filledFolder();
    writeFileSync(join(folder, name), text);
    await expect(openTestKeys(folder)).rejects.toThrow(message);
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  test('a key file of another folder is noticed', async () => {
    const [one, other] = [await filledFolder(), await filledFolder()];
    writeFileSync(join(one, 'ca.key'), readFileSync(join(other, 'ca.key')));
    await expect(openTestKeys(one)).rejects.toThrow(/ca\.key is not the key of ca\.crt/);
    const third = await filledFolder();
    writeFileSync(join(third, 'leaf-1.pem'), readFileSync(join(other, 'leaf-1.pem')));
    await expect(openTestKeys(third)).rejects.toThrow(/was not issued by ca\.crt/);
  });
});
