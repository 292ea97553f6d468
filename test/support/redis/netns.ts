/** A network of Linux network namespaces around one bridge (ip-netns(8), veth(4)). Needs root, or CAP_NET_ADMIN and CAP_SYS_ADMIN. */
import { randomInt } from 'node:crypto';
import { atEnd } from './child.ts';
import { openNamespace, type Namespace } from './namespace.ts';
import type { Host, Network } from './network.ts';

interface Place extends Host {
  readonly namespace: Namespace;
  readonly device: string;
  readonly mac: string;
}

/** One of the 512 networks of 198.18.0.0/15, which RFC 2544 keeps for tests, with the test at its first address. */
async function takeNetwork(
  bridge: Namespace,
  test: Namespace,
): Promise<[prefix: string, device: string]> {
  for (let tries = 0; ; tries++) {
    const prefix = `198.${randomInt(18, 20)}.${randomInt(256)}`;
    const device = `wp${prefix.slice(4).replace('.', '-')}`;
    try {
      // An interface of this name says that another test run has the network.
      await bridge.ip(`link add port1 type veth peer name ${device} netns ${process.pid}`);
      return [prefix, device];
    } catch (error) {
      if (tries === 20 || !String(error).includes('exists')) throw error;
      await test.ip();
    }
  }
}

const macOf = (number: number): string => `02:77:70:00:00:${number.toString(16).padStart(2, '0')}`;
/** Nobody's. The bridge offers such packets to all, and all drop them. */
const nowhere = '02:77:70:ff:ff:ff';

async function join(
  bridge: Namespace,
  prefix: string,
  name: string,
  number: number,
): Promise<Place> {
  const namespace = openNamespace();
  // It is a namespace of its own once it answers.
  await namespace.ip();
  await bridge.ip(`link add port${number} type veth peer name eth0 netns ${namespace.pid}`);
  return place(bridge, namespace, { prefix, name, number, device: 'eth0' });
}

async function place(
  bridge: Namespace,
  namespace: Namespace,
  {
    prefix,
    name,
    number,
    device,
  }: { prefix: string; name: string; number: number; device: string },
): Promise<Place> {
  const address = `${prefix}.${number}`;
  const mac = macOf(number);
  await bridge.ip(`link set port${number} master bridge up`);
  await namespace.ip(
    'link set lo up',
    `link set ${device} address ${mac} up`,
    `address add ${address}/24 dev ${device}`,
  );
  const serve = (port: number) => Promise.resolve({ host: address, port });
  return { name, address, spawn: namespace.spawn, serve, namespace, device, mac };
}

/** Where `from` sends what is for `to`. */
const route = (from: Place, to: Place, mac: string): Promise<void> =>
  from.namespace.ip(`neigh replace ${to.address} lladdr ${mac} dev ${from.device} nud permanent`);

export async function namespaceNetwork(names: readonly string[]): Promise<Network> {
  const bridge = openNamespace();
  const test = openNamespace({ own: false });
  const places = new Map<string, Place>();
  const cuts = new Map<string, [from: Place, to: Place]>();
  const close = async (): Promise<void> => {
    forget();
    for (const { namespace } of places.values()) namespace.close();
    bridge.close();
    test.close();
  };
  const forget = atEnd(close);
  await bridge.ip('link add bridge type bridge', 'link set bridge up');
  const [prefix, device] = await takeNetwork(bridge, test);
  places.set('test', await place(bridge, test, { prefix, name: 'test', number: 1, device }));
  for (const name of names) {
    places.set(name, await join(bridge, prefix, name, places.size + 1));
  }

  function host(name: string): Place {
    const found = places.get(name);
    if (found === undefined)
      throw new Error(`no host ${name} among ${[...places.keys()].join(' ')}`);
    return found;
  }
  async function cut(from: readonly string[], to: readonly string[]): Promise<void> {
    const links = from.flatMap((a) => to.map((b): [Place, Place] => [host(a), host(b)]));
    await Promise.all(
      links.map(([a, b]) => {
        cuts.set(`${a.name}>${b.name}`, [a, b]);
        return route(a, b, nowhere);
      }),
    );
  }
  return {
    kind: 'namespaces',
    host,
    cut,
    async partition(side, other) {
      await Promise.all([cut(side, other), cut(other, side)]);
    },
    async heal() {
      const all = [...cuts.values()];
      cuts.clear();
      await Promise.all(all.map(([a, b]) => route(a, b, b.mac)));
    },
    close,
  };
}

/** Whether this process may make namespaces and interfaces, found by doing it. */
export async function namespacesWork(): Promise<boolean> {
  try {
    await (await namespaceNetwork(['probe'])).close();
    return true;
  } catch {
    return false;
  }
}
