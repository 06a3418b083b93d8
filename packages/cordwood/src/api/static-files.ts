import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import type { Answer } from './answer.ts';

/** Finds the file of the page that an address asks for; undefined when it asks for something else. */
export type StaticFiles = (url: string, headers: IncomingHttpHeaders) => Answer | undefined;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Only what the bundle itself brings may run; log lines are data, also where the page shows them. */
const safeHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** A name with a hash in it never changes its content. */
const hashedName = /[-.][A-Za-z0-9_]{8,}\.\w+$/;

/**
 * The files of the built page, read once: the list of files is the list of what can be asked for, so no address can name
 * another file. The page keeps its views behind `#`, so that no other address has to answer with it.
 */
export function createStaticFiles(directory: string): StaticFiles {
  const files = new Map<string, { readonly answer: Answer; readonly etag: string }>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    const body = readFileSync(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const answer: Answer = {
      status: 200,
      contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
      headers: {
        ...safeHeaders,
        etag,
        'cache-control': hashedName.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
      body,
    };
    files.set(path, { answer, etag });
  }

  return (url, headers) => {
    const path = decodePath(url.split('?', 1)[0]!);
    const found = files.get(path === '/' ? '/index.html' : path);
    if (found === undefined) return undefined;
    if (headers['if-none-match'] === found.etag) {
      return { status: 304, headers: found.answer.headers ?? {}, body: '' };
    }
    return found.answer;
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
