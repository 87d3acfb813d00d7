import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realPart } from "../../../../../scripts/real-part.mjs";

const openssl = realPart("openssl");

/** Why there can be no certificates, or false. */
export const skipTls: string | false = openssl.skip;

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Certificates made for one run: an authority, and what it signed. */
export class Certificates {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "tideway-client-"));
  readonly ca: string;
  readonly server: KeyPair;
  readonly otherHost: KeyPair;
  readonly expired: KeyPair;
  readonly future: KeyPair;
  readonly selfSigned: KeyPair;
  readonly client: KeyPair;

  constructor() {
    const ca = this.#make("ca", ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"], ["-days", "30"]);
    this.ca = ca.cert;
    const signed = ["-CA", join(this.#folder, "ca.pem"), "-CAkey", join(this.#folder, "ca.key")];
    const local = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    this.server = this.#make("server", [local], [...signed, "-days", "30"]);
    this.otherHost = this.#make("other", ["subjectAltName=DNS:other.example"], [...signed, "-days", "30"]);
    this.selfSigned = this.#make("self", [local], ["-days", "30"]);
    this.client = this.#make("client", ["extendedKeyUsage=clientAuth"], [...signed, "-days", "30"]);
    // `req -x509` has no dates before version 3.4, `x509 -req` has no dates at all, `ca` has: but it wants files of its own.
    this.expired = this.#dated("expired", local, "20200101000000Z", "20200102000000Z");
    this.future = this.#dated("future", local, "20900101000000Z", "20900102000000Z");
  }

  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(name: string, extensions: readonly string[], more: readonly string[]): KeyPair {
    const added = extensions.flatMap((extension) => ["-addext", extension]);
    this.#run("req", "-x509", ...this.#newKey(name), "-out", this.#path(name, "pem"), ...added, ...more);
    return this.#read(name);
  }

  #dated(name: string, extension: string, from: string, to: string): KeyPair {
    const config = this.#path(name, "cnf");
    const index = this.#path(name, "index");
    const serial = this.#path(name, "serial");
    const lines = [
      "[ca]",
      "default_ca=own",
      "[own]",
      `database=${index}`,
      `serial=${serial}`,
      `new_certs_dir=${this.#folder}`,
      "default_md=sha256",
      "policy=any",
      "x509_extensions=ext",
      "[any]",
      "commonName=supplied",
      "[ext]",
      extension,
    ];
    writeFileSync(config, lines.join("\n"));
    writeFileSync(index, "");
    writeFileSync(serial, name === "expired" ? "01" : "02");
    this.#run("req", "-new", ...this.#newKey(name), "-out", this.#path(name, "csr"));
    const authority = ["-cert", this.#path("ca", "pem"), "-keyfile", this.#path("ca", "key")];
    const dates = ["-startdate", from, "-enddate", to];
    const files = ["-in", this.#path(name, "csr"), "-out", this.#path(name, "pem"), "-notext", "-batch"];
    this.#run("ca", "-config", config, ...authority, ...dates, ...files);
    return this.#read(name);
  }

  #newKey(name: string): readonly string[] {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    return ["-config", "/dev/null", ...curve, "-keyout", this.#path(name, "key"), "-subj", `/CN=${name}`];
  }

  #path(name: string, ending: string): string {
    return join(this.#folder, `${name}.${ending}`);
  }

  #read(name: string): KeyPair {
    return { key: readFileSync(this.#path(name, "key"), "utf8"), cert: readFileSync(this.#path(name, "pem"), "utf8") };
  }

  #run(...args: readonly string[]): void {
    execFileSync(openssl.path, args, { stdio: ["ignore", "ignore", "pipe"] });
  }
}
