import { transformFile } from '@swc/core';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const IMPORT = /(from\s+|import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;

/**
 * Compiles a source file and all that it imports into `folder`, so that other processes can run it with plain Node.
 * Resolves to the path of the compiled file.
 */
export async function compileInto(folder: string, entry: string): Promise<string> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const output = (source: string) => join(folder, relative(ROOT, source)).replace(/\.ts$/, '.js');
  const waiting = [join(ROOT, entry)];
  const seen = new Set(waiting);
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    const { code } = await transformFile(source, {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    for (const [, , , path] of code.matchAll(IMPORT)) {
      const imported = join(dirname(source), `${path}.ts`);
      if (!seen.has(imported)) waiting.push(imported);
      seen.add(imported);
    }
    await mkdir(dirname(output(source)), { recursive: true });
    await writeFile(output(source), code.replaceAll(IMPORT, '$1$2$3.js$2'));
  }
  return output(join(ROOT, entry));
}
