/** The few ASN.1 structures that a certificate needs, over node-forge. Binary strings hold one byte a character. */
import type forge from 'node-forge';

export type Node = forge.asn1.Asn1;
export type Der = Awaited<ReturnType<typeof createDer>>;

/** From 2050 on, a date is written as GeneralizedTime (RFC 5280 section 4.1.2.5). */
const YEAR_2050 = Date.UTC(2050, 0, 1);

export async function createDer() {
  const { asn1, pki, pem } = (await import('node-forge')).default;
  const { Class, Type } = asn1;
  const primitive = (type: forge.asn1.Type, value: string): Node =>
    asn1.create(Class.UNIVERSAL, type, false, value);
  const sequence = (nodes: readonly Node[]): Node =>
    asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [...nodes]);
  const oid = (dotted: string): Node => primitive(Type.OID, asn1.oidToDer(dotted).getBytes());
  const boolean = (value: boolean): Node => primitive(Type.BOOLEAN, value ? '\u00ff' : '\0');
  const octets = (value: string): Node => primitive(Type.OCTETSTRING, value);
  const bytes = (node: Node): Buffer => Buffer.from(asn1.toDer(node).getBytes(), 'latin1');

  return {
    sequence,
    oid,
    boolean,
    octets,
    bytes,
    null: (): Node => primitive(Type.NULL, ''),
    integer: (value: string): Node => primitive(Type.INTEGER, value),
    bitString: (value: string): Node => primitive(Type.BITSTRING, value),
    time: (ms: number): Node =>
      ms < YEAR_2050
        ? primitive(Type.UTCTIME, asn1.dateToUtcTime(new Date(ms)))
        : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(new Date(ms))),
    /** A context-specific tag around nodes, or in place of the tag of a string. */
    tagged: (tag: number, value: string | Node[]): Node =>
      asn1.create(Class.CONTEXT_SPECIFIC, tag, typeof value !== 'string', value),
    name: (commonName: string): Node =>
      pki.distinguishedNameToAsn1({
        attributes: [{ type: '2.5.4.3', value: commonName, valueTagClass: Type.UTF8 as number }],
      }),
    extension: (id: string, critical: boolean, value: Node): Node =>
      sequence([
        oid(id),
        ...(critical ? [boolean(true)] : []),
        octets(bytes(value).toString('latin1')),
      ]),
    parse: (der: Buffer): Node => asn1.fromDer(der.toString('latin1')),
    pem: (der: Buffer): string =>
      pem.encode({ type: 'CERTIFICATE', body: der.toString('latin1') }).replaceAll('\r\n', '\n'),
    /** The subject of a parsed certificate, to be copied byte for byte. */
    subjectOf: (certificate: Node): Node => children(child(certificate, 0))[5] ?? sequence([]),
    /** The octets inside an extension that is an OCTET STRING; null where the certificate lacks it. */
    extensionValue: (certificate: Node, id: string): string | null => {
      const wanted = asn1.oidToDer(id).getBytes();
      const extensions = child(children(child(certificate, 0)).at(-1), 0);
      const found = children(extensions).find((each) => child(each, 0)?.value === wanted);
      const value = children(found).at(-1)?.value;
      const inner = typeof value === 'string' ? asn1.fromDer(value).value : null;
      return typeof inner === 'string' ? inner : null;
    },
  };
}

function children(node: Node | undefined): readonly Node[] {
  return Array.isArray(node?.value) ? node.value : [];
}

function child(node: Node | undefined, index: number): Node | undefined {
  return children(node)[index];
}
