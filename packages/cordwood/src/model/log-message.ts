/** How rooms report on themselves. The cli decides where it goes; `fields` are data, never part of the message. */
export type LogMessage = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean>>,
) => void;
