/** What is wrong with the servers, in words for who runs them. */
export interface Finding {
  /** `refusal`: acknowledged changes could be lost. `warning`: said at each start. `note`: said when asked. */
  readonly level: 'refusal' | 'warning' | 'note';
  /** `host:port` of those that it is true of. */
  readonly servers: readonly string[];
  /** No full stop at its end. */
  readonly text: string;
  /** What mends it, each a command or an advice, one of them is enough. */
  readonly mend: readonly string[];
}

/** One setting of a server, as its own option and as a command for a server that runs. */
export function setting(name: string, value: string | number): string[] {
  return [`redis-server --${name} ${value}`, `redis-cli CONFIG SET ${name} ${value}`];
}

/** One finding for several servers where it is the same for all. The worst come first. */
export function merged(findings: readonly Finding[]): Finding[] {
  const all = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.level, finding.text, finding.mend]);
    const servers = new Set([...(all.get(key)?.servers ?? []), ...finding.servers]);
    all.set(key, { ...finding, servers: [...servers] });
  }
  const order = ['refusal', 'warning', 'note'];
  return [...all.values()].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

export function printFinding({ servers, text, mend }: Finding): string {
  const ways = mend.map(
    (way, index) => `    ${index === 0 ? 'mend it with:' : '          or:'} ${way}`,
  );
  return [`${servers.join(', ')}: ${text}`, ...ways].join('\n');
}
