import type { Command, CommandGroup } from '../command.ts';
import { agent } from './agent.ts';
import { check } from './check.ts';
import { explain } from './explain.ts';
import { explainNetwork } from './explain-network.ts';
import { fmt } from './fmt.ts';
import { gatewayUsers } from './gateway-users.ts';
import { graph } from './graph.ts';
import { init } from './init.ts';
import { inspect } from './inspect.ts';
import { labels } from './labels.ts';
import { lint } from './lint.ts';
import { migrate } from './migrate.ts';
import { push } from './push.ts';
import { query } from './query.ts';
import { render } from './render.ts';
import { rules } from './rules.ts';
import { serve } from './serve.ts';
import { tail } from './tail.ts';
import { test } from './test.ts';
import { trace } from './trace.ts';
import { up } from './up.ts';
import { verify } from './verify.ts';

/** Every command and group of commands, in the order in which help lists them. */
export const commands: readonly (Command | CommandGroup)[] = [
  up,
  init,
  render,
  gatewayUsers,
  lint,
  serve,
  agent,
  query,
  explain,
  explainNetwork,
  tail,
  labels,
  push,
  inspect,
  test,
  rules,
  verify,
  migrate,
  check,
  trace,
  graph,
  fmt,
];
