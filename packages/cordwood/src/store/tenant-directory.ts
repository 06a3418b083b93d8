import { createHash } from 'node:crypto';
import { assert } from '../model/failure.ts';

const readableLengthMax = 120;

/**
 * Folder name of a tenant: lower-case letters, digits, `-` and `_` stand for themselves, every other byte of the id becomes
 * `=` and two hex digits. So no id can leave its place (`..`), two ids that differ only in case stay apart on file systems
 * that fold it, and object stores need no escaping. A name that would be too long is cut and closed with `~` and a hash;
 * the manifest holds the whole id.
 */
export function tenantDirectoryName(tenant: string): string {
  assert(tenant !== '', 'a tenant has a name');
  let name = '';
  for (const byte of Buffer.from(tenant)) {
    const plain = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;
    name += plain ? String.fromCharCode(byte) : `=${byte.toString(16).padStart(2, '0')}`;
  }
  if (name.length <= readableLengthMax) return name;
  const hash = createHash('sha256').update(tenant).digest('hex').slice(0, 32);
  return `${name.slice(0, readableLengthMax - 33)}~${hash}`;
}
