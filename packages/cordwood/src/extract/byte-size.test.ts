import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteSize, printBinaryByteSize, printByteSize } from './byte-size.ts';

function reads(text: string, value: number): void {
  test(`${text} is ${value} bytes`, () => assert.deepEqual(parseByteSize(text), { value }));
}
function refuses(text: string, error: string): void {
  test(`${JSON.stringify(text)} is no size`, () => assert.deepEqual(parseByteSize(text), { error }));
}

reads('0', 0);
reads('512', 512);
reads('1b', 1);
reads('1K', 1000);
reads('1kb', 1000);
reads('1KiB', 1024);
reads('1.5MB', 1_500_000);
reads('1 MB', 1_000_000);
reads(' \t1'.trim(), 1);
reads('2gi', 2_147_483_648);
reads('1PB', 1e15);
reads('1EB', 1e18);
reads('3.7KiB', 3788);
reads('1,024', 1024);
reads('1.9', 1);
refuses('', 'strconv.ParseFloat: parsing "": invalid syntax');
refuses('-1KB', 'strconv.ParseFloat: parsing "": invalid syntax');
refuses('abc', 'strconv.ParseFloat: parsing "": invalid syntax');
refuses('1.2.3MB', 'strconv.ParseFloat: parsing "1.2.3": invalid syntax');
refuses('1e3B', 'unhandled size name: e3b');
refuses('1 ZB', 'unhandled size name: zb');
refuses('99EiB', 'too large: 99EiB');

function prints(bytes: number, decimal: string, binary: string): void {
  test(`${bytes} bytes print`, () => {
    assert.equal(printByteSize(bytes), decimal);
    assert.equal(printBinaryByteSize(bytes), binary);
  });
}
prints(0, '0 B', '0 B');
prints(9, '9 B', '9 B');
prints(10, '10 B', '10 B');
prints(999, '999 B', '999 B');
prints(82_854_982, '83 MB', '79 MiB');
prints(1_572_864, '1.6 MB', '1.5 MiB');
prints(2_000_000_000, '2.0 GB', '1.9 GiB');
