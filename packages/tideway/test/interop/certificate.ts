import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realPart } from "../../../../scripts/real-part.mjs";

const openssl = realPart("openssl");

/** Why there can be no certificates, or false. */
export const skipTls: string | false = openssl.skip;

/** Names of files with PEM in them. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority made for one run, and what it signed. Nobody else trusts it. */
export class Authority {
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  /** For a client called "alice". */
  readonly client: KeyPair;
  readonly #folder = mkdtempSync(join(tmpdir(), "tideway-interop-"));

  constructor() {
    const ca = this.#make("ca", "interop authority", ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"]);
    const sign = ["-CA", ca.cert, "-CAkey", ca.key];
    this.ca = ca.cert;
    const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    this.server = this.#make("server", "localhost", [names, "extendedKeyUsage=serverAuth"], sign);
    this.client = this.#make("client", "alice", ["extendedKeyUsage=clientAuth"], sign);
  }

  /** Deletes the files. */
  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(name: string, commonName: string, extensions: readonly string[], more: readonly string[] = []): KeyPair {
    const key = join(this.#folder, `${name}.key`);
    const cert = join(this.#folder, `${name}.pem`);
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const added = extensions.flatMap((extension) => ["-addext", extension]);
    const output = ["-keyout", key, "-out", cert, "-days", "2", "-subj", `/CN=${commonName}`];
    execFileSync(openssl.path, ["req", "-x509", "-config", "/dev/null", ...curve, ...output, ...added, ...more], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return { key, cert };
  }
}

/** The content of both files, as Node's TLS takes it. */
export function pem({ key, cert }: KeyPair): KeyPair {
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}
