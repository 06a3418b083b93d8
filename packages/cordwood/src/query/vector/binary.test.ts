import { vectorCase } from '../test/vector-case.ts';

const v = ['a=x b=1: 6', 'a=y b=1: 8'];
const w = ['a=x b=1: 2', 'a=z b=1: 5'];
const perA = ['a=x: 10', 'a=y: 4'];

// With numbers
vectorCase('v + 1', { v }, ['a=x b=1: 7', 'a=y b=1: 9']);
vectorCase('10 - v', { v }, ['a=x b=1: 4', 'a=y b=1: 2']);
vectorCase('v % 4', { v }, ['a=x b=1: 2', 'a=y b=1: 0']);
vectorCase('v ^ 2', { v }, ['a=x b=1: 36', 'a=y b=1: 64']);
vectorCase('v / 0', { v }, ['a=x b=1: NaN', 'a=y b=1: NaN']);
vectorCase('v > 6', { v }, ['a=y b=1: 8']);
vectorCase('v > bool 6', { v }, ['a=x b=1: 0', 'a=y b=1: 1']);
vectorCase('7 > v', { v }, ['a=x b=1: 6']);
vectorCase('v == 8', { v }, ['a=y b=1: 8']);

// One sample to one sample
vectorCase('v * w', { v, w }, ['a=x b=1: 12']);
vectorCase('v > w', { v, w }, ['a=x b=1: 6']);
vectorCase('v < bool w', { v, w }, ['a=x b=1: 0']);
vectorCase('v + on (a) w', { v, w }, ['a=x: 8']);
vectorCase('v + ignoring (b) perA', { v, perA }, ['a=x: 16', 'a=y: 12']);
vectorCase('v + on (b) w', { v, w }, /many-to-many|multiple matches|found duplicate/i);

// Many to one
vectorCase('v / on (a) group_left perA', { v, perA }, ['a=x b=1: 0.6', 'a=y b=1: 2']);
vectorCase('perA / on (a) group_right v', { v, perA }, ['a=x b=1: 1.6666666666666667', 'a=y b=1: 0.5']);
vectorCase('perA + on (a) group_left (b) v', { v, perA }, ['a=x b=1: 16', 'a=y b=1: 12']);

// Sets
vectorCase('v and w', { v, w }, ['a=x b=1: 6']);
vectorCase('v or w', { v, w }, ['a=x b=1: 6', 'a=y b=1: 8', 'a=z b=1: 5']);
vectorCase('v unless w', { v, w }, ['a=y b=1: 8']);
vectorCase('v and on (b) w', { v, w }, v);
vectorCase('v unless on (b) w', { v, w }, []);
vectorCase('v or vector(1)', { v: [] }, [': 1']);
