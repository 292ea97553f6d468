import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A tar archive of one file (POSIX ustar): a header block, the content, and two empty blocks. */
function tar(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
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

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export function blobOf(bytes: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

export interface OciImage {
  /** For skopeo: `oci:<folder>:v1`. */
  readonly source: string;
  readonly layer: Blob;
}

/** Writes an OCI image layout with one image, tag `v1`, whose only file holds `text`. */
export async function writeOciImage(folder: string, text: string): Promise<OciImage> {
  const archive = tar('hello.txt', Buffer.from(text));
  const layer = blobOf(gzipSync(archive));
  const json = (value: unknown): Blob => blobOf(Buffer.from(JSON.stringify(value)));
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [blobOf(archive).digest] },
  });
  const describe = (mediaType: string, { digest, bytes }: Blob) => ({
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
