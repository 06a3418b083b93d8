import type { Environment, Platform } from '../platform.ts';
import { block, comment, spaced } from './alloy-text.ts';

/** A line of the configuration under which Helm puts the patterns of `redaction.customPatterns`. */
export const customPatternsMark = '// patterns of the Helm value redaction.customPatterns:';

/**
 * Everything that the policy replaces, in the line, before any field of it is read: what a later stage took out of an
 * unredacted line would leave with it. Every source goes through here, files, journal and OTLP alike.
 */
export function redactionProcess(platform: Platform, _environment: Environment, forwardTo: string): string {
  const addressesOf = platform.redaction.ipAddressesOf ?? 'none';
  return block(
    'loki.process "redact"',
    `forward_to = [${forwardTo}]`,
    '\n',
    platform.compiledRedaction.toAlloy(),
    '\n',
    customPatternsMark,
    '\n',
    comment('IP addresses, in the lines of these services only: access lines need theirs.'),
    block(
      'stage.match',
      `selector = "{service=~\\"" + coalesce(sys.env("REDACT_IPS_IN"), ${JSON.stringify(addressesOf)}) + "\\"}"`,
      '\n',
      spaced(platform.ipRedaction.toAlloy()),
    ),
  );
}
