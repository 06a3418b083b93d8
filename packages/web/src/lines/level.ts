/** Levels as Loki's `detected_level` names them, most severe first. */
export const levels = ['fatal', 'critical', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const;
export type Level = (typeof levels)[number];

const spellings = new Map<string, Level>(
  Object.entries({
    fatal: 'fatal emergency emerg panic',
    critical: 'critical crit alert',
    error: 'error err eror',
    warn: 'warn warning wrn',
    info: 'info inf information notice',
    debug: 'debug dbg',
    trace: 'trace trc',
  }).flatMap(([level, words]) => words.split(' ').map((word) => [word, level as Level])),
);

/** The level that a label value means; anything unheard of is `unknown`. */
export function levelOf(value: string | undefined): Level {
  return value === undefined ? 'unknown' : (spellings.get(value.toLowerCase()) ?? 'unknown');
}

/** Label names that carry a level, the server's own finding first. */
export const levelLabels = ['detected_level', 'level', 'severity', 'lvl', 'severity_text'] as const;

type LabelMap = Readonly<Record<string, string>>;

/** Level of an entry from its structured metadata, parsed labels or stream labels, in this order. */
export function levelOfLabels(...maps: readonly LabelMap[]): Level {
  for (const name of levelLabels) {
    for (const map of maps) {
      const level = levelOf(map[name]);
      if (level !== 'unknown') return level;
    }
  }
  return 'unknown';
}
