import { parse } from '@cordwood/logql';
import { RequestError } from '../../model/failure.ts';
import type { Tenant } from '../../model/tenant.ts';
import { printNamespaces, printRuleGroup, type RuleGroup, readRuleGroup } from '../../rules/rule-group.ts';
import type { RuleNamespaces } from '../../rules/rule-store.ts';
import type { Ruler } from '../../rules/ruler.ts';
import { type RuleChecks, validateRuleGroup } from '../../rules/validate-rule-group.ts';
import { type Answer, refusal } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { goJson } from '../go-json.ts';
import { apiLimits } from '../limits.ts';
import type { ApiRequest, Parameter, Route } from '../route.ts';
import * as texts from './parameter-texts.ts';

/**
 * The ruler's configuration API (loki.md 5.2). `namespace` is a rule file. Each endpoint has Prometheus' older path too.
 */
const available = ({ ruler, config }: ApiContext): boolean => ruler !== undefined && config.ruler.enableApi;

const namespaceParameter: Parameter = { name: 'namespace', in: 'path', describe: 'rule file', required: true };
const groupParameter: Parameter = { name: 'group', in: 'path', describe: 'rule group', required: true };

/** Loki answers a request of several tenants with a body of its own. */
function refuse(status: number, message: string): Answer {
  if (message === 'multiple org IDs present') return prometheusFailure(500, 'server_error', 'no org id');
  return refusal(status, message, 'line');
}

export function prometheusFailure(status: number, errorType: string, error: string): Answer {
  return refusal(status, goJson({ status: 'error', data: null, errorType, error }), 'plain');
}

const accepted: Answer = {
  status: 202,
  contentType: 'application/json',
  body: goJson({ status: 'success', data: null, errorType: '', error: '' }),
};

function yaml(body: string): Answer {
  return { status: 200, contentType: 'application/yaml', body };
}

function rulerOf(context: ApiContext): Ruler {
  return context.ruler!;
}

async function namespacesOf(tenant: Tenant, context: ApiContext): Promise<RuleNamespaces> {
  const { namespaces, diagnostics } = await rulerOf(context).store.list(tenant);
  const broken = diagnostics.find(({ severity }) => severity === 'error');
  if (broken !== undefined) {
    throw new RequestError(500, `${broken.file ?? 'rules'}:${broken.line}:${broken.column}: ${broken.message}`);
  }
  return namespaces;
}

function writable(context: ApiContext, operation: string) {
  const { write } = rulerOf(context).store;
  if (write === undefined) throw new RequestError(500, `${operation} unsupported in rule local store`);
  return write;
}

/** `labels=k:v,k2:v2`: only rules with all of these labels. */
function labelFilter(text: string): (group: RuleGroup) => RuleGroup {
  if (text === '') return (group) => group;
  const wanted = text.split(',').map((pair) => {
    const colon = pair.indexOf(':');
    return [pair.slice(0, Math.max(0, colon)).trim(), pair.slice(colon + 1).trim()] as const;
  });
  return (group) => ({
    ...group,
    rules: group.rules.filter((rule) =>
      wanted.every(([name, value]) => Object.hasOwn(rule.labels, name) && rule.labels[name] === value),
    ),
  });
}

export const listRules: Route = {
  paths: ['/loki/api/v1/rules', '/api/prom/rules', '/loki/api/v1/rules/{namespace}', '/api/prom/rules/{namespace}'],
  methods: ['GET'],
  summary: 'List rule groups by namespace.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [{ name: 'labels', describe: 'only rules with these labels: `name:value,name:value`' }],
  answers: { 200: 'YAML: namespace -> groups.', ...texts.refusedAnswers, 404: 'There is no rule group.' },
  async handle(request, context) {
    const only = request.parameters['namespace'];
    const filter = labelFilter(request.form.get('labels'));
    const filtered = request.form.get('labels') !== '';
    const shown = new Map<string, readonly RuleGroup[]>();
    for (const [namespace, groups] of await namespacesOf(request.tenant, context)) {
      if (only !== undefined && namespace !== only) continue;
      const kept = groups.map(filter).filter((group) => !filtered || group.rules.length > 0);
      if (kept.length > 0) shown.set(namespace, kept);
    }
    if (shown.size === 0) throw new RequestError(404, 'no rule groups found');
    return yaml(printNamespaces(shown));
  },
};

export const getRuleGroup: Route = {
  paths: ['/loki/api/v1/rules/{namespace}/{group}', '/api/prom/rules/{namespace}/{group}'],
  methods: ['GET'],
  summary: 'One rule group.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [namespaceParameter, groupParameter],
  answers: { 200: 'YAML.', ...texts.refusedAnswers, 404: 'There is no such group.' },
  async handle({ tenant, parameters }, context) {
    if (rulerOf(context).store.write === undefined) {
      throw new RequestError(400, 'GetRuleGroup unsupported in rule local store');
    }
    const groups = (await namespacesOf(tenant, context)).get(parameters['namespace']!) ?? [];
    const group = groups.find(({ name }) => name === parameters['group']);
    if (group === undefined) throw new RequestError(404, 'group does not exist');
    return yaml(printRuleGroup(group));
  },
};

