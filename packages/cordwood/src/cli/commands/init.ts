import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { ConfigError } from '../config-error.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'Write a small platform.ts that passes the lint and runs.',
  operands: '[DIR]',
  operandCount: [0, 1],
  describe: `Asks for what is not given where somebody can answer; otherwise takes the defaults. Nothing is overwritten.`,
  options: {
    name: { type: 'string', value: 'NAME', describe: "short name in lower case (default the folder's)" },
    namespaces: { type: 'string', value: 'A,B', describe: 'Kubernetes namespaces of your services (default NAME)' },
    services: { type: 'string', value: 'A,B', describe: 'services, by container or label app (default web)' },
    retention: { type: 'string', value: 'TIME', describe: 'how long logs are kept (default 720h)' },
    account: {
      type: 'string',
      value: 'ID',
      describe: 'AWS account; with it the production environment is written too',
    },
    region: { type: 'string', value: 'NAME', describe: 'AWS region (default eu-central-1)' },
    'oidc-provider': { type: 'string', value: 'ISSUER', describe: "issuer of the cluster's tokens, without https://" },
    'api-server-cidr': {
      type: 'string',
      value: 'CIDR',
      describe: 'where pods reach the API server (default 10.0.0.0/16)',
    },
    yes: { type: 'boolean', short: 'y', describe: 'ask nothing' },
  },
  examples: [
    ['cordwood init', 'asks, then writes platform.ts here'],
    ['cordwood init logs --name acme --namespaces shop,pay --services web,checkout -y', 'without questions'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const { initialFiles } = await import('@cordwood/platform');
    const directory = positionals[0] ?? '.';
    const existing = ['platform.ts', 'platform.js']
      .map((name) => join(directory, name))
      .find((path) => existsSync(path));
    if (existing !== undefined)
      throw new ConfigError(`${existing} is already there; 'cordwood lint ${directory}' checks it`);
    const ask =
      options.yes || !process.stdin.isTTY
        ? undefined
        : createInterface({ input: process.stdin, output: process.stderr });
    const answer = async (given: string | undefined, question: string, fallback: string): Promise<string> => {
      if (given !== undefined) return given;
      if (ask === undefined) return fallback;
      return (await ask.question(`${question} [${fallback}] `, { signal })).trim() || fallback;
    };
    try {
      const folder = basename(resolve(directory))
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-')
        .replace(/^-+|-+$/g, '');
      const name = checked(
        await answer(options.name, 'Short name of the platform?', folder || 'acme'),
        '--name',
        /^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$/,
      );
      const namespaces = names(
        await answer(options.namespaces, 'Kubernetes namespaces of your services?', name),
        '--namespaces',
      );
      const services = names(await answer(options.services, 'Services?', 'web'), '--services');
      const retention = checked(
        await answer(options.retention, 'How long are logs kept?', '720h'),
        '--retention',
        /^\d+[hdw]$/,
      );
      const account = await answer(options.account, 'AWS account of production (empty: later)?', '');
      const aws =
        account === ''
          ? undefined
          : {
              account: checked(account, '--account', /^\d{12}$/),
              region: await answer(options.region, 'AWS region?', 'eu-central-1'),
              oidcProvider: checked(
                await answer(options['oidc-provider'], "Issuer of the cluster's tokens, without https://?", ''),
                '--oidc-provider',
                /^(?!https?:)[^/\s]+\/.+$/,
              ),
              apiServerCidr: await answer(
                options['api-server-cidr'],
                'Block of addresses of the API server?',
                '10.0.0.0/16',
              ),
            };
      const files = initialFiles({ name, namespaces, services, retention, aws });
      for (const { path, text } of files) {
        const file = join(directory, path);
        if (existsSync(file)) {
          terminal.note(`${file}: is there, left as it is`);
          continue;
        }
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        await terminal.out(`${file}\n`);
      }
    } finally {
      ask?.close();
    }
    const at = directory === '.' ? '' : ` ${directory}`;
    terminal.note(
      [
        '',
        'Next:',
        `  cordwood render${at}    write what is made of it`,
        `  cordwood lint${at}      check all of it`,
        `  cordwood test ${join(directory, 'tests/*.test.yaml')}    test its alerts`,
        `  cordwood up${at}        run it on this machine`,
      ].join('\n'),
    );
    return exitCode.ok;
  },
});

function checked(value: string, option: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new UsageError(`${option}: '${value}' does not fit ${pattern.source}`);
  return value;
}

function names(list: string, option: string): string[] {
  const all = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (all.length === 0) throw new UsageError(`${option}: names nothing`);
  return all.map((name) => checked(name, option, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/));
}
