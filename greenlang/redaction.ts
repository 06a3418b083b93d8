import { createRedaction } from '@cordwood/logger/redaction';

/**
 * GreenLang's one redaction policy (INFRA-009 TR-002). The services log through it, and `config.alloy` holds its rendered
 * form, so that a service that does not use the logger, or turned redaction off, is covered by the collector.
 * `npm run golden` renders it again.
 */
export const redaction = createRedaction();

/** IP addresses are redacted by the collector only where CORDWOOD_REDACT_IPS_IN says so: access logs need them. */
export const ipRedaction = createRedaction({ withoutDefaultKeys: true, patterns: ['ipv4', 'ipv6'] });

export const renderedBlocks = {
  redaction: redaction.toAlloy(),
  'IP addresses': ipRedaction.toAlloy().replace(/^(?=.)/gm, '\t'),
};

/** The text between `// BEGIN name` and `// END name`, replaced by the rendered block. */
export function withRenderedBlocks(config: string): string {
  let out = config;
  for (const [name, block] of Object.entries(renderedBlocks)) {
    const pattern = new RegExp(`([ \\t]*// BEGIN ${name}[^\\n]*\\n)[\\s\\S]*?([ \\t]*// END ${name}\\n)`);
    out = out.replace(pattern, (_all, begin: string, end: string) => `${begin}${block}${end}`);
  }
  return out;
}
