import { isIPv4, isIPv6 } from 'node:net';

/** What kind of network an address belongs to, as far as the guard must know. */
export type AddressClass = 'public' | 'loopback' | 'private' | 'forbidden';

interface Range {
  readonly base: number;
  readonly bits: number;
  readonly kind: AddressClass;
}

const ipv4Number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const range = (base: string, bits: number, kind: AddressClass): Range => ({ base: ipv4Number(base), bits, kind });

/** IANA special-purpose registry, read 2026-11: everything that is not the public internet. */
const IPV4_RANGES: readonly Range[] = [
  range('0.0.0.0', 8, 'forbidden'),
  range('10.0.0.0', 8, 'private'),
  range('100.64.0.0', 10, 'private'),
  range('127.0.0.0', 8, 'loopback'),
  // Link-local holds the metadata services of the clouds: never, for anyone.
  range('169.254.0.0', 16, 'forbidden'),
  range('172.16.0.0', 12, 'private'),
  range('192.0.0.0', 24, 'forbidden'),
  range('192.0.2.0', 24, 'forbidden'),
  range('192.88.99.0', 24, 'forbidden'),
  range('192.168.0.0', 16, 'private'),
  range('198.18.0.0', 15, 'private'),
  range('198.51.100.0', 24, 'forbidden'),
  range('203.0.113.0', 24, 'forbidden'),
  range('224.0.0.0', 4, 'forbidden'),
  range('240.0.0.0', 4, 'forbidden'),
];

function classifyIpv4(text: string): AddressClass {
  const value = ipv4Number(text);
  const hit = IPV4_RANGES.find(
    ({ base, bits }) => Math.floor(value / 2 ** (32 - bits)) === Math.floor(base / 2 ** (32 - bits)),
  );
  // 100.100.100.200 and 168.63.129.16 are metadata services outside link-local.
  if (text === '100.100.100.200' || text === '168.63.129.16') return 'forbidden';
  return hit?.kind ?? 'public';
}

/** The eight groups of an IPv6 address; an embedded IPv4 tail is expanded. */
function ipv6Groups(text: string): number[] {
  const plain = text.replace(/%.*$/, '').replace(/(\d+\.\d+\.\d+\.\d+)$/, (tail) => {
    const value = ipv4Number(tail);
    return `${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return groups(head);
  const before = groups(head);
  const after = groups(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const ipv4Of = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

function classifyIpv6(text: string): AddressClass {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = ipv6Groups(text);
  const leadingZero = a === 0 && b === 0 && c === 0 && d === 0;
  if (leadingZero && e === 0 && f === 0 && g === 0 && h === 1) return 'loopback';
  if (leadingZero && e === 0 && f === 0xffff) return classifyIpv4(ipv4Of(g, h));
  // Unspecified, IPv4-compatible and every other address of ::/32 has no honest use as an upstream.
  if (a === 0 && b === 0) return 'forbidden';
  if (a === 0x64 && b === 0xff9b) return c === 0 && d === 0 ? stricter(classifyIpv4(ipv4Of(g, h))) : 'forbidden';
  if (a === 0x2002) return stricter(classifyIpv4(ipv4Of(b, c)));
  if (a === 0x2001 && b === 0) return 'forbidden';
  if (a === 0x2001 && b === 0xdb8) return 'forbidden';
  if ((a & 0xfe00) === 0xfc00) return a === 0xfd00 && b === 0xec2 ? 'forbidden' : 'private';
  return (a & 0xe000) === 0x2000 ? 'public' : 'forbidden';
}

/** A tunnel to anything but a public address is a way around the guard. */
const stricter = (kind: AddressClass): AddressClass => (kind === 'public' ? 'public' : 'forbidden');

/** Class of an IP literal (IPv4, or IPv6 with or without brackets); undefined when the text is not one. */
export function classifyAddress(text: string): AddressClass | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv4(bare)) return classifyIpv4(bare);
  return isIPv6(bare) ? classifyIpv6(bare) : undefined;
}

/** May a provider be reached at an address of this class? `privateNetwork` is the operator's own word for it. */
export function isAllowedClass(kind: AddressClass | undefined, privateNetwork: boolean): boolean {
  return kind === 'public' || (privateNetwork && (kind === 'loopback' || kind === 'private'));
}
