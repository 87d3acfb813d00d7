/**
 * The built page over HTTP. All files are read once, at the start, into a map from URL path to answer: what is not in the map
 * does not exist, so no path can lead anywhere else.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { SECURITY_HEADERS } from "./header.js";

/** One answer, ready to be sent. */
interface Asset {
  readonly body: Buffer;
  /** Present when it is worth it. */
  readonly gzip: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const COMPRESSIBLE = /^(?:text\/|application\/|image\/svg)/;
/** Names of files in /assets/ carry a hash of their content: what is cached under one is right for ever. */
const IMMUTABLE = "public, max-age=31536000, immutable";
const REVALIDATE = "no-cache";
/** Files beside the pages that browsers ask for by themselves. */
const BESIDE = /\.(?:ico|png|svg|txt|webmanifest)$/;
const ROOM_PATH = /^\/r\/[^/]{1,600}$/;

/** The files of one built page. */
export class StaticFiles {
  readonly #assets = new Map<string, Asset>();

  /** Reads the build in `folder`. A build that is not there leaves the map empty: then `complete` is false. */
  constructor(folder: string) {
    for (const [path, file] of [
      ["/", "index.html"],
      ["/echo", "echo.html"],
    ] as const) {
      if (existsSync(join(folder, file))) this.#add(path, join(folder, file), REVALIDATE);
    }
    for (const name of filesOf(folder).filter((one) => BESIDE.test(one))) {
      this.#add(`/${name}`, join(folder, name), REVALIDATE);
    }
    for (const name of filesOf(join(folder, "assets"))) {
      if (extname(name) in TYPES) this.#add(`/assets/${name}`, join(folder, "assets", name), IMMUTABLE);
    }
  }

  /** Both pages are there. */
  get complete(): boolean {
    return this.#assets.has("/") && this.#assets.has("/echo");
  }

  /** Answers one request for `path` (without query). */
  answer(request: IncomingMessage, response: ServerResponse, path: string): void {
    const isPage = path === "/" || path === "/echo" || ROOM_PATH.test(path);
    const asset = this.#assets.get(ROOM_PATH.test(path) ? "/" : path);
    if (!asset) {
      if (isPage) plain(response, 503, "The page is not built.");
      else plain(response, 404, "There is nothing here.");
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      plain(response, 405, "Only GET and HEAD are possible here.", { allow: "GET, HEAD" });
      return;
    }
    const gzip = asset.gzip && acceptsGzip(request) ? asset.gzip : undefined;
    const etag = gzip ? `"${asset.etag}-gz"` : `"${asset.etag}"`;
    const headers: Record<string, string> = { ...SECURITY_HEADERS, "cache-control": asset.cache, etag };
    if (asset.gzip) headers["vary"] = "accept-encoding";
    if (isKnown(request.headers["if-none-match"], etag)) {
      response.writeHead(304, headers).end();
      return;
    }
    const body = gzip ?? asset.body;
    headers["content-type"] = asset.type;
    headers["content-length"] = String(body.length);
    if (gzip) headers["content-encoding"] = "gzip";
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : body);
  }

  #add(path: string, file: string, cache: string): void {
    const body = readFileSync(file);
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const etag = createHash("sha256").update(body).digest("base64url").slice(0, 22);
    const packed = COMPRESSIBLE.test(type) ? gzipSync(body, { level: 9 }) : body;
    this.#assets.set(path, { body, gzip: packed.length < body.length ? packed : undefined, type, etag, cache });
  }
}

/** A short answer in plain text, for people and probes. */
export function plain(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

function acceptsGzip(request: IncomingMessage): boolean {
  const header = String(request.headers["accept-encoding"] ?? "");
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(header);
}

/** RFC 9110, 13.1.2: a list of tags or "*", compared weakly. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
