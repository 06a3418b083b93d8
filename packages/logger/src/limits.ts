/** Bounds of the logger, each with its unit and reason. A value beyond one is cut and marked, never refused. */

/** Characters of one string value. Loki refuses lines above 256 KB; eight such values still fit into one line. */
export const stringLengthMax = 32_768;
/** Nesting of data. Deeper structures are almost always object graphs that were logged by mistake. */
export const depthMax = 12;
/** Entries of one object, array, map or set. Beyond it the number of missing ones is written. */
export const entriesMax = 1_000;
/** Characters of one serialised line; from here on the remaining fields are replaced by a mark. */
export const lineLengthMax = 200_000;
/** Characters of an event name or message. */
export const eventLengthMax = 4_096;
/** Characters of `request_id` and `tenant_id`: they become structured metadata of every line. */
export const idLengthMax = 128;
/** Links of a `cause` chain. */
export const causesMax = 8;
/** Distinct keys and event names whose serialised form is kept; the cache starts over beyond it. */
export const cachedTextsMax = 4_096;
/** Characters a sink holds while its target does not take them. */
export const queueLengthMax = 8 * 1024 * 1024;
