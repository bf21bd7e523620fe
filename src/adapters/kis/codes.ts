/** What is to be done about an answer of KIS's WebSocket. */
export type Disposition =
  | "registered"
  | "unregistered"
  /** The session has as many registrations as it may. */
  | "full"
  /** The approval key is not known (any more): get a new one, once. */
  | "renew_approval"
  /** This symbol or TR cannot be subscribed; the others can. */
  | "refuse"
  /** Their trouble: try this one again a little later. */
  | "retry"
  /** Another session has the app key, perhaps one that broke off a moment ago. */
  | "in_use"
  /** This app key cannot be used. */
  | "stop";

/** KIS's codes of acknowledgements and errors (msg_cd), from its samples and the portal. */
const DISPOSITIONS: Readonly<Record<string, Disposition>> = {
  OPSP0000: "registered", // SUBSCRIBE SUCCESS
  OPSP0001: "unregistered", // UNSUBSCRIBE SUCCESS
  OPSP0002: "registered", // ALREADY IN SUBSCRIBE
  OPSP0003: "unregistered", // UNSUBSCRIBE ERROR(not found!)
  OPSP0007: "retry", // SUBSCRIBE INTERNAL ERROR
  OPSP0008: "full", // MAX SUBSCRIBE OVER
  OPSP0009: "retry", // SUBSCRIBE ERROR : mci send failed
  OPSP0010: "stop", // SUBSCRIBE WARNING : invalid appkey
  OPSP0011: "renew_approval", // invalid approval : NOT FOUND
  OPSP8991: "refuse", // invalid tr_id
  OPSP8992: "refuse", // invalid tr_key
  OPSP8993: "refuse", // JSON PARSING ERROR : invalid tr_key
  OPSP8994: "stop", // personalseckey not found
  OPSP8995: "stop", // appsecret not found
  OPSP8996: "in_use", // ALREADY IN USE appkey
  OPSP8997: "refuse", // invalid tr_type
  OPSP8998: "stop", // invalid custtype
  OPSP8999: "retry", // resource not available
  OPSP9990: "refuse", // tr_key not found
  OPSP9991: "refuse", // input not found
  OPSP9992: "refuse", // body not found
  OPSP9993: "retry", // internal error
  OPSP9994: "stop", // INVALID appkey
  OPSP9995: "retry", // resource not available
  OPSP9996: "stop", // appkey not found
  OPSP9997: "stop", // custtype not found
  OPSP9998: "refuse", // header not found
  OPSP9999: "refuse", // invalid json format
};

/** What to do about a code; one that is not known refuses the one subscription it answers. */
export function dispositionOf(code: string): Disposition {
  return Object.hasOwn(DISPOSITIONS, code) ? DISPOSITIONS[code] as Disposition : "refuse";
}
