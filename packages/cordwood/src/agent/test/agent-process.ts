/**
 * An agent in a process of its own, to be killed: `node agent-process.ts CONFIG DATA`. While the file DATA.full exists, its disk
 * is full.
 */
import { existsSync, readFileSync } from 'node:fs';
import { WorldError } from '../../model/failure.ts';
import type { Disk, WritableFile } from '../../world/disk.ts';
import { systemClock } from '../../world/system-clock.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { createAgent } from '../agent.ts';

const [config, dataDirectory] = process.argv.slice(2) as [string, string];

const disk: Disk = {
  ...systemDisk,
  async openWrite(path): Promise<WritableFile> {
    const file = await systemDisk.openWrite(path);
    return {
      path: file.path,
      get sizeBytes() {
        return file.sizeBytes;
      },
      async append(parts) {
        if (existsSync(`${dataDirectory}.full`)) throw new WorldError('DISK_FULL', 'the disk is full', { path });
        await file.append(parts);
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
};

const { agent, diagnostics } = createAgent({
  files: [{ name: config, text: readFileSync(config, 'utf8') }],
  dataDirectory,
  clock: systemClock,
  disk,
  log: (level, message, fields) =>
    process.env['VERBOSE'] && console.error(level, message, JSON.stringify(fields ?? {})),
  environment: { variable: (name) => process.env[name], hostname: 'test', os: 'linux', arch: 'amd64', version: 'test' },
});
if (agent === undefined) throw new Error(JSON.stringify(diagnostics));
// Timers of the agent do not keep the process alive.
setInterval(() => {}, 1000);
await agent.start();
process.send?.('started');
process.on('SIGTERM', async () => {
  await agent.stop();
  process.exit(0);
});
