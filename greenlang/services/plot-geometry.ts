export type Point = readonly [longitude: number, latitude: number];

const metresPerDegree = 111_320;

/** Area on a locally flat earth, which a plot is. */
export function hectares(corners: readonly Point[]): number {
  const [origin] = corners;
  if (origin === undefined || corners.length < 3) return 0;
  const flat = corners.map(([longitude, latitude]) => [
    (longitude - origin[0]) * metresPerDegree * Math.cos((origin[1] * Math.PI) / 180),
    (latitude - origin[1]) * metresPerDegree,
  ]) as [number, number][];
  let doubled = 0;
  for (let i = 0; i < flat.length; i++) {
    const [x1, y1] = flat[i] as [number, number];
    const [x2, y2] = flat[(i + 1) % flat.length] as [number, number];
    doubled += x1 * y2 - x2 * y1;
  }
  return Math.abs(doubled) / 2 / 10_000;
}

/** Whether two edges that are not neighbours cross: then the corners are in the wrong order. */
export function crossesItself(corners: readonly Point[]): boolean {
  const side = (a: Point, b: Point, c: Point) =>
    Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const count = corners.length;
  const corner = (i: number) => corners[i % count] as Point;
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      if ((j + 1) % count === i) continue;
      const [a, b, c, d] = [corner(i), corner(i + 1), corner(j), corner(j + 1)];
      if (side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)) return true;
    }
  }
  return false;
}
