/** The other registries: what tells Distribution 3 from 2, and what can be told of its refusals alone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { locateTools } from '../../scripts/tools/folder.mjs';
import { openYard, problems, type Yard } from './yard.ts';

let yard: Yard;

beforeAll(async () => {
  yard = await openYard();
});

afterAll(() => yard?.close());

describe.each(['distribution-3.0', 'distribution-3.1'])('%s', (tool) => {
  const program = locateTools()[tool]?.path;
  const withProgram = program === undefined ? test.skip : test;

  async function examine(token: Readonly<Record<string, unknown>> = {}) {
    const { url } = await yard.registry({ token, ...(program !== undefined && { program }) });
    return yard.examine(url);
  }

  withProgram('is known for Distribution 3, and takes a good token', async () => {
    const findings = await examine();
    expect(problems(findings)).toEqual([]);
    expect(findings[0]?.sentence).toContain('behaves as Distribution 3.');
  });

  withProgram('says by itself that it is the issuer', async () => {
    expect(problems(await examine({ issuer: 'another' }))).toEqual(['trust issuer_mismatch']);
  });

  withProgram('says by itself that it is the bundle', async () => {
    const rootcertbundle = yard.write('foreign.crt', yard.authority.pem);
    expect(problems(await examine({ rootcertbundle }))).toEqual(['trust bundle_mismatch']);
  });

  withProgram('refuses a libtrust key id, and takes the key id of its jwks', async () => {
    expect(problems(await examine({ service: 'old' }))).toEqual(['trust kid_mismatch']);
    const jwks = yard.write('jwks.json', JSON.stringify(yard.server.keys.jwks()));
    const keys = { service: 'kids', rootcertbundle: undefined, jwks };
    expect(problems(await examine(keys))).toEqual([]);
    const chain = { rootcertbundle: undefined, jwks };
    expect(problems(await examine(chain))).toEqual(['trust bundle_mismatch']);
  });
});
