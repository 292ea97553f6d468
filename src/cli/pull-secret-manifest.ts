/** A registry's credential in the two forms in which machines take it. */
export interface RegistryCredential {
  /** host[:port]. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export interface DockerConfig {
  readonly auths: Readonly<
    Record<string, { readonly username: string; readonly password: string; readonly auth: string }>
  >;
}

/** What `docker login` writes into config.json; containerd and the kubelet read the same. */
export function dockerConfig({ registry, username, password }: RegistryCredential): DockerConfig {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return { auths: { [registry]: { username, password, auth } } };
}

export interface SecretFields {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Of the deploy token, so that whoever finds the Secret finds the token. */
  readonly tokenId: number;
  readonly config: DockerConfig;
}

/** A `kubernetes.io/dockerconfigjson` Secret, as YAML. Every text in it is safe in double quotes. */
export function secretManifest({ name, namespace, tokenId, config }: SecretFields): string {
  const data = Buffer.from(JSON.stringify(config)).toString('base64');
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: "${name}"`,
    ...(namespace === undefined ? [] : [`  namespace: "${namespace}"`]),
    '  annotations:',
    `    wharfpass/deploy-token: "${tokenId}"`,
    'type: kubernetes.io/dockerconfigjson',
    'data:',
    `  .dockerconfigjson: ${data}`,
    '',
  ].join('\n');
}

/** `acme/My_App` → `acme-my-app-pull`, which Kubernetes takes. */
export function secretName(path: string): string {
  const plain = path.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${plain.replaceAll(/^-|-$/g, '').slice(0, 58).replace(/-$/, '')}-pull`;
}
