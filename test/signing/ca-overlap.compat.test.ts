import { afterAll, describe, expect, test } from '@jest/globals';
import { locateTools } from '../../scripts/tools/folder.mjs';
import { startBundleRegistry } from './real-registry.ts';
import { replaceCaBeside } from './ca-overlap-scenario.ts';
import { claimsAt, openTestKeys, removeTemporaryFolders, temporaryFolder } from './support.ts';

afterAll(removeTemporaryFolders);

const tools: Readonly<Record<string, { readonly path: string }>> = locateTools();

describe.each(['distribution-3.0', 'distribution-3.1'])('%s', (name) => {
  const program = tools[name]?.path;
  const testHere = program === undefined ? test.skip : test;

  testHere(
    'P-51: the CA is replaced while it runs, and no token is refused',
    async () => {
      await replaceCaBeside(program ?? '');
    },
    60_000,
  );

  testHere.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'P-45, P-49: %s under the CA in its bundle',
    async (algorithm) => {
      const folder = `${await temporaryFolder()}/keys`;
      const keys = await openTestKeys(folder, { algorithm });
      const registry = await startBundleRegistry(program ?? '', keys.caCertificatePem());
      const token = await keys.registrySigner.sign(claimsAt(Date.now()), 'x5c');
      expect(await registry.status(token)).toBe(200);
      await registry.close();
      await keys.close();
    },
  );

  testHere(
    'P-46: a kid-jwks token verifies with a jwks file alone, and an x5c token does not',
    async () => {
      const keys = await openTestKeys(`${await temporaryFolder()}/keys`);
      const registry = await startBundleRegistry(
        program ?? '',
        JSON.stringify(keys.jwks()),
        'jwks',
      );
      const sign = (form: 'kid-jwks' | 'x5c') =>
        keys.registrySigner.sign(claimsAt(Date.now()), form);
      expect(await registry.status(await sign('kid-jwks'))).toBe(200);
      expect(await registry.status(await sign('x5c'))).toBe(401);
      await registry.close();
      await keys.close();
    },
  );

  testHere('P-52: a jwks of the old and the new key serves tokens of both', async () => {
    const keys = await openTestKeys(`${await temporaryFolder()}/keys`);
    const sign = () => keys.registrySigner.sign(claimsAt(Date.now()), 'kid-jwks');
    const old = await sign();
    await keys.rotate();
    const registry = await startBundleRegistry(program ?? '', JSON.stringify(keys.jwks()), 'jwks');
    for (const token of [old, await sign()]) expect(await registry.status(token)).toBe(200);
    await registry.close();
    await keys.close();
  });
});
