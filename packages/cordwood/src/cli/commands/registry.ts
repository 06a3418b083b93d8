import type { Command } from '../command.ts';
import { agent } from './agent.ts';
import { labels } from './labels.ts';
import { push } from './push.ts';
import { query } from './query.ts';
import { serve } from './serve.ts';
import { tail } from './tail.ts';
import { test } from './test.ts';
import { up } from './up.ts';

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [up, serve, agent, query, tail, labels, push, test];
