/** `node test/twin/serve.ts [port]`: the page on the twin, for looking at it while it is built. */
import { startTwinServer } from './twin-server.ts';

const twin = await startTwinServer(Number(process.argv[2] ?? 0));
console.log(twin.url);
