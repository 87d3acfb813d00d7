import { LocalError } from "../../protocol/error.js";

interface Explanation {
  /** Codes of Node and OpenSSL that mean this. */
  readonly codes: readonly string[];
  /** Our stable code. */
  readonly code: string;
  /** What is wrong and what to do, as one sentence. */
  readonly text: string;
}

/** Every way in which TLS is known to fail before there is a connection. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    code: "ERR_TLS_CERT_EXPIRED",
    codes: ["CERT_HAS_EXPIRED"],
    text: "the server's certificate has expired: it must be renewed, or the clock of this machine is wrong",
  },
  {
    code: "ERR_TLS_CERT_NOT_YET_VALID",
    codes: ["CERT_NOT_YET_VALID"],
    text: "the server's certificate is not valid yet: the clock of this machine may be wrong",
  },
  {
    code: "ERR_TLS_SELF_SIGNED",
    codes: ["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
    text: "the server's certificate is signed by itself or by a private authority: to trust it, give that certificate as tls.ca",
  },
  {
    code: "ERR_TLS_UNKNOWN_CA",
    codes: [
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "CERT_UNTRUSTED",
    ],
    text: "the server's certificate comes from an authority that is not trusted here: give the authority's certificate as tls.ca, or have the server send its intermediate certificates",
  },
  {
    code: "ERR_TLS_WRONG_HOST",
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_TLS_CERT_ALTNAME_FORMAT", "HOSTNAME_MISMATCH"],
    text: "the server's certificate is for another name than the one in the URL: use a name it lists, or give the expected one as tls.servername",
  },
  {
    code: "ERR_TLS_CERT_REVOKED",
    codes: ["CERT_REVOKED"],
    text: "the server's certificate has been revoked: it must be replaced",
  },
  {
    code: "ERR_TLS_CERT_INVALID",
    codes: [
      "CERT_SIGNATURE_FAILURE",
      "CERT_CHAIN_TOO_LONG",
      "INVALID_CA",
      "INVALID_PURPOSE",
      "PATH_LENGTH_EXCEEDED",
      "CERT_REJECTED",
      "CA_MD_TOO_WEAK",
      "EE_KEY_TOO_SMALL",
    ],
    text: "the server's certificate or its chain is not acceptable",
  },
  {
    code: "ERR_TLS_NOT_TLS",
    codes: [
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
      "ERR_SSL_HTTP_REQUEST",
      "ERR_SSL_UNKNOWN_PROTOCOL",
    ],
    text: "the server does not speak TLS on this port: use a ws: URL, or the port for TLS",
  },
  {
    code: "ERR_TLS_PROTOCOL",
    codes: [
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      "ERR_SSL_NO_PROTOCOLS_AVAILABLE",
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
      "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
      "ERR_SSL_NO_CIPHERS_AVAILABLE",
    ],
    text: "server and client have no TLS version or cipher in common: see tls.minVersion, tls.maxVersion and tls.ciphers",
  },
  {
    code: "ERR_TLS_ALPN",
    codes: ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_SSL_TLS_ALERT_NO_APPLICATION_PROTOCOL"],
    text: "the server does not offer HTTP/1.1 over TLS on this port",
  },
  {
    code: "ERR_TLS_CLIENT_CERT",
    codes: [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
      "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
      "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN",
      "ERR_SSL_TLS_ALERT_UNKNOWN_CA",
    ],
    text: "the server wants a certificate from the client, or does not accept the one it got: see tls.cert and tls.key",
  },
  {
    code: "ERR_TLS_UNRECOGNIZED_NAME",
    codes: ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME"],
    text: "the server has no certificate for this host name",
  },
];

const byCode = new Map(EXPLANATIONS.flatMap((entry) => entry.codes.map((code) => [code, entry] as const)));

/**
 * Explains why TLS failed.
 * @param error of the socket
 * @param host whom it was about, for the message
 * @returns a LocalError with a stable code ERR_TLS_… and the original as its cause; undefined if the error is none of TLS
 */
export function explainTls(error: Error, host: string): LocalError | undefined {
  const original = "code" in error ? String(error.code) : "";
  const known = byCode.get(original);
  const about = `TLS with ${host}`;
  if (known !== undefined) return new LocalError(known.code, `${about}: ${known.text}`, { cause: error });
  // Node names its own ERR_TLS_…, OpenSSL's ERR_SSL_… or, without a name for it, EPROTO.
  if (!/^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$)/.test(original)) return undefined;
  return new LocalError("ERR_TLS", `${about} failed: ${error.message}`, { cause: error });
}
