export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface OciImage {
  /** For skopeo: `oci:<folder>:v1`. */
  readonly source: string;
  readonly layer: Blob;
}

export function blobOf(bytes: Buffer): Blob;

/** Writes an OCI image layout with one image, tag `v1`, whose only file holds `text`. */
export function writeOciImage(folder: string, text: string): Promise<OciImage>;
