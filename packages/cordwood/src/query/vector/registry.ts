import type { VectorOperation } from '@cordwood/logql';
import { approxTopk } from './approx-topk.ts';
import { avg } from './avg.ts';
import { bottomk } from './bottomk.ts';
import { count } from './count.ts';
import { max } from './max.ts';
import { min } from './min.ts';
import { sort } from './sort.ts';
import { sortDesc } from './sort-desc.ts';
import { stddev } from './stddev.ts';
import { stdvar } from './stdvar.ts';
import { sum } from './sum.ts';
import { topk } from './topk.ts';
import type { VectorFunction } from './vector-function.ts';

/** Every vector aggregation of LogQL. The type makes a missing one an error of the compiler. */
export const vectorFunctions: { readonly [Operation in VectorOperation]: VectorFunction } = {
  approx_topk: approxTopk,
  avg,
  bottomk,
  count,
  max,
  min,
  sort,
  sort_desc: sortDesc,
  stddev,
  stdvar,
  sum,
  topk,
};
