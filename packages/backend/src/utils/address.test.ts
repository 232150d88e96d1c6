import { expect, test } from 'bun:test';
import { classifyAddress, isAllowedClass } from './address.ts';

test.each([
  ['8.8.8.8', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.100.100.200', 'forbidden'],
  ['169.254.169.254', 'forbidden'],
  ['168.63.129.16', 'forbidden'],
  ['0.0.0.0', 'forbidden'],
  ['224.0.0.1', 'forbidden'],
  ['255.255.255.255', 'forbidden'],
  ['::1', 'loopback'],
  ['[::1]', 'loopback'],
  ['::', 'forbidden'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:169.254.169.254', 'forbidden'],
  ['::ffff:8.8.8.8', 'public'],
  ['64:ff9b::7f00:1', 'forbidden'],
  ['64:ff9b::808:808', 'public'],
  ['2002:7f00:1::', 'forbidden'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['fe80::1%eth0', 'forbidden'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'forbidden'],
  ['ff02::1', 'forbidden'],
  ['2606:4700::1111', 'public'],
] as const)('%s is %s', (address, kind) => expect(classifyAddress(address)).toBe(kind));

test('a name is no address', () => expect(classifyAddress('localhost')).toBeUndefined());

test.each([
  ['127.0.0.1', false, false],
  ['127.0.0.1', true, true],
  ['10.0.0.1', true, true],
  ['169.254.169.254', true, false],
  ['fe80::1', true, false],
  ['1.1.1.1', false, true],
] as const)('%s with private network %p: allowed %p', (address, privateNetwork, allowed) => {
  expect(isAllowedClass(classifyAddress(address), privateNetwork)).toBe(allowed);
});
