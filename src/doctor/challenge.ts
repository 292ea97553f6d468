/** `WWW-Authenticate` (RFC 9110 section 11.6.1), as a registry sends it. */

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = String.raw`[!#$%&'*+\-.^_\`|~0-9A-Za-z]+`;
const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;

/** The challenges of the header, in their order; what cannot be read is left out. */
export function readChallenges(header: string | undefined): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const parameter = String.raw`(?<name>${TOKEN})\s*=\s*(?:(?<quoted>${QUOTED})|(?<bare>${TOKEN}))`;
  const pattern = new RegExp(`${parameter}|(?<scheme>${TOKEN})`, 'g');
  for (const { groups = {} } of (header ?? '').matchAll(pattern)) {
    const { name, quoted, bare = '', scheme } = groups;
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    } else if (name !== undefined) {
      const value = quoted?.slice(1, -1).replaceAll(/\\(.)/g, '$1') ?? bare;
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}

export function bearerOf(header: string | undefined): Challenge | null {
  return readChallenges(header).find(({ scheme }) => scheme === 'bearer') ?? null;
}
