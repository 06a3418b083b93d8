/** Syslog messages as RFC 5424 and RFC 3164 define them. */

/** What a message says; what it leaves out (`-`, or no such field) is undefined. */
export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  readonly timestampNs: bigint | undefined;
  readonly hostname: string | undefined;
  readonly appName: string | undefined;
  readonly procId: string | undefined;
  readonly msgId: string | undefined;
  /** Parameters by id of the element. */
  readonly structuredData: readonly { readonly id: string; readonly params: readonly (readonly [string, string])[] }[];
  readonly message: string | undefined;
}

export type ParseSyslogResult =
  | { readonly message: SyslogMessage; readonly error?: undefined }
  | { readonly error: string; readonly message?: undefined };

export const severityNames = [
  'emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug',
] as const; // biome-ignore format: one table

export const facilityNames = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'security', 'console', 'cron2',
  'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
] as const; // biome-ignore format: one table

const priorityPattern = /^<(\d{1,3})>/;

function priority(text: string): { facility: number; severity: number; length: number } | undefined {
  const match = priorityPattern.exec(text);
  if (match === null || Number(match[1]) > 191) return undefined;
  const value = Number(match[1]);
  return { facility: value >> 3, severity: value & 7, length: match[0].length };
}

/** `<34>1 2003-10-11T22:14:15.003Z host su - ID47 [id name="value"] message` (RFC 5424, section 6). */
export function parseRfc5424(text: string): ParseSyslogResult {
  const head = priority(text);
  if (head === undefined) return { error: 'the message does not begin with a priority such as <34>' };
  const header = /^([1-9]\d{0,2}) (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /.exec(text.slice(head.length));
  // Structured data `-` may be the end of the text.
  if (header === null)
    return { error: 'the header is not that of RFC 5424: version, time, host, app, process, message id' };
  const [all, , time, hostname, appName, procId, msgId] = header as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const timestampNs = time === '-' ? undefined : parseTime(time);
  if (time !== '-' && timestampNs === undefined) return { error: `${JSON.stringify(time)} is no time in RFC 3339` };
  const data = structuredData(text, head.length + all.length);
  if (data === undefined) return { error: 'the structured data is not that of RFC 5424' };
  const rest = text.slice(data.end);
  if (rest !== '' && !rest.startsWith(' ')) return { error: 'there is no blank between structured data and message' };
  const message = rest.slice(1).replace(/^\ufeff/, '');
  return {
    message: {
      facility: head.facility,
      severity: head.severity,
      timestampNs,
      hostname: given(hostname),
      appName: given(appName),
      procId: given(procId),
      msgId: given(msgId),
      structuredData: data.elements,
      message: message === '' ? undefined : message,
    },
  };
}

function given(text: string): string | undefined {
  return text === '-' ? undefined : text;
}

/** Element by element; undefined when there is none of that shape at `start`. */
function structuredData(
  text: string,
  start: number,
): { elements: { id: string; params: [string, string][] }[]; end: number } | undefined {
  if (text[start] === '-') return { elements: [], end: start + 1 };
  const elements: { id: string; params: [string, string][] }[] = [];
  const element = /\[([^\s=\]"]{1,32})/y;
  const param = / +([^\s=\]"]{1,32})="((?:[^"\\\]]|\\[\s\S])*)"/y;
  let at = start;
  while (text[at] === '[') {
    element.lastIndex = at;
    const id = element.exec(text)?.[1];
    if (id === undefined) return undefined;
    at = element.lastIndex;
    const params: [string, string][] = [];
    for (param.lastIndex = at; ; ) {
      const match = param.exec(text);
      if (match === null) break;
      params.push([match[1]!, match[2]!.replace(/\\(["\\\]])/g, '$1')]);
      at = param.lastIndex;
    }
    if (text[at] !== ']') return undefined;
    at++;
    elements.push({ id, params });
  }
  return elements.length === 0 ? undefined : { elements, end: at };
}

const isoTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/;

function parseTime(text: string): bigint | undefined {
  const match = isoTime.exec(text);
  if (match === null) return undefined;
  // Without the fraction: a Date keeps milliseconds.
  const seconds = Date.parse(text.replace(/\.\d+/, '')) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const bsdTime = /^([A-Z][a-z]{2}) ([ \d]?\d) (\d\d):(\d\d):(\d\d) /;

/**
 * `<34>Oct 11 22:14:15 host su[230]: message` (RFC 3164). What real senders do is taken too: a time in RFC 3339, no host, no tag.
 * A time without a year is of `year`, in UTC.
 */
export function parseRfc3164(text: string, year: number): ParseSyslogResult & { readonly hasYear?: boolean } {
  const head = priority(text);
  if (head === undefined) return { error: 'the message does not begin with a priority such as <34>' };
  let rest = text.slice(head.length);
  let timestampNs: bigint | undefined;
  const bsd = bsdTime.exec(rest);
  const iso = bsd === null ? /^(\S+) /.exec(rest) : null;
  if (bsd !== null) {
    const month = months.indexOf(bsd[1]!);
    if (month < 0) return { error: `${bsd[1]} is no month` };
    const date = new Date(0);
    date.setUTCFullYear(year, month, Number(bsd[2]));
    date.setUTCHours(Number(bsd[3]), Number(bsd[4]), Number(bsd[5]));
    timestampNs = BigInt(date.getTime()) * 1_000_000n;
    rest = rest.slice(bsd[0].length);
  } else if (iso !== null && parseTime(iso[1]!) !== undefined) {
    timestampNs = parseTime(iso[1]!);
    rest = rest.slice(iso[0].length);
  } else return { error: 'there is no time such as "Oct 11 22:14:15" after the priority' };
  const parts = /^(?:(\S+) )?([^\s:[\]]{1,64})(?:\[([^\]]*)\])?:(?: |$)/.exec(rest);
  const hostOnly = parts === null ? /^(\S+) /.exec(rest) : null;
  const message = rest.slice((parts ?? hostOnly)?.[0].length ?? 0);
  return {
    hasYear: bsd === null,
    message: {
      facility: head.facility,
      severity: head.severity,
      timestampNs,
      hostname: parts === null ? hostOnly?.[1] : parts[1],
      appName: parts?.[2],
      procId: parts?.[3],
      msgId: undefined,
      structuredData: [],
      message: message === '' ? undefined : message,
    },
  };
}
