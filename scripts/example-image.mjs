/**
 * Writes the smallest image that can be pushed, so that a first push needs no image from elsewhere:
 *
 *     node scripts/example-image.mjs FOLDER
 *
 * makes an OCI image layout there with one image, `oci:FOLDER:v1`.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** A tar archive of one file (POSIX ustar): a header block, the content, and two empty blocks. */
function tar(name, content) {
  const header = Buffer.alloc(512);
  const octal = (value, at, length) => {
    header.write(value.toString(8).padStart(length - 1, '0'), at);
  };
  header.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

export function blobOf(bytes) {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

/** Writes an OCI image layout with one image, tag `v1`, whose only file holds `text`. */
export async function writeOciImage(folder, text) {
  const archive = tar('hello.txt', Buffer.from(text));
  const layer = blobOf(gzipSync(archive));
  const json = (value) => blobOf(Buffer.from(JSON.stringify(value)));
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [blobOf(archive).digest] },
  });
  const describe = (mediaType, { digest, bytes }) => ({
    mediaType,
    digest,
    size: bytes.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...describe('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'org.opencontainers.image.ref.name': 'v1' },
      },
    ],
  };
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  for (const { digest, bytes } of [layer, config, manifest]) {
    await writeFile(join(folder, 'blobs', digest.replace(':', '/')), bytes);
  }
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  return { source: `oci:${folder}:v1`, layer };
}

const [, script, folder] = process.argv;
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) {
  if (folder === undefined) {
    process.stderr.write('usage: node scripts/example-image.mjs FOLDER\n');
    process.exit(2);
  }
  const { source } = await writeOciImage(folder, 'Hello from your own registry.\n');
  process.stdout.write(`${source}\n`);
}