export const setRuleGroup: Route = {
  paths: ['/loki/api/v1/rules/{namespace}', '/api/prom/rules/{namespace}'],
  methods: ['POST'],
  summary: 'Create or replace a rule group.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [namespaceParameter],
  body: { types: ['application/yaml'], describe: 'a rule group', maxBytes: () => apiLimits.ruleGroupBytes },
  answers: { 202: 'Taken.', ...texts.refusedAnswers, 500: 'The rules are read-only (local files).' },
  async handle(request, context) {
    const namespace = checkedName(request.parameters['namespace']!, 'a namespace must be provided in the request');
    const group = readGroup(request, context);
    await checkLimits(request.tenant, namespace, group, context);
    const write = writable(context, 'SetRuleGroup');
    await write.setGroup(request.tenant, namespace, group);
    await rulerOf(context).reload();
    return accepted;
  },
};

function checkedName(name: string, absent: string): string {
  if (name === '') throw new RequestError(400, absent);
  if (name === '.' || name === '..' || /[/\\\0]/.test(name)) throw new RequestError(400, `invalid name: ${name}`);
  return name;
}

const defaultChecks: RuleChecks = {
  expressionError: (text) => parse(text).error,
  templateError: () => undefined,
};

function readGroup(request: ApiRequest, context: ApiContext): RuleGroup {
  // A body that says it is a form is read as one, and nothing is left for the group.
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  const { groups, diagnostics } = readRuleGroup(isForm ? '' : request.body.toString('utf8'));
  if (groups[0] === undefined || diagnostics.some(({ severity }) => severity === 'error')) {
    throw new RequestError(400, 'unable to decoded rule group');
  }
  const checked = validateRuleGroup(groups[0], 0, 'rule group', context.ruleChecks ?? defaultChecks);
  if (checked.group === undefined) {
    const messages = checked.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    throw new RequestError(400, messages.join(', '));
  }
  checkedName(checked.group.name, 'a matching group name must be provided in the request');
  return checked.group;
}

async function checkLimits(tenant: Tenant, namespace: string, group: RuleGroup, context: ApiContext): Promise<void> {
  const { rulerMaxRulesPerRuleGroup: rulesMax, rulerMaxRuleGroupsPerTenant: groupsMax } = context.limitsFor(tenant);
  if (rulesMax > 0 && group.rules.length > rulesMax) {
    throw new RequestError(
      400,
      `per-user rules per rule group limit (limit: ${rulesMax} actual: ${group.rules.length}) exceeded`,
    );
  }
  if (groupsMax <= 0) return;
  const namespaces = await namespacesOf(tenant, context);
  let count = 1;
  for (const [name, groups] of namespaces) {
    count += groups.filter((other) => name !== namespace || other.name !== group.name).length;
  }
  if (count > groupsMax) {
    throw new RequestError(400, `per-user rule groups limit (limit: ${groupsMax} actual: ${count}) exceeded`);
  }
}

export const deleteRuleGroup: Route = {
  paths: ['/loki/api/v1/rules/{namespace}/{group}', '/api/prom/rules/{namespace}/{group}'],
  methods: ['DELETE'],
  summary: 'Remove a rule group.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [namespaceParameter, groupParameter],
  answers: { 202: 'It is gone, or never was.', ...texts.refusedAnswers, 500: 'The rules are read-only (local files).' },
  async handle({ tenant, parameters }, context) {
    await writable(context, 'DeleteRuleGroup').removeGroup(tenant, parameters['namespace']!, parameters['group']!);
    await rulerOf(context).reload();
    return accepted;
  },
};

export const deleteRuleNamespace: Route = {
  paths: ['/loki/api/v1/rules/{namespace}', '/api/prom/rules/{namespace}'],
  methods: ['DELETE'],
  summary: 'Remove a namespace with all its groups.',
  tenancy: 'one',
  refusals: 'line',
  refuse,
  available,
  parameters: [namespaceParameter],
  answers: {
    202: 'It is gone.',
    ...texts.refusedAnswers,
    404: 'There is no such namespace.',
    500: 'The rules are read-only (local files).',
  },
  async handle({ tenant, parameters }, context) {
    const existed = await writable(context, 'DeleteNamespace').removeNamespace(tenant, parameters['namespace']!);
    if (!existed) throw new RequestError(404, 'group namespace does not exist');
    await rulerOf(context).reload();
    return accepted;
  },
};
