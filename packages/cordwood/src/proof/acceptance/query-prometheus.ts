import { WorldError } from '../../model/failure.ts';
import type { Stack } from './stack.ts';

/** Values of an instant query in PromQL; none when nothing matches. */
export async function queryPrometheus(
  { signal }: Pick<Stack, 'signal'>,
  url: string,
  query: string,
): Promise<number[]> {
  const address = `${url.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query })}`;
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new WorldError('UNREACHABLE', `no answer from Prometheus at ${url}`, { cause: error });
  }
  if (!response.ok)
    throw new Error(`Prometheus refuses ${query}: ${response.status} ${(await response.text()).slice(0, 200)}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => Number(value[1]));
}
