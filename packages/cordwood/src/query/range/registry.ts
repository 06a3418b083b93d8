import type { RangeOperation } from '@cordwood/logql';
import { absentOverTime } from './absent-over-time.ts';
import { avgOverTime } from './avg-over-time.ts';
import { bytesOverTime } from './bytes-over-time.ts';
import { bytesRate } from './bytes-rate.ts';
import { countOverTime } from './count-over-time.ts';
import { firstOverTime } from './first-over-time.ts';
import { lastOverTime } from './last-over-time.ts';
import { maxOverTime } from './max-over-time.ts';
import { minOverTime } from './min-over-time.ts';
import { quantileOverTime } from './quantile-over-time.ts';
import type { RangeFunction } from './range-function.ts';
import { rate } from './rate.ts';
import { rateCounter } from './rate-counter.ts';
import { stddevOverTime } from './stddev-over-time.ts';
import { stdvarOverTime } from './stdvar-over-time.ts';
import { sumOverTime } from './sum-over-time.ts';

/** Every range function of LogQL. The type makes a missing one an error of the compiler. */
export const rangeFunctions: { readonly [Operation in RangeOperation]: RangeFunction } = {
  absent_over_time: absentOverTime,
  avg_over_time: avgOverTime,
  bytes_over_time: bytesOverTime,
  bytes_rate: bytesRate,
  count_over_time: countOverTime,
  first_over_time: firstOverTime,
  last_over_time: lastOverTime,
  max_over_time: maxOverTime,
  min_over_time: minOverTime,
  quantile_over_time: quantileOverTime,
  rate,
  rate_counter: rateCounter,
  stddev_over_time: stddevOverTime,
  stdvar_over_time: stdvarOverTime,
  sum_over_time: sumOverTime,
};
