/** Cases that Cordwood answers otherwise than Loki 3.7.6, with the reason. The suite fails when one of these passes. */
export const notPassedByEngine: Readonly<Record<string, string>> = {
  'unwrap/stream-label-value':
    'Loki splits an instant query by the hour and pushes the outer sum into the parts, so that `sum(max_over_time(...[6h]) by (x))` is ' +
    'the largest of the hourly sums (15.7) instead of the sum over the devices (18). The right answer is given.',
};
