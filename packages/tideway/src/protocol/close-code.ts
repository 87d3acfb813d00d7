/** Close codes of RFC 6455 §7.4.1 and of the IANA registry it opened. */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  UnsupportedData: 1003,
  /** Never on the wire: stands for a close frame without a code. */
  NoStatusReceived: 1005,
  /** Never on the wire: the connection ended without a close frame. */
  Abnormal: 1006,
  InvalidPayload: 1007,
  PolicyViolation: 1008,
  MessageTooBig: 1009,
  MandatoryExtension: 1010,
  InternalError: 1011,
  ServiceRestart: 1012,
  TryAgainLater: 1013,
  BadGateway: 1014,
  /** Never on the wire: TLS failed before there was a WebSocket. */
  TlsHandshake: 1015,
} as const;

/**
 * Whether a code may stand in a close frame, in either direction.
 *
 * RFC 6455 §7.4.1: 1004 is reserved, 1005, 1006 and 1015 "MUST NOT be set as a status code in a Close control frame";
 * §7.4.2: 0-999 are not used, 1016-2999 are reserved for the standard, 3000-4999 are for registration and private use.
 * 1012-1014 were registered later.
 */
export function isWireCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}
